// What a hand does to the graph, as edits of the program. `mouse.js` and `keys.js` say when.

import { announce, byId, element, notice } from "../dom.js";
import { followKeys } from "./keys.js";
import { followMouse, snapped } from "./mouse.js";
import { Naming } from "./naming.js";
import { Stroke } from "./stroke.js";
import { freeName, wordsOfAll } from "./words.js";

const HINTS = {
  move: "Drag to move · double-click adds or renames",
  node: "Click where the new variable goes",
  arrow: "Drag from a cause to its effect",
  arc: "Drag between two variables that share an unobserved cause",
};

export class Hand {
  tool = "move";
  cursor = null; // the variable that the keyboard is at
  picked = null; // the variable or the edge that is chosen

  /**
   * @param canvas the picture
   * @param act called with edits and the places that come with them
   * @param moved called with the places of variables that were dragged
   */
  constructor(canvas, { act, moved, undo, redo, arrange }) {
    Object.assign(this, { canvas, act, moved, undo, redo, arrange });
    this.box = byId("canvas");
    this.stroke = new Stroke(canvas.cy);
    this.naming = new Naming(this.box, (old, name) => this.#named(old, name));
    followMouse(this);
    followKeys(this);
    this.box.addEventListener("focus", () => this.#ring());
    this.box.addEventListener("blur", () => this.#ring());
    for (const button of tools()) {
      button.addEventListener("click", () => this.use(button.dataset.tool));
      button.addEventListener("keydown", (event) => this.#rove(event, button));
    }
    this.use("move");
  }

  /** After the graph was drawn anew: what is gone is neither chosen nor under the cursor. */
  refresh() {
    const { nodes } = this.canvas.graph;
    if (!nodes.includes(this.cursor)) this.cursor = null;
    if (this.picked && this.canvas.cy.getElementById(this.picked).empty()) this.picked = null;
    if (!nodes.includes(this.stroke.start)) this.stroke.stop();
    this.#ring();
    this.#bar();
    byId("canvas-words").textContent = wordsOfAll(this.canvas.graph);
  }

  // ── tools ───────────────────────────────────────────────────────────────────────────────────────────────

  use(tool) {
    this.tool = tool;
    for (const button of tools()) {
      const on = button.dataset.tool === tool;
      button.setAttribute("aria-checked", on);
      button.tabIndex = on ? 0 : -1;
    }
    this.canvas.cy.nodes().grabify();
    this.canvas.cy.autoungrabify(tool === "arrow" || tool === "arc");
    this.box.dataset.tool = tool;
    this.stroke.stop();
    this.hint();
  }

  /** Say on the canvas what comes next; without words, what the tool is for. */
  hint(words = HINTS[this.tool]) {
    byId("hint").textContent = words;
  }

  #rove(event, button) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    const all = tools();
    const next = all[(all.indexOf(button) + by + all.length) % all.length];
    this.use(next.dataset.tool);
    next.focus();
    event.preventDefault();
  }

  // ── edits of the graph ──────────────────────────────────────────────────────────────────────────────────

  add(position) {
    const name = freeName(this.canvas.graph);
    this.cursor = this.picked = name;
    this.act([["add", [name]]], [{ name, from: null, to: snapped(position) }]).then(() => this.#bar());
    announce(`Added ${name}`);
  }

  /** End the edge that is being drawn at a variable. An edge drawn twice is taken away. */
  finish(end) {
    const { start, kind } = this.stroke.stop();
    this.cursor = end;
    this.hint();
    if (start === end) return;
    const { directed, bidirected } = this.canvas.graph;
    const there = (pairs, a, b) => pairs.some(([one, other]) => one === a && other === b);
    if (kind === "arrow") {
      const gone = there(directed, start, end);
      announce(`${start} ${gone ? "no longer causes" : "causes"} ${end}`);
      this.act([[gone ? "disconnect" : "connect", [start, end]]]);
    } else {
      const gone = there(bidirected, start, end) || there(bidirected, end, start);
      announce(`${start} and ${end} ${gone ? "no longer share" : "share"} an unobserved cause`);
      this.act([[gone ? "unconfound" : "confound", [start, end]]]);
    }
  }

  /** End it where no variable is: there is one now. */
  finishNew(position) {
    const { start, kind } = this.stroke.stop();
    const name = freeName(this.canvas.graph);
    const to = snapped(position);
    this.act([[kind === "arc" ? "confound" : "connect", [start, name]]], [{ name, from: null, to }]);
  }

  remove(id) {
    const [kind, a, b] = id.split("\n");
    if (b === undefined) {
      this.act([["remove", [id]]]);
      announce(`Removed ${id}`);
    } else {
      this.act([[kind === "arrow" ? "disconnect" : "unconfound", [a, b]]]);
      announce(`Removed the edge between ${a} and ${b}`);
    }
    this.pick(null);
  }

  toggle(what, name) {
    const { latent, roles } = this.canvas.graph;
    if (what === "latent") {
      const is = latent.includes(name);
      announce(`${name} is ${is ? "observed" : "latent"}`);
      return this.act([[is ? "observe" : "hide", [name]]]);
    }
    const is = roles[what].includes(name);
    announce(is ? `${name} is no ${what}` : `${name} is ${what === "outcome" ? "an outcome" : "an exposure"}`);
    return this.act([[is ? "take_role" : "give_role", [what, name]]]);
  }

  // ── names ───────────────────────────────────────────────────────────────────────────────────────────────

  nameNew() {
    this.naming.ask(null, freeName(this.canvas.graph), { x: this.box.clientWidth / 2, y: this.box.clientHeight / 2 });
  }

  name(old) {
    this.naming.ask(old, old, this.canvas.cy.getElementById(old).renderedPosition());
  }

  #named(old, name) {
    if (this.canvas.graph.nodes.includes(name)) return notice(`There is a variable ${name} already.`);
    this.cursor = this.picked = name;
    if (old === null) {
      announce(`Added ${name}`);
      this.act([["add", [name]]]);
    } else {
      announce(`${old} is now called ${name}`);
      this.act([["rename", [old, name]]], [{ name, from: null, to: this.canvas.position(old) }]);
    }
  }

  // ── what is chosen ──────────────────────────────────────────────────────────────────────────────────────

  pick(id) {
    this.picked = id ?? null;
    if (id && !id.includes("\n")) this.cursor = id;
    this.#ring();
    this.#bar();
  }

  #ring() {
    const { cy } = this.canvas;
    const focused = document.activeElement === this.box;
    cy.batch(() => {
      cy.elements().removeClass("cursor picked");
      if (this.cursor && focused) cy.getElementById(this.cursor).addClass("cursor");
      if (this.picked) cy.getElementById(this.picked).addClass("picked");
    });
  }

  #bar() {
    const bar = byId("chosen");
    bar.hidden = !this.picked;
    bar.replaceChildren(...(this.picked ? this.#choices(this.picked) : []));
  }

  #choices(picked) {
    const button = (text, act, pressed) => element("button", { onclick: act, "aria-pressed": pressed }, text);
    const [kind, a, b] = picked.split("\n");
    const remove = button("Remove", () => this.remove(picked));
    if (b !== undefined) {
      const title = element("strong", {}, `${a} ${kind === "arrow" ? "→" : "↔"} ${b}`);
      const turn = () => this.act([["disconnect", [a, b]], ["connect", [b, a]]]);
      return kind === "arrow" ? [title, button("Turn", turn), remove] : [title, remove];
    }
    const { latent, roles } = this.canvas.graph;
    const role = (what) => String((roles[what] ?? []).includes(picked));
    return [
      element("strong", {}, picked),
      button("Rename", () => this.name(picked)),
      button("Latent", () => this.toggle("latent", picked), String(latent.includes(picked))),
      button("Exposure", () => this.toggle("exposure", picked), role("exposure")),
      button("Outcome", () => this.toggle("outcome", picked), role("outcome")),
      remove,
    ];
  }
}

const tools = () => [...document.querySelectorAll("button[data-tool]")];
