"""The steps of a derivation in words: what was done and why, one sentence for each rule."""

from __future__ import annotations

from ...estimand.algebra import Conditional
from ...identify.derivation import Derivation, Rule, Step
from .names import MOST_NAMES, listed, names_text

_WORDS = {
    Rule.NO_EFFECT: "do({about}) has no effect on what is asked: drop it",
    Rule.ANCESTORS: "only the ancestors of {about} matter: {graph}",
    Rule.DROP_CONDITION: "given the rest, {about} says nothing about the outcomes: drop it",
    Rule.EXCHANGE: "seeing {about} is as good as setting it: do({about})",
    Rule.SEE: "setting {about} is as good as seeing it: {result}",
    Rule.DISTRICTS: "{about} falls into districts: {groups}",
    Rule.CHAIN: "Q[{about}] is a product of conditionals of {kernel}, by the chain rule",
    Rule.ANCESTRAL: "Q[{about}] is an ancestral marginal of Q[{graph}], a product over {kernel}",
    Rule.RECURSE: "for Q[{about}], go on in Q[{graph}] from {kernel}, in the district {groups}",
    Rule.CLAMP: "the factor of {about} in Q[{graph}] stands in it as it is",
    Rule.RECONDITION: "the factor of {about} in Q[{graph}] is {result}",
    Rule.CANCEL: "the mechanisms of {about} say nothing more about what is asked: they cancel",
    Rule.CONFLICT: "the district {about} would need a variable at two values at once",
    Rule.CROSS_WORLD: "{about} is read at different values: errors are taken as independent across worlds",
    Rule.NORMALISE: "condition on {about}",
    Rule.NO_SOURCE: "no data set has Q[{about}]",
    Rule.INSIDE: "do({names}) is inside the cycle {graph}, and {groups} still matters",
    Rule.HEDGE: "{graph} and {about} form a hedge",
}
"""The words of a rule; the steps of other rules bring their own, as a note, or are described by what the rule means."""


def derivation_text(derivation: Derivation) -> str:
    """One line or two a step: what was done and why, its line in the algorithm, and the kernel it read."""
    if not derivation.steps:
        return "  the query asks for an observed distribution"
    width = len(str(len(derivation)))
    lines = []
    for number, step in enumerate(derivation, 1):
        lines.append(f"  {number:>{width}}. {step_text(step)}  [{step.rule.line}]")
    return "\n".join(lines)


def step_text(step: Step) -> str:
    """What was done and why, without its line in the algorithm."""
    words = _WORDS.get(step.rule)
    match step.rule:
        case Rule.SEE if not step.variables:
            words = "nothing is set: {result}"
        case Rule.DISTRICTS if len(step.groups) <= 1:
            words = "{about} is one district"
        case Rule.EQUILIBRIUM:
            cycles = (
                f"{listed(group)} form a cycle (equilibrium); treated as one block" for group in step.groups
            )
            return "; ".join(cycles)
        case _:
            pass
    if words is None:
        return step.note or step.rule.meaning
    return words.format(
        about=names_text(step.variables),
        names=listed(step.variables),
        graph=names_text(step.graph),
        kernel=step.kernel,
        groups=_groups(step),
        result=_result(step),
    )


def _result(step: Step) -> str:
    if not isinstance(step.result, Conditional):
        return "a sum of products"
    leaf = step.result
    given = f" | {listed(leaf.given)}" if leaf.given else ""
    return f"{leaf.of.name}({listed(leaf.targets)}{given})"


def _groups(step: Step) -> str:
    shown = [names_text(group) for group in step.groups[:MOST_NAMES]]
    more = len(step.groups) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
