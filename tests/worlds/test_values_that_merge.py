"""Worlds that a stated value makes one: `w[z = 0]` is w where z = 0 is asked for, and w is given."""

from __future__ import annotations

import numpy as np
import pytest

import dofx

GRAPH = "z -> a -> w"


@pytest.mark.parametrize("states", [2, 3])
@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("P(z = 0, w[z=0] | w)", ("w", "w[z=0]")),
        ("P(z = 0, w[z=0] | w[a=a[]])", ("w[a=a[]]", "w[z=0]")),
        ("P(z[a=1] = 0, w[z=0] | w)", ("w", "w[z=0]")),
        ("P(z = 0, w[z=0], w[a=a[]] | w)", ("w", "w[z=0]", "w[a=a[]]")),
        ("P(z = 0, w[z=0,a=a[z=0]], w[z=0] | w)", ("w", "w[a=a[z=0],z=0]", "w[z=0]")),
    ],
)
def test_equal_values_are_equated_once(query: str, names: tuple[str, ...], states: int) -> None:
    """The answer is P(z = 0 | w) where all names of w have one value, and 0 elsewhere."""
    rng = np.random.default_rng(states)
    z, a, w = (rng.dirichlet(np.ones(states), size=(states,) * number) for number in (0, 1, 1))
    joint = z[:, None, None] * a[:, :, None] * w
    estimand = dofx.identify(query, GRAPH).estimand
    assert estimand is not None
    chance = joint[0].sum(0) / joint.sum((0, 1))
    expected = np.zeros((states,) * len(names))
    for value in range(states):
        expected[(value,) * len(names)] = chance[value]
    found = estimand.evaluate(dofx.Table("zaw", joint))
    np.testing.assert_allclose(found.array(names), expected, atol=1e-12)
    assert dofx.Estimand.from_json(estimand.to_json()) == estimand


@pytest.mark.parametrize("text", ["P(w[z=w[z=1]] = {}, z = 0, w = 1)", "P(w[z=w[z=1]] = {} | z = 0, w = 1)"])
def test_what_cannot_be_has_no_share_in_a_complement(text: str) -> None:
    """Where z = 0 and w = 1, the nested w is 1 for each unit: as w[z=1] if that is 1, and as w itself else."""
    seen = dofx.Table("zw", np.random.default_rng(0).dirichlet(np.ones(4)).reshape(2, 2))
    states = {"z": "category(2)", "w": "category(2)"}
    certain = seen.array()[0, 1] if "|" not in text else 1.0
    for value, expected in ((1, certain), (0, 0.0)):
        estimand = dofx.identify(text.format(value), "z -> w", variables=states).estimand
        assert estimand is not None
        assert float(estimand.evaluate(seen).array()) == pytest.approx(expected, abs=1e-12)
