"""The fit plan: each generator of a network, what it is made from and what it costs; and why alternatives lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from ..drawing.grid import Grid
from ..network.ir import DataSet, Fit, Folded, Policy, SamplingNetwork, Simulated, SomeRows
from ..passes.cost import WEIGHTS, Cost, Sizes, Weights, cost_of
from ..printers.network.text import LONGEST_LISTED, fit_text, source_text
from ..printers.source_kinds import SourceKind, source_kind
from .considered import Considered

FINITE = ("bool", "category")
_MOST_DRAWS = 4


@dataclass(frozen=True, slots=True)
class Planned:
    """A generator of the plan.

    Args:
        fit: What it is fitted to.
        draws: The draws that it fills, each as stage and id.
        made: What it is made from, in words: ``trained on P``, ``refit on Q₁``, ``computed from Q₁``.
        kind: The kind of its source, which has a colour.
        cost: What it costs.
    """

    fit: Fit
    draws: tuple[tuple[str, str], ...]
    made: str
    kind: SourceKind
    cost: Cost

    @property
    def text(self) -> str:
        """The conditional that it is fitted to."""
        return fit_text(self.fit)

    @property
    def short(self) -> str:
        """The same, a long list of conditions abridged."""
        return fit_text(self.fit, abridged=True)


def fit_plan(
    network: SamplingNetwork,
    sizes: Sizes | None = None,
    weights: Weights = WEIGHTS,
    types: Mapping[str, str] | None = None,
) -> tuple[Planned, ...]:
    """The distinct generators of a network in the order fitted; their costs add up to the network's.

    Args:
        network: The network.
        sizes: How many numbers a variable's value is made of.
        weights: What counts how much.
        types: The types that are known, as text. Real rows of finite variables alone are kept as tables.
    """
    finite = {name for name, type in (types or {}).items() if type.partition("(")[0] in FINITE}
    draws: dict[Fit, list[tuple[str, str]]] = {}
    for stage in network.stages:
        for draw in stage.draws:
            draws.setdefault(draw.fit, []).extend((stage.name, id) for id in draw.ids)

    def made(fit: Fit) -> str:
        if fit.from_rows:
            return f"counted in {source_text(fit)}" if finite.issuperset(fit.targets) else "real rows"
        match fit.source:
            case Simulated(stage):
                return f"refit on {stage}"
            case Folded(stage):
                return f"computed from {stage}"
            case DataSet(name):
                return f"trained on {name}"
            case SomeRows(DataSet(name), rows):
                weighted = ", weighted" if rows.weights else ""
                return f"trained on rows of {name} that show {_columns(rows.shows)}{weighted}"
            case Policy(name):
                return f"given as {name}"
            case _:
                assert_never(fit.source)

    return tuple(
        Planned(fit, tuple(filled), made(fit), source_kind(fit), cost_of([fit], sizes, weights))
        for fit, filled in draws.items()
    )


def plan_grid(plan: tuple[Planned, ...], network: SamplingNetwork, types: Mapping[str, str]) -> Grid:
    """A line for each generator and one for all, with the types that are known."""

    def draws(planned: Planned) -> str:
        shown = [
            id if stage == network.answer.name else f"{id} of {stage}"
            for stage, id in planned.draws[:_MOST_DRAWS]
        ]
        more = len(planned.draws) - len(shown)
        return ", ".join(shown) + (f" and {more} more" if more else "")

    rows = [
        (
            each.short,
            ", ".join(dict.fromkeys(types.get(name, "") for name in each.fit.targets)),
            draws(each),
            each.made,
            f"{each.cost.dimensions or each.cost.rows:,}",
            f"{each.cost.conditions:,}",
            amount(each.cost.total),
        )
        for each in plan
    ]
    made = sum(each.cost.dimensions + each.cost.rows for each in plan)
    read = sum(each.cost.conditions for each in plan)
    total = amount(sum(each.cost.total for each in plan))
    rows.append(("all", "", "", "", f"{made:,}", f"{read:,}", total))
    heading = ("generator", "type", "draws", "made from", "numbers made", "read", "cost")
    if any(row[1] for row in rows):
        return Grid(heading, tuple(rows), "llllrrr")
    return Grid((heading[0], *heading[2:]), tuple((row[0], *row[2:]) for row in rows), "lllrrr")


def _columns(names: Sequence[str]) -> str:
    """Names of columns; if there are many, the first ones."""
    if len(names) <= LONGEST_LISTED:
        return " and ".join(names)
    return f"{', '.join(names[:_MOST_DRAWS])} and {len(names) - _MOST_DRAWS:,} more"


def amount(cost: float) -> str:
    """A cost as text.

    >>> amount(1_013.0), amount(0.1), amount(-2.5)
    ('1,013', '0.1', '-2.5')
    """
    return f"{cost:,.1f}".removesuffix(".0")


def considered_grid(considered: tuple[Considered, ...]) -> Grid:
    """The alternatives of a search, what each takes and costs, and why it was chosen or not."""
    chosen = next((each.cost for each in considered if each.chosen), None)
    rows = tuple(
        (
            each.name,
            str(each.cost or ""),
            amount(each.cost.total) if each.cost else "",
            each.why + _reason(each.cost, chosen),
        )
        for each in considered
    )
    return Grid(("alternative", "takes", "cost", "why"), rows, "llrl")


def _reason(lost: Cost | None, chosen: Cost | None) -> str:
    """What makes an alternative dearer than the chosen one, in the words of the cost model."""
    if lost is None or chosen is None or lost.total <= chosen.total:
        return ""
    w = lost.weights
    parts = (
        (lost.refits - chosen.refits, w.refit, "refit"),
        (lost.dimensions - chosen.dimensions, w.dimension, "number made"),
        (lost.generators - chosen.generators, w.generator, "generator"),
        (lost.conditions - chosen.conditions, w.condition, "condition"),
        (lost.rows - chosen.rows, w.row, "number from real rows"),
        (lost.holes - chosen.holes, w.hole, "column with holes to show"),
        (lost.chances - chosen.chances, w.chance, "chance of holes to learn"),
    )
    more, each, word = max(parts, key=lambda part: part[0] * part[1])
    if lost.beyond - chosen.beyond > more * each:
        return ": dearer columns with holes to show"
    first, *rest = word.split()
    return f": {more:,} more {' '.join([first if more == 1 else first + 's', *rest])}"
