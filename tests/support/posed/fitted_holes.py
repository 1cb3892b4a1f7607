"""A problem with holes, fitted to rows and compared with the exact value of its estimand on their frequencies."""

from __future__ import annotations

from typing import Any

import numpy as np

import dofx
from dofx.generators import TableGenerator
from models.holes import Model, Problem

COUNTED = dict.fromkeys("abcdemxyz", lambda target, given: TableGenerator(target, given, smoothing=0.0))
"""Tables of frequencies as they are."""


WEIGHTED = (
    ("x -> y; x -> missing(y); y -> missing(x)", "P(x, y)"),
    ("x -> m; m -> y; x <-> y; x <-> missing(y)", "P(y | do(x))"),
    ("a; b; b -> missing(a); missing(a) -> missing(b); a -> missing(b)", "P(b | do(a))"),
    (
        "a; b; c; a -> c; b -> c; a -> missing(c); missing(c) -> missing(b); a -> missing(b); "
        "missing(b) -> missing(a); c -> missing(a); b <-> c; a <-> missing(b)",
        "P(a | do(c), b)",
    ),
    (
        "a -> b; a -> c; b -> c; b -> missing(a); c -> missing(a); missing(a) -> missing(b); c -> missing(b); "
        "missing(a) -> missing(c); missing(b) -> missing(c)",
        "P(c | do(a))",
    ),
)
"""What weighs rows: two indicators, a variable that is set, odds of one and two columns, chances of weighted rows."""


def rows_of(
    law: np.ndarray, names: tuple[str, ...], holes: tuple[str, ...], counts: np.ndarray
) -> dict[str, Any]:
    """Rows that occur as often as counts say, the last entry of a column with holes as None."""
    cells = np.repeat(np.argwhere(np.ones(law.shape, bool)), counts.reshape(-1), axis=0)
    found: dict[str, Any] = {}
    for place, name in enumerate(names):
        column = cells[:, place].tolist()
        hole = law.shape[place] - 1 if name in holes else -1
        found[name] = [None if value == hole else value for value in column]
    return found


def compared(problem: Problem, states: int, rng: np.random.Generator, most: float) -> str:
    """Fit one problem, and compare it."""
    found = dofx.identify(problem.text, problem.graph)
    if found.estimand is None:
        return "refused"
    law = Model(problem, rng, states).observed()
    counts = rng.multinomial(4_000, law.reshape(-1)) + 1  # every cell occurs, so that no table backs off
    table = dofx.Table(problem.variables, (counts / counts.sum()).reshape(law.shape))
    types = dict.fromkeys(problem.variables, f"category({states})")
    sampler = dofx.compile(problem.text, problem.graph, variables=types)
    drawn_ = {name for fit in sampler.network.fits for name in fit.targets if fit.data is not None}
    sampler.fit(
        rows_of(law, problem.variables, problem.holes, counts),
        generators={name: COUNTED[name] for name in drawn_},
    )
    outcomes, interventions, conditions = problem.query
    names = [*outcomes, *interventions, *conditions]
    exact = found.estimand.evaluate(table).array(names)
    fitted = sampler.distribution()
    seen = [name for name in names if name in fitted.names]
    one = fitted.array(seen)
    other = exact[tuple(slice(None) if name in seen else 0 for name in names)]
    assert np.abs(one - other).max() < most, (problem.text, problem.graph)
    return "partial" if any(fit.rows for fit in sampler.network.fits) else "whole"
