"""The fit plan: each generator of a network, what it is made from and what it costs; and why alternatives lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from ..grid import Grid
from ..network.ir import Data, Fit, Folded, SamplingNetwork, Simulated
from ..network.sources import SourceKind, trained_on
from ..network.text import joint_text, source_text
from ..passes.cost import WEIGHTS, Cost, Sizes, Weights, cost, cost_of, row_fits
from ..search import Considered

FINITE = ("bool", "category")
_MOST_DRAWS = 4


@dataclass(frozen=True, slots=True)
class Planned:
    """A generator of the plan.

    Args:
        fits: What it is fitted to: several where it draws several variables in one call.
        draws: The draws that it fills, each as stage and id.
        made: What it is made from, in words: ``trained on P``, ``refit on Q₁``, ``computed from Q₁``.
        kind: The same as a colour.
        cost: What it costs.
    """

    fits: tuple[Fit, ...]
    draws: tuple[tuple[str, str], ...]
    made: str
    kind: SourceKind
    cost: Cost

    @property
    def text(self) -> str:
        """The conditional that it is fitted to."""
        return joint_text(self.fits)

    @property
    def short(self) -> str:
        """The same, a long list of conditions abridged."""
        return joint_text(self.fits, abridged=True)


def fit_plan(
    network: SamplingNetwork,
    sizes: Sizes | None = None,
    weights: Weights = WEIGHTS,
    types: Mapping[str, str] | None = None,
    blocks: Iterable[tuple[Fit, ...]] = (),
) -> tuple[Planned, ...]:
    """The distinct generators of a network in the order fitted. Without blocks their costs add up to the network's.

    Args:
        network: The network.
        sizes: How many numbers a variable's value is made of.
        weights: What counts how much.
        types: The types that are known, as text. Real rows of finite variables alone are kept as tables.
        blocks: The fits that one generator serves, as a person asked: each reads what the first one reads.
    """
    from_rows = row_fits(network)
    finite = {name for name, type in (types or {}).items() if type.partition("(")[0] in FINITE}
    counted = _counted(network, finite)
    draws: dict[Fit, list[tuple[str, str]]] = {}
    for stage in network.stages:
        for draw in stage.draws:
            draws.setdefault(draw.fit, []).append((stage.name, draw.id))

    def made(fit: Fit) -> str:
        if fit in from_rows:
            return f"counted in {source_text(fit)}" if fit in counted else "real rows"
        match fit.source:
            case Simulated(stage):
                return f"refit on {stage}"
            case Folded(stage):
                return f"computed from {stage}"
            case Data(tag):
                return f"trained on {tag}"

    def kind(fit: Fit) -> SourceKind:
        return SourceKind.ROWS if fit in from_rows else trained_on(fit.source)

    def planned(fits: tuple[Fit, ...]) -> Planned:
        costs = [cost_of([fit], sizes, weights, from_rows) for fit in fits]
        whole = replace(costs[0], dimensions=sum(cost.dimensions for cost in costs))
        filled = tuple(draw for fit in fits for draw in draws[fit])
        return Planned(fits, filled, made(fits[0]), kind(fits[0]), whole)

    block = {fit: fits for fits in blocks for fit in fits}
    return tuple(planned(fits) for fits in dict.fromkeys(block.get(fit, (fit,)) for fit in draws))


def _counted(network: SamplingNetwork, finite: set[str]) -> set[Fit]:
    """The fits all of whose rows are of finite variables alone."""
    rows: dict[tuple[str, str], list[Fit]] = {}
    for stage in network.stages:
        for draw in stage.draws:
            rows.setdefault((stage.name, draw.row or draw.id), []).append(draw.fit)
    kept = {fit for row in rows.values() if not {fit.target for fit in row} <= finite for fit in row}
    return {fit for row in rows.values() for fit in row} - kept


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
            ", ".join(dict.fromkeys(types.get(fit.target, "") for fit in each.fits)),
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
    )
    more, _, word = max(parts, key=lambda part: part[0] * part[1])
    plural = word if more == 1 else word.replace("number", "numbers", 1) if " " in word else word + "s"
    return f": {more:,} more {plural}"


def network_cost(network: SamplingNetwork, sizes: Sizes, weights: Weights) -> str:
    """What a network costs, as a number."""
    return amount(cost(network, sizes, weights).total)
