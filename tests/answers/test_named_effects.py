"""Effects by name, fitted on a table: each is the number that the law of the model gives, by sums written out here."""

from __future__ import annotations

import numpy as np
import pytest

import dofx
from dofx.runtime.answers.answers import Answers

GRAPH = "z -> {x, m, y}; x -> m -> y; x -> y"
LAW = np.random.default_rng(5).dirichlet(np.full(2, 2.0), size=15)
PZ, PX, PM, PY = LAW[0], LAW[1:3], LAW[3:7].reshape(2, 2, 2), LAW[7:15].reshape(2, 2, 2, 2)
"""P(z), P(x | z), P(m | z, x) and P(y | z, x, m)."""
JOINT = np.einsum("z,zx,zxm,zxmy->zxmy", PZ, PX, PM, PY)
VARIABLES = dict.fromkeys("zxmy", "category(2)")


def mean(x: int, mediated: int, weights: np.ndarray) -> float:
    """The mean of y at one x where m is as at another, for people with these weights of z."""
    return float(np.einsum("z,zm,zm->", weights, PM[:, mediated], PY[:, x, :, 1]))


def held(x: int, m: int) -> float:
    return float(PZ @ PY[:, x, m, 1])


HAD = [PZ * PX[:, x] / (PZ @ PX[:, x]) for x in (0, 1)]
"""P(z | x) for each x."""


TRUTHS = {
    "ate(y, x, 1, 0)": mean(1, 1, PZ) - mean(0, 0, PZ),
    "ate(y = 0, x, 1, 0)": mean(0, 0, PZ) - mean(1, 1, PZ),
    "att(y, x, 1, 0)": mean(1, 1, HAD[1]) - mean(0, 0, HAD[1]),
    "atc(y, x, 1, 0)": mean(1, 1, HAD[0]) - mean(0, 0, HAD[0]),
    "nde(y, x, through m, 1, 0)": mean(1, 0, PZ) - mean(0, 0, PZ),
    "nie(y, x, through m, 1, 0)": mean(1, 1, PZ) - mean(1, 0, PZ),
    "cde(y, x, holding m = 1, 1, 0)": held(1, 1) - held(0, 1),
    "pse(y, x, along x -> m -> y, 1, 0)": mean(0, 1, PZ) - mean(0, 0, PZ),
    "pse(y, x, along x -> y, 1, 0)": mean(1, 0, PZ) - mean(0, 0, PZ),
    "nde(y, x, through m, 1, 0) + nie(y, x, through m, 1, 0) - ate(y, x, 1, 0)": 0.0,
    "nde(y, x, through m, 1, 0 | z = 1)": mean(1, 0, np.eye(2)[1]) - mean(0, 0, np.eye(2)[1]),
    "nie(y, x, through m, 1, 0 | z = 0)": mean(1, 1, np.eye(2)[0]) - mean(1, 0, np.eye(2)[0]),
    "E[y[x = 1, m = m[x = 0]]] / E[y[x = 0]]": mean(1, 0, PZ) / mean(0, 0, PZ),
    "nie(y, x, through m, 1, 0) / ate(y, x, 1, 0)": (mean(1, 1, PZ) - mean(1, 0, PZ))
    / (mean(1, 1, PZ) - mean(0, 0, PZ)),
    "E[y | do(x = 1 - x)]": sum(PZ @ PX[:, x] * mean(1 - x, 1 - x, HAD[x]) for x in (0, 1)),
}


@pytest.fixture(scope="module")
def answers() -> Answers:
    effects = "\n".join(f"effect e{number} = {text}" for number, text in list(enumerate(TRUTHS)))
    program = dofx.compile(effects, GRAPH, variables=VARIABLES)
    assert isinstance(program, dofx.CompiledProgram)
    return program.fit(dofx.Table(("z", "x", "m", "y"), JOINT)).answer()


@pytest.mark.parametrize(("number", "text"), list(enumerate(TRUTHS)))
def test_the_number_is_that_of_the_model(answers: Answers, number: int, text: str) -> None:
    assert float(answers[f"e{number}"]) == pytest.approx(TRUTHS[text], abs=1e-9)


def test_several_mediators() -> None:
    """Through both, through the first with what follows from it, and along one path of the two."""
    law = np.random.default_rng(6).dirichlet(np.full(2, 2.0), size=15)
    px, p1, p2, py = law[0], law[1:3], law[3:7].reshape(2, 2, 2), law[7:15].reshape(2, 2, 2, 2)
    """P(x), P(m1 | x), P(m2 | x, m1) and P(y | x, m1, m2)."""
    joint = np.einsum("x,xa,xab,xaby->xaby", px, p1, p2, py)

    def mean(own: int, first: int, second: int) -> float:
        """The mean of y where y itself, m1 and m2 each see an x of their own; m2 sees the m1 that y sees."""
        return float(np.einsum("a,ab,ab->", p1[first], p2[second], py[own, :, :, 1]))

    truths = {
        "nde(y, x, through {m1, m2}, 1, 0)": mean(1, 0, 0) - mean(0, 0, 0),
        "nie(y, x, through {m1, m2}, 1, 0)": mean(1, 1, 1) - mean(1, 0, 0),
        "pse(y, x, along x -> m2 -> y, 1, 0)": mean(0, 0, 1) - mean(0, 0, 0),
        "nde(y, x, through m1, 1, 0)": mean(1, 0, 1) - mean(0, 0, 0),
    }
    text = "\n".join(f"effect e{number} = {effect}" for number, effect in enumerate(truths))
    names = ("x", "m1", "m2", "y")
    program = dofx.compile(
        text, "x -> m1 -> m2 -> y; x -> {m2, y}; m1 -> y", variables=dict.fromkeys(names, "category(2)")
    )
    answers = program.fit(dofx.Table(names, joint)).answer()
    for number, truth in enumerate(truths.values()):
        assert float(answers[f"e{number}"]) == pytest.approx(truth, abs=1e-9)
