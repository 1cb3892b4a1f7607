// Rows and what they say: the page's tab on data, fitting and answers. It needs a desk; without one it says what to start.

import { chances, ends, histogram, onLine, short, spark } from "./charts.js";
import { controlOf } from "./controls.js";
import { placeOf } from "./places.js";
import { policyBox } from "./policies.js";
import { announce, copied, element, saved } from "../dom.js";

const MOST_BYTES = 2 ** 30; // as the server's
const START = "dofx studio program.cq --data rows.csv";

export class Data {
  #text = "";
  #seen = { questions: [], graph: null, faults: [] };
  #question = null;
  #rows = {}; // of each data set its file and columns
  #work = null;
  #fitted = null;
  #at = new Map(); // of each query what is set
  #answers = new Map(); // and the answer there
  #pinned = new Map(); // and an answer to compare with
  #problem = null;
  #asking = 0;

  /** @param desk the Python behind the page; null for a page that stands alone */
  constructor(desk) {
    this.desk = desk;
    this.parts = { rows: element("div"), fit: element("div"), result: element("div") };
    this.root = element("div", { class: "data" }, this.parts.rows, this.parts.fit, this.parts.result);
    if (desk) this.#begin();
  }

  async #begin() {
    await this.#try(async () => {
      const { data, work, fitted } = await this.desk.ask({ do: "desk" });
      this.#rows = data;
      this.#take(fitted);
      if (work?.state === "working") this.#follow(work);
    });
    this.#show();
  }

  /** Show what belongs to a text and to a question of it. */
  show(seen, text, question) {
    const [before, asked] = [this.#text, this.#question?.name];
    this.#seen = seen;
    this.#text = text;
    this.#question = question ?? null;
    if (before !== text || asked !== question?.name || !this.parts.rows.firstChild) this.#show();
    return [this.root];
  }

  #show() {
    if (!this.desk) return this.parts.rows.replaceChildren(...this.#alone());
    this.parts.rows.replaceChildren(...this.#rowsParts());
    this.parts.fit.replaceChildren(...this.#fitParts());
    this.parts.result.replaceChildren(...this.#resultParts());
  }

  #alone() {
    return [
      element("p", {}, "This page proves; it has no Python behind it that could fit. With dofx installed, start"),
      element("div", { class: "start" }, element("code", {}, START), element("button", { onclick: (event) => copied(event.currentTarget, START) }, "Copy")),
      element("p", {}, "and this tab takes rows, trains, and shows each answer with its interval. The page and your program stay as they are: save the program under ", element("b", {}, "Export"), " or copy its link."),
      element("p", { class: "quiet" }, "The rows stay on your machine: the server listens there alone."),
    ];
  }

  /** Do something at the desk, and show what was wrong with it. */
  async #try(act) {
    try {
      this.#problem = null;
      await act();
    } catch (error) {
      this.#problem = error;
      announce(error.message);
    }
  }

  #problemParts() {
    const error = this.#problem;
    if (!error) return [];
    const lines = error.faults ? error.faults.map((fault) => [fault.code, fault.title, ...fault.notes, ...fault.help]) : [["", error.message]];
    return lines.map(([code, title, ...more]) => element("div", { class: "problem", role: "alert" }, code && element("code", {}, code), element("div", {}, element("strong", {}, title), ...more.map((line) => element("p", {}, line)))));
  }

  // ── rows ────────────────────────────────────────────────────────────────────────────────────────────────

  get #sets() {
    const named = (this.#seen.graph?.data ?? []).map((each) => each.name);
    return named.length ? named : ["P"];
  }

  #rowsParts() {
    return this.#sets.map((name) => placeOf(name, this.#sets.length > 1, this.#rows[name], this.#seen.graph ?? {}, (files, more) => this.#give(name, files, more)));
  }

  /** Hand files over, one after the other; those that were there stay if it is more of them. */
  async #give(name, files, more) {
    if (!files.length) return;
    const words = this.parts.rows.querySelector(`[data-set="${CSS.escape(name)}"] .place-words`);
    await this.#try(async () => {
      for (const [i, file] of files.entries()) {
        if (file.size > MOST_BYTES) throw new Error(`${file.name} has ${(file.size / 2 ** 30).toFixed(1)} GB, and the studio takes 1 GB at most. dofx fit and dofx.Stream read larger files.`);
        words?.replaceChildren(element("span", { role: "status" }, `Reading ${file.name} …`));
        this.#rows = await this.desk.give(name, file, more || i > 0);
      }
    });
    this.#show();
  }

  // ── fitting ─────────────────────────────────────────────────────────────────────────────────────────────

  get #working() {
    return this.#work?.state === "working";
  }

  #fitParts() {
    const ready = this.#sets.every((name) => this.#rows[name]) && this.#seen.questions.some((each) => each.verdict === "identified");
    const again = this.#fitted && this.#fitted.text === this.#text;
    const fit = element("button", { class: "primary", id: "fit-rows", disabled: !ready || this.#working, onclick: () => this.#start({ do: "fit", text: this.#text }) }, again ? "Fit again" : "Fit");
    const cancel = this.#working && element("button", { id: "cancel-fit", onclick: () => this.#try(() => this.desk.ask({ do: "cancel" })) }, "Cancel");
    return [element("div", { class: "row" }, fit, cancel), ...this.#problemParts(), ...this.#progress()];
  }

  async #start(request) {
    await this.#try(async () => {
      const begun = await this.desk.ask(request);
      this.#rows = begun.data ?? this.#rows; // another tab may have chosen others
      this.#follow(begun);
    });
    this.#show();
  }

  async #follow(work) {
    this.#work = work;
    while (this.#working) {
      await new Promise((resolve) => setTimeout(resolve, 180));
      await this.#try(async () => {
        this.#work = await this.desk.ask({ do: "work" });
        if (this.#work.text !== work.text) throw new Error("Another tab has begun a fit, which ended this one.");
      });
      if (this.#problem) this.#work = null;
      this.parts.fit.replaceChildren(...this.#fitParts());
    }
    if (this.#work?.state === "done") {
      this.#take(this.#work.result);
      announce("The fit is done");
    }
    this.#show();
  }

  #take(fitted) {
    if (!fitted) return;
    if (fitted.text !== this.#fitted?.text) {
      this.#at.clear();
      this.#pinned.clear();
    }
    this.#fitted = fitted;
    this.#answers.clear();
    for (const query of fitted.queries) {
      const begun = Object.fromEntries(query.controls.map((each) => [each.name, each.value]));
      if (!this.#at.has(query.name)) {
        this.#at.set(query.name, begun);
        this.#answers.set(query.name, query.at);
      }
    }
  }

  #progress() {
    const work = this.#work;
    if (!work || work.state === "done") return [];
    if (work.state === "cancelled") return [element("p", { class: "quiet", role: "status" }, "Cancelled. What was fitted before is still there.")];
    if (work.state === "failed") return work.faults.map((fault) => element("div", { class: "problem", role: "alert" }, fault.code && element("code", {}, fault.code), element("div", {}, element("strong", {}, fault.title), ...[...fault.notes, ...fault.help].map((line) => element("p", {}, line)))));
    const done = work.fits.reduce((sum, fit) => sum + (fit.finished ? 1 : fit.epochs ? fit.epoch / fit.epochs : 0), 0);
    return [
      element("div", { class: "working", role: "status" }, element("span", {}, `${work.phase} … ${work.seconds.toFixed(0)} s`), element("progress", work.count ? { max: work.count, value: done, "aria-label": work.phase } : { "aria-label": work.phase })),
      element("ul", { class: "fits" }, ...work.fits.slice(-12).map((fit) =>
        element("li", {}, element("code", {}, fit.fit), spark(fit.scores) ?? element("span"), element("span", { class: "quiet" }, fit.finished ? (fit.reused ? "kept" : "done") : fit.epochs ? `${fit.epoch} of ${fit.epochs}` : "")))),
    ];
  }

  // ── answers ─────────────────────────────────────────────────────────────────────────────────────────────

  #resultParts() {
    const fitted = this.#fitted;
    if (!fitted) return this.#working ? [] : [element("p", { class: "quiet" }, "After the fit each answer stands here, with its interval and what no row shows.")];
    const stale = fitted.text !== this.#text && element("p", { class: "older" }, "These are answers to an earlier text: fit again.");
    const name = this.#question?.name;
    const query = fitted.queries.find((each) => each.name === name) ?? (fitted.effects.some((each) => each.name === name) ? null : fitted.queries[0]);
    const effect = query ? null : fitted.effects.find((each) => each.name === name) ?? fitted.effects[0];
    const others = fitted.effects.filter((each) => each !== effect);
    return [
      stale,
      ...(query ? this.#query(query) : effect ? this.#effect(effect) : []),
      fitted.more && element("div", { class: "row" }, element("button", { disabled: this.#working, onclick: () => this.#start({ do: "intervals", text: this.#fitted.text }) }, "Find intervals of effects"), element("span", { class: "quiet" }, "trains each generator ten times more")),
      ...(others.length ? [element("h3", {}, effect ? "Other effects" : "Effects"), element("ul", { class: "numbers" }, ...others.map((each) => this.#line(each)))] : []),
      ...fitted.remarks.map((remark) => element("p", { class: "quiet" }, remark)),
      ...fitted.agreements.map((line) => element("p", { class: line.includes("DISAGREE") ? "warned" : "quiet" }, line)),
      this.#generators(fitted),
      element("details", {}, element("summary", {}, "What this rests on"), element("pre", { class: "words", tabindex: "0" }, fitted.assumptions)),
    ].filter(Boolean);
  }

  #line(effect) {
    return element("li", {}, element("strong", {}, effect.name), ` ${effect.value === null ? effect.faults[0] ?? "not identified" : short(effect.value)} `, element("span", { class: "quiet" }, ends(effect.interval)));
  }

  #effect(effect) {
    if (effect.verdict !== "identified") return [element("p", {}, "This effect is not identified: there is nothing to fit.")];
    const policies = this.#policies(effect);
    if (effect.value === null) return [...policies, ...this.#missing(effect)];
    const error = effect.interval?.standard_error;
    return [
      ...policies,
      element("p", { class: "big" }, element("b", { id: "number", "data-number": effect.value }, short(effect.value)), element("span", { id: "interval" }, ends(effect.interval))),
      onLine(effect.value, effect.interval),
      element("p", { class: "quiet" }, effect.text, error ? ` · standard error ${short(error)}, 95 % interval by the influence of ${effect.interval.rows?.toLocaleString("en")} rows` : effect.error ? ` · from simulated rows, ± ${short(effect.error)}` : ""),
      effect.interval?.remark && element("p", { class: "quiet" }, `No interval: ${effect.interval.remark}.`),
      ...this.#warnings(effect),
    ].filter(Boolean);
  }

  /** What each policy of a question does. */
  #policies(question) {
    const follow = (name) => (given) => this.#start({ do: "policy", text: this.#fitted.text, name, ...given });
    return this.#fitted.policies.filter((each) => question.policies.includes(each.name)).map((each) => policyBox(each, follow(each.name)));
  }

  /** Why there is no answer yet. */
  #missing({ policies, faults }) {
    const open = this.#fitted.policies.some((each) => policies.includes(each.name) && !each.given);
    if (open) return [element("p", { class: "quiet" }, "The answer stands here as soon as the policy is given.")];
    return (faults.length ? faults : ["This has no value."]).map((fault) => element("p", { class: "warned" }, fault));
  }

  #query(query) {
    if (query.verdict !== "identified") return [element("p", {}, "This query is not identified: there is nothing to fit.")];
    if (query.waiting.length) return [element("p", {}, `Values of ${query.waiting.join(", ")} cannot be set here: sample in Python, or with dofx sample.`)];
    const policies = this.#policies(query);
    if (query.faults.length) return [...policies, ...this.#missing(query)];
    const answer = element("div", { class: "at", id: "at" });
    const at = this.#at.get(query.name);
    const controls = query.controls.map((control) =>
      controlOf(control, at[control.name], (value) => {
        at[control.name] = value;
        this.#ask(query, answer);
      }));
    this.#fill(query, answer);
    if (!this.#answers.get(query.name)) this.#ask(query, answer);
    return [...policies, controls.length > 0 && element("div", { class: "controls", role: "group", "aria-label": "What is set" }, ...controls), answer].filter(Boolean);
  }

  /** Ask for the answer at what is set; while one is on its way, only the last wish is asked afterwards. */
  async #ask(query, answer) {
    const turn = ++this.#asking;
    if (this.asked) return void (this.wish = [query, answer]);
    this.asked = true;
    let problem = null;
    try {
      const found = await this.desk.ask({ do: "ask", text: this.#fitted.text, name: query.name, at: { ...this.#at.get(query.name) } });
      this.#answers.set(query.name, found);
    } catch (error) {
      problem = error;
    }
    this.asked = false;
    if (turn === this.#asking || !this.wish) this.#fill(query, answer, problem);
    const wish = this.wish;
    this.wish = null;
    if (wish) this.#ask(...wish);
  }

  #fill(query, box, problem = null) {
    if (problem) return box.replaceChildren(element("p", { class: "warned", role: "alert" }, problem.message));
    const found = this.#answers.get(query.name);
    if (!found) return;
    const pinned = this.#pinned.get(query.name);
    const before = (i) => (pinned && pinned !== found && pinned.parts[i]?.kind === found.parts[i].kind ? pinned.parts[i] : null);
    const same = pinned === found;
    box.replaceChildren(
      ...found.parts.flatMap((part, i) => this.#part(part, before(i))),
      ...this.#warnings(found),
      element("p", { class: "quiet" }, found.rows ? `From ${found.rows.toLocaleString("en")} simulated rows` : "Exact under the fitted generators", found.idle.length ? `, the same for every ${found.idle.join(", ")}` : "", "."),
      element("div", { class: "row" },
        query.controls.length > 0 && element("button", { "aria-pressed": String(Boolean(pinned)), title: "Keep this answer, to compare others with it", onclick: () => {
          if (pinned) this.#pinned.delete(query.name);
          else this.#pinned.set(query.name, found);
          this.#fill(query, box);
        } }, pinned ? (same ? "Kept to compare" : "Compare no more") : "Keep to compare"),
        element("button", { onclick: () => this.#save(query) }, "Save bundle")),
      ...(query.weakest ? [element("p", { class: "quiet weakest" }, `${query.weakest[0].toUpperCase()}${query.weakest.slice(1)}.`)] : []),
    );
  }

  #part(part, before) {
    if (part.kind === "chances") return [chances(part, before)];
    if (part.kind === "moments") return [histogram(part, before)];
    if (part.kind === "mean") {
      const interval = part.intervals?.[0];
      return [
        element("p", { class: "big" }, element("b", { "data-number": part.mean }, short(part.mean)), element("span", {}, ends(interval))),
        onLine(part.mean, interval),
        interval?.remark ? element("p", { class: "quiet" }, `No interval: ${interval.remark}.`) : element("p", { class: "quiet" }, `mean of ${part.variable}`),
      ];
    }
    if (part.kind === "extent") return [element("p", {}, `${part.variable}: mean ${short(part.mean)}, standard deviation ${short(part.sd)} over all entries.`)];
    return [element("ul", {}, ...part.texts.map((each) => element("li", {}, `${each.text} (${(100 * each.share).toFixed(1)} %)`)))];
  }

  #warnings({ unseen, overlaps }) {
    const weak = overlaps.length ? [element("p", { class: "quiet" }, `${overlaps[0]}.`)] : [];
    return [...unseen.map((line) => element("p", { class: "warned" }, `${line}.`)), ...weak];
  }

  async #save(query) {
    await this.#try(async () => {
      const { file, base64 } = await this.desk.ask({ do: "bundle", text: this.#fitted.text, name: query.name });
      saved(file, Uint8Array.from(atob(base64), (mark) => mark.charCodeAt(0)), "application/zip");
      announce(`Saved ${file}`);
    });
    if (this.#problem) this.#show();
  }

  #generators({ report }) {
    const cells = (tag, list) => list.map((text, i) => element(tag, { class: i > 1 ? "number" : "" }, text));
    return element("details", {}, element("summary", {}, `${report.length} generator${report.length === 1 ? "" : "s"}`),
      element("div", { class: "scroll", tabindex: "0" }, element("table", {},
        element("thead", {}, element("tr", {}, ...cells("th", ["fit", "family", "rows", "epochs", "score", "seconds"]))),
        element("tbody", {}, ...report.map((each) => element("tr", {}, ...cells("td", [each.fit, each.reused ? `${each.family}, kept` : each.family, each.rows.toLocaleString("en"), String(each.epochs), short(each.score), each.seconds.toFixed(2)])))))));
  }
}
