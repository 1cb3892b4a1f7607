// Where the rows of a data set are dropped or chosen, and which of its variables they have no column for.

import { element } from "../dom.js";

const KINDS = ".csv,.tsv,.gz,.parquet,.arrow,.feather";

/**
 * @param name the data set
 * @param several whether the program has others too
 * @param there its file and columns, if there are any
 * @param graph what the program says
 * @param give called with files, and whether they are more of the same people
 */
export function placeOf(name, several, there, graph, give) {
  const own = (graph.data ?? []).find((each) => each.name === name);
  const joined = Boolean(own?.person);
  const words = joined ? `Drop rows here: one file, or several of the same people, who are identified by ${own.person}` : "Drop rows here: CSV, Parquet or Arrow";
  const pick = (label, more) => {
    const file = element("input", { type: "file", accept: KINDS, multiple: joined, class: "unseen", tabindex: "-1", "aria-label": `${label}: rows of ${name}`, onchange: () => give([...file.files], more) });
    return [element("button", { "aria-label": several ? `${label}: rows of ${name}` : null, onclick: () => file.click() }, label), file];
  };
  const box = element("div", { class: `place${there ? " there" : ""}`, "data-set": name },
    element("div", { class: "place-words" },
      several && element("strong", {}, `${name} `),
      there ? element("span", {}, element("b", {}, there.file)) : element("span", {}, words),
      there && columns(there.columns, wanted(own, graph), own?.time)),
    ...pick(there ? (joined ? "Other files" : "Another file") : joined ? "Choose files" : "Choose a file", false),
    ...(there && joined ? pick("Add a file", true) : []));
  box.addEventListener("dragover", (event) => (event.preventDefault(), box.classList.add("over")));
  box.addEventListener("dragleave", () => box.classList.remove("over"));
  box.addEventListener("drop", (event) => {
    event.preventDefault();
    box.classList.remove("over");
    const files = [...event.dataTransfer.files];
    give(joined ? files : files.slice(0, 1), false);
  });
  return box;
}

/** The variables that a data set is to have columns for. */
function wanted(own, { nodes = [], latent = [], holes = [] }) {
  const indicators = new Set(holes.map(([indicator]) => indicator));
  const all = nodes.filter((each) => !latent.includes(each) && !indicators.has(each));
  return own?.measures ? all.filter((each) => own.measures.includes(each) || own.sets.includes(each)) : all;
}

/** Column `pain` at time 2 is the variable `pain_2`, where the rows of one person have times. */
function columns(list, variables, time) {
  const has = new Set(list.map((each) => each.toLowerCase()));
  const before = (name) => [...name.matchAll(/_/g)].map(({ index }) => name.slice(0, index));
  const there = (name) => has.has(name) || (time && before(name).some((stem) => has.has(stem)));
  const lacking = variables.filter((each) => !there(each.toLowerCase()));
  const words = `${list.length} column${list.length === 1 ? "" : "s"}`;
  return element("span", { class: lacking.length ? "lacking" : "quiet" }, lacking.length ? ` ${words}, none for ${lacking.slice(0, 6).join(", ")}${lacking.length > 6 ? ", …" : ""}` : ` ${words}, one for each variable`);
}
