"""Identification of queries about several worlds: joint, conditional, nested, and under policies, by one procedure.

References:
    Correa, Lee, Bareinboim (2021), "Nested counterfactual identification from arbitrary surrogate experiments",
    NeurIPS, arXiv 2107.03190: theorems 1 to 3 for joint queries, algorithm 3 of Correa, Lee, Bareinboim (2022),
    "Counterfactual transportability", ICML, for conditional ones, with copies merged by their values.
    Correa, Bareinboim (2020), "A calculus for stochastic interventions", AAAI.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, islice

from ....grammar.formatting.program import format_value
from ...graph.admg import ADMG
from ...model.data import ALONE, DataSet
from ...model.query import Query
from ...model.worlds import Constant
from ..data_sets.supplies import Supplies
from ..derivation import Rule, Step
from ..verdict import NoSource, Refused, Undefined, Verdict, Zero
from .assemble import direct, nothing
from .cases import by_cases
from .components import Kept, components
from .conflict import conflict_in
from .copies import Atom, Contradiction, Known, Net, Slot
from .plans import Plan, carried_out
from .possible_nets import forced, possible_nets
from .question import Parts, Question
from .rules import Rules

MOST_LEVELS = 256
"""How many ways to project variables out are tried: all where eight or fewer may be."""

_SHOWN = 24
"""The most events that a step of a derivation lists."""


def in_worlds(
    query: Query, graph: ADMG, data: tuple[DataSet, ...] = ALONE, rules: Rules | None = None
) -> tuple[Verdict, list[Step]]:
    """The verdict on a query about several worlds, and its derivation.

    It is sound and complete for arbitrary domains; a policy that is not given may do anything.

    Args:
        query: The query.
        graph: The causal graph.
        data: The data sets that may answer.
        rules: The tables of policies, as far as they are given, and the states of variables.
    """
    rules = rules or Rules()
    question = Question.of(query, graph, data, rules)
    verdict = _verdict(question)
    if isinstance(verdict, Refused) and isinstance(verdict.witness, NoSource):
        for hide in _levels(question):
            other = Question.of(query, graph, data, rules, hide)
            found = _verdict(other)
            if not isinstance(found, Refused):
                return found, other.steps
    return verdict, question.steps


def _verdict(question: Question) -> Verdict:
    first = _decided(question)
    verdict = carried_out(question, first) if isinstance(first, Plan) else first
    if isinstance(verdict, Refused) and question.unfolding.rules:
        verdict = by_cases(question, _decided) or verdict
    return verdict


def _levels(question: Question) -> Iterator[tuple[str, ...]]:
    """Variables to be projected out, few first, where some data set does not measure all.

    They are not mentioned, so that the events are events of the projection too. What no data set measures where its
    own mechanism is at work is projected out always.
    """
    supplies, graph = Supplies(question.whole, question.data), question.whole
    if supplies.complete:
        return
    mentioned, usable = graph.order.mask(question.query.mentioned), 0
    optional = graph.ancestors_of(mentioned) & ~mentioned
    for supply in supplies:
        usable |= supply.measures & ~supply.differs
    never, choice = graph.order.set(optional & ~usable), graph.order.set(optional & usable)
    some = (each for number in range(len(choice) + 1) for each in combinations(choice, number))
    yield from ((*never, *each) for each in islice(some, MOST_LEVELS) if never or each)


def _conditions(question: Question) -> Net | Undefined:
    """The net of the conditions and of what follows from them under the policies; undefined if nothing allows them."""
    below = question.net(question.given)
    if isinstance(below, Contradiction):
        question.note(Rule.CONTRADICTION, 0, f"the conditions exclude each other: {_both_values(below)}")
        return Undefined()
    more = forced(question.unfolding, question.given, question.bound)
    if more is None:
        question.note(Rule.CONTRADICTION, 0, "no policy allows the conditions")
        return Undefined()
    if not more:
        return below
    question.given = [*question.given, *more]
    follows = ", ".join(f"{question.unfolding.event(node)} = {_shown(value)}" for node, value in more)
    question.note(Rule.FORCED, _mask(more), f"under the policies, {follows} follows from the conditions")
    followed = question.net(question.given)
    assert isinstance(followed, Net)
    return followed


def _decided(question: Question) -> Plan | Undefined | Zero | Refused:
    """The verdict if the query is undefined, zero or in conflict; else a plan, which may still lack a c-factor."""
    below = _conditions(question)
    if isinstance(below, Undefined):
        return below
    unfolding, given = question.unfolding, question.given
    events = [*question.asked, *given]
    above = question.net(events)
    if isinstance(above, Contradiction):
        question.note(Rule.CONTRADICTION, 0, f"the events exclude each other: {_both_values(above)}")
        return Zero(nothing(question.query, question.graph))
    possible = possible_nets(unfolding, events, above.bound) if unfolding.rules else [above]
    if not possible:
        question.note(Rule.CONTRADICTION, 0, "no policy allows the events")
        return Zero(nothing(question.query, question.graph))
    free = question.net([*((node, None) for node, _ in question.asked), *given])
    assert isinstance(free, Net)
    about = [slot for slot in (free.slots[node] for node, _ in question.asked) if slot not in free.fixed]
    kept = components(question.graph, free, about)
    _explain(question, above, free, kept)
    structural = conflict_in(question.graph, free, kept.variables)
    if structural is not None:  # else there is none at any values
        for net in (*possible, *(possible_nets(unfolding, given, below.bound) if given else ())):
            conflict = conflict_in(question.graph, net, kept.variables)
            if conflict is not None:
                question.note(Rule.CONFLICT, conflict.district.mask, "")
                return Refused(conflict)
    return direct(question, Parts(below, above, free, kept, structural is None))


def _explain(question: Question, above: Net, free: Net, kept: Kept) -> None:
    """The steps of unfolding, merging and cancelling."""
    present = _present(above)
    several = list(dict.fromkeys(str(copy.event) for copy in above.copies[-_SHOWN:]))
    if len(above.copies) > _SHOWN:
        several.insert(0, f"{len(above.copies) - _SHOWN} more")
    question.note(Rule.UNFOLD, present, f"what is asked depends on {', '.join(several)}" if several else "")
    cancelled = _present(free) & ~kept.variables
    if cancelled:
        question.note(Rule.CANCEL, cancelled, "")
    across, read = 0, dict[int, Slot]()
    for copy in free.natural:
        if kept.variables >> copy.variable & 1:
            for parent, slot in zip(copy.parents, copy.reads, strict=True):
                across |= (read.setdefault(parent, slot) != slot) << parent
    if across:
        question.note(Rule.CROSS_WORLD, across, "")


def _present(net: Net) -> int:
    return _mask(((copy.variable, 0, False), None) for copy in net.natural)


def _mask(atoms: Iterable[Atom]) -> int:
    mask = 0
    for (variable, _, _), _ in atoms:
        mask |= 1 << variable
    return mask


def _both_values(contradiction: Contradiction) -> str:
    one, other = map(format_value, contradiction.values)
    return f"{contradiction.event} would be both {one} and {other}"


def _shown(value: Known | None) -> str:
    return format_value(value.value) if isinstance(value, Constant) else str(value)
