// The picture of the graph. It shows what the text says; what a hand does on it is an edit of the text.

import cytoscape from "cytoscape";
import { bends } from "./curves.js";
import { byId } from "./dom.js";
import { labelOf, looks, widthOf } from "./looks.js";
import { marks, stripOf } from "./marks.js";

export const GHOST = "\nghost"; // no variable is called so

/** The smallest scale at which names can be read, as in `places.py`. */
const READABLE = 0.5;
/** Pixels between a graph and what stands on the canvas, and the height of a legend that is still to come. */
const GAP = 8;
const LEGEND = 52;

export class Canvas {
  graph = { nodes: [], latent: [], directed: [], bidirected: [], roles: {}, data: [], holes: [] };

  constructor(container) {
    this.cy = cytoscape({
      container,
      style: looks(),
      minZoom: 0.15,
      maxZoom: 2.6,
      boxSelectionEnabled: false,
      selectionType: "single",
      autounselectify: true,
    });
    this.cy.on("position", "node", () => this.#bendSoon());
    new ResizeObserver(() => this.cy.resize()).observe(container);
  }

  restyle() {
    this.cy.style(looks());
    this.draw(this.graph);
  }

  /** Draw a graph: what is new comes, what is gone goes, the rest stays where it is. */
  draw(graph) {
    this.graph = graph;
    const { cy } = this;
    const wanted = new Map();
    for (const id of graph.nodes) wanted.set(id, { group: "nodes", data: { id, label: labelOf(id), width: widthOf(labelOf(id)) } });
    const edge = (kind) => ([source, target]) => {
      const id = `${kind}\n${source}\n${target}`;
      wanted.set(id, { group: "edges", data: { id, source, target, bend: 0 }, classes: kind });
    };
    graph.directed.filter(([a, b]) => a !== b).forEach(edge("arrow"));
    graph.bidirected.filter(([a, b]) => a !== b).forEach(edge("arc"));
    cy.batch(() => {
      cy.elements().forEach((each) => {
        if (!wanted.has(each.id()) && each.id() !== GHOST && !each.hasClass("ghost")) each.remove();
      });
      const fresh = [...wanted.values()].filter((each) => cy.getElementById(each.data.id).empty());
      cy.add(fresh.filter((each) => each.group === "nodes"));
      cy.add(fresh.filter((each) => each.group === "edges"));
      const { latent, roles, holes } = graph;
      const indicators = new Set(holes.map(([name]) => name));
      cy.nodes().forEach((node) => {
        node.toggleClass("indicator", indicators.has(node.id()));
        node.toggleClass("latent", latent.includes(node.id()));
        node.toggleClass("selected", (roles.selected ?? []).includes(node.id()));
      });
    });
    this.#strips();
    this.#bendSoon();
  }

  /** The marks of each variable, and what the worlds of the question set it to. */
  #strips() {
    const marked = marks(this.graph);
    this.cy.nodes().forEach((node) => {
      const worlds = this.#worlds[node.id()] ?? [];
      const strip = stripOf(marked.get(node.id()) ?? [], worlds);
      node.toggleClass("worldly", worlds.length > 0);
      if (strip) node.data("strip", strip);
      else node.removeData("strip");
    });
  }

  #worlds = {}; // of each variable what it is set to, where a question asks about several worlds

  /** Put variables somewhere, gliding there where they were somewhere else. */
  place(places, glide) {
    this.cy.stop(true);
    for (const [name, [x, y]] of places) {
      const node = this.cy.getElementById(name);
      if (node.empty() || node.grabbed()) continue;
      const at = node.position();
      if (Math.hypot(at.x - x, at.y - y) < 0.5) continue;
      if (glide && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
        node.animate({ position: { x, y } }, { duration: 220, easing: "ease-out-cubic" });
      } else node.position({ x, y });
    }
  }

