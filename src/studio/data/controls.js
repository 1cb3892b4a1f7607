// What is set in a query: a switch or a list for states, a slider and a field for numbers.

import { element } from "../dom.js";
import { short } from "./charts.js";

/**
 * @param control what can be set
 * @param value what is set now: the number of a state, or a number
 * @param set called with another value
 */
export function controlOf(control, value, set) {
  const label = element("span", { class: `role ${control.role}` }, control.role === "do" ? `do(${control.name})` : control.name);
  if (!control.states) return slider(control, value, set, label);
  return control.states.length <= 5 ? choices(control, value, set, label) : list(control, value, set, label);
}

function choices({ name, states }, value, set, label) {
  const buttons = states.map((state, i) =>
    element("button", { role: "radio", "aria-checked": String(value === i), onclick: () => {
      buttons.forEach((button, n) => button.setAttribute("aria-checked", String(n === i)));
      set(i);
    } }, String(state)));
  return element("div", { class: "control", role: "radiogroup", "aria-label": name }, label, element("div", { class: "tools" }, ...buttons));
}

function list({ states }, value, set, label) {
  const options = states.map((state, i) => element("option", { value: i, selected: value === i }, String(state)));
  return element("label", { class: "control" }, label, element("select", { onchange: (event) => set(Number(event.target.value)) }, ...options));
}

function slider({ name, low, high, seen }, value, set, label) {
  const step = 10 ** Math.floor(Math.log10((high - low) / 200));
  const range = element("input", { type: "range", min: low, max: high, step: "any", "aria-label": name, oninput: () => ((number.value = Number(Number(range.value).toPrecision(4))), set(Number(number.value))) });
  const number = element("input", { type: "number", step, "aria-label": `${name} as a number`, oninput: () => number.value !== "" && ((range.value = number.value), set(Number(number.value))) });
  range.value = value;
  number.value = value;
  const [from, to] = seen.map((each) => ((each - low) / (high - low)) * 100);
  return element("div", { class: "control" }, label, element("span", { class: "slider", style: `--from:${from}%;--to:${to}%`, title: `most rows lie between ${short(seen[0])} and ${short(seen[1])}` }, range), number);
}
