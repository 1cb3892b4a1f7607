// The right-hand side: the verdict, and behind its tabs the estimand, the proof, the sampling network and more.

import { byId, copied, element, formula, saved } from "./dom.js";
import { badge, grid, obstacle, picture, sentence } from "./parts.js";

const NOTATIONS = [
  ["cq", "Program", "dofx"],
  ["python", "Python", "fits and samples"],
  ["notebook", "Notebook", "for Jupyter"],
  ["latex", "LaTeX", "the estimand"],
  ["tikz", "TikZ", "the graph"],
  ["dagitty", "DAGitty", "the graph"],
  ["dot", "DOT", "for Graphviz"],
  ["networkx", "networkx", "Python code"],
  ["edges", "Edge text", "latents projected"],
  ["svg", "SVG", "the drawing"],
];

export class Answer {
  tab = "answer";
  #seen = { questions: [], graph: null, faults: [] };
  #name = null;
  #kernel = 0;
  #text = "";
  #turn = 0;
  #step = -1;
  #notation = "python";

  /**
   * @param compiler answers requests
   * @param chosen called with the query whose parts the canvas is to show
   * @param step called with the step of a proof that the canvas is to show
   * @param act called with edits of the graph
   * @param data the tab on rows, fitting and answers
   */
  constructor(compiler, { chosen, step, act, png, data }) {
    Object.assign(this, { compiler, chosen, showStep: step, act, png, data });
    for (const tab of this.#tabs()) {
      tab.addEventListener("click", () => this.turnTo(tab.dataset.tab));
      tab.addEventListener("keydown", (event) => this.#rove(event, tab));
    }
  }

  #tabs() {
    return [...document.querySelectorAll('[role="tab"]')];
  }

