// The text of the program: the one thing that is edited. The canvas edits it too, so its history is the only one.

import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab, invertedEffects, redo, redoDepth, undo, undoDepth } from "@codemirror/commands";
import { bracketMatching, indentOnInput } from "@codemirror/language";
import { lintGutter, setDiagnostics } from "@codemirror/lint";
import { Annotation, EditorState, StateEffect, Transaction } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { cq } from "./language.js";

/** A variable was put somewhere: it is undone with the text. */
const placed = StateEffect.define();
/** What changed the text, where that was not typing. */
const loaded = Annotation.define();

const completions = [
  ["graph", "graph {\n  x -> y\n}"],
  ["query", "query name = P(y | do(x))"],
  ["effect", "effect name = E[y | do(x = 1)] - E[y | do(x = 0)]"],
  ["ate", "ate(y, x, 1, 0)"],
  ["att", "att(y, x, 1, 0)"],
  ["nde", "nde(y, x, through m, 1, 0)"],
  ["nie", "nie(y, x, through m, 1, 0)"],
  ["policy", "query name = P(y | do(x ~ g(z)))"],
  ["variables", "variables {\n  x : bool\n}"],
  ["latent", "latent u"],
  ["exposure", "exposure x"],
  ["outcome", "outcome y"],
];

/** Show how the text is left and what else its keys do: whoever presses Tab there may want to leave. */
function help(isShown) {
  document.getElementById("program-help").classList.toggle("unseen", !isShown);
}

export class Editor {
  names = [];

  constructor(parent, { changed, moved }) {
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        extensions: [
          lineNumbers(),
          history({ newGroupDelay: 400 }),
          drawSelection(),
          indentOnInput(),
          bracketMatching(),
          closeBrackets(),
          highlightActiveLine(),
          lintGutter(),
          autocompletion({ override: [(context) => this.#complete(context)], activateOnTyping: false }),
          invertedEffects.of((transaction) =>
            transaction.effects
              .filter((effect) => effect.is(placed))
              .map(({ value }) => placed.of({ name: value.name, from: value.to, to: value.from })),
          ),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap, indentWithTab]),
          cq,
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ "aria-label": "Text of the program", "aria-describedby": "program-help", spellcheck: "false" }),
          EditorView.domEventObservers({
            keydown: (event) => event.key === "Tab" && help(true),
            blur: () => help(false),
          }),
          EditorView.updateListener.of((update) => {
            for (const transaction of update.transactions) {
              for (const effect of transaction.effects) if (effect.is(placed)) moved(effect.value);
            }
            if (update.docChanged) changed();
          }),
        ],
      }),
    });
  }

  get text() {
    return this.view.state.doc.toString();
  }

  /** Another program in its place: one step of the history, or its beginning. */
  load(text, isFirst = false) {
    this.replace(text, [], "load", isFirst);
  }

  /** The smallest change that makes the text another one, with the places of variables that came with it. */
  replace(text, places = [], by = "canvas", isFirst = false) {
    const old = this.text;
    let start = 0;
    while (start < old.length && start < text.length && old[start] === text[start]) start++;
    let end = 0;
    while (end < old.length - start && end < text.length - start && old.at(-1 - end) === text.at(-1 - end)) end++;
    this.view.dispatch({
      changes: old === text ? undefined : { from: start, to: old.length - end, insert: text.slice(start, text.length - end) },
      effects: places.map((each) => placed.of(each)),
      annotations: [loaded.of(by), ...(isFirst ? [Transaction.addToHistory.of(false)] : [])],
      userEvent: "input.drawn",
    });
  }

  undo() {
    return undo(this.view);
  }

  redo() {
    return redo(this.view);
  }

  get depths() {
    return [undoDepth(this.view.state), redoDepth(this.view.state)];
  }

  mark(faults) {
    const size = this.view.state.doc.length;
    const marks = [];
    for (const fault of faults) {
      fault.labels.forEach((label, i) => {
        const from = Math.min(label.start, size);
        const to = Math.min(Math.max(label.end, label.start), size);
        const words = [fault.title, label.text, ...fault.help].filter(Boolean).join("\n");
        marks.push({
          from: from === to && from > 0 ? from - 1 : from,
          to,
          severity: i ? "info" : fault.severity,
          message: i ? label.text || fault.title : words,
          source: fault.code,
        });
      });
    }
    this.view.dispatch(setDiagnostics(this.view.state, marks));
  }

  focus(offset) {
    const at = Math.min(offset ?? 0, this.view.state.doc.length);
    this.view.dispatch({ selection: { anchor: at }, scrollIntoView: true });
    this.view.focus();
  }

  #complete(context) {
    const word = context.matchBefore(/[\p{L}\p{N}_]*/u);
    if (!word || (word.from === word.to && !context.explicit)) return null;
    return {
      from: word.from,
      options: [
        ...this.names.map((label) => ({ label, type: "variable" })),
        ...completions.map(([label, apply]) => ({ label, apply, type: "keyword" })),
      ],
    };
  }
}
