"""What a caller of dofx comes to hold: one object of each kind, made of tiny data."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

import dofx

PROGRAM = (
    "graph { x -> z -> y; x <-> y }\nquery risk = P(y | do(x))\nquery dose = P(z | x)\n"
    "effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]"
)


def rows() -> dict[str, np.ndarray]:
    """Tiny data for the program."""
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, 60)
    z = (x + rng.integers(0, 2, 60)) % 2
    return {"x": x, "z": z, "y": (z + rng.integers(0, 2, 60)) % 2}


def held(folder: Path) -> list[Any]:
    """What a caller comes to hold: one object of each kind, as the functions of dofx return them."""
    data = rows()
    program = dofx.compile(PROGRAM).fit(data)
    risk = program["risk"]
    lost = dofx.identify("P(y | do(x))", "x -> y; x <-> y")
    proof = dofx.identify("P(y | do(x))", "x -> z -> y; x <-> y")
    compiled = import_module("dofx.compiler.driver").compile_query("P(y | do(x))", "x -> z -> y; x <-> y")
    risk.save(folder / "bundle")
    answers = program.answer(data, intervals="bootstrap", replicates=2, seed=0)
    found = [
        program,
        dofx.compile("P(y | do(x))", "x -> z -> y; x <-> y"),
        dofx.load(folder / "bundle"),
        proof,
        lost,
        proof.query,
        compiled,
        compiled.network,
        risk.distribution(do={"x": 1}),
        risk.sample(3, do={"x": 1}, seed=0),
        risk.unseen(do={"x": 1}),
        risk.links(data),
        risk.folded(),
        risk.open_draws(),
        risk.bootstrap(data, replicates=2),
        risk,
        answers,
        program.report,
        dofx.parse(PROGRAM),
        dofx.graph("x -> z -> y; x <-> y"),
        dofx.implications("x -> z -> y"),
        dofx.judge("x -> z -> y", data),
        dofx.NotIdentifiableError(lost),
        *(answers.values() if isinstance(answers, Mapping) else ()),
    ]
    found += of_other_questions(folder)
    try:
        dofx.parse("graph {")
    except dofx.DofxError as error:
        found += [error, *error.diagnostics]
    return [part for value in found for part in each(value)]


def of_other_questions(folder: Path) -> list[Any]:
    """What a caller comes to hold of worlds, policies, holes, cycles, several data sets and rows on disk."""
    data, adjusted = rows(), "z -> {x, y}; x -> y"
    rule = dofx.compile("P(y | do(x ~ g(z)))", adjusted).fit(data)
    holes = dofx.compile("P(y | do(x))", f"{adjusted}; z -> missing(y)")
    holes.fit({**data, "y": [None if i % 7 == 0 else int(value) for i, value in enumerate(data["y"])]})
    sets = [dofx.DataSet("survey", measures=["z"]), dofx.DataSet("trial", sets=["x"], differs=["z"])]
    both = {"survey": {"z": data["z"]}, "trial": data}
    carried = dofx.compile("P(y | do(x))", f"{adjusted}; x <-> y", data=sets).fit(both)
    effects = dofx.compile(
        f"graph {{ {adjusted} }}\neffect ate = ate(y, x, 1, 0)\neffect rule = E[y | do(x ~ g(z))] - E[y]"
    ).fit(data)
    risk = dofx.compile(f"graph {{ {adjusted} }}\neffect ate = ate(y, x, 1, 0)").fit(data)
    everybody = {"g": lambda z: np.ones_like(z)}
    pq.write_table(pa.table(data), folder / "rows.parquet")
    carried.save(folder / "carried")
    dosearch = import_module("dofx.compiler.model.dosearch").DoSearch
    return [
        rule,
        rule.following(everybody),
        holes,
        carried,
        carried.agreements,
        dofx.load(folder / "carried"),
        effects.answer(data, intervals="influence", policies=everybody),
        effects.positivity(data),
        risk.sensitivity(data),
        dofx.effect("ate(y, x, 1, 0)", adjusted, data, intervals="influence"),
        dofx.identify("P(y[x = 1] = 1, y[x = 0] = 0)", "x -> y"),
        dofx.identify("P(y | do(x))", "x -> y; y -> missing(y)"),
        dofx.identify("P(y | do(x))", "z -> x -> y -> z; feedback {x, y, z}"),
        dofx.identify("P(y | do(x))", adjusted, data=sets[:1]),
        dosearch("p(x,y)", "p(y|do(x))", "x -> y"),
        dofx.Stream(folder / "rows.parquet"),
        *sets,
    ]


def each(value: Any) -> list[Any]:
    """An object, or the first objects in a container of them."""
    if isinstance(value, dict):
        return [*list(value)[:2], *list(value.values())[:2]]
    return list(value)[:3] if isinstance(value, (tuple, list)) else [value]
