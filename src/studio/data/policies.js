// What a policy does: a row for each combination of what it reads, or an expression.

import { element } from "../dom.js";

/**
 * @param policy what it reads and sets, and what was given
 * @param follow called with a table of chances, or with an expression
 */
export function policyBox(policy, follow) {
  const { name, reads, sets, rows, given } = policy;
  return element("div", { class: "policy", role: "group", "aria-label": `Policy ${name}` },
    element("p", {}, "Policy ", element("code", {}, `${name}(${reads.join(", ")})`), " sets ", element("code", {}, sets), given ? "" : ". What does it do?"),
    rows && table(policy, follow),
    expression(policy, follow));
}

function table({ reads, sets, states, rows, given }, follow) {
  const chances = given?.chances;
  const two = states.length === 2;
  const cells = rows.map((row, i) => (two ? chance(chances?.[i][1]) : choice(states, chances?.[i])));
  const use = element("button", { onclick: () => follow({ chances: cells.map((cell) => chancesIn(cell, states, two)) }) }, "Follow");
  const check = () => (use.disabled = cells.some((cell) => cell.value === "" || !cell.checkValidity()));
  cells.forEach((cell, i) => {
    cell.setAttribute("aria-label", [two ? `chance of ${sets} = ${states[1]}` : `${sets}`, ...reads.map((read, n) => `at ${read} = ${rows[i][n]}`)].join(" "));
    cell.addEventListener("input", check);
  });
  check();
  const heading = [...reads, two ? `chance of ${sets} = ${states[1]}` : sets];
  return element("div", {},
    element("table", {},
      element("thead", {}, element("tr", {}, ...heading.map((text) => element("th", { scope: "col" }, text)))),
      element("tbody", {}, ...rows.map((row, i) => element("tr", {}, ...row.map((value) => element("td", {}, String(value))), element("td", {}, cells[i]))))),
    element("div", { class: "row" }, use));
}

const chance = (value) => element("input", { type: "number", min: 0, max: 1, step: "any", placeholder: "0 to 1", value: value ?? false });

function choice(states, chances) {
  const chosen = chances ? chances.indexOf(Math.max(...chances)) : -1;
  return element("select", {}, element("option", { value: "" }, "choose …"), ...states.map((state, i) => element("option", { value: i, selected: i === chosen }, String(state))));
}

function chancesIn(cell, states, two) {
  if (two) return [1 - Number(cell.value), Number(cell.value)];
  return states.map((_, i) => (i === Number(cell.value) ? 1 : 0));
}

function expression({ name, reads, rows, given }, follow) {
  const field = element("input", { type: "text", class: "expression", spellcheck: "false", autocomplete: "off", "aria-label": `Expression of ${name}`, placeholder: reads.length ? `such as ${typeof rows?.[0][0] === "boolean" ? `not ${reads[0]}` : `${reads[0]} > 1`}` : "such as true", value: given?.expression ?? false });
  return element("form", { class: "row", onsubmit: (event) => (event.preventDefault(), field.value.trim() && follow({ expression: field.value })) },
    element("label", { class: "quiet" }, rows ? "or an expression " : "An expression ", field), element("button", {}, "Follow"));
}
