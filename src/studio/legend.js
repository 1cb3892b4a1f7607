// What the colours and marks of the canvas stand for.

import { byId, element } from "./dom.js";

export function legend(graph, kernel) {
  const entry = (kind, text) => element("span", {}, element("i", { class: kind }), text);
  const parts = [];
  if (kernel?.interventions.length) parts.push(entry("amber", "do(…)"));
  if (kernel) parts.push(entry("blue", "outcome"));
  if (kernel?.conditions.length) parts.push(entry("green", "condition"));
  if (graph.latent.length) parts.push(entry("latent", "latent"));
  if (graph.bidirected.length) parts.push(entry("arc", "unobserved common cause"));
  if (Object.keys(kernel?.worlds ?? {}).length) parts.push(entry("worlds", "what a world sets it to"));
  if (kernel?.hedge) parts.push(entry("hedge", "hedge"));
  if (graph.holes.length) parts.push(entry("holes", "has holes"));
  for (const { name, sets, differs, keeps } of graph.data) {
    const said = [sets.length && `sets ${sets.join(", ")}`, differs.length && `differs at ${differs.join(", ")}`, keeps.length && `keeps by ${keeps.join(", ")}`].filter(Boolean);
    if (said.length) parts.push(entry(sets.length ? "sets" : "differs", `${name} ${said.join(", ")}`));
  }
  byId("legend").replaceChildren(...parts);
}
