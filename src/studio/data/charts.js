// Answers drawn: chances as bars, numbers as histograms, effects on a line; each with its interval where it has one.

import { element } from "../dom.js";

const SVG = "http://www.w3.org/2000/svg";

function drawn(tag, attributes, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.filter(Boolean));
  return made;
}

/** A number with as many digits as one reads. */
export function short(number) {
  if (number === null || number === undefined) return "–";
  if (Number.isInteger(number) && Math.abs(number) < 1e6) return String(number);
  const size = Math.abs(number);
  if (size >= 1e5 || size < 1e-4) return number.toExponential(2);
  return size < 1 ? number.toPrecision(3) : String(Number(number.toPrecision(4)));
}

export const share = (p) => `${(100 * p).toFixed(1)} %`;

export function ends(interval, write = short) {
  return interval?.low != null && interval?.high != null ? `[${write(interval.low)}, ${write(interval.high)}]` : "";
}

const percent = (p) => `${Math.max(0, Math.min(1, p)) * 100}%`;

/** The chances of each state, with intervals; those of an earlier setting stand behind them. */
export function chances(part, before) {
  const most = Math.max(0.01, ...part.events.map((each, i) => Math.max(each.probability, part.intervals?.[i]?.high ?? 0, before?.events[i]?.probability ?? 0)));
  const scale = most > 0.5 ? 1 : most * 1.15;
  return element("div", { class: "bars", role: "list", "aria-label": `Distribution of ${part.variables.join(", ")}` },
    ...part.events.map((event, i) => {
      const interval = part.intervals?.[i];
      const words = part.variables.map((name, n) => `${name} = ${event.values[n]}`).join(", ");
      const bounds = ends(interval, (p) => (100 * p).toFixed(1));
      return element("div", { class: "bar-of", role: "listitem", "data-number": event.probability },
        element("span", { class: "what" }, words),
        element("span", { class: "ends" }, bounds),
        element("span", { class: "how-much" }, share(event.probability)),
        element("span", { class: "track", "aria-hidden": "true" },
          before?.events[i] && element("i", { class: "before", style: `width:${percent(before.events[i].probability / scale)}` }),
          element("i", { class: "fill", style: `width:${percent(event.probability / scale)}` }),
          bounds && element("i", { class: "whisker", style: `left:${percent(interval.low / scale)};width:${percent((interval.high - interval.low) / scale)}` })));
    }));
}

/** A histogram with the mean marked; that of an earlier setting is an outline. */
export function histogram(part, before) {
  const { shares } = part.histogram;
  const both = [part.histogram, before?.histogram ?? part.histogram];
  const [low, high] = [Math.min(...both.map((each) => each.low)), Math.max(...both.map((each) => each.high))];
  const [width, height, floor] = [420, 130, 112];
  const most = Math.max(...shares, ...(before?.histogram.shares ?? [0]), 1e-9);
  const y = (p) => floor - (p / most) * (floor - 6);
  const x = (value) => ((value - low) / (high - low)) * width;
  const outline = ({ low: first, high: last, shares: list }) => {
    const edge = (i) => x(first + ((last - first) * i) / list.length).toFixed(1);
    return `M${edge(0)},${floor}${list.map((p, i) => `H${edge(i)}V${y(p).toFixed(1)}H${edge(i + 1)}`).join("")}V${floor}Z`;
  };
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((at) => low + at * (high - low));
  return element("figure", { class: "histogram" },
    drawn("svg", { viewBox: `-4 0 ${width + 8} ${height}`, role: "img", "aria-label": `Distribution of ${part.variable}: mean ${short(part.mean)}, standard deviation ${short(part.sd)}` },
      drawn("path", { class: "fill", d: outline(part.histogram) }),
      before && drawn("path", { class: "before", d: outline(before.histogram) }),
      drawn("line", { class: "axis", x1: 0, x2: width, y1: floor, y2: floor }),
      ...ticks.map((value, i) => {
        const label = drawn("text", { class: "tick", x: x(value), y: height - 3, "text-anchor": ["start", "middle", "middle", "middle", "end"][i] });
        label.textContent = short(Number(value.toPrecision(3)));
        return label;
      }),
      drawn("line", { class: "mean", x1: x(part.mean), x2: x(part.mean), y1: 4, y2: floor })),
    element("figcaption", {}, `${part.variable}: mean `, element("b", { "data-number": part.mean }, short(part.mean)), ` · sd ${short(part.sd)} · median ${short(part.quantiles["0.5"])} · 90 % between ${short(part.quantiles["0.05"])} and ${short(part.quantiles["0.95"])}`));
}

/** A number on a line, with its interval and with zero where that is near. */
export function onLine(value, interval) {
  const known = ends(interval) ? [interval.low, interval.high] : [value, value];
  const room = Math.max(known[1] - known[0], Math.abs(value) * 0.2, 1e-9);
  const low = Math.min(known[0], 0) - room * 0.3;
  const high = Math.max(known[1], 0) + room * 0.3;
  const [width, line] = [420, 20];
  const x = (at) => (((at - low) / (high - low)) * width).toFixed(1);
  const zero = drawn("text", { class: "tick", x: x(0), y: 44, "text-anchor": "middle" });
  zero.textContent = "0";
  return drawn("svg", { class: "on-line", viewBox: `-6 0 ${width + 12} 48`, role: "img", "aria-label": `${short(value)} ${ends(interval)}` },
    drawn("line", { class: "axis", x1: 0, x2: width, y1: line, y2: line }),
    drawn("line", { class: "zero", x1: x(0), x2: x(0), y1: 6, y2: 32 }), zero,
    ends(interval) && drawn("line", { class: "whisker", x1: x(known[0]), x2: x(known[1]), y1: line, y2: line }),
    drawn("circle", { class: "point", cx: x(value), cy: line, r: 6 }));
}

/** How a score went, small. */
export function spark(scores) {
  if (scores.length < 2) return null;
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const points = scores.map((score, i) => `${((i / (scores.length - 1)) * 60).toFixed(1)},${(15 - ((score - low) / (high - low || 1)) * 13).toFixed(1)}`);
  return drawn("svg", { class: "spark", viewBox: "0 0 60 16", "aria-hidden": "true" }, drawn("polyline", { points: points.join(" ") }));
}
