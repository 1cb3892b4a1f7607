// The graph in words, for a screen reader.

import { marks } from "../marks.js";

/** One variable: what it is, what it causes and what causes it. */
export function wordsOf(graph, name) {
  const { latent, directed, bidirected, roles, data } = graph;
  const marked = marks(graph).get(name) ?? [];
  const list = (names, words) => (names.length ? `${words} ${names.join(", ")}` : "");
  const shared = bidirected.filter((pair) => pair.includes(name)).map(([a, b]) => (a === name ? b : a));
  return [
    name,
    latent.includes(name) && "latent",
    ...["exposure", "outcome"].filter((role) => roles[role]?.includes(name)),
    list(directed.filter(([a]) => a === name).map(([, b]) => b), "causes"),
    list(directed.filter(([, b]) => b === name).map(([a]) => a), "is caused by"),
    list(shared, "shares an unobserved cause with"),
    marked.includes("hole") && "has holes",
    list(data.filter((each) => each.sets.includes(name)).map((each) => each.name), "is set in"),
    list(data.filter((each) => each.differs.includes(name)).map((each) => each.name), "differs in"),
  ]
    .filter(Boolean)
    .join(", ");
}

/** All of its variables, one after the other. */
export function wordsOfAll(graph) {
  return graph.nodes.length ? graph.nodes.map((name) => wordsOf(graph, name)).join(". ") : "The graph is empty.";
}

/** A name that no variable of the graph has yet. */
export function freeName({ nodes }) {
  const taken = new Set(nodes);
  for (let round = 0; ; round++) {
    for (const name of ["x", "y", "z", "w", "m", "v", "a", "b", "c", "t", "s", "r"]) {
      const candidate = round ? `${name}${round}` : name;
      if (!taken.has(candidate)) return candidate;
    }
  }
}
