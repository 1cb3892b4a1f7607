"""Identifications in words: the verdict, its witness, and what would help."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from textwrap import indent

from ....grammar.formatting.program import format_value
from ...identify.derivation import Rule
from ...identify.feedback import InsideCycle
from ...identify.hedge import Hedge
from ...identify.identify import Identification
from ...identify.verdict import Identified, NoSource, Refused, Undefined, Zero
from ...identify.worlds.conflict import Conflict
from ...model.data import DataSet
from .names import MOST_NAMES, listed, names_text
from .steps import step_text

ESTIMATED = (
    "    If the effect is linear, two-stage least squares estimates it. dofx has none: take IV2SLS of linearmodels,",
    "    econml.iv or DoWhy in Python, or ivreg in R.",
)
_UNKNOWN = "  For graphs with cycles no complete rules are known: the known ones end here."


def identification_text(identification: Identification) -> str:
    """The verdict with its estimand, or with its witness and what would help; then the derivation."""
    parts = [f"{verdict_text(identification)}."]
    match identification.answer:
        case Identified(estimand) | Zero(estimand):
            parts.append(indent(str(estimand), "  "))
        case Undefined():
            pass  # the derivation says why
        case Refused(witness):
            parts += [str(witness), *help_texts(identification)]
    parts += _notes(identification.data)
    return "\n\n".join([*parts, f"Derivation\n{identification.derivation}"])


def _notes(data: tuple[DataSet, ...]) -> list[str]:
    """What was declared and makes no difference."""
    harmless = {each.name: [name for name in each.differs if name in each.sets] for each in data}
    return [
        f"Note: {name} sets {' and '.join(both)}, so that a difference there is harmless."
        for name, both in harmless.items()
        if both
    ]


def help_texts(identification: Identification) -> Iterator[str]:
    """What would help, the least first, or that nothing would; then the instruments, where there are any."""
    from ...identify.instruments import instruments
    from ...identify.remedy import all_remedies_tried, remedies

    if cures := remedies(identification):
        yield "\n".join(["What would help:", *(f"  - {remedy}" for remedy in cures)])
    elif all_remedies_tried(identification):
        yield "No single remedy would help."
    if found := instruments(identification):
        yield "\n".join(["With a further assumption:", *(f"  - {each}" for each in found), *ESTIMATED])


def verdict_text(identification: Identification) -> str:
    """The verdict as a sentence about the query, without its full stop."""
    match identification.answer:
        case Identified():
            found = "identifiable"
        case Zero():
            found = "zero"
        case Undefined():
            found = "undefined"
        case Refused() as refused:
            found = "not identifiable" if refused.is_proved else "not identified: no derivation found"
    return f"{identification.query} is {found}"


def undefined_text(identification: Identification) -> list[str]:
    """Why nothing can be conditioned on, a line each."""
    steps = identification.derivation.steps
    texts = [step_text(step) for step in steps if step.rule == Rule.CONTRADICTION]
    return [f"{text[:1].upper()}{text[1:]}." for text in texts]


def hedge_text(hedge: Hedge) -> str:
    """The hedge in words."""
    forest, inner = names_text(hedge.forest), names_text(hedge.subforest)
    inside = set(hedge.interventions & hedge.forest)
    do = ", ".join(name for name in hedge.forest if name in inside)
    causes = hedge.causes or ((),) * len(hedge.bidirected)
    joined = list(zip(hedge.bidirected, causes, strict=True))[:MOST_NAMES]
    pairs = [
        f"{a} and {b} are tied by a cycle"
        if (a, b) in hedge.by_cycles
        else f"{a} and {b} share {_shared(named, hedge.left_out)}"
        for (a, b), named in joined
    ]
    more = len(hedge.bidirected) - len(pairs)
    if more:
        pairs.append(f"{more} more pairs do")
    told = _sentence(pairs)
    separates = "the known rules do not separate" if hedge.by_cycles else "no number of rows separates"
    roots = names_text(hedge.roots)
    return "\n".join(
        [
            f"{told},",
            f"  and {separates} that from what do({do}) does to {listed(hedge.subforest)}.",
            f"The algorithm stops at this hedge: F = {forest} with do({do}) inside, F′ = {inner} without it;",
            f"  each variable of F leads to {roots}.",
            _UNKNOWN
            if hedge.by_cycles
            else f"  Two models can agree on every observation and differ in what do({do}) does to {inner}.",
        ]
    )


def no_source_text(witness: NoSource) -> str:
    """The district that no data set serves, with the reason of each, in words."""
    about = names_text(witness.district)
    lines = [f"No data set has the c-factor of {about}, a district of {names_text(witness.graph)}:"]
    reasons = list(witness.reasons.items())
    lines += [f"  {name}: {reason}," for name, reason in reasons[:MOST_NAMES]]
    if len(reasons) > MOST_NAMES:
        lines.append(f"  and {len(reasons) - MOST_NAMES} more data sets lack it too,")
    if witness.complete:
        lines.append("  and no other computation on them answers the query.")
    else:
        lines.append(
            "  and no derivation was found. That does not prove that there is none: no complete procedure is "
            "known for graphs with cycles, and for data sets that measure a part of the variables or whose rows were "
            "selected."
        )
    return "\n".join(lines)


def inside_text(witness: InsideCycle) -> str:
    """Where a do() is inside a cycle, in words."""
    do, feeding = listed(witness.interventions), listed(witness.feeding)
    many = len(witness.feeding) > 1
    return "\n".join(
        [
            f"do({do}) is inside the cycle {' ⇄ '.join(witness.cycle)}, and {feeding} still "
            f"{'affect' if many else 'affects'} the answer.",
            f"  Once {do} is set, {feeding} {'settle' if many else 'settles'} in another way, which the observed "
            "equilibrium does not show.",
            _UNKNOWN,
        ]
    )


def _shared(causes: tuple[str, ...], left_out: Collection[str]) -> str:
    """The hidden common causes of two variables, by the names that the graph gives them."""
    if not causes:
        return "an unobserved cause"
    kind = "cause" if len(causes) == 1 else "causes"
    if all(name in left_out for name in causes):
        return f"the {kind} {listed(causes)}, left out here"
    return f"the {'hidden' if set(causes) & set(left_out) else 'unobserved'} {kind} {listed(causes)}"


def _sentence(parts: Iterable[str]) -> str:
    *most, last = parts
    return f"{', '.join(most)} and {last}" if most else last


def conflict_text(conflict: Conflict) -> str:
    """The conflict in words: who reads which value, and what cannot be known about it."""
    shown = [format_value(value) if not isinstance(value, str) else value for value in conflict.values]
    first, second = conflict.readers
    roles = [
        "as itself" if reader == conflict.variable else f"as a cause of {reader}"
        for reader in (first, second)
    ]
    if first == second:
        places = f"{roles[0]} it is {shown[0]} in one world and {shown[1]} in another"
    else:
        places = ", ".join(f"{role} it is {value}" for role, value in zip(roles, shown, strict=True))
    lines = [
        f"{conflict.variable} has two values in one district, {names_text(conflict.district)}:",
        f"  {places}.",
    ]
    if conflict.by_cycles:
        lines.append(_UNKNOWN)
        return "\n".join(lines)
    lines += [
        "  What these mechanisms share is not observed, and nobody can see them at both values at once: two models",
        "  can agree on every experiment and differ in the answer.",
    ]
    if first == second:
        lines.append(
            f"  Only an assumption about how {first} comes about would help, such as that nothing lowers it."
        )
    return "\n".join(lines)
