// Small marks beside variables: which have holes, which an experiment sets, and where populations differ.

/** For each variable its marks: "hole", "sets", "differs" or "keeps". */
export function marks({ nodes, latent, holes, data }) {
  const found = new Map();
  const add = (name, mark) => {
    const list = found.get(name) ?? [];
    if (!list.includes(mark)) found.set(name, [...list, mark]);
  };
  const indicators = new Set(holes.map(([name]) => name));
  for (const [, columns] of holes) {
    const all = columns.length ? columns : nodes.filter((name) => !latent.includes(name) && !indicators.has(name));
    for (const name of all) add(name, "hole");
  }
  for (const { sets, differs, keeps } of data) {
    for (const name of sets) add(name, "sets");
    for (const name of differs) add(name, "differs");
    for (const name of keeps) add(name, "keeps");
  }
  return found;
}

const SHAPES = {
  hole: ({ hole, card }) => `<circle cx="8" cy="8" r="5" fill="${card}" stroke="${hole}" stroke-width="2.2" stroke-dasharray="3 2"/>`,
  sets: ({ amber, card }) => `<rect x="3" y="3" width="10" height="10" rx="2" fill="${amber}" stroke="${card}"/>`,
  differs: ({ arc, card }) => `<path d="M8 2.5 14 13H2Z" fill="${arc}" stroke="${card}"/>`,
  keeps: ({ green, card }) => `<path d="M8 2 14 8 8 14 2 8Z" fill="${green}" stroke="${card}"/>`,
};

const pen = document.createElement("canvas").getContext("2d");

/**
 * The marks of one variable as a picture; null where there are none.
 *
 * @param list the marks
 * @param worlds what the worlds of a question set it to, such as `x=0` and `x=1`
 */
export function stripOf(list, worlds = []) {
  if (!list.length && !worlds.length) return null;
  const css = getComputedStyle(document.documentElement);
  const colours = Object.fromEntries(["hole", "amber", "arc", "green", "card", "ink"].map((name) => [name, css.getPropertyValue(`--${name}`).trim()]));
  const parts = list.map((mark, i) => `<g transform="translate(${16 * i})">${SHAPES[mark](colours)}</g>`);
  const words = worlds.join(" · ");
  pen.font = `600 11px ${css.getPropertyValue("--mono")}`;
  const room = words ? Math.ceil(pen.measureText(words).width) + 10 : 0;
  if (words) {
    const at = 16 * list.length;
    parts.push(`<rect x="${at + 0.5}" y="0.5" width="${room - 1}" height="15" rx="3" fill="${colours.card}" stroke="${colours.amber}"/><text x="${at + 5}" y="11.6" font-family="${css.getPropertyValue("--mono").replaceAll('"', "'")}" font-size="11" font-weight="600" fill="${colours.ink}">${escaped(words)}</text>`);
  }
  const width = 16 * list.length + room;
  return `data:image/svg+xml;utf8,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="16" viewBox="0 0 ${width} 16">${parts.join("")}</svg>`)}`;
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