  /** The space around a whole graph, in pixels: on a phone, names need the room. */
  get #margin() {
    return Math.min(56, this.cy.width() / 14);
  }

  /** Width and height that a graph may have, rounded so that it stays where it is while the page changes little. */
  get room() {
    const { width, height } = this.#free;
    return [width, height].map((each) => Math.max(40, Math.round(each / 40) * 40));
  }

  /** What of the canvas a graph may fill: no button stands on it, nor the legend. */
  get #free() {
    const { cy } = this;
    const margin = this.#margin;
    const buttons = byId("fit").getBoundingClientRect().bottom - cy.container().getBoundingClientRect().top;
    const top = Math.max(margin, buttons + GAP);
    const bottom = Math.max(margin, LEGEND, byId("legend").offsetHeight + 2 * GAP);
    return { left: margin, top, width: cy.width() - 2 * margin, height: Math.max(40, cy.height() - top - bottom) };
  }

  /** Whether the whole graph can be shown with names that can be read. */
  get fits() {
    const box = this.cy.elements().not(".ghost").boundingBox();
    const { width, height } = this.#free;
    return Math.min(width / box.w, height / box.h) >= READABLE;
  }

  /** Show the whole graph; or, if its names would be too small to read, what the question is about and what is near. */
  fit(whole = true) {
    const { cy } = this;
    const all = cy.elements().not(".ghost");
    if (all.empty()) return;
    const { left, top, width, height } = this.#free;
    const box = all.boundingBox();
    const zoom = Math.max(cy.minZoom(), Math.min(1.35, width / box.w, height / box.h));
    if (!whole && zoom < READABLE) {
      const asked = cy.nodes(".outcome, .intervention, .condition");
      cy.zoom(READABLE);
      cy.center(asked.empty() ? cy.nodes().first() : asked);
      return;
    }
    const middle = { x: left + width / 2 - (zoom * (box.x1 + box.x2)) / 2, y: top + height / 2 - (zoom * (box.y1 + box.y2)) / 2 };
    cy.viewport({ zoom, pan: middle });
  }

  /** Colour the variables of a question by their parts in it, and the hedge where there is one. */
  show(kernel) {
    const { cy, graph } = this;
    const roles = kernel ?? { outcomes: graph.roles.outcome ?? [], interventions: graph.roles.exposure ?? [], conditions: [] };
    const hedge = kernel?.hedge;
    const names = (list) => (node) => (list ?? []).includes(node.id());
    const pairs = new Set([...(hedge?.edges ?? []).map((pair) => `arrow\n${pair.join("\n")}`)]);
    for (const [a, b] of hedge?.bidirected ?? []) pairs.add(`arc\n${a}\n${b}`).add(`arc\n${b}\n${a}`);
    const causes = new Set((hedge?.causes ?? []).flat());
    this.#worlds = kernel?.worlds ?? {};
    cy.batch(() => {
      this.#strips();
      cy.nodes().forEach((node) => {
        node.toggleClass("outcome", names(roles.outcomes)(node));
        node.toggleClass("intervention", names(roles.interventions)(node));
        node.toggleClass("condition", names(roles.conditions)(node));
        node.toggleClass("forest", names(hedge?.forest)(node));
        node.toggleClass("subforest", names(hedge?.subforest)(node));
      });
      cy.edges().forEach((edge) => {
        const behind = causes.has(edge.source().id()) && (hedge?.forest ?? []).includes(edge.target().id());
        edge.toggleClass("hedge", pairs.has(edge.id()) || behind);
      });
    });
  }

  /** What a step of a proof looks at: the rest fades; null for everything. */
  step(step) {
    const { cy } = this;
    cy.batch(() => {
      cy.elements().removeClass("away focal group0 group1 group2 group3 group4 group5");
      if (!step) return;
      const inside = new Set(step.graph);
      const latent = new Set(this.graph.latent);
      cy.nodes().forEach((node) => {
        const here = inside.has(node.id()) || latent.has(node.id()) || node.id() === GHOST;
        node.toggleClass("away", !here);
      });
      cy.edges().forEach((edge) => edge.toggleClass("away", edge.source().hasClass("away") || edge.target().hasClass("away")));
      if (step.groups.length) {
        step.groups.forEach((group, i) => group.forEach((name) => cy.getElementById(name).addClass(`group${i % 6}`)));
      } else step.variables.forEach((name) => cy.getElementById(name).addClass("focal"));
    });
  }

  at({ x, y }, but) {
    return this.cy.nodes().filter((node) => {
      const { x: cx, y: cy } = node.position();
      return node.id() !== GHOST && node.id() !== but && Math.abs(x - cx) <= node.width() / 2 + 6 && Math.abs(y - cy) <= node.height() / 2 + 6;
    })[0];
  }

  position(name) {
    const node = this.cy.getElementById(name);
    return node.empty() ? null : [node.position().x, node.position().y];
  }

  /** A picture as it is on the screen, for a file. */
  png() {
    const background = getComputedStyle(document.documentElement).getPropertyValue("--card").trim();
    return this.cy.png({ output: "blob", full: true, scale: 3, bg: background });
  }

  #bending = 0;

  #bendSoon() {
    if (!this.#bending) this.#bending = requestAnimationFrame(() => this.#bend());
  }

  #bend() {
    this.#bending = 0;
    const { cy } = this;
    const boxes = new Map();
    cy.nodes().forEach((node) => {
      if (node.id() !== GHOST) boxes.set(node.id(), { ...node.position(), width: node.width() });
    });
    const edges = cy.edges().filter((edge) => !edge.hasClass("ghost"));
    const told = edges.map((edge) => ({ source: edge.source().id(), target: edge.target().id(), arc: edge.hasClass("arc") }));
    const found = bends(told, boxes);
    cy.batch(() => {
      found.forEach((bend, i) => edges[i].data("bend") !== bend && edges[i].data("bend", bend));
    });
  }
}
