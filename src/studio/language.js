// How a program is coloured. The compiler's own grammar decides what is right; this only knows words and marks.

import { HighlightStyle, StreamLanguage, syntaxHighlighting } from "@codemirror/language";
import { tags } from "@lezer/highlight";

const BLOCKS = /^(graph|variables|query|effect|data|dag|digraph)(?!\w)/;
const ITEMS = /^(latents?|exposure|outcome|adjusted|selected|feedback)(?=[\s{])/; // at the start of an item of a graph
const DATA = /^(from|sets|measures|differs|at|keeps|by|weights|cluster|holes|person|time|dates|in|since)(?=\s)/;
const WORDS = /^(using|avoiding|through|holding|along)(?=[\s{])/;

const language = StreamLanguage.define({
  name: "cq",
  startState: () => ({ fresh: true, data: false }),
  token(stream, state) {
    if (stream.sol()) state.fresh = true;
    if (stream.eatSpace()) return null;
    const fresh = state.fresh;
    state.fresh = false;
    if (stream.match(/^#.*/)) return "comment";
    if (stream.match(/^"(\\.|[^"\\])*"?/) || stream.match(/^'(\\.|[^'\\])*'?/)) return "string";
    if (stream.match(/^(<-+>|<-+|-+>|[→←↔])/)) return "operator";
    const block = fresh && stream.match(BLOCKS);
    if (block) {
      state.data = block[1] === "data";
      return "keyword";
    }
    if (state.data ? stream.match(DATA) : stream.match(WORDS) || (fresh && stream.match(ITEMS))) return "keyword";
    if (stream.match(/^do(?=\s*\()/)) return "typeName";
    if (stream.match(/^(P(?=\s*\()|E(?=\s*\[))/)) return "typeName";
    if (stream.match(/^(ate|att|atc|nde|nie|cde|pse)(?=\s*\()/i)) return "typeName";
    if (stream.match(/^~/)) return "operator";
    if (stream.match(/^\?[\p{L}][\p{L}\p{N}_]*/u)) return "number";
    if (stream.match(/^(true|false)(?!\w)/)) return "bool";
    if (stream.match(/^\d+(\.\d+)?/)) return "number";
    if (stream.match(/^[{};]/)) {
      state.fresh = true;
      return "brace";
    }
    if (stream.match(/^[\p{L}][\p{L}\p{N}_.′']*/u)) return "variableName";
    stream.next();
    return "punctuation";
  },
  languageData: { commentTokens: { line: "#" }, closeBrackets: { brackets: ["(", "[", "{", '"'] } },
});

const colours = HighlightStyle.define([
  { tag: tags.comment, color: "var(--muted)", fontStyle: "italic" },
  { tag: tags.keyword, color: "var(--keyword)", fontWeight: "600" },
  { tag: tags.typeName, color: "var(--function)" },
  { tag: tags.operator, color: "var(--arrow-text)", fontWeight: "600" },
  { tag: [tags.string, tags.number, tags.bool], color: "var(--literal)" },
  { tag: tags.variableName, color: "var(--ink)" },
]);

export const cq = [language, syntaxHighlighting(colours)];
