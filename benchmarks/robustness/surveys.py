"""Data as they come: weights, clusters, codes for holes and several data sets, with columns of every kind in them."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from kinds import COLUMNS, KINDS, frame
from texts import GRAPHS, QUERIES, slip

import dofx

Random = random.Random
WEIGHED = dofx.DataSet(weights="w", cluster="c", holes=[-99, "NA"])
SETS = (dofx.DataSet("survey", measures=["z"]), dofx.DataSet("trial", sets=["x"], differs=["z"], weights="w"))
WORDS: tuple[str, ...] = ("x", "y", "z", "w", "missing(y)", "", "nobody")


def attempts(rng: Random, folder: Path) -> Iterator[tuple[str, tuple[Any, ...], Callable[[], Any]]]:
    """Endless calls that say what data are, and fits on such data."""
    policy = dofx.identify("P(y | do(x ~ g(z)))", "z -> {x, y}; x -> y").estimand
    joint = dofx.Table(("z", "x", "y"), [[[0.125] * 2] * 2] * 2)
    while True:
        named = {key: told(rng) for key in rng.sample(("sets", "measures", "differs", "keeps"), 2)}
        words = {**named, rng.choice(("weights", "cluster", "holes")): KINDS[rng.choice(tuple(KINDS))](rng)}
        yield "DataSet", (words,), partial(dofx.DataSet, "trial", **words)
        try:
            one = dofx.DataSet(rng.choice(("trial", "P", "survey")), **named)
        except dofx.DofxError:
            one = SETS[0]
        for _ in range(3):
            query, graph = rng.choice(QUERIES), rng.choice(GRAPHS)
            query, graph = (slip(rng, query), graph) if rng.random() < 0.5 else (query, slip(rng, graph))
            data = rng.choice(((one,), (one, SETS[1]), SETS, one))
            yield "identify", (query, graph, data), partial(dofx.identify, query, graph, data=data)
        table = rng.choice((joint, KINDS[rng.choice(tuple(KINDS))](rng), {"g": KINDS["numpy array"](rng)}))
        yield "evaluate", (table,), partial(policy.evaluate, joint, policies=table)
        yield "evaluate", (table,), partial(policy.evaluate, joint, policies={"g": table})
        if rng.random() < 0.5:
            yield from fits(rng)


def fits(rng: Random) -> Iterator[tuple[str, tuple[Any, ...], Callable[[], Any]]]:
    """Fits on rows whose weights, clusters and holes are of every kind, and what is asked of them."""
    rows = frame(rng, ("x", "z", "y", "w", "c"))
    weighed = dofx.compile("P(y | do(x))", "z -> {x, y}; x -> y", data=[WEIGHED])
    yield "fit", (rows,), partial(weighed.fit, rows, epochs=1)
    holes = dofx.compile("P(y | do(x))", "z -> {x, y}; x -> y; z -> missing(y)")
    yield "fit", (rows,), partial(holes.fit, rows, epochs=1)
    pair = {"survey": frame(rng, ("z",)), "trial": frame(rng, ("x", "z", "y", "w"))}
    if rng.random() < 0.2:
        pair[rng.choice(WORDS)] = pair.pop("trial")
    carried = dofx.compile("P(y | do(x))", "z -> {x, y}; x -> y; x <-> y", data=SETS)
    yield "fit", (pair,), partial(carried.fit, pair, epochs=1)
    odd = {name: COLUMNS["bits"](rng) for name in ("x", "z", "y", "c")}
    odd["w"] = COLUMNS[rng.choice(tuple(COLUMNS))](rng)
    program = dofx.compile(
        "graph { z -> {x, y}; x -> y }\ndata P weights w cluster c\neffect a = E[y | do(x = 1)] - E[y | do(x = 0)]"
    )
    yield "answer", (odd,), partial(answered, program, odd)
    yield "positivity", (odd,), partial(program.positivity, odd)


def answered(program: Any, rows: Any) -> Any:
    """Fit, and answer with intervals."""
    return program.fit(rows, epochs=1).answer(rows, intervals="influence")


def told(rng: Random) -> Any:
    """What stands for some variables: names, or a value of another kind."""
    if rng.random() < 0.8:
        return rng.sample(WORDS, rng.randrange(3))
    return KINDS[rng.choice(tuple(KINDS))](rng)
