"""What is printed about several worlds does not depend on Python's hash seed: verdicts, derivations, networks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CODE = """
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])
from posed import asked
import dofx
from dofx.compiler.driver import compile_query

for seed in range(48):
    problem = asked.random_problem(np.random.default_rng([50, seed]), asked.KINDS[seed % 6], hidden=2.0)
    types = {name: f"category({size})" for name, size in problem.states.items()}
    try:
        found = asked.identified(problem, types)
    except dofx.DofxError as error:
        print(error)
        continue
    print(found.explain())
    if found.estimand is not None:
        print(found.estimand.latex(), found.estimand.to_json())
    if found and problem.data == ((),):
        try:
            print(compile_query(found.query, found.graph, states=problem.states).network)
        except (dofx.DofxError, dofx.NotIdentifiableError) as error:
            print(error)
napkin = "w -> r -> x -> y; x <-> w <-> y"
print(dofx.identify("P(y[x = ?a] | x)", napkin, variables={"x": "bool"}).explain())
loop = "c -> p -> q -> p; q -> y; feedback {p, q}"
data = [dofx.DataSet("s", measures=["c", "q", "y"]), dofx.DataSet("t")]
print(dofx.identify("P(y[c = 1] | c = 0)", loop, data=data).explain())
"""


def test_three_hash_seeds() -> None:
    support = str(Path(__file__).parents[1] / "support")
    shown = set()
    for seed in ("0", "1", "20061010"):
        call = [sys.executable, "-c", CODE, support]
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"}
        shown.add(subprocess.run(call, env=environment, capture_output=True, check=True).stdout)
    assert len(shown) == 1
    assert len(shown.pop()) > 20_000
