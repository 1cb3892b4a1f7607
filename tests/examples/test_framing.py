"""The mediation on real rows: its effects by the mediation formula by hand, and the lines beside published figures."""

from __future__ import annotations

import framing
import numpy as np
import pytest


def by_formula(among: int | None = None) -> dict[str, float]:
    """Total, direct and indirect effect, summed over the cells of the rows."""
    rows = framing.study().astype(int)
    counts = np.zeros((2, 2, 3, 2))
    np.add.at(counts, tuple(rows[name] for name in ("college", "treat", "emo", "message")), 1)
    moved = counts.sum(3) / counts.sum((2, 3))[..., None]
    wrote = counts[..., 1] / counts.sum(3)
    share = counts.sum((1, 2, 3)) if among is None else np.eye(2)[among]
    mean = np.einsum("c,cum,ctm->tu", share / share.sum(), moved, wrote)
    seen = counts.sum((0, 2)) if among is None else counts[among].sum(1)
    risks = seen[:, 1] / seen.sum(1)  # the lot settles treat: nothing is adjusted for
    return {
        "total": risks[1] - risks[0],
        "direct": mean[1, 0] - risks[0],
        "indirect": risks[1] - mean[1, 0],
    }


@pytest.mark.parametrize(("among", "state"), [("", None), (" | college = true", 1)])
def test_effects_are_those_of_the_formula(among: str, state: int | None) -> None:
    found = framing.answers(framing.study(), among, more=not among)
    for name, value in by_formula(state).items():
        interval = found[name].interval
        assert found[name].value == pytest.approx(value, abs=1e-6)
        assert interval is not None
        assert interval.low < value < interval.high
    assert found["indirect"].interval.low > 0  # anxiety carries some of the effect
    if not among:
        product = found["direct ratio"].value * found["indirect ratio"].value
        assert product == pytest.approx(found["total ratio"].value)


def test_two_lines_find_what_was_published() -> None:
    for name, value in framing.products().items():
        assert value == pytest.approx(framing.PUBLISHED[name], abs=0.003)
