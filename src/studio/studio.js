// The studio: text and canvas bound to each other, and to the compiler that answers at every change.

import { Answer } from "./answer.js";
import { Canvas } from "./canvas.js";
import { Compiler, Faulty } from "./compiler.js";
import { Data } from "./data/data.js";
import { Desk } from "./desk.js";
import { byId, copied, element, notice } from "./dom.js";
import { Editor } from "./editor.js";
import { gallery } from "./gallery.js";
import { Hand } from "./hand/hand.js";
import { legend } from "./legend.js";
import { carries, linkOf, programIn } from "./link.js";
import { notebookAround } from "./notebook.js";
import { badge } from "./parts.js";
import { bindTheme } from "./theme.js";

const notebook = notebookAround();
const compiler = new Compiler(Desk.port(notebook) ?? undefined);
const desk = Desk.find(notebook);
const picker = byId("gallery");
const canvas = new Canvas(byId("canvas"));
const pinned = new Map(); // where a hand put variables
let drawn = null; // the graph on the canvas
let turn = 0;
let placing = 0; // graphs whose variables are on their way to their places
let fresh = true; // the next graph is another one: fit it into view
let linked = null; // the text that the address carries, until it is changed

const editor = new Editor(byId("program"), {
  changed: () => look(),
  moved: ({ name, to }) => {
    if (to) pinned.set(name, to);
    else pinned.delete(name);
    if (to) canvas.place([[name, to]], false);
    remember(editor.text);
  },
});
const hand = new Hand(canvas, {
  act: edit,
  moved: (places) => editor.replace(editor.text, places),
  undo: () => editor.undo(),
  redo: () => editor.redo(),
  arrange,
});
const answer = new Answer(compiler, {
  chosen: (kernel) => {
    canvas.show(kernel);
    legend(canvas.graph, kernel);
  },
  step: (step) => canvas.step(step),
  act: edit,
  png: () => canvas.png(),
  data: new Data(desk),
});

// ── text → canvas and answer ───────────────────────────────────────────────────────────────────────────────

let busy = false;
let again = false;

/** Look at the text; while the compiler is at it, only the last text is looked at afterwards. */
async function look() {
  buttons();
  if (busy) return void (again = true);
  busy = true;
  do {
    again = false;
    await lookOnce();
  } while (again);
  busy = false;
}

async function lookOnce() {
  const text = editor.text;
  const began = performance.now();
  try {
    const { value, took } = await compiler.timed({ do: "look", text });
    if (text !== editor.text) return void (again = true);
    editor.mark(value.faults);
    faults(value.faults);
    byId("stale").hidden = Boolean(value.graph);
    if (value.graph) draw(value.graph);
    answer.show({ ...value, graph: value.graph ?? canvas.graph }, text);
    hand.refresh();
    remember(text);
    notebook?.tell(text);
    const whole = performance.now() - began;
    state("ready", `Answered in ${whole.toFixed(0)} ms`, { took, whole });
    turn += 1;
    document.body.dataset.turn = turn;
    document.body.dataset.first ??= performance.now().toFixed(0);
  } catch (error) {
    broken(error.message.startsWith("Python has") ? error.message : `The compiler stopped: ${error.message}`);
  }
}

function draw(graph) {
  const same = JSON.stringify(graph) === JSON.stringify(drawn);
  if (!same) {
    const was = new Set(drawn?.nodes ?? []);
    const another = was.size > 0 && graph.nodes.length > 0 && !graph.nodes.some((name) => was.has(name) || pinned.has(name));
    fresh ||= another;
    drawn = graph;
    canvas.draw(graph);
    editor.names = graph.nodes;
    document.body.dataset.placing = (placing += 1);
    place(graph, was).finally(() => (document.body.dataset.placing = placing -= 1));
  }
}

