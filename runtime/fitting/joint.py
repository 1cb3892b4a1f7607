"""Which fits one generator may serve: those that the chain rule makes one conditional of several variables.

``P(x | a)`` and ``P(y | x, a)`` of one source are ``P(x, y | a)``, and a generator of that draws both in one call. It
stands for the two wherever every y is drawn for an x of its own, with the conditions that this x had.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from torch import nn

from ...compiler.emit import Part, fit_text, joint_text, parts
from ...compiler.network.ir import Draw, Fit, SamplingNetwork, Stage
from ...grammar.diagnostics import DofxError
from ..families import Family, make_generator
from ..families.joint import JointGenerator, stacked_type
from ..families.rows import RowsGenerator
from ..foreign.foreign import Filling
from ..variables import VariableType, fault

Chain: TypeAlias = tuple[Fit, ...]
"""Fits that one generator serves, in the order drawn: each reads what the first reads, and the earlier targets."""


def chains(network: SamplingNetwork, members: Mapping[str, Sequence[Fit]]) -> list[Chain]:
    """The blocks that some fits form, at least one.

    Args:
        network: Whose fits they are.
        members: By the name that a person gives it, what a variable of the block is fitted by: one fit of each name is
            part of a block. Fits that are part of none stay as they are.

    Raises:
        DofxError: E0414 where the order of the network does not allow it, with the reason.
    """
    found = [_longest((fit,), rest) for fit, rest in _choices(list(members.values()))]
    whole = [chain for chain in found if len(chain) == len(members)]
    if not whole:
        raise _refused(members, _broken(max(found, key=len), members))
    misplaced = [reason for chain in whole for stage in network for reason in _misplaced(stage, chain)]
    if misplaced:
        raise _refused(members, misplaced[:1])
    return whole


def together(fits: Iterable[Fit], modules: Mapping[Fit, nn.Module]) -> list[Chain]:
    """Fits by generator, in their order: those that parts of one generator fill are one entry."""
    entries: dict[Fit | nn.Module, list[Fit]] = {}
    for fit in fits:
        module = modules[fit]
        entries.setdefault(module.joint if isinstance(module, Part) else fit, []).append(fit)
    return [tuple(chain) for chain in entries.values()]


def joint_generator(spec: Any, chain: Chain, types: Mapping[str, VariableType]) -> Family:
    """An unfitted generator of the stacked targets of a chain.

    Args:
        spec: What a person asked for: a family, by name or as a function of the two types.
        chain: At least two fits.
        types: Of all variables.

    Raises:
        DofxError: E0414 for targets of no one kind and for what is no trained family, and as `make_generator`.
    """
    target = stacked_type({fit.target: types[fit.target] for fit in chain})
    given = [types[name] for name in chain[0].given]
    module = None if isinstance(spec, Filling) else make_generator(spec, target, given)
    if not isinstance(module, Family) or isinstance(module, RowsGenerator):
        raise fault(
            "E0414",
            f"{joint_text(chain)} is given something else than a family that is trained",
            help=(
                "give the name of a family, such as `flow-matching` or `spline`, or a function that makes one",
            ),
        )
    return module


def filled(chain: Chain, module: nn.Module, types: Mapping[str, VariableType]) -> dict[Fit, nn.Module]:
    """What fills each fit of a chain, once the generator that serves it is there."""
    if len(chain) == 1 or not isinstance(module, Family):
        return dict.fromkeys(chain, module)
    return parts(JointGenerator(module, [types[fit.target] for fit in chain]), chain)


def generator_of(module: nn.Module) -> nn.Module:
    """What was trained: a generator itself, or the one that it is a part of."""
    return module.joint.generator if isinstance(module, Part) else module  # type: ignore[return-value]


def _choices(members: list[Sequence[Fit]]) -> Iterator[tuple[Fit, list[Sequence[Fit]]]]:
    """Each fit, with the members that are left without its own."""
    for place, fits in enumerate(members):
        for fit in fits:
            yield fit, members[:place] + members[place + 1 :]


def _longest(chain: Chain, rest: list[Sequence[Fit]]) -> Chain:
    longer = [
        _longest((*chain, fit), left)
        for fit, left in _choices(rest)
        if fit.source == chain[0].source and set(fit.given) == _wanted(chain)
    ]
    return max(longer, key=len, default=chain)


def _wanted(chain: Chain) -> set[str]:
    """What the next fit of a chain has to read."""
    return {*chain[0].given, *(fit.target for fit in chain)}


def _broken(chain: Chain, members: Mapping[str, Sequence[Fit]]) -> list[str]:
    """Why a chain does not go on."""
    targets = [fit.target for fit in chain]
    return [
        f"{fit_text(fit)} {_difference(chain, fit)}"
        for fits in members.values()
        for fit in fits
        if fit.target not in targets
    ]


def _difference(chain: Chain, fit: Fit) -> str:
    """How a fit differs from the one that a chain would go on with."""
    if fit.source != chain[0].source:
        return f"and {joint_text(chain)} are fitted on different rows"
    wanted = _wanted(chain)
    less = [name for name in (*chain[0].given, *(f.target for f in chain)) if name not in fit.given]
    more = [name for name in fit.given if name not in wanted]
    parts = [f"does not read {' and '.join(less)}"] if less else []
    parts += [f"reads {' and '.join(more)}"] if more else []
    return f"{', and '.join(parts)}, unlike what would follow {joint_text(chain)}"


def _misplaced(stage: Stage, chain: Chain) -> Iterator[str]:
    """Where a stage has draws of a chain that are no block."""
    draws = {draw.id: draw for draw in stage.draws}
    drawn: set[tuple[Fit, str]] = set()
    for draw in stage.draws:
        if draw.fit not in chain[1:]:
            continue
        given = dict(draw.given)
        for before in chain[: chain.index(draw.fit)]:
            other = draws.get(given[before.target])
            if other is None or other.fit != before:
                yield f"{_of(stage, draw)} reads {given[before.target]}, which is not drawn from {fit_text(before)}"
                return
            strange = next((name for name, id in other.given if given[name] != id), None)
            if strange is not None:
                yield f"{_of(stage, draw)} reads another {strange} than {other.id} does"
                return
        if (draw.fit, given[chain[0].target]) in drawn:
            yield f"{_of(stage, draw)} is a second {draw.variable} for {given[chain[0].target]}"
            return
        drawn.add((draw.fit, given[chain[0].target]))


def _of(stage: Stage, draw: Draw) -> str:
    where = "the answer" if stage.name.startswith("answer") else stage.name  # those of a program are numbered
    return f"in {where}, {draw.id} ~ {fit_text(draw.fit)}"


def _refused(members: Iterable[str], reasons: Sequence[str]) -> DofxError:
    help = ["give each a generator of its own"]
    if any("does not read" in reason for reason in reasons):
        help.append(
            "a condition that makes no difference stays if dofx.compile is given passes without `blanket`"
        )
    return fault(
        "E0414",
        f"{' and '.join(members)} are not drawn by one generator: the order does not allow it",
        notes=(*reasons, "a block is P(x | a) and P(y | a, x), fitted on the same rows, wherever y is drawn"),
        help=tuple(help),
    )
