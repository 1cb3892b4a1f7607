"""Exact distributions of finite networks, by contracting the fitted tables. No sampling is involved."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterator, Mapping, Sequence
from math import prod
from typing import TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from ...compiler.estimand.contraction import Array, Operand, contract
from ...compiler.estimand.table import Table
from ...compiler.network.ir import Draw, Fit, SamplingNetwork, Stage
from ...compiler.printers.network.text import fit_text
from ...grammar.syntax.program import Value
from ..data.dataset import Dataset
from ..families.capabilities import OfRows, Tabular, density_of
from ..sampling.running import device_of
from ..variables import Finite, VariableType, cardinality_of
from ..variables.constants import encoded
from .errors import not_computable
from .size import largest_table

OperandsOf: TypeAlias = Callable[[Stage], list[Operand]]

MOST_CELLS = 1 << 26
_ROWS_AT_ONCE = 1 << 16
_RARELY = 1e-18
"""The probability of inputs that do not occur in the data. It is far below rounding if any input does occur."""


class NotExactError(Exception):
    """Why a stage has no exact tables; the text is one sentence without a full stop."""


def distribution(
    network: SamplingNetwork,
    modules: Mapping[Fit, nn.Module],
    types: Mapping[str, VariableType],
    fixed: Mapping[str, Tensor],
) -> Table:
    """The distribution that a fitted network samples.

    Args:
        network: The network.
        modules: Its fitted generators.
        types: Types of the variables. An input of the query that does not affect the answer may lack a type.
        fixed: Encoded values ``(1, *event)`` of inputs that are held at one value; they get no axis.

    Returns:
        A table with an axis for each intervention and condition that is not fixed, then for each outcome.

    Raises:
        DofxError: E0425, and no other error, if a draw or an input is not finite; it names the draw.
    """
    names, array = outcomes(network, types, fixed, lambda part: stage_operands(part, modules, types, fixed))
    return Table(names, array, states_of(types))


def outcomes(
    network: SamplingNetwork,
    types: Mapping[str, VariableType],
    fixed: Mapping[str, Tensor],
    operands_of: OperandsOf,
    leading: tuple[Hashable, ...] = (),
) -> tuple[tuple[str, ...], Array]:
    """The distribution that a network samples, from the tables of its draws.

    Args:
        network: The network.
        types: As for `distribution`.
        fixed: Likewise.
        operands_of: The tables of the draws of a stage.
        leading: Labels of first axes that all tables have, such as one for replicates.

    Returns:
        The names of its axes, and the array, which has the leading axes before them.

    Raises:
        DofxError: As `distribution`.
    """
    stage = network.answer
    stated = () if network.query.plain else network.query.values
    free = [name for name in network.query.inputs if name not in fixed and name not in stated]
    try:
        part = stage.needed_for([variable for variable, _ in stage.outputs])
        _refuse_open_inputs(part, types, fixed)
        copied, drawn = _outcome_labels(stage, types, fixed)
        operands = [*operands_of(part), *copied]
        axes = [name for name in free if isinstance(types.get(name), Finite)]
        labels = [name if name in part.input_ids else ("idle", name) for name in axes]
        operands += [
            (np.ones(cardinality_of(types[name])), (label,)) for name, label in zip(axes, labels, strict=True)
        ]
        known = dict(zip(axes, labels, strict=True))
        given = [name for name in axes if name not in network.query.outcomes]
        names = (*given, *network.query.outcomes)
        output = [*(known[name] for name in given), *drawn]
        if largest_table(operands, output, leading) > MOST_CELLS:
            raise NotExactError(f"the table over {', '.join(names)} takes more than {MOST_CELLS:,} cells")
        return names, contract(operands, [*leading, *output])
    except NotExactError as reason:
        raise not_computable(str(reason)) from None


def states_of(types: Mapping[str, VariableType]) -> dict[str, tuple[Value, ...]]:
    """The states of the finite variables."""
    return {name: type.states for name, type in types.items() if isinstance(type, Finite)}


def stage_operands(
    stage: Stage,
    modules: Mapping[Fit, nn.Module],
    types: Mapping[str, VariableType],
    fixed: Mapping[str, Tensor],
) -> list[Operand]:
    """The table of each draw, with axes labelled by ids: first its conditions that are not fixed, then its outputs.

    Raises:
        NotExactError: If a draw is not finite or its generator has no probabilities.
    """
    held = {id: fixed[id] for id in stage.input_ids if id in fixed}
    read = stage.ancestors_of(id for _, id in stage.outputs)
    operands: list[Operand] = []
    for draw in stage.draws:
        module = modules[draw.fit]
        given = [
            held.get(wire, types[variable]) if isinstance(wire, str) else encoded(types, variable, wire)
            for variable, wire in draw.given
        ]
        if len(draw.ids) > 1 and isinstance(module, OfRows):
            free = [id for id in draw.reads if id not in held]
            operands += _row_operands(draw, module, types, read, given, free)
            continue
        _refuse_endless_draw(draw, types)
        try:
            table = generator_table(module, types[draw.variables[0]], given)
        except NotExactError as reason:
            raise NotExactError(f"draw {draw.id} ~ {fit_text(draw.fit)}: {reason}") from None
        operands.append((table, (*(id for id in draw.reads if id not in held), draw.id)))
    return operands


def _row_operands(
    draw: Draw,
    rows: OfRows,
    types: Mapping[str, VariableType],
    read: Container[str],
    given: Sequence[VariableType | Tensor],
    free: Sequence[str],
) -> Iterator[Operand]:
    """The tables of the finite variables of a real row, each given its conditions and the finite ones before it.

    Raises:
        NotExactError: If a draw reads a variable of the row that is not finite.
    """
    before = list(free)
    for (name, id), column in zip(draw.outputs, rows.by_variable(), strict=True):
        if isinstance(types[name], Finite):
            others = column.given[len(given) :]
            yield generator_table(column, types[name], [*given, *others]), (*before, id)
            before.append(id)
        elif id in read:
            raise NotExactError(f"draw {id} ~ {fit_text(draw.fit)} is not finite: {name} is {types[name]}")


def generator_table(module: nn.Module, target: VariableType, given: Sequence[VariableType | Tensor]) -> Array:
    """The probabilities of a fitted generator over all states.

    Args:
        module: The generator.
        target: The finite type that it draws.
        given: For each condition its finite type, or one encoded value ``(1, *event)`` at which it is held.

    Returns:
        An array ``(*states of conditions not held, states of the target)``.

    Raises:
        NotExactError: If the generator has no ``log_prob``, or too many cells.
    """
    table = module.as_table() if isinstance(module, Tabular) else None
    if table is not None and not any(isinstance(g, Tensor) for g in given):
        return np.asarray(table.table.detach().cpu().numpy(), dtype=np.float64)
    dense = density_of(module)
    if dense is None:
        raise NotExactError(f"its generator, {type(module).__name__}, has no log_prob")
    shape = (*(cardinality_of(g) for g in given if not isinstance(g, Tensor)), cardinality_of(target))
    cells = prod(shape)
    if cells > MOST_CELLS:
        raise NotExactError(f"its table takes more than {MOST_CELLS:,} cells")
    device = device_of(module)
    parts = []
    for start in range(0, cells, _ROWS_AT_ONCE):
        flat = torch.arange(start, min(cells, start + _ROWS_AT_ONCE), device=device)
        *states, drawn = torch.unravel_index(flat, shape)
        left = iter(states)
        arguments = [
            g.to(device).expand(len(flat), *g.shape[1:]) if isinstance(g, Tensor) else next(left)
            for g in given
        ]
        with torch.inference_mode():
            parts.append(dense.log_prob(drawn, *arguments).double().exp().cpu())
    found: Array = torch.cat(parts).reshape(shape).numpy()
    return np.asarray(found / found.sum(axis=-1, keepdims=True))


def exact_conditional(
    stage: Stage,
    fit: Fit,
    modules: Mapping[Fit, nn.Module],
    dataset: Dataset,
    most_cells: int,
) -> tuple[Array, float] | None:
    """The table that a generator would learn from infinitely many rows simulated from a finite stage.

    The stage's inputs have their joint distribution in the data, and a uniform distribution if the data have none. For
    conditions of probability zero, the table holds the marginal of the target.

    Returns:
        Probabilities ``(*given states, target states)`` and their mean log-likelihood in nats, or None if the
        stage is not finite or a table would take more than `most_cells` cells.
    """
    types = dataset.types
    found = refitted(
        stage,
        fit,
        types,
        lambda part: stage_operands(part, modules, types, {}),
        lambda names: _empirical(dataset, names),
        most_cells,
    )
    if found is None:
        return None
    table, joint = found
    score = float(np.sum(joint * np.log(table, out=np.zeros_like(table), where=joint > 0)))
    return table, score


def refitted(
    stage: Stage,
    fit: Fit,
    types: Mapping[str, VariableType],
    operands_of: OperandsOf,
    frequencies: Callable[[Sequence[str]], Array],
    most_cells: int,
    leading: tuple[Hashable, ...] = (),
) -> tuple[Array, Array] | None:
    """What a generator would learn from infinitely many rows of a finite stage, from the tables of its draws.

    Args:
        stage: The stage.
        fit: The generator.
        types: Of all variables.
        operands_of: The tables of the draws of a stage.
        frequencies: The joint frequencies of some variables in the data.
        most_cells: As for `exact_conditional`.
        leading: Labels of first axes that all tables and frequencies have, one at most.

    Returns:
        The conditional and the joint distribution, ``(*leading, *given states, target states)`` each; None as for
        `exact_conditional`.
    """
    part = stage.needed_for(fit.variables)
    drawn = [name for draw in part.draws for name in draw.variables]
    if not all(isinstance(types[name], Finite) for name in (*part.input_variables, *drawn)):
        return None
    if prod(cardinality_of(types[name]) for name in part.input_variables) > most_cells:
        return None
    try:
        operands = operands_of(part)
    except NotExactError:
        return None
    if part.inputs:
        first = dict(reversed([(variable, id) for variable, id in part.inputs]))
        shown = np.maximum(frequencies(tuple(first)), _RARELY)
        operands.append((shown, (*leading, *first.values())))
        for variable, id in part.inputs:  # another value of a variable is independent of the first
            if id not in first.values():
                operands.append((np.maximum(frequencies((variable,)), _RARELY), (*leading, id)))
    ids = part.supplying(fit.variables)
    output = [*ids[len(fit.targets) :], *ids[: len(fit.targets)]]
    if largest_table(operands, output, leading) > most_cells:
        return None
    joint = contract(operands, [*leading, *output])
    total = joint.sum(axis=-1, keepdims=True)
    marginal = joint.sum(axis=tuple(range(len(leading), joint.ndim - 1)), keepdims=True)
    table = np.divide(joint, total, out=np.broadcast_to(marginal, joint.shape).copy(), where=total > 0)
    return table, joint


def _empirical(dataset: Dataset, names: Sequence[str]) -> Array:
    """The joint frequencies of some finite columns, each row counted by its weight."""
    shape = [cardinality_of(dataset.types[name]) for name in names]
    flat = np.ravel_multi_index([dataset[name].cpu().numpy() for name in names], shape)
    if (weights := dataset.design.weights) is not None:
        counted = np.bincount(flat, weights.numpy(), prod(shape)).reshape(shape)
        return np.asarray(counted / counted.sum())
    counts = np.bincount(flat, minlength=prod(shape)).reshape(shape)
    return np.asarray(counts / dataset.rows)


def _outcome_labels(
    stage: Stage, types: Mapping[str, VariableType], fixed: Mapping[str, Tensor]
) -> tuple[list[Operand], list[Hashable]]:
    """The label of each outcome, and a table for each outcome that is an input: it has the value of the input.

    Raises:
        NotExactError: If such an input is not finite.
    """
    operands, labels = list[Operand](), list[Hashable]()
    for name, id in stage.outputs:
        if id not in stage.input_ids:
            labels.append(id)
            continue
        kind, label = types[name], ("shown", id)
        if not isinstance(kind, Finite):
            raise NotExactError(f"{name} is {kind}, so it has no axis")
        same = np.eye(kind.cardinality)
        held = fixed.get(id)
        operands.append((same, (id, label)) if held is None else (same[int(held[0])], (label,)))
        labels.append(label)
    return operands, labels


def _refuse_open_inputs(stage: Stage, types: Mapping[str, VariableType], fixed: Mapping[str, Tensor]) -> None:
    for name, id in stage.inputs:
        if id not in fixed and not isinstance(types[name], Finite):
            raise NotExactError(f"{name} is {types[name]}, so it has no axis: give it a value")


def _refuse_endless_draw(draw: Draw, types: Mapping[str, VariableType]) -> None:
    endless = next((name for name in draw.variables if not isinstance(types[name], Finite)), None)
    if endless is not None:
        raise NotExactError(f"draw {draw.id} ~ {fit_text(draw.fit)} is not finite: it is {types[endless]}")