async function place(graph, was) {
  const loose = graph.nodes.filter((name) => !pinned.has(name));
  canvas.place(graph.nodes.filter((name) => pinned.has(name)).map((name) => [name, pinned.get(name)]), false);
  if (!loose.length) return done();
  const { nodes, directed, bidirected } = graph;
  const laid = await compiler.ask({ do: "places", nodes, directed: directed.filter(([a, b]) => a !== b), bidirected, room: canvas.room });
  if (graph !== drawn) return;
  const placed = nodes.some((name) => pinned.has(name));
  if (!placed) {
    const newcomers = loose.filter((name) => !was.has(name));
    if (newcomers.length < loose.length) canvas.place(newcomers.map((name) => [name, laid[name]]), false);
    canvas.place(loose.map((name) => [name, laid[name]]), !fresh);
  } else {
    for (const name of loose.filter((each) => !was.has(each))) canvas.place([[name, beside(name, laid, graph, was)]], false);
  }
  done();
}

/** Where a new variable goes among those that a hand has placed: as it would be laid out, moved to where they are. */
function beside(name, laid, graph, was) {
  const known = graph.nodes.filter((each) => was.has(each) || pinned.has(each));
  const mean = (of) => known.reduce((sum, each) => sum + of(each), 0) / (known.length || 1);
  let x = laid[name][0] + mean((each) => canvas.position(each)[0] - laid[each][0]);
  let y = laid[name][1] + mean((each) => canvas.position(each)[1] - laid[each][1]);
  while (canvas.at({ x, y }, name)) y += 50;
  return [x, y];
}

function done() {
  if (!fresh) return afterGlide(keepInView);
  fresh = false;
  canvas.fit(false);
}

function keepInView() {
  const { cy } = canvas;
  const box = cy.nodes().renderedBoundingBox();
  const away = box.x1 < 0 || box.y1 < 0 || box.x2 > cy.width() || box.y2 > cy.height();
  if (away && !pinned.size && canvas.fits) canvas.fit();
}

/** Do something once the variables are at their places. */
function afterGlide(act) {
  document.body.dataset.placing = placing += 1;
  setTimeout(() => {
    act();
    document.body.dataset.placing = placing -= 1;
  }, 250);
}

// ── canvas → text ──────────────────────────────────────────────────────────────────────────────────────────

let editing = Promise.resolve();

/** Edit the graph in the text: a step of the one history. Edits wait for each other. */
function edit(edits, places = []) {
  editing = editing.then(async () => {
    try {
      const text = await compiler.ask({ do: "edit", text: editor.text, edits });
      editor.replace(text, places);
    } catch (error) {
      notice(error instanceof Faulty ? "Mend the text first: it cannot be read, so it cannot be drawn on." : error.message);
    }
  });
  return editing;
}

async function arrange() {
  const moves = [...pinned].map(([name, from]) => ({ name, from, to: null }));
  editor.replace(editor.text, moves);
  pinned.clear();
  if (!drawn) return;
  const { nodes, directed, bidirected } = drawn;
  const laid = await compiler.ask({ do: "places", nodes, directed: directed.filter(([a, b]) => a !== b), bidirected, room: canvas.room });
  canvas.place(Object.entries(laid), true);
  afterGlide(() => canvas.fit(false));
}

// ── programs come and go ───────────────────────────────────────────────────────────────────────────────────

function open(text, places = new Map(), isFirst = false) {
  pinned.clear();
  for (const [name, at] of places) pinned.set(name, at);
  fresh = true;
  drawn = null;
  editor.load(text, isFirst);
}

/** Where all variables are, once a hand has placed one; nothing while they are laid out. */
function everywhere() {
  const placed = drawn && drawn.nodes.some((name) => pinned.has(name));
  return new Map(placed ? drawn.nodes.map((name) => [name, canvas.position(name).map(Math.round)]) : []);
}

/** Keep a text for the next visit. An address that carries another one would come before it, and gives way. */
function remember(text) {
  if (linked !== null && text !== linked) {
    linked = null;
    history.replaceState(null, "", location.pathname + location.search);
  }
  try {
    localStorage.setItem("dofx.studio.program", JSON.stringify({ text, places: [...everywhere()] }));
  } catch {
    // a browser that keeps nothing loses nothing that matters
  }
}

const UNREADABLE = "The program in this link cannot be read; a part of the link may be missing. This is what was here before.";

