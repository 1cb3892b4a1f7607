// Elements made of tags, attributes and children.

import katex from "katex";

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.flat().filter((child) => child != null && child !== false));
  return made;
}

export const byId = (id) => document.getElementById(id);

let last = { latex: null, box: null };

/** A formula; its LaTeX as it is where it cannot be typeset. What was typeset last is kept: most keystrokes leave it. */
export function formula(latex, words) {
  if (latex !== last.latex) last = { latex, box: typeset(latex, words) };
  return last.box;
}

function typeset(latex, words) {
  const box = element("div", { class: "formula", tabindex: "0", role: "math", "aria-label": words });
  try {
    box.append(...equations(latex).map((line) => {
      const wraps = !line.includes("\\begin{");
      const place = element("div", { class: "equation" });
      katex.render(wraps ? breakable(line) : line, place, { displayMode: !wraps, throwOnError: true, strict: false, output: "html" });
      return place;
    }));
  } catch {
    box.replaceChildren(element("code", {}, latex));
  }
  return box;
}

/** The equations of a formula, each of which can be broken for itself, where they are aligned in LaTeX. */
function equations(latex) {
  const aligned = /^\\begin\{aligned\}\n([^]*)\n\\end\{aligned\}$/.exec(latex)?.[1];
  return aligned === undefined ? [latex] : aligned.split(" \\\\\n").map((line) => line.replaceAll(/(?<!\\)&/g, ""));
}

const LONG = 40; // letters of LaTeX in brackets that are broken inside rather than pushed out of sight

/** The same formula, which may break between its factors, and in a long list between its names, and nowhere else. */
export function breakable(whole) {
  const latex = whole.replaceAll(/\\(left|right)(?=[()])/g, "");
  let found = "\\displaystyle ";
  let start = 0;
  for (let i = 0; i < latex.length; i++) {
    if (latex[i] !== "(") continue;
    const head = /[A-Za-z]+(_\{?\w+\}?)?$/.exec(latex.slice(start, i))?.[0] ?? "";
    let depth = 0;
    let end = i;
    do depth += { "(": 1, ")": -1 }[latex[end++]] ?? 0;
    while (depth && end < latex.length);
    const group = latex.slice(i - head.length, end);
    found += latex.slice(start, i - head.length) + (group.length > LONG ? group.replaceAll(", ", ", \\allowbreak ") : `{${group}}`);
    start = end;
    i = end - 1;
  }
  found += latex.slice(start);
  return found.replaceAll(" \\, ", " \\, \\allowbreak ").replaceAll("} \\sum_", "} \\allowbreak \\sum_");
}

export function announce(words) {
  byId("announce").textContent = words;
}

let noticed = 0;

/** Words that stand over the canvas for some milliseconds, and are read out. */
export function notice(words, time = 4000) {
  const box = byId("notice");
  box.textContent = words;
  box.hidden = false;
  announce(words);
  clearTimeout(noticed);
  noticed = setTimeout(() => (box.hidden = true), time);
}

export async function copied(button, text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = element("textarea", { class: "unseen" });
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  const before = button.dataset.before ?? button.textContent;
  button.dataset.before = before;
  button.textContent = "Copied";
  announce("Copied");
  setTimeout(() => (button.textContent = before), 1400);
}

export function saved(file, content, type = "text/plain") {
  const link = element("a", { href: URL.createObjectURL(new Blob([content], { type })), download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