  #rove(event, tab) {
    const all = this.#tabs();
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const next = all[(all.indexOf(tab) + by + all.length) % all.length];
    this.turnTo(next.dataset.tab);
    next.focus();
    event.preventDefault();
  }

  turnTo(name) {
    this.tab = name;
    for (const tab of this.#tabs()) {
      const on = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", on);
      tab.tabIndex = on ? 0 : -1;
      if (on) byId("panel").setAttribute("aria-labelledby", tab.id);
    }
    this.#step = -1;
    this.showStep(null);
    this.#fill();
  }

  get question() {
    const { questions } = this.#seen;
    return questions.find((each) => each.name === this.#name) ?? questions[0];
  }

  get kernel() {
    const kernels = this.question?.kernels ?? [];
    return kernels[Math.min(this.#kernel, kernels.length - 1)];
  }

  /** Show what was seen in a text. */
  show(seen, text) {
    this.#seen = seen;
    this.#text = text;
    this.#step = -1;
    this.showStep(null);
    this.#questions();
    this.#verdict();
    this.chosen(this.kernel ?? null);
    this.#fill();
  }

  #choose(name, kernel = 0) {
    this.#name = name;
    this.#kernel = kernel;
    this.show(this.#seen, this.#text);
  }

  #questions() {
    const { questions } = this.#seen;
    const box = byId("questions");
    box.replaceChildren();
    if (questions.length < 2) return;
    for (const each of questions) {
      const mark = each.verdict === "identified" ? "✓" : "✗";
      const on = each.name === this.question.name;
      box.append(
        element("button", { "aria-pressed": String(on), class: each.verdict, title: each.written, onclick: () => this.#choose(each.name) },
          element("span", { "aria-hidden": "true" }, mark), ` ${each.name}`),
      );
    }
  }

  #verdict() {
    const box = byId("verdict");
    const { question } = this;
    const { faults, graph } = this.#seen;
    box.className = "verdict";
    if (!question) {
      const wrong = faults.some((fault) => fault.severity === "error");
      const empty = !graph?.nodes.length;
      box.classList.add(wrong ? "wrong" : "asking");
      const words = wrong ? "No answer while the program has a fault" : empty ? "An empty page" : "Nothing is asked yet";
      box.replaceChildren(badge(wrong ? "!" : "?"), element("strong", {}, words));
      return;
    }
    const yes = question.verdict === "identified";
    const { kernels } = question;
    const words = kernels.length === 1 ? kernels[0].words : (kernels.find((each) => each.verdict !== "identified")?.words ?? "identifiable");
    box.classList.add(question.verdict);
    box.replaceChildren(
      badge(yes ? "✓" : "✗"),
      element("span", {}, element("code", {}, question.written), element("strong", {}, ` is ${words}`)),
    );
  }

  async #fill() {
    const turn = ++this.#turn;
    const panel = byId("panel");
    const { question, kernel } = this;
    panel.setAttribute("aria-busy", "true");
    const fill = { answer: "#estimand", proof: "#proof", sampling: "#sampling", implied: "#implied", export: "#export", data: "#data" }[this.tab];
    try {
      const asks = ["answer", "proof", "sampling"].includes(this.tab);
      const parts = !question && asks ? this.#invitation() : await {
        "#estimand": () => this.#estimand(question, kernel, turn),
        "#proof": () => this.#proof(question, turn),
        "#sampling": () => this.#sampling(question),
        "#data": () => this.data.show(this.#seen, this.#text, question),
        "#implied": () => this.#implied(),
        "#export": () => this.#export(),
      }[fill]();
      const found = parts.flat().filter(Boolean);
      const there = found.length === 1 && panel.childNodes.length === 1 && panel.firstChild === found[0];
      if (turn === this.#turn && !there) panel.replaceChildren(...found);
    } catch (error) {
      if (turn !== this.#turn) return;
      panel.replaceChildren(element("p", { class: "quiet" }, error.faults ? error.message : `This could not be worked out: ${error.message}`));
    }
    if (turn === this.#turn) panel.setAttribute("aria-busy", "false");
  }

  #invitation() {
    const { graph, faults } = this.#seen;
    if (faults.some((fault) => fault.severity === "error")) {
      return [element("p", { class: "quiet" }, "The fault is marked in the text and described below it. The graph can be drawn on as soon as the text can be read.")];
    }
    const nodes = (graph?.nodes ?? []).filter((name) => !graph.latent.includes(name));
    if (nodes.length < 2) {
      return [
        element("p", {}, "Draw a graph of what causes what: double-click on the canvas, or press N there. Or write it as text: ", element("code", {}, "graph { x -> y }"), "."),
        element("p", { class: "quiet" }, "An arrow is a cause. A dashed edge with two heads is a common cause that nobody observed."),
      ];
    }
    const select = (label, value) =>
      element("label", {}, `${label} `, element("select", { "aria-label": label }, ...nodes.map((name) => element("option", { selected: name === value }, name))));
    const cause = select("What does", nodes[0]);
    const effect = select("do to", nodes.at(-1));
    const value = (label) => label.querySelector("select").value;
    return [
      element("p", {}, "Ask a question of this graph:"),
      element("p", { class: "asker" }, cause, effect, element("button", { class: "primary", onclick: () => this.act([["ask", [value(effect), value(cause)]]]) }, "Ask")),
      element("p", { class: "quiet" }, "Or mark an exposure (E) and an outcome (O) in the graph, or write ", element("code", {}, "query risk = P(y | do(x))"), "."),
    ];
  }

  #kernels(question) {
    if (question.kernels.length < 2) return null;
    return element("div", { class: "kernels", role: "group", "aria-label": "Queries of this question" },
      ...question.kernels.map((each, i) =>
        element("button", { "aria-pressed": String(each === this.kernel), class: each.verdict, onclick: () => this.#choose(question.name, i) }, each.query)));
  }

  get #about() {
    return { text: this.#text, name: this.question.name, kernel: Math.max(0, this.question.kernels.indexOf(this.kernel)) };
  }

  // ── the estimand, or what stands in the way ─────────────────────────────────────────────────────────────

  async #estimand(question, kernel, turn) {
    const kernels = this.#kernels(question);
    if (!kernel) return [element("p", { class: "quiet" }, "This effect is a number and asks no query.")];
    if (kernel.latex) {
      const copy = (label, text) => element("button", { onclick: (event) => copied(event.currentTarget, text) }, label);
      return [
        kernels,
        formula(kernel.latex, kernel.text),
        element("div", { class: "row" }, copy("Copy LaTeX", kernel.latex), copy("Copy text", kernel.text)),
        element("p", { class: "quiet" }, kernel.words === "zero" ? "The events exclude each other in every model of this graph." : "Every term is a distribution of what was observed: with enough data, this can be computed."),
        / shown\)/.test(kernel.text) && element("p", { class: "quiet" }, "A term with “shown” is read from the rows in which those columns have values."),
      ];
    }
    const box = element("div", { class: "helps" });
    this.compiler.ask({ do: "proof", ...this.#about }).then((found) => {
      if (turn === this.#turn) box.replaceChildren(...this.#helps(found));
    }, () => {});
    return [kernels, obstacle(kernel), box];
  }

  /** What would help where the answer is no. */
  #helps({ remedies, hopeless, instruments, estimators }) {
    const parts = [];
    if (remedies.length) parts.push(element("h3", {}, "What would help"), ...this.#remedies(remedies));
    else if (hopeless) parts.push(element("p", { class: "quiet" }, "No single measurement or experiment would help."));
    if (instruments.length) {
      parts.push(element("h3", {}, "With a further assumption"), ...instruments.map((text) => element("p", { class: "instrument" }, `${text}.`)), element("p", { class: "quiet" }, estimators));
    }
    return parts;
  }

  #remedies(remedies) {
    return remedies.map((remedy) => {
      const { edits } = remedy;
      const text = sentence(remedy.text);
      return edits
        ? element("button", { class: "help", onclick: () => this.act(edits), title: "Change the program in this way" }, text)
        : element("p", {}, text);
    });
  }

  // ── the proof ───────────────────────────────────────────────────────────────────────────────────────────

  async #proof(question, turn) {
    const { steps } = await this.compiler.ask({ do: "proof", ...this.#about });
    if (!steps.length) return [this.#kernels(question), element("p", {}, "The query asks for an observed distribution: there is nothing to prove.")];
    const items = steps.map((step, i) =>
      element("li", {}, element("button", { class: "step", "aria-pressed": "false", onclick: () => go(i) },
        element("span", {}, step.text), element("small", {}, step.line))));
    const go = (i) => {
      if (turn !== this.#turn) return;
      this.#step = i < 0 || i >= steps.length || i === this.#step ? -1 : i;
      items.forEach((item, n) => item.firstChild.setAttribute("aria-pressed", String(n === this.#step)));
      back.disabled = this.#step < 0;
      const step = steps[this.#step];
      count.textContent = step ? `Step ${this.#step + 1} of ${steps.length}: ${step.meaning}` : `${steps.length} step${steps.length > 1 ? "s" : ""}`;
      if (step) items[this.#step].scrollIntoView({ block: "nearest" });
      this.showStep(step ?? null);
    };
    const back = element("button", { disabled: true, onclick: () => go(this.#step - 1) }, "Back");
    const next = element("button", { class: "primary", id: "next-step", onclick: () => go(this.#step + 1) }, "Next step");
    const count = element("p", { class: "quiet", role: "status" }, `${steps.length} step${steps.length > 1 ? "s" : ""}`);
    return [this.#kernels(question), element("div", { class: "row" }, back, next), count, element("ol", { class: "steps" }, ...items)];
  }

  // ── the sampling network ────────────────────────────────────────────────────────────────────────────────

  async #sampling(question) {
    const { stages, considered, plan } = await this.compiler.ask({ do: "networks", ...this.#about });
    if (!stages.length) return [this.#kernels(question), element("p", {}, "What is not identified cannot be sampled.")];
    const parts = stages.map((stage, i) =>
      element("details", { open: i === stages.length - 1, class: "stage-of" },
        element("summary", {}, element("strong", {}, i ? stage.name : "As lowered"), element("span", {}, stage.words), element("span", { class: "cost" }, `cost ${stage.cost}`)),
        element("pre", { tabindex: "0", "aria-label": `Network, ${stage.name}` }, ...stage.lines.map((line) => element("span", { class: { "+": "new", "-": "gone" }[line.mark] ?? "same" }, `${i ? line.mark : ""} ${line.text}\n`))),
        picture(stage.svg, `Sampling network, ${stage.name}`)));
    return [
      this.#kernels(question),
      element("p", { class: "quiet" }, "A sampling network draws one variable after another, each from a generator that is trained on the data. Passes make it cheaper and leave its distribution as it is."),
      ...parts,
      element("h3", {}, "Generators to fit"),
      grid(plan),
      ...(considered.rows.length > 1 ? [element("h3", {}, "Other exact ways"), grid(considered)] : []),
    ];
  }

  // ── what data can contradict ────────────────────────────────────────────────────────────────────────────

  async #implied() {
    const { independences, refused } = await this.compiler.ask({ do: "implied", text: this.#text });
    if (refused) return [element("p", {}, `Not listed: ${refused}.`)];
    if (!independences.length) return [element("p", {}, "This graph implies no independence between observed variables: data cannot contradict it in this way.")];
    return [
      element("p", { class: "quiet" }, "If the graph is right, these hold in the data. One that fails says that an edge is missing."),
      element("ul", { class: "implied" }, ...independences.map((each) => element("li", {}, element("code", {}, each.text)))),
      element("div", { class: "row" }, element("button", { onclick: (event) => copied(event.currentTarget, independences.map((each) => each.text).join("\n")) }, "Copy")),
    ];
  }

  // ── other notations ─────────────────────────────────────────────────────────────────────────────────────

  async #export() {
    const chips = element("div", { class: "chips", role: "group", "aria-label": "Notation" },
      ...NOTATIONS.map(([id, name, words]) =>
        element("button", { "aria-pressed": String(id === this.#notation), title: words, onclick: () => ((this.#notation = id), this.#fill()) }, name)),
      element("button", { title: "The canvas as it is", onclick: async () => saved("graph.png", await this.png(), "image/png") }, "PNG ↓"));
    let written;
    try {
      written = await this.compiler.ask({ do: "export", text: this.#text, notation: this.#notation });
    } catch (error) {
      return [chips, element("p", { class: "quiet" }, `${error.message}.`)];
    }
    return [
      chips,
      element("div", { class: "row" },
        element("button", { onclick: (event) => copied(event.currentTarget, written.text) }, "Copy"),
        element("button", { onclick: () => saved(written.file, written.text) }, `Save ${written.file}`)),
      this.#notation === "svg" ? picture(written.text, "The graph") : element("pre", { class: "code", tabindex: "0", id: "exported" }, written.text),
    ];
  }
}
