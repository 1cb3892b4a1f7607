"""The complement of one of two states: ``P(e, x = 1) = P(e) − P(e, x = 0)``, where the left side is not identifiable.

It answers what is not identifiable for variables with any number of states, such as the effect on the treated where the
effect itself is known and the treatment has two states; and what a shift that exchanges two states does, case by case.

References:
    Bareinboim, Forney, Pearl (2015), "Bandits with unobserved confounders", NeurIPS, section 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import islice
from typing import Literal, TypeAlias

from ...estimand.algebra import Arithmetic, Expression, product
from ...model.worlds import Constant, Event, Policy, World
from ..derivation import Rule
from .components import Kept
from .conflict import Conflict, conflict_in
from .copies import Atom, Axis, Contradiction, Copy, Net
from .plans import Half, Made, Plan
from .possible_nets import possible_nets
from .question import Parts, Question

DEEPEST = 3
"""How many events are replaced by their complements, one after the other."""
MOST_WAYS = 16
"""How many combinations of complements are tried."""


@dataclass(frozen=True, slots=True)
class Apart:
    """A probability as the sum of several, or as the first of several less the others."""

    operator: Literal["-", "+"]
    parts: tuple[Whole, ...]


Whole: TypeAlias = Net | Apart
"""The joint probability of events: of a net, or of several joined."""
NEVER = Apart("+", ())
"""The probability of events that exclude each other."""


def complemented(question: Question) -> Iterator[Plan]:
    """The ways to write the answer with differences of joint probabilities, where some variables have two states.

    Args:
        question: A question that is not identifiable for variables with any number of states.
    """
    if not any(len(question.unfolding.rules.states[name]) == 2 for name in question.unfolding.rules.declared):
        return
    if not question.given:
        for above in _some(question, question.asked):
            yield _plan(question, above, None)
        return
    for above in _some(question, [*question.asked, *question.given]):
        for below in _some(question, question.given):
            yield _plan(question, above, below)


def _some(question: Question, events: Sequence[Atom]) -> Iterator[Whole]:
    return islice((way for way in _ways(question, events, DEEPEST) if way is not NEVER), MOST_WAYS)


def note_complement(question: Question) -> None:
    """Say in the derivation of which variables it was used that they have two states."""
    rules = question.unfolding.rules
    names = [v for v in question.graph.nodes if v in rules.declared and len(rules.states[v]) == 2]
    note = f"a value of {', '.join(names)} is the complement of the other, as it has two states"
    question.note(Rule.COMPLEMENT, question.graph.order.mask(names), note)


def _ways(question: Question, events: Sequence[Atom], depth: int) -> Iterator[Whole]:
    """The ways to find the joint probability of some events, the simplest first."""
    events = list(events)
    net = question.net(events)
    if isinstance(net, Contradiction):
        yield NEVER
        return
    simpler = _simpler(question, events, net)
    if simpler != events:
        yield from _ways(question, simpler, depth)
        return
    if net.bound != question.bound:  # an open value has to be another
        return
    possible = list(possible_nets(question.unfolding, events, net.bound))
    if not possible:  # no policy, and no value of what is in between, allows the events
        yield NEVER
        return
    conflict = _conflict(question, possible)
    if conflict is None:
        yield net
        return
    if depth:
        yield from _less_others(question, events, net, depth - 1)
        yield from _over_values(question, events, net, conflict, depth - 1)


def _less_others(question: Question, events: list[Atom], net: Net, depth: int) -> Iterator[Whole]:
    """Without one of the events, less the same with the other of its two states."""
    for node, stated in events:
        copy, value = net.slots[node], None if stated is None else net.resolved(stated)
        if not isinstance(value, Constant) or not isinstance(copy, Copy) or copy.policy:
            continue
        flipped = question.unfolding.rules.other(question.graph.nodes[node[0]], value)
        if flipped is None:
            continue
        rest = [(other, known) for other, known in events if net.slots[other] is not copy]
        for without in _ways(question, rest, depth):
            for other in _ways(question, [*rest, (node, flipped)], depth):
                yield without if other is NEVER else Apart("-", (without, other))


def _over_values(
    question: Question, events: list[Atom], net: Net, conflict: Conflict, depth: int
) -> Iterator[Whole]:
    """The sum over the values of the variable in conflict, where their number is declared."""
    rules = question.unfolding.rules
    for copy in net.natural:
        name = question.graph.nodes[copy.variable]
        if copy in net.fixed or name != conflict.variable or name not in rules.declared:
            continue
        values = rules.values(name)
        each = [next(_ways(question, [*events, (net.homes[copy], v)], depth), None) for v in values]
        parts = tuple(part for part in each if part is not None and part is not NEVER)
        if None not in each:
            yield Apart("+", parts) if parts else NEVER


def _simpler(question: Question, events: Sequence[Atom], net: Net) -> list[Atom]:
    """The same events; a world whose policy sets a certain value is replaced by one that sets this constant."""
    unfolding, index = question.unfolding, question.graph.order.index
    found: list[Atom] = []
    for (variable, world, natural), value in events:
        settings = []
        for name, how in unfolding.worlds[world]:
            slot = net.slots.get((index[name], world, False)) if isinstance(how, Policy) else None
            known = net.resolved(slot) if isinstance(slot, Axis | Constant) else None
            settings.append((name, known if isinstance(known, Constant) else how))
        there = unfolding.node(Event(question.graph.nodes[variable], World(tuple(settings))))
        found.append(((there[0], there[1], natural), value))
    return found


def _conflict(question: Question, possible: Iterable[Net]) -> Conflict | None:
    """A conflict in one of the terms that the policies allow."""
    for each in possible:
        conflict = conflict_in(question.graph, each, -1)
        if conflict is not None:
            return conflict
    return None


def _plan(question: Question, above: Whole, below: Whole | None) -> Plan:
    nets = [*_nets(above), *(_nets(below) if below is not None else ())]
    halves = []
    for net in nets:
        parts = _parts(net)
        halves.append(Half(question, parts, net, parts.kept, alone=True))

    def compose(made: Made) -> Expression:
        joints = iter(made.joints())
        answer = _joined(above, joints)
        if below is not None:
            answer = Arithmetic("/", answer, _joined(below, joints))
        return product([answer, *made.builds[0].indicators(made.kernels[0].order)])

    return Plan(tuple(halves), compose)


def _nets(whole: Whole) -> Iterator[Net]:
    if isinstance(whole, Net):
        yield whole
    else:
        for part in whole.parts:
            yield from _nets(part)


def _joined(whole: Whole, joints: Iterator[Expression]) -> Expression:
    if isinstance(whole, Net):
        return next(joints)
    parts = [_joined(part, joints) for part in whole.parts]
    return reduce(lambda one, other: Arithmetic(whole.operator, one, other), parts)


def _parts(net: Net) -> Parts:
    variables = 0
    for copy in net.natural:
        variables |= 1 << copy.variable
    kept = Kept(variables, frozenset(copy for copy in net.copies if copy.policy))
    return Parts(net, net, net, kept, anyhow=True)
