// Parts of an answer: a badge, what stands in its way, a drawing, a table.

import { element } from "./dom.js";

export const badge = (mark) => element("span", { class: "badge", "aria-hidden": "true" }, element("i", {}, mark));

/** What stands in the way of an answer: in words first, then the hedge as the canvas shades it; reasons by data set. */
export function obstacle({ text, hedge }) {
  const paragraphs = [];
  const reasons = [];
  for (const line of text.split("\n").slice(1)) {
    const last = paragraphs.at(-1);
    if (last?.endsWith(":") && /^ {2}(?!and )[^:]+: /.test(line)) reasons.push(line.trim().replace(/,$/, ""));
    else if (last?.endsWith(":") && reasons.length) paragraphs.push(sentence(line.trim().replace(/^and /, "")));
    else if (line.startsWith("  ") && last) paragraphs.push(`${paragraphs.pop()} ${line.trim()}`);
    else if (line) paragraphs.push(line.trim());
  }
  const [first = "What the query conditions on cannot happen in any model of this graph.", ...rest] = paragraphs;
  const shaded = hedge && element("p", { class: "shaded" }, element("span", { class: "swatch outer" }), ` F = {${hedge.forest.join(", ")}} `, element("span", { class: "swatch inner" }), ` F′ = {${hedge.subforest.join(", ")}}`);
  const list = reasons.length > 0 && element("ul", {}, ...reasons.map((words) => element("li", {}, words)));
  return element("div", { class: "hedged" }, ...[element("p", {}, first), list, shaded, ...rest.map((words) => element("p", {}, words))].filter(Boolean));
}

export const sentence = (words) => words && words[0].toUpperCase() + words.slice(1);

export function picture(svg, words) {
  const image = element("img", { alt: words, src: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}` });
  return element("div", { class: "picture", tabindex: "0" }, image);
}

export function grid({ heading, rows, alignment }) {
  const cell = (tag, text, i) => element(tag, { class: alignment[i] === "r" ? "number" : "", scope: tag === "th" && "col" }, text);
  return element("div", { class: "scroll", tabindex: "0" }, element("table", {},
    element("thead", {}, element("tr", {}, ...heading.map((text, i) => cell("th", text, i)))),
    element("tbody", {}, ...rows.map((row) => element("tr", {}, ...row.map((text, i) => cell("td", text, i)))))));
}
