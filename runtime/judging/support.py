"""Positivity of a fitted network: the conditions under which an answer uses its generators, but that no row has.

An intervention may lead where there are no data. A generator still returns values there: a table backs off to
fewer conditions, a network extrapolates. The conditions in the network are therefore compared with those of all
rows on which it was fitted. States must occur together in some row. Numbers must lie within their range in the
rows with the same states, extended by that range divided by the square root of the number of these rows.

Where a distribution was given instead of rows, the combinations of states with a positive probability count as shown.
If a generator learned from an interim stage, the combinations that the stage makes count as shown too.

If there are many conditions, most combinations are new anyway. One half of the rows estimates the usual share: it is
the share of conditions that do not occur in the other half. Only a larger share is reported, and numbers outside the
range of all rows.

This check does not detect combinations of numbers that are common separately but not together, and combinations that
occur in too few rows to learn from. Images and texts are not compared.

References:
    Petersen, Porter, Gruber, Wang, van der Laan (2012), "Diagnosing and responding to violations in the positivity
    assumption".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from ...compiler.network.ir import Draw, Fit, Stage
from ...compiler.printers.network.text import fit_text
from ..data.dataset import Dataset
from ..data.values import Values, read_inputs
from ..sampling.noise import NoiseStream, derive_seed
from ..variables import Finite, Real
from ..variables.constants import values_read
from .compared import place_of
from .shown import FEW_ROWS, TABLE

if TYPE_CHECKING:
    from ..sampler import Sampler


@dataclass(frozen=True, slots=True)
class Unseen:
    """Conditions that occur in a network and in no row.

    Args:
        fit: The conditional with these conditions, such as ``P(y | z, x)``.
        share: Their share of all conditions at which the conditional is sampled, between 0 and 1.
        example: Some of these conditions, in words.
        weighed: Whether the rows with the same conditions are weighed, to stand for others.
        source: The interim stage or the table that has none, where it is not the rows of the data.

    >>> print(Unseen("P(y | z, x)", 0.447, "z = 0, x = 1"))
    extrapolated: 45 % of the conditions at which P(y | z, x) is used occur in no row, such as z = 0, x = 1
    """

    fit: str
    share: float
    example: str
    weighed: bool = False
    source: str = ""

    def __str__(self) -> str:
        share = f"{self.share:.0%}".replace("%", " %")
        where = f"the conditions at which {self.fit} is used"
        rows = "no row of some group that its rows stand for" if self.weighed else "no row"
        rows = f"no row that {self.source} makes" if self.source else rows
        lack = "have probability 0 in the table" if self.source == TABLE else f"occur in {rows}"
        return f"extrapolated: {share} of {where} {lack}, such as {self.example}"


def unseen(
    sampler: Sampler, do: Values | None = None, given: Values | None = None, *, seed: int = 0
) -> tuple[Unseen, ...]:
    """What a fitted sampler asks at some values of its inputs that no row shows, the largest share first.

    Args:
        sampler: Fitted in this process. Nothing is known of one that was loaded.
        do: Values of interventions, over those of the query's text; what is left out is taken from rows.
        given: Values of conditions, likewise.
        seed: Equal seeds give equal results.

    Raises:
        DofxError: E0420 before `fit`, and see `read_inputs` for values.
    """
    network, modules, held = sampler.network, sampler.modules, sampler.held_out
    if held is None or not held.seen:
        return ()
    defaults = sampler.query.values
    inputs = read_inputs(network, sampler.types, do, given, defaults=defaults, rows=1, partial=True)
    drawn = {name for stage in network for draw in stage.draws for name in draw.variables}
    plain = all(isinstance(sampler.types[name], (Finite, Real)) for name in drawn)
    rows = held.inputs if plain else held.inputs.take(torch.arange(min(FEW_ROWS, held.inputs.rows)))
    found: list[Unseen] = []
    for stage in network:
        judged = [draw for draw in stage.draws if draw.fit in held.seen]
        values = met_values(stage, judged, modules, rows, inputs.all, seed)
        for draw in judged:
            read = values_read(draw, values, sampler.types, rows.rows)
            met = {name: value.cpu() for name, value in zip(draw.fit.given, read, strict=True)}
            shown = held.seen[draw.fit].seen
            share, example = shown.lacks(met)
            if example:
                weighed = bool(draw.fit.rows.weights) and not shown.source
                found.append(Unseen(fit_text(draw.fit), share, example, weighed, shown.source))
    return worst(found)


def worst(found: Iterable[Unseen]) -> tuple[Unseen, ...]:
    """The largest share of each conditional, the largest first.

    >>> [each.share for each in worst([Unseen("P(y | x)", 0.1, ""), Unseen("P(y | x)", 0.3, "")])]
    [0.3]
    """
    largest: dict[str, Unseen] = {}
    for each in sorted(found, key=lambda each: -each.share):
        largest.setdefault(each.fit, each)
    return tuple(largest.values())


@torch.no_grad()
def met_values(
    stage: Stage,
    draws: Sequence[Draw],
    modules: Mapping[Fit, nn.Module],
    rows: Dataset,
    fixed: Mapping[str, Tensor],
    seed: int,
) -> dict[str, Tensor]:
    """What some draws of a fitted stage read, row by row.

    Args:
        stage: The stage.
        draws: Whose conditions are wanted; draws that they do not depend on are not made.
        modules: Its generators.
        rows: Rows of the data, from which inputs are taken jointly.
        fixed: Encoded values ``(1, *event)`` of inputs that are set instead.
        seed: Equal seeds give equal values.

    Returns:
        A tensor ``(rows, *event)`` for each input and each draw that was made, by its id.
    """
    values = {id: rows[name] for name, id in stage.inputs if name in rows.tensors}
    for id in stage.input_ids:
        if id in fixed:
            values[id] = fixed[id].expand(rows.rows, *fixed[id].shape[1:])
    wanted = stage.ancestors_of(id for draw in draws for id in draw.reads)
    made = [draw for draw in stage.draws if not wanted.isdisjoint(draw.ids)]
    laws: Any = {draw.id: modules[draw.fit].noise for draw in made}
    noise = NoiseStream(derive_seed(seed, "met", stage.name), laws).take(rows.rows)
    for draw in made:
        module = modules[draw.fit]
        place = place_of(module)
        given = [value.to(place) for value in values_read(draw, values, rows.types, rows.rows)]
        drawn = module(noise[draw.id].to(place), *given)
        for id, value in zip(draw.ids, drawn if len(draw.ids) > 1 else (drawn,), strict=True):
            values[id] = value.cpu()
    return values
