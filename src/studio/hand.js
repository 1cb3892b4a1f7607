// What a hand does on the canvas, by mouse, pen, finger or keyboard, as edits of the program.

import { GHOST } from "./canvas.js";
import { announce, byId, element } from "./dom.js";
import { marks } from "./marks.js";

const NAMES = ["x", "y", "z", "w", "m", "v", "a", "b", "c", "t", "s", "r"];
const HINTS = {
  move: "Drag to move · double-click to add a variable or to rename one",
  node: "Click where the new variable goes",
  arrow: "Drag from a cause to its effect",
  arc: "Drag between two variables that share an unobserved cause",
};

export class Hand {
  tool = "move";
  cursor = null;
  picked = null;
  #start = null; // the variable that an edge is drawn from
  #kind = "arrow"; // of that edge
  #moved = false;

  /**
   * @param canvas the picture
   * @param act called with edits and the places that come with them
   * @param moved called with the places of variables that were dragged
   */
  constructor(canvas, { act, moved, undo, redo, arrange }) {
    Object.assign(this, { canvas, act, moved, undo, redo, arrange });
    this.box = byId("canvas");
    this.#mouse();
    this.box.addEventListener("keydown", (event) => this.#key(event));
    this.box.addEventListener("focus", () => this.#ring());
    this.box.addEventListener("blur", () => this.#ring());
    for (const button of document.querySelectorAll("button[data-tool]")) {
      button.addEventListener("click", () => this.use(button.dataset.tool));
      button.addEventListener("keydown", (event) => this.#rove(event, button));
    }
    byId("naming").addEventListener("submit", (event) => (event.preventDefault(), this.#named()));
    byId("name").addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") this.#stopNaming();
    });
    byId("name").addEventListener("blur", () => !byId("naming").hidden && this.#named());
    this.use("move");
  }

  use(tool) {
    this.tool = tool;
    for (const button of document.querySelectorAll("button[data-tool]")) {
      const on = button.dataset.tool === tool;
      button.setAttribute("aria-checked", on);
      button.tabIndex = on ? 0 : -1;
    }
    const drawing = tool === "arrow" || tool === "arc";
    this.canvas.cy.nodes().grabify();
    this.canvas.cy.autoungrabify(drawing);
    this.box.dataset.tool = tool;
    byId("hint").textContent = HINTS[tool];
    this.#stop();
  }

  /** After the graph was drawn anew: what is gone is neither chosen nor under the cursor. */
  refresh() {
    const { nodes } = this.canvas.graph;
    if (!nodes.includes(this.cursor)) this.cursor = null;
    if (this.picked && this.canvas.cy.getElementById(this.picked).empty()) this.picked = null;
    if (!nodes.includes(this.#start)) this.#stop();
    this.#ring();
    this.#bar();
    this.#words();
  }

  // ── mouse, pen and finger ───────────────────────────────────────────────────────────────────────────────

  #mouse() {
    const { cy } = this.canvas;
    cy.on("tapstart", (event) => {
      this.#moved = false;
      const drawing = this.tool === "arrow" || this.tool === "arc" || event.originalEvent?.shiftKey;
      const node = this.canvas.at(event.position);
      if (!drawing || !node) return;
      cy.userPanningEnabled(false);
      node.ungrabify();
      if (!this.#start) this.#from(node.id(), this.tool === "arc" ? "arc" : "arrow", event.position);
    });
    cy.on("tapdrag", (event) => {
      this.#moved = true;
      if (this.#start) this.#lead(event.position);
    });
    cy.on("mousemove", (event) => this.#start && this.#lead(event.position));
    cy.on("tapend", (event) => {
      cy.userPanningEnabled(true);
      if (this.tool === "move" || this.tool === "node") cy.nodes().grabify();
      if (!this.#start) return;
      const node = this.canvas.at(event.position);
      if (node && node.id() === this.#start) return void (this.#moved && this.#stop());
      if (node) this.#finish(node.id());
      else if (this.#moved || this.tool === "arrow" || this.tool === "arc") this.#finishNew(event.position);
    });
    cy.on("tap", (event) => {
      if (this.#start || this.#moved) return;
      const node = this.canvas.at(event.position);
      if (this.tool === "node" && !node) return this.#add(event.position);
      const edge = event.target !== cy && event.target.isEdge?.() ? event.target.id() : null;
      this.pick(node?.id() ?? edge);
    });
    cy.on("dbltap", (event) => {
      if (this.tool !== "move") return;
      const node = this.canvas.at(event.position);
      if (node) this.#name(node.id());
      else if (event.target === cy) this.#add(event.position);
    });
    let from = null;
    cy.on("grab", "node", ({ target }) => {
      target.stop(true); // a hand takes it out of a glide
      from = { ...target.position() };
    });
    cy.on("dragfree", "node", ({ target }) => {
      const { x, y } = target.position();
      if (from && (from.x !== x || from.y !== y)) {
        const [sx, sy] = [Math.round(x / 10) * 10, Math.round(y / 10) * 10];
        target.position({ x: sx, y: sy });
        this.moved([{ name: target.id(), from: [from.x, from.y], to: [sx, sy] }]);
      }
      from = null;
    });
  }

  #add({ x, y }) {
    const name = this.#free();
    const to = [Math.round(x / 10) * 10, Math.round(y / 10) * 10];
    this.cursor = this.picked = name;
    this.act([["add", [name]]], [{ name, from: null, to }]).then(() => this.#bar());
    announce(`Added ${name}`);
  }

  #from(name, kind, position) {
    const { cy } = this.canvas;
    this.#start = name;
    this.#kind = kind;
    cy.getElementById(name).addClass("start");
    if (!position) return;
    cy.add({ data: { id: GHOST, width: 8 }, position, classes: "ghost" });
    cy.add({ data: { id: "ghost edge", source: name, target: GHOST, bend: 0 }, classes: `ghost ${kind}` });
  }

  #lead(position) {
    this.canvas.cy.getElementById(GHOST).position(position);
  }

  #stop() {
    const { cy } = this.canvas;
    this.#start = null;
    cy.remove(cy.getElementById(GHOST));
    cy.remove(cy.getElementById("ghost edge"));
    cy.nodes().removeClass("start");
    cy.userPanningEnabled(true);
  }

  #finish(end) {
    const start = this.#start;
    const kind = this.#kind;
    this.#stop();
    this.cursor = end;
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

  #finishNew({ x, y }) {
    const start = this.#start;
    const name = this.#free();
    this.#stop();
    const to = [Math.round(x / 10) * 10, Math.round(y / 10) * 10];
    this.act([[this.#kind === "arc" ? "confound" : "connect", [start, name]]], [{ name, from: null, to }]);
  }

  #free() {
    const taken = new Set(this.canvas.graph.nodes);
    for (let round = 0; ; round++) {
      for (const name of NAMES) {
        const candidate = round ? `${name}${round}` : name;
        if (!taken.has(candidate)) return candidate;
      }
    }
  }

  // ── keyboard ────────────────────────────────────────────────────────────────────────────────────────────

  #key(event) {
    const ctrl = event.ctrlKey || event.metaKey;
    if (ctrl && !["z", "Z", "y"].includes(event.key)) return;
    const { key } = event;
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[key];
    const at = this.cursor;
    const actions = {
      z: () => ctrl && (event.shiftKey ? this.redo() : this.undo()),
      y: () => ctrl && this.redo(),
      n: () => this.#nameNew(),
      a: () => this.#pending("arrow"),
      c: () => this.#pending("arc"),
      v: () => this.use("move"),
      g: () => this.arrange(),
      f: () => this.canvas.fit(true),
      "]": () => this.#walk(1),
      "[": () => this.#walk(-1),
      "+": () => this.#zoom(1.25),
      "-": () => this.#zoom(0.8),
      Enter: () => (this.#start ? at && this.#finish(at) : at && this.#name(at)),
      F2: () => at && this.#name(at),
      l: () => at && this.toggle("latent", at),
      e: () => at && this.toggle("exposure", at),
      o: () => at && this.toggle("outcome", at),
      Delete: () => this.#delete(),
      Backspace: () => this.#delete(),
      Escape: () => (this.#stop(), this.pick(null)),
    };
    if (step) {
      if (event.shiftKey && at) this.#shift(at, step);
      else this.#go(step);
    } else if (actions[key] ?? actions[key.toLowerCase()]) (actions[key] ?? actions[key.toLowerCase()])();
    else return;
    event.preventDefault();
  }

  #pending(kind) {
    if (!this.cursor) return;
    if (this.#start) return this.#finish(this.cursor);
    this.#from(this.cursor, kind);
    const words = kind === "arrow" ? "cause of" : "an unobserved cause shared with";
    announce(`From ${this.cursor}, ${words}: walk to the other variable and press Enter`);
  }

  #walk(by) {
    const { nodes } = this.canvas.graph;
    if (!nodes.length) return;
    const i = nodes.indexOf(this.cursor);
    this.#stand(nodes[(i + by + nodes.length + (i < 0 && by < 0)) % nodes.length]);
  }

  #go([dx, dy]) {
    const { nodes } = this.canvas.graph;
    if (!nodes.length) return;
    if (!this.cursor) return this.#stand(nodes[0]);
    const [x, y] = this.canvas.position(this.cursor);
    let best = null;
    let nearest = Infinity;
    for (const name of nodes) {
      if (name === this.cursor) continue;
      const [a, b] = this.canvas.position(name);
      const along = (a - x) * dx + (b - y) * dy;
      const aside = Math.abs((a - x) * dy) + Math.abs((b - y) * dx);
      if (along > 1 && along + 2 * aside < nearest) [best, nearest] = [name, along + 2 * aside];
    }
    if (best) this.#stand(best);
  }

  #stand(name) {
    this.cursor = name;
    this.pick(name);
    announce(this.words(name));
  }

  #shift(name, [dx, dy]) {
    const [x, y] = this.canvas.position(name);
    this.moved([{ name, from: [x, y], to: [x + 20 * dx, y + 20 * dy] }]);
  }

  #zoom(by) {
    const { cy } = this.canvas;
    cy.zoom({ level: cy.zoom() * by, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } });
  }

  #delete() {
    const id = this.picked ?? this.cursor;
    if (id) this.remove(id);
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

  #naming = null;

  #nameNew() {
    this.#ask(null, this.#free(), { x: this.box.clientWidth / 2, y: this.box.clientHeight / 2 });
  }

  #name(name) {
    this.#ask(name, name, this.canvas.cy.getElementById(name).renderedPosition());
  }

  #ask(old, text, { x, y }) {
    this.#naming = { old };
    const form = byId("naming");
    form.hidden = false;
    form.style.left = `${Math.max(70, Math.min(x, this.box.clientWidth - 70))}px`;
    form.style.top = `${y}px`;
    byId("name").value = text;
    byId("name").focus();
    byId("name").select();
  }

  #named() {
    const { old } = this.#naming;
    const name = byId("name").value.trim();
    this.#stopNaming();
    if (!name || name === old) return;
    if (this.canvas.graph.nodes.includes(name)) return announce(`${name} is there already`);
    this.cursor = this.picked = name;
    if (old === null) {
      announce(`Added ${name}`);
      this.act([["add", [name]]]);
    } else {
      announce(`${old} is now called ${name}`);
      const at = this.canvas.position(old);
      this.act([["rename", [old, name]]], [{ name, from: null, to: at }]);
    }
  }

  #stopNaming() {
    const form = byId("naming");
    if (form.hidden) return;
    form.hidden = true;
    this.box.focus();
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
    bar.replaceChildren();
    bar.hidden = !this.picked;
    if (!this.picked) return;
    const button = (text, act, pressed) => element("button", { onclick: act, "aria-pressed": pressed }, text);
    const [kind, a, b] = this.picked.split("\n");
    if (b !== undefined) {
      const mark = kind === "arrow" ? "→" : "↔";
      bar.append(element("strong", {}, `${a} ${mark} ${b}`));
      if (kind === "arrow") bar.append(button("Turn", () => this.act([["disconnect", [a, b]], ["connect", [b, a]]])));
      bar.append(button("Remove", () => this.remove(this.picked)));
      return;
    }
    const name = this.picked;
    const { latent, roles } = this.canvas.graph;
    bar.append(
      element("strong", {}, name),
      button("Rename", () => this.#name(name)),
      button("Latent", () => this.toggle("latent", name), String(latent.includes(name))),
      button("Exposure", () => this.toggle("exposure", name), String((roles.exposure ?? []).includes(name))),
      button("Outcome", () => this.toggle("outcome", name), String((roles.outcome ?? []).includes(name))),
      button("Remove", () => this.remove(name)),
    );
  }

  /** A variable in words, for a screen reader. */
  words(name) {
    const { latent, directed, bidirected, roles, data } = this.canvas.graph;
    const marked = marks(this.canvas.graph).get(name) ?? [];
    const list = (names, words) => (names.length ? `${words} ${names.join(", ")}` : "");
    const shared = bidirected.filter((pair) => pair.includes(name)).map(([a, b]) => (a === name ? b : a));
    return [
      name,
      latent.includes(name) && "latent",
      ...["exposure", "outcome"].filter((role) => roles[role]?.includes(name)),
      list(directed.filter(([a]) => a === name).map(([, b]) => b), "causes"),
      list(directed.filter(([, b]) => b === name).map(([a]) => a), "is caused by"),
      list(shared, "shares an unobserved cause with"),
      marked.includes("hole") && "has holes",
      list(data.filter((each) => each.sets.includes(name)).map((each) => each.name), "is set in"),
      list(data.filter((each) => each.differs.includes(name)).map((each) => each.name), "differs in"),
    ]
      .filter(Boolean)
      .join(", ");
  }

  #words() {
    const { nodes } = this.canvas.graph;
    byId("canvas-words").textContent = nodes.length ? nodes.map((name) => this.words(name)).join(". ") : "The graph is empty.";
  }

  #rove(event, button) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    const all = [...document.querySelectorAll("button[data-tool]")];
    const next = all[(all.indexOf(button) + by + all.length) % all.length];
    this.use(next.dataset.tool);
    next.focus();
    event.preventDefault();
  }
}
