// What the keyboard does on the canvas.

import { announce, notice } from "../dom.js";
import { wordsOf } from "./words.js";

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Listen to the keys of the canvas, and let a hand do what they mean. */
export function followKeys(hand) {
  hand.box.addEventListener("keydown", (event) => {
    const ctrl = event.ctrlKey || event.metaKey;
    if (ctrl && !["z", "Z", "y"].includes(event.key)) return;
    const step = STEPS[event.key];
    const does = ACTIONS[event.key] ?? ACTIONS[event.key.toLowerCase()];
    if (step && event.shiftKey && hand.cursor) shift(hand, step);
    else if (step) go(hand, step);
    else if (does) does(hand, { ctrl, shift: event.shiftKey });
    else return;
    event.preventDefault();
  });
}

const ACTIONS = {
  z: (hand, { ctrl, shift }) => ctrl && (shift ? hand.redo() : hand.undo()),
  y: (hand, { ctrl }) => ctrl && hand.redo(),
  n: (hand) => hand.nameNew(),
  a: (hand) => pending(hand, "arrow"),
  c: (hand) => pending(hand, "arc"),
  v: (hand) => hand.use("move"),
  g: (hand) => hand.arrange(),
  f: (hand) => hand.canvas.fit(),
  "]": (hand) => walk(hand, 1),
  "[": (hand) => walk(hand, -1),
  "+": (hand) => zoom(hand, 1.25),
  "-": (hand) => zoom(hand, 0.8),
  Enter: (hand) => hand.cursor && (hand.stroke.start ? hand.finish(hand.cursor) : hand.name(hand.cursor)),
  F2: (hand) => hand.cursor && hand.name(hand.cursor),
  l: (hand) => hand.cursor && hand.toggle("latent", hand.cursor),
  e: (hand) => hand.cursor && hand.toggle("exposure", hand.cursor),
  o: (hand) => hand.cursor && hand.toggle("outcome", hand.cursor),
  Delete: remove,
  Backspace: remove,
  Escape: (hand) => (hand.stroke.stop(), hand.hint(), hand.pick(null)),
};

function remove(hand) {
  const id = hand.picked ?? hand.cursor;
  if (id) hand.remove(id);
}

/** Begin an edge at the cursor, or end one there. */
function pending(hand, kind) {
  if (!hand.cursor) return notice("Walk to a variable with the arrow keys first.");
  if (hand.stroke.start) return hand.finish(hand.cursor);
  hand.stroke.from(hand.cursor, kind);
  const words = kind === "arrow" ? "cause of" : "an unobserved cause shared with";
  const said = `From ${hand.cursor}, ${words}: walk to the other variable and press Enter`;
  hand.hint(said);
  announce(said);
}

/** On to the next variable in the order of the text. */
function walk(hand, by) {
  const { nodes } = hand.canvas.graph;
  if (!nodes.length) return;
  const i = nodes.indexOf(hand.cursor);
  stand(hand, nodes[(i + by + nodes.length + (i < 0 && by < 0)) % nodes.length]);
}

/** On to the nearest variable in a direction. */
function go(hand, [dx, dy]) {
  const { nodes } = hand.canvas.graph;
  if (!nodes.length) return;
  if (!hand.cursor) return stand(hand, nodes[0]);
  const [x, y] = hand.canvas.position(hand.cursor);
  let best = null;
  let nearest = Infinity;
  for (const name of nodes) {
    if (name === hand.cursor) continue;
    const [a, b] = hand.canvas.position(name);
    const along = (a - x) * dx + (b - y) * dy;
    const aside = Math.abs((a - x) * dy) + Math.abs((b - y) * dx);
    if (along > 1 && along + 2 * aside < nearest) [best, nearest] = [name, along + 2 * aside];
  }
  if (best) stand(hand, best);
}

function stand(hand, name) {
  hand.cursor = name;
  hand.pick(name);
  announce(wordsOf(hand.canvas.graph, name));
}

function shift(hand, [dx, dy]) {
  const name = hand.cursor;
  const [x, y] = hand.canvas.position(name);
  hand.moved([{ name, from: [x, y], to: [x + 20 * dx, y + 20 * dy] }]);
}

function zoom(hand, by) {
  const { cy } = hand.canvas;
  cy.zoom({ level: cy.zoom() * by, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
}