async function first() {
  if (notebook) return { text: (await notebook.begun).text, places: new Map() };
  const shared = await programIn(location.hash);
  linked = shared?.text ?? null;
  if (shared) return shared;
  if (carries(location.hash)) notice(UNREADABLE, 12_000);
  try {
    const { text, places } = JSON.parse(localStorage.getItem("dofx.studio.program"));
    if (text.trim()) return { text, places: new Map(places) };
  } catch {
    // nothing was kept
  }
  return { text: gallery[0].text, places: new Map() };
}

// ── what stands around ─────────────────────────────────────────────────────────────────────────────────────

function state(kind, words, times) {
  const box = byId("state");
  box.dataset.state = kind;
  box.textContent = words;
  if (times) Object.assign(box.dataset, { took: times.took.toFixed(1), whole: times.whole.toFixed(1) });
}

function broken(words) {
  state("broken", words);
  if (document.body.dataset.turn) return; // what was answered stays
  byId("verdict").className = "verdict wrong";
  byId("verdict").replaceChildren(badge("!"), element("strong", {}, words));
}

function faults(list) {
  byId("faults").hidden = !list.length;
  byId("faults").replaceChildren(
    ...list.map((fault) =>
      element("div", { class: `fault ${fault.severity}` },
        element("button", { onclick: () => editor.focus(fault.labels[0]?.start), title: "Go there" }, fault.code),
        element("div", {}, element("strong", {}, fault.title), ...[...fault.notes, ...fault.help].map((line) => element("p", {}, line))))),
  );
}

function buttons() {
  const shown = gallery.findIndex((each) => each.text === editor.text);
  picker.value = shown < 0 ? "" : shown;
  const [back, forth] = editor.depths;
  byId("undo").disabled = !back;
  byId("redo").disabled = !forth;
}

picker.append(element("option", { value: "" }, "choose …"), ...gallery.map((each, i) => element("option", { value: i }, each.title)));
picker.addEventListener("change", () => picker.value !== "" && open(gallery[picker.value].text));

byId("undo").addEventListener("click", () => editor.undo());
byId("redo").addEventListener("click", () => editor.redo());
byId("arrange").addEventListener("click", arrange);
byId("fit").addEventListener("click", () => canvas.fit());
byId("format").addEventListener("click", format);
addEventListener("keydown", (event) => {
  if (event.shiftKey && event.altKey && event.code === "KeyF") format();
});

async function format() {
  try {
    editor.replace(await compiler.ask({ do: "format", text: editor.text }), [], "format");
  } catch (error) {
    notice(error instanceof Faulty ? "Mend the text first: what cannot be read cannot be formatted." : error.message);
  }
}

byId("share").addEventListener("click", async ({ currentTarget }) => {
  const link = await linkOf(editor.text, everywhere());
  linked = editor.text;
  history.replaceState(null, "", link);
  await copied(currentTarget, link);
});

const dialog = byId("opening");
byId("open").addEventListener("click", () => {
  byId("refused").textContent = "";
  dialog.showModal();
});
byId("file").addEventListener("change", async ({ currentTarget }) => {
  if (currentTarget.files[0]) byId("pasted").value = await currentTarget.files[0].text();
});
byId("import").addEventListener("click", async (event) => {
  event.preventDefault();
  try {
    open(await compiler.ask({ do: "import", text: byId("pasted").value }));
    dialog.close();
  } catch (error) {
    byId("refused").textContent = error.message;
  }
});

bindTheme(() => canvas.restyle());
addEventListener("hashchange", async () => {
  const shared = await programIn(location.hash);
  linked = shared?.text ?? null;
  if (shared) open(shared.text, shared.places);
  else if (carries(location.hash)) notice(UNREADABLE, 12_000);
});

byId("share").hidden = Boolean(notebook); // a frame has no address of its own
if (notebook) byId("where").replaceChildren("Everything is computed by the Python of this notebook.");
else if (desk) byId("where").replaceChildren("Everything is computed by the Python that you started. ", element("strong", {}, "Nothing leaves this machine."));
else if ("serviceWorker" in navigator && location.protocol.startsWith("http")) {
  navigator.serviceWorker.register("offline.js").catch(() => {});
}

const { text, places } = await first();
open(text, places, true);
compiler.ready.catch((error) => broken(`The compiler did not load: ${error.message}`));
