"""The complement of one of two states: ``P(e, x = 1) = P(e) − P(e, x = 0)``, where the left side is not identifiable.

It answers what is not identifiable for variables with any number of states, such as the effect on the treated where the
effect itself is known and the treatment has two states.

References:
    Bareinboim, Forney, Pearl (2015), "Bandits with unobserved confounders", NeurIPS, section 4.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..estimand.algebra import Arithmetic, Expression
from ..model.worlds import Constant
from .assemble import Made, Parts, kernels_of
from .build import Build
from .components import Kept
from .conflict import conflict_in
from .copies import Atom, Contradiction, Copy, Net
from .derivation import Rule
from .names import Names
from .verdict import Identified

if TYPE_CHECKING:
    from .worlds import Question


def complemented(question: Question) -> Identified | None:
    """The answer as a difference of two joint probabilities, if one of its events is about a variable of two states.

    Args:
        question: A question that is not identifiable for variables with any number of states.
    """
    steps = list(question.steps)
    for above in _ways(question, [*question.asked, *question.given]):
        for below in _ways(question, question.given) if question.given else ([],):
            names = Names(question.graph)
            nets = [*above, *below]
            builds = [Build(question, _parts(net), names, net, _parts(net).kept, alone=True) for net in nets]
            made = kernels_of(question, names, builds)
            if isinstance(made, Made):
                halves = [build.joint(kernel) for build, kernel in zip(builds, made.kernels, strict=True)]
                answer = _difference(halves[: len(above)])
                if below:
                    answer = Arithmetic("/", answer, _difference(halves[len(above) :]))
                _note(question)
                return made.estimand(question, answer)
            question.steps[:] = steps
    return None


def _ways(question: Question, events: Sequence[Atom]) -> list[list[Net]]:
    """The nets of which the first, less the second if there is one, is the joint probability of some events."""
    unfolding, nodes = question.unfolding, question.graph.nodes
    whole = _net(question, events)
    if whole is None:
        return []
    found = [] if conflict_in(question.graph, whole, -1) else [[whole]]
    for node, value in events:
        copy = whole.slots[node]
        if not isinstance(value, Constant) or not isinstance(copy, Copy) or copy.policy:
            continue
        flipped = unfolding.rules.other(nodes[node[0]], value)
        if flipped is None:
            continue
        rest = [(other, known) for other, known in events if whole.slots[other] is not copy]
        nets = [_net(question, rest), _net(question, [*rest, (node, flipped)])]
        if all(net is not None and not conflict_in(question.graph, net, -1) for net in nets):
            found.append([net for net in nets if net is not None])
    return found


def _net(question: Question, events: Sequence[Atom]) -> Net | None:
    """The net of some events, if no open value has to be another."""
    net = question.unfolding.net(events)
    return None if isinstance(net, Contradiction) or net.bound else net


def _parts(net: Net) -> Parts:
    variables = 0
    for copy in net.natural:
        variables |= 1 << copy.variable
    kept = Kept(variables, frozenset(copy for copy in net.copies if copy.policy))
    return Parts(net, net, net, kept, anyhow=True)


def _difference(halves: Sequence[Expression]) -> Expression:
    return halves[0] if len(halves) == 1 else Arithmetic("-", *halves)


def _note(question: Question) -> None:
    rules = question.unfolding.rules
    names = [v for v in question.graph.nodes if v in rules.declared and len(rules.states[v]) == 2]
    note = f"a value of {', '.join(names)} is the complement of the other, as it has two states"
    question.note(Rule.COMPLEMENT, question.graph.order.mask(names), note)
