"""Explanations as text: equal queries and graphs have equal texts on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import indent

from ..passes.cost import Weights
from ..passes.weights import written
from ..printers.network.text import network_text
from .explanation import Explanation
from .plan import amount, considered_grid, plan_grid
from .shared_plan import together


def explanation_text(explanation: Explanation) -> str:
    """The proof, what was considered, the network as lowered and what each pass changed, and the fit plan."""
    named = explanation.title or ", ".join(explanation.names)
    title = f"═══ {named}\n" if named else ""
    parts = [title + _proof(explanation)]
    if explanation.considered:
        costs = f"{considered_grid(explanation.considered)}\n{weights_line(explanation.weights)}"
        parts.append(f"── considered\n{costs}")
    if explanation.form:
        parts.append(_form(explanation))
    if explanation.lowered and explanation.network:
        name, network = explanation.lowered
        parts.append(
            f"── {name}: {costs_text(explanation.cost(network))}\n{network_text(network, abridged=True)}"
        )
        for step in explanation.passes:
            words = f"  {step.words}\n" if step.words else ""
            lines = "\n".join(map(str, step.lines))
            parts.append(f"── {step.name}: {costs_text(step.after, step.before)}\n{words}{lines}")
        if not explanation.passes:
            parts.append("── passes\nno pass changes the network")
        else:
            parts.append(f"── network\n{network_text(explanation.network, abridged=True)}")
        grid = plan_grid(explanation.plan, explanation.network, explanation.types)
        weights = "" if explanation.considered else f"\n{weights_line(explanation.weights)}"
        parts.append(f"── fit plan\n{grid}{weights}")
    parts += [f"── {section.title}\n{section}" for section in explanation.more]
    return "\n\n".join(parts)


def explanations_text(explanations: Sequence[Explanation]) -> str:
    """The explanations of some queries, and which generators they share."""
    shared = together(explanations)
    parts = [*map(explanation_text, explanations), *([f"═══ {shared.title}\n{shared}"] if shared else [])]
    return "\n\n".join(parts)


def weights_line(weights: Weights) -> str:
    """The weights, written as the argument that would change them.

    >>> from ..passes.cost import WEIGHTS
    >>> weights_line(WEIGHTS)
    'weights: refit=1000, dimension=10, generator=2, condition=1, row=0.1, widening=25, hole=20, chance=100'
    """
    return "weights: " + ", ".join(f"{name}={value:g}" for name, value in written(weights).items())


def costs_text(after: float, before: float | None = None) -> str:
    """What a network costs, and what it cost before.

    >>> costs_text(15.1), costs_text(15.1, 1_015.1), costs_text(15.1, 15.1)
    ('cost 15.1', 'cost 1,015.1 → 15.1', 'cost 15.1 as before')
    """
    if before is None:
        return f"cost {amount(after)}"
    same = amount(before) == amount(after)
    return f"cost {amount(after)} as before" if same else f"cost {amount(before)} → {amount(after)}"


def _proof(explanation: Explanation) -> str:
    if explanation.identification is not None:
        return explanation.identification.explain()
    return str(explanation.estimand or explanation.query)


def _form(explanation: Explanation) -> str:
    """The proof of a cheaper alternative."""
    assert explanation.form
    chosen = next(each.name for each in explanation.considered if each.chosen)
    estimand = indent(str(explanation.form.estimand), "  ")
    return f"── chosen: {chosen}\n{estimand}\n\nDerivation\n{explanation.form.derivation}"
