"""Worlds fitted on rows of models with a hidden cause: front door and napkin, beside what the units themselves say."""

from __future__ import annotations

from typing import Any

import numpy as np

import dofx

ROWS = 100_000
WITHIN = 0.03
"""Three standard errors of the napkin's ratio at this number of rows; the others have smaller ones."""

FRONT_DOOR = "x -> {m, k} -> y; x <-> y"
NAPKIN = "w -> r -> x -> m -> y; x -> y; x <-> w <-> y"


class FrontDoor:
    """X with three states acts on y through m and k alone; a hidden cause moves x and y."""

    def __init__(self) -> None:
        rng = np.random.default_rng(3)
        self.u, self.by_m, self.by_k, self.by_y = rng.random(ROWS) < 0.5, *rng.random((3, ROWS))
        self.x = rng.binomial(2, 0.25 + 0.5 * self.u)

    def m(self, x: Any) -> Any:
        return self.by_m < 0.1 + 0.35 * x

    def k(self, x: Any) -> Any:
        return self.by_k < 0.8 - 0.3 * x

    def y(self, m: Any, k: Any) -> Any:
        return self.by_y < 0.05 + 0.3 * m + 0.2 * k * m + 0.15 * k + 0.3 * self.u

    def at(self, x: Any) -> Any:
        return self.y(self.m(x), self.k(x))

    def rows(self) -> dict[str, Any]:
        m, k = self.m(self.x), self.k(self.x)
        return {"x": self.x, "m": m * 1, "k": k * 1, "y": self.y(m, k) * 1}


def test_front_door() -> None:
    model = FrontDoor()
    text = """
    effect treated  = E[y[x = 0] - y | x = 2]
    effect direct   = E[y[x = 2, m = m[x = 0]] - y[x = 0]]
    effect indirect = E[y[x = 2] - y[x = 2, m = m[x = 0]]]
    effect held     = cde(y, x, holding m = 1, 2, 0)
    effect shift    = E[y | do(x = max(x - 1, 0))] - E[y]
    """
    found = dofx.compile(text, FRONT_DOOR).fit(model.rows()).answer()
    had, crossed = model.at(model.x), model.y(model.m(0), model.k(2))
    truth = {
        "treated": (model.at(0) * 1.0 - had)[model.x == 2].mean(),
        "direct": (crossed * 1.0 - model.at(0)).mean(),
        "indirect": (model.at(2) * 1.0 - crossed).mean(),
        "held": (model.y(1, model.k(2)) * 1.0 - model.y(1, model.k(0))).mean(),
        "shift": (model.at(np.maximum(model.x - 1, 0)) * 1.0 - had).mean(),
    }
    for name, value in truth.items():
        assert abs(found[name].value - value) < WITHIN, name


def test_a_policy_behind_a_front_door_is_fitted_once() -> None:
    model = FrontDoor()
    sampler = dofx.compile("P(y | do(x ~ dose(x)))", FRONT_DOOR).fit(model.rows())
    for name, dose in {"halved": lambda x: x // 2, "all or nothing": lambda x: 2 * (x > 0)}.items():
        drawn = sampler.sample(50_000, policies={"dose": dose}, seed=0)["y"].double().mean().item()
        assert abs(drawn - model.at(dose(model.x)).mean()) < WITHIN, name


def test_napkin() -> None:
    rng = np.random.default_rng(4)
    u, v = rng.random((2, ROWS)) < 0.5  # of w and x, and of w and y
    by_w, by_r, by_x, by_m, by_y = rng.random((5, ROWS))
    w = by_w < 0.2 + 0.3 * u + 0.3 * v
    r = by_r < 0.2 + 0.6 * w
    x = by_x < 0.2 + 0.4 * r + 0.3 * u

    def m(x: Any) -> Any:
        return by_m < 0.2 + 0.5 * x

    def y(x: Any, m: Any) -> Any:
        return by_y < 0.1 + 0.2 * x + 0.2 * m + 0.1 * x * m + 0.3 * v

    text = """
    effect total    = ate(y, x, true, false)
    effect direct   = nde(y, x, through m, true, false)
    effect indirect = nie(y, x, through m, true, false)
    effect held     = cde(y, x, holding m = true, true, false)
    effect treated  = att(y, x, true, false)
    effect moved    = E[y | do(m = 1 - m)] - E[y]
    effect ruled    = E[y | do(x ~ coin())]
    """
    rows = {"w": w, "r": r, "x": x, "m": m(x), "y": y(x, m(x))}
    program = dofx.compile(text, NAPKIN, variables={"x": "bool"}).fit(rows)
    found = program.following({"coin": dofx.Table(("x",), [0.7, 0.3])}).answer()
    crossed, had = y(1, m(0)), y(x, m(x)) * 1.0
    truth = {
        "total": (y(1, m(1)) * 1.0 - y(0, m(0))).mean(),
        "direct": (crossed * 1.0 - y(0, m(0))).mean(),
        "indirect": (y(1, m(1)) * 1.0 - crossed).mean(),
        "held": (y(1, 1) * 1.0 - y(0, 1)).mean(),
        "treated": (y(1, m(1)) * 1.0 - y(0, m(0)))[x].mean(),
        "moved": (y(x, ~m(x)) - had).mean(),
        "ruled": 0.3 * y(1, m(1)).mean() + 0.7 * y(0, m(0)).mean(),
    }
    for name, value in truth.items():
        assert abs(found[name].value - value) < WITHIN, name


def test_trained_generators_behind_a_front_door() -> None:
    """X with two states acts on y through the number m alone; the generators start from lines, so few epochs do."""
    rng = np.random.default_rng(6)
    n = 1_500
    u, by_m, by_y = rng.normal(size=(3, n))
    x = rng.random(n) < np.where(u > 0, 0.7, 0.3)

    def at(x: Any) -> Any:
        return 2 * x + by_m + u + 0.5 * by_y

    text = """
    effect treated = att(y, x, true, false)
    effect ruled   = E[y | do(x ~ rule(x))] - E[y]
    effect shift   = E[y | do(m = 0.5 * m)] - E[y]
    """
    program = dofx.compile(text, "x -> m -> y; x <-> y").fit(
        {"x": x, "m": 2 * x + by_m, "y": at(x)}, epochs=3
    )
    found = program.following({"rule": lambda x: ~x}).answer(n=20_000)
    truth = {"treated": 2.0, "ruled": (at(~x) - at(x)).mean(), "shift": -0.5 * (2 * x + by_m).mean()}
    for name, value in truth.items():
        assert abs(found[name].value - value) < 0.2, name
