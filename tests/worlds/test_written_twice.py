"""Events that an effect writes twice: among the outcomes, among the conditions, or in both places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import dofx
from dofx.cli.app import cli
from dofx.runtime.program import CompiledProgram

GRAPH = "a -> m; a -> w; m -> w"
SEEN = dofx.Table("amw", np.random.default_rng(0).dirichlet(np.ones(8)).reshape(2, 2, 2))


@pytest.mark.parametrize(
    ("twice", "once"),
    [
        ("P(w[a=1]=1, w[a=1]=1)", "P(w[a=1]=1)"),
        ("P(w[a=1]=1, m[a=1]=0, w[a=1]=1)", "P(w[a=1]=1, m[a=1]=0)"),
        ("P(w[a=1]=1, w[a=1]=1 | m[a=1]=0)", "P(w[a=1]=1 | m[a=1]=0)"),
        ("P(m[a=1]=1, w[a=1]=0 | m[a=1]=1)", "P(w[a=1]=0 | m[a=1]=1)"),
        ("P(w[a=1]=1 | m[a=1]=0, m[a=1]=0)", "P(w[a=1]=1 | m[a=1]=0)"),
        ("E[w[a=1] - w[a=1] | m[a=1]=0, m[a=1]=0]", "E[w[a=1] | m[a=1]=0] - E[w[a=1] | m[a=1]=0]"),
        ("E[w[a=1]] + E[w[a=1] | w[a=1]=1]", "E[w[a=1]] + 1"),
        ("P(w[a=1]=1, w[a=1]=0) + E[w]", "E[w]"),
    ],
)
def test_twice_is_once(twice: str, once: str) -> None:
    wanted = pytest.approx(float(dofx.effect(once, GRAPH, SEEN)), abs=1e-12)
    assert float(dofx.effect(twice, GRAPH, SEEN)) == wanted
    if twice.startswith("P") and "+" not in twice:
        estimand = dofx.identify(twice, GRAPH).estimand
        assert estimand is not None
        assert float(estimand.evaluate(SEEN).array()) == wanted


CERTAIN = {
    "P(w[a=1]=1, w[a=1]=0)": 0,
    "P(w[a=1]=1, m[a=1]=0 | w[a=1]=0)": 0,
    "P(w[a=1]=1 | w[a=1]=1)": 1,
    "E[w[a=1] | w[a=1]=1]": 1,
}


@pytest.mark.parametrize("effect", CERTAIN)
def test_a_certain_effect(effect: str) -> None:
    assert float(dofx.effect(effect, GRAPH, SEEN)) == CERTAIN[effect]


def test_a_program_of_certain_effects_has_intervals_without_width() -> None:
    rng = np.random.default_rng(0)
    rows = {name: rng.integers(0, 2, 100) for name in "amw"}
    text = "\n".join(f"effect e{number} = {effect}" for number, effect in enumerate(CERTAIN))
    program = dofx.compile(f"graph {{ {GRAPH} }}\n{text}")
    assert isinstance(program, CompiledProgram)
    program.fit(rows)
    for kind in ("bootstrap", "influence"):
        found = program.answer(rows, intervals=kind, replicates=5)
        assert [(*(answer.interval or ()), answer.standard_error) for answer in found.effects] == [
            (value, value, 0) for value in CERTAIN.values()
        ]


def test_conditions_that_exclude_each_other_are_no_conditions() -> None:
    with pytest.raises(dofx.NotIdentifiableError, match="undefined"):
        float(dofx.effect("P(w[a=1]=1 | m[a=1]=0, m[a=1]=1)", GRAPH, SEEN))


def test_the_command_says_so(tmp_path: Path) -> None:
    program = tmp_path / "none.cq"
    program.write_text(f"graph {{ {GRAPH} }}\neffect none = P(w[a=1]=1, w[a=1]=0)\n")
    result = CliRunner().invoke(cli, ["identify", str(program)])
    assert (result.exit_code, result.output) == (
        0,
        "what is asked is certain: nothing has to be identified\n",
    )
