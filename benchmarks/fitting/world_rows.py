"""Effects of several worlds fitted on rows, beside the truth: by tables, and by trained generators.

    python benchmarks/fitting/world_rows.py  # writes benchmarks/results/world_rows.md; a quarter of an hour
    python benchmarks/fitting/world_rows.py --minutes 10  # stops after ten minutes; the next call goes on from there

Each model says what every unit does in every world, so the truth of an effect is a mean over a million units. A model
has two forms. Where m and y are finite, an answer is computed from tables; where they are real numbers, generators
are trained, with default settings. Each effect is fitted on several data sets, and answered twice: plain, and with
`intervals="influence"`, which corrects trained generators. Beside an error stands the standard error of the mean of y
over as many rows, which is a unit to read errors in. What was fitted is kept in build/world_rows.jsonl until the page
is written.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

import dofx

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "world_rows.md"
KEPT = ROOT / "build" / "world_rows.jsonl"
ROWS, SETS, UNITS = 4_000, 3, 1_000_000

Array = NDArray[Any]


class Model:
    """Units with everything that moves them; `real` says whether m and y are real numbers.

    Args:
        rng: What the units are drawn with.
        n: The number of units.
        real: Whether m and y are real numbers.
    """

    name: ClassVar[str]
    graph: ClassVar[str]
    one: ClassVar[Any]
    """To what x is set in the first world of each effect; in the other it is `zero`."""
    zero: ClassVar[Any]
    declared: ClassVar[Mapping[str, str]] = {}
    policies: ClassVar[Mapping[str, Callable[..., Any]]]
    policy: ClassVar[str]

    def __init__(self, rng: np.random.Generator, n: int, *, real: bool) -> None:
        self.real = real
        self.u, self.v = rng.random((2, n)) < 0.5
        self.chance = dict(zip("zwrxmky", rng.random((7, n)), strict=True))
        self.normal = dict(zip("zmy", rng.normal(size=(3, n)), strict=True))

    @property
    def shift(self) -> str:
        """What the shift sets, as text."""
        return "m = 0.9 * m" if self.real else "m = 1 - m"

    def x(self) -> Array:
        raise NotImplementedError

    def m(self, x: Any) -> Array:
        raise NotImplementedError

    def y(self, x: Any, m: Any) -> Array:
        raise NotImplementedError

    def others(self) -> Mapping[str, Array]:
        """What else is observed."""
        return {}

    def ruled(self) -> Array:
        """What the policy sets x to."""
        raise NotImplementedError

    def shifted(self) -> Array:
        """The outcome where the shift is done."""
        raise NotImplementedError

    def at(self, x: Any, through: Any = None) -> Array:
        """The outcome where x is set; m may see another x."""
        return np.asarray(1.0 * self.y(x, self.m(x if through is None else through)))

    def rows(self) -> dict[str, Array]:
        x = self.x()
        m = self.m(x)
        return {**self.others(), "x": x, "m": m, "y": self.y(x, m)}

    def differences(self) -> dict[str, Array]:
        """What each effect is the mean of, for each unit that it is about."""
        one, zero, x = self.one, self.zero, self.x()
        held = 1.0 if self.real else True
        return {
            "att": (self.at(one) - self.at(zero))[x == one],
            "nde": self.at(one, zero) - self.at(zero),
            "nie": self.at(one) - self.at(one, zero),
            "cde": 1.0 * self.y(one, held) - 1.0 * self.y(zero, held),
            "policy": self.at(self.ruled()) - self.at(x),
            "shift": self.shifted() - self.at(x),
        }

    def effects(self) -> dict[str, str]:
        one, zero = (str(each).lower() for each in (self.one, self.zero))
        return {
            "att": f"att(y, x, {one}, {zero})",
            "nde": f"nde(y, x, through m, {one}, {zero})",
            "nie": f"nie(y, x, through m, {one}, {zero})",
            "cde": f"cde(y, x, holding m = {'1' if self.real else 'true'}, {one}, {zero})",
            "policy": f"E[y | do({self.policy})] - E[y]",
            "shift": f"E[y | do({self.shift})] - E[y]",
        }


class BackDoor(Model):
    """Z is the only common cause."""

    name, graph = "back door", "z -> {x, m, y}; x -> m -> y; x -> y"
    one, zero, policy = True, False, "x ~ g(z)"
    policies: ClassVar = {"g": lambda z: z > 0}

    @property
    def z(self) -> Array:
        return self.normal["z"] if self.real else np.digitize(self.chance["z"], [0.4, 0.75])

    def others(self) -> Mapping[str, Array]:
        return {"z": self.z}

    def x(self) -> Array:
        return self.chance["x"] < 1 / (1 + np.exp(0.4 - 0.8 * self.z))

    def m(self, x: Any) -> Array:
        if self.real:
            return np.asarray(x + 0.5 * self.z + self.normal["m"])
        return self.chance["m"] < 0.15 + 0.4 * x + 0.15 * self.z

    def y(self, x: Any, m: Any) -> Array:
        if self.real:
            return np.asarray(x + m + 0.5 * x * m + np.sin(self.z) + self.normal["y"])
        return self.chance["y"] < 0.1 + 0.2 * x + 0.2 * m + 0.15 * x * m + 0.1 * self.z

    def ruled(self) -> Array:
        return self.z > 0

    def shifted(self) -> Array:
        m = self.m(self.x())
        return np.asarray(1.0 * self.y(self.x(), 0.9 * m if self.real else ~m))


class FrontDoor(Model):
    """X has three states and acts through m and k alone; a hidden cause moves x and y."""

    name, graph = "front door", "x -> {m, k} -> y; x <-> y"
    one, zero, policy = 2, 0, "x ~ g(x)"
    policies: ClassVar = {"g": lambda x: 2 * (x > 0)}

    @property
    def shift(self) -> str:
        return "x = max(x - 1, 0)"

    def others(self) -> Mapping[str, Array]:
        return {"k": self.k(self.x())}

    def x(self) -> Array:
        return (self.chance["x"] < 0.15 + 0.3 * self.u) * 1 + (self.chance["w"] < 0.2 + 0.6 * self.u)

    def k(self, x: Any) -> Array:
        return self.chance["k"] < 0.7 - 0.2 * x

    def m(self, x: Any) -> Array:
        return np.asarray(x + self.normal["m"]) if self.real else self.chance["m"] < 0.2 + 0.25 * x

    def y(self, x: Any, m: Any) -> Array:
        k = self.k(x)
        if self.real:
            return np.asarray(m + k * np.tanh(m) + 1.5 * self.u + self.normal["y"])
        return self.chance["y"] < 0.05 + 0.3 * m + 0.2 * k * m + 0.15 * k + 0.3 * self.u

    def ruled(self) -> Array:
        return 2 * (self.x() > 0)

    def shifted(self) -> Array:
        return self.at(np.maximum(self.x() - 1, 0))


class Napkin(Model):
    """The napkin with a mediator; the effect on the treated needs that x has two states."""

    name, graph = "napkin", "w -> r -> x -> m -> y; x -> y; x <-> w <-> y"
    one, zero, policy = True, False, "x ~ g()"
    declared: ClassVar = {"x": "bool"}
    policies: ClassVar = {"g": lambda: True}

    def others(self) -> Mapping[str, Array]:
        return {"w": self.w, "r": self.r}

    @property
    def w(self) -> Array:
        return self.chance["w"] < 0.2 + 0.3 * self.u + 0.3 * self.v

    @property
    def r(self) -> Array:
        return self.chance["r"] < 0.2 + 0.6 * self.w

    def x(self) -> Array:
        return self.chance["x"] < 0.2 + 0.4 * self.r + 0.3 * self.u

    def m(self, x: Any) -> Array:
        return np.asarray(x + self.normal["m"]) if self.real else self.chance["m"] < 0.2 + 0.5 * x

    def y(self, x: Any, m: Any) -> Array:
        if self.real:
            return np.asarray(x + m + 0.5 * x * m + 1.5 * self.v + self.normal["y"])
        return self.chance["y"] < 0.1 + 0.2 * x + 0.2 * m + 0.1 * x * m + 0.3 * self.v

    def ruled(self) -> Array:
        return np.ones(len(self.u), bool)

    def shifted(self) -> Array:
        m = self.m(self.x())
        return np.asarray(1.0 * self.y(self.x(), 0.9 * m if self.real else ~m))


MODELS: tuple[type[Model], ...] = (BackDoor, FrontDoor, Napkin)


def fitted(model: Model, seed: int) -> dict[str, Any]:
    """Each effect fitted on the rows of a model: plain, then with an interval; and the seconds of both."""
    text = "\n".join(f"effect {name} = {effect}" for name, effect in model.effects().items())
    program = dofx.compile(text, model.graph, variables=model.declared)
    assert isinstance(program, dofx.CompiledProgram)
    rows = model.rows()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        began = time.process_time()
        program.fit(rows, seed=seed, progress=False)
        followed = program.following(model.policies)
        plain = followed.answer()
        between = time.process_time()
        held = followed.answer(rows, intervals="influence")
    return {
        "values": {name: float(plain[name].value) for name in model.effects()},
        "corrected": {name: float(held[name].value) for name in model.effects()},
        "intervals": {name: ends(held[name]) for name in model.effects()},
        "seconds": [between - began, time.process_time() - between],
    }


def ends(answer: Any) -> list[float] | None:
    """The ends of an interval, or None where there is none."""
    interval = answer.interval
    return None if interval is None or answer.refused else [float(interval.low), float(interval.high)]


def report(kept: list[dict[str, Any]]) -> str:
    """The page of results."""
    lines = [
        "# Effects of several worlds, fitted on rows",
        "",
        f"`python benchmarks/fitting/world_rows.py`: {SETS} data sets of {ROWS:,} rows of each model, defaults.",
        "*Plain* is `answer()`: the mean and the spread of the estimates, and the root of their mean squared error.",
        '*With intervals* is `answer(rows, intervals="influence")`, which corrects trained generators: the mean, the',
        "error, the mean width of the intervals of 95 %, and how many hold the truth, which is a mean over",
        f"{UNITS:,} units. *Unit* is the standard error of the mean of y over {ROWS:,} rows.",
    ]
    for real in (False, True):
        lines += [
            "",
            "## Real m and y: generators are trained" if real else "## Finite variables: tables",
            "",
            "| model | effect | truth | plain | spread | error | with intervals | error | width | hold | unit |",
            "|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
        ]
        for kind in MODELS:
            units = kind(np.random.default_rng(1), UNITS, real=real)
            unit = units.at(units.x()).std() / np.sqrt(ROWS)
            mine = [record for record in kept if (record["model"], record["real"]) == (kind.name, real)]
            for name, difference in units.differences().items():
                text = units.effects()[name].replace("|", "\\|")
                shown = " | ".join(cells(mine, name, float(difference.mean())))
                lines.append(f"| {kind.name} | `{text}` | {shown} | {unit:.3f} |")
    lines += [
        "",
        "`cde` of a real m is a mean at one point of m, for which dofx refuses an interval. It refuses one on some",
        "data sets too, where few rows are at the values at which an effect asks for y; *hold* counts the others.",
        "",
        "| seconds of one core for six effects | plain, with the fit | with intervals |",
        "|---|---:|---:|",
    ]
    for real in (False, True):
        for kind in MODELS:
            taken = [r["seconds"] for r in kept if (r["model"], r["real"]) == (kind.name, real)]
            plain, held = np.mean(taken, axis=0)
            lines.append(f"| {kind.name}, {'trained' if real else 'tables'} | {plain:.1f} | {held:.1f} |")
    return "\n".join([*lines, ""])


def cells(records: list[dict[str, Any]], name: str, truth: float) -> list[str]:
    """What a row of the table says about an effect."""
    plain, corrected = (
        np.array([record[key][name] for record in records]) for key in ("values", "corrected")
    )
    intervals = [each for record in records if (each := record["intervals"][name]) is not None]
    errors = [np.sqrt(((found - truth) ** 2).mean()) for found in (plain, corrected)]
    numbers = (truth, plain.mean(), plain.std(ddof=1), errors[0], corrected.mean(), errors[1])
    hold = sum(low <= truth <= high for low, high in intervals)
    width = f"{np.mean([high - low for low, high in intervals]):.3f}" if intervals else "–"
    return [
        *(f"{number:.3f}" for number in numbers),
        width,
        f"{hold} of {len(intervals)}" if intervals else "–",
    ]


def main() -> None:
    """Fit what has not been fitted yet, and write the page."""
    parser = argparse.ArgumentParser(description="Effects of several worlds, fitted on rows")
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many minutes")
    minutes, start = parser.parse_args().minutes, time.monotonic()
    lines = KEPT.read_text(encoding="utf-8").splitlines() if KEPT.exists() else []
    kept = [json.loads(line) for line in lines]
    done = {(record["model"], record["real"], record["set"]) for record in kept}
    KEPT.parent.mkdir(exist_ok=True)
    for number in range(SETS):
        for real, kind in ((real, kind) for real in (False, True) for kind in MODELS):
            if (kind.name, real, number) in done:
                continue
            if time.monotonic() - start > 60 * minutes:
                print(f"{len(kept)} of {2 * SETS * len(MODELS)} fits are done", flush=True)
                return
            model = kind(np.random.default_rng([8, number, MODELS.index(kind)]), ROWS, real=real)
            kept.append({"model": kind.name, "real": real, "set": number, **fitted(model, number)})
            with KEPT.open("a", encoding="utf-8") as file:
                file.write(json.dumps(kept[-1]) + "\n")
    RESULTS.write_text(report(kept), encoding="utf-8")
    KEPT.unlink()


if __name__ == "__main__":
    main()
