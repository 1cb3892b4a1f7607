"""Influence functions over several data sets and over rows with holes, compared with numerical derivatives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import dofx
from models import holes, populations

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Posed:
    """A random effect, and the random distribution of each data set.

    Args:
        program: Compiled.
        tables: The axes and the probabilities of each data set.
        partial: The columns whose last entry is a hole.
    """

    program: dofx.CompiledProgram
    tables: Mapping[str, tuple[tuple[str, ...], Array]]
    partial: tuple[str, ...] = ()


def with_holes(seed: int, states: int) -> Posed | None:
    """A problem with holes; None where it is not identifiable without weights of chances."""
    rng = np.random.default_rng([seed, states])
    return _posed(holes.drawn(rng, 4, 3, own=0.8), rng, states, weighted=False)


def weighted(seed: int, states: int) -> Posed | None:
    """A problem with holes in which chances weigh rows; None where it is not identifiable, or none do."""
    rng = np.random.default_rng([seed, states, 1])
    return _posed(holes.drawn(rng, 4, 3, own=0.2), rng, states, weighted=True)


def said(graph: str, query: str, states: int) -> Posed | None:
    """A problem with holes that texts describe, with weights: see `weighted`."""
    return _posed(holes.parsed(graph, query), np.random.default_rng(states), states, weighted=True)


def _posed(problem: holes.Problem, rng: np.random.Generator, states: int, *, weighted: bool) -> Posed | None:
    program = _compiled(problem.graph, problem.query, rng, states)
    if program is None:
        return None
    fits = [fit for sampler in program.samplers for fit in sampler.network.fits]
    if any(fit.rows.weights for fit in fits) != weighted or not any(fit.rows for fit in fits):
        return None
    observed = holes.Model(problem, rng, states).observed()
    return Posed(program, {"P": (problem.variables, _mixed(observed, rng))}, problem.holes)


def several(seed: int, states: int) -> Posed | None:
    """A problem with several data sets; None where it is not identifiable from more than one."""
    rng = np.random.default_rng([seed, states])
    problem = populations.random_problem(rng, 4)
    data = [
        dofx.DataSet(r.name, sets=r.sets, measures=r.measures, differs=r.differs, keeps=r.keeps)
        for r in problem.data
    ]
    edges = [f"{a} -> {b}" for a, b in problem.directed] + [f"{a} <-> {b}" for a, b in problem.bidirected]
    asked = (problem.y, problem.x, problem.w)
    program = _compiled("; ".join([*problem.nodes, *edges]), asked, rng, states, data)
    if program is None or not program.several:
        return None
    tables = {}
    for each in problem.data:
        names = tuple(dict.fromkeys((*each.sets, *each.measures)))
        tables[each.name] = names, rng.dirichlet(np.ones(states ** len(names))).reshape([states] * len(names))
        tables[each.name] = names, _mixed(tables[each.name][1], rng)
    return Posed(program, tables)


def check(posed: Posed, rng: np.random.Generator, directions: int = 2) -> float:
    """The largest relative difference between an influence function and the numerical derivative of the answer."""
    program, alone = posed.program, not posed.program.several

    def answer(tables: Mapping[str, Array]) -> float:
        given: Any = {name: dofx.Table(posed.tables[name][0], array) for name, array in tables.items()}
        program.fit(given["P"] if alone else given)
        return float(program.answer()["e"].value)

    laws = {name: array for name, (_, array) in posed.tables.items()}
    answer(laws)
    rows: Any = {name: _every_row(posed, name) for name in laws}
    found: Any = program.influence(rows["P"] if alone else rows)["e"]
    moved = {"P": found} if alone else found
    worst = 0.0
    for _ in range(directions):
        away = {name: rng.dirichlet(np.ones(law.size)).reshape(law.shape) - law for name, law in laws.items()}
        step = 0.02 * min(float(law.min()) for law in laws.values())
        slopes = [
            (_at(answer, laws, away, h) - _at(answer, laws, away, -h)) / (2 * h) for h in (step / 2, step)
        ]
        truth = (4 * slopes[0] - slopes[1]) / 3
        said = sum(float(values @ away[name].ravel()) for name, values in moved.items())
        worst = max(worst, abs(said - truth) / max(1.0, abs(truth)))
    return worst


def _at(answer: Any, laws: Mapping[str, Array], away: Mapping[str, Array], step: float) -> float:
    return float(answer({name: law + step * away[name] for name, law in laws.items()}))


def _compiled(
    graph: str,
    asked: tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]],
    rng: np.random.Generator,
    states: int,
    data: list[dofx.DataSet] | None = None,
) -> dofx.CompiledProgram | None:
    """The program of a random contrast, if it is identifiable."""
    outcomes, do, given = asked

    def leaf() -> str:
        told = [f"{name} = {rng.integers(states)}" for name in do]
        told = [f"do({', '.join(told)})"] if told else []
        told += [f"{name} = {rng.integers(states)}" for name in given]
        mine = ", ".join(f"{name} = {rng.integers(states)}" for name in outcomes)
        return f"P({mine} | {', '.join(told)})" if told else f"P({mine})"

    program: Any = dofx.compile(f"graph {{ {graph} }}\neffect e = {leaf()} - 2 * {leaf()}", data=data)
    return program if program.identified else None


def _mixed(table: Array, rng: np.random.Generator) -> Array:
    """A distribution near a table in which every entry is possible, and no independence holds."""
    noise = rng.dirichlet(np.ones(table.size)).reshape(table.shape)
    found: Array = 0.6 * table / table.sum() + 0.2 * noise + 0.2 / table.size
    return found


def _every_row(posed: Posed, name: str) -> dict[str, Any]:
    """A row for each entry of a table, None for a hole."""
    names, array = posed.tables[name]
    rows: dict[str, Any] = {}
    for column, states in zip(names, np.indices(array.shape), strict=True):
        values: Any = states.ravel()
        if column in posed.partial:
            values = values.astype(object)
            values[states.ravel() == states.max()] = None
        rows[column] = values
    return rows
