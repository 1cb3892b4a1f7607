"""How often the intervals of trained generators hold the truth, beside EconML, DoubleML and the right parametric model.

    pip install doubleml econml                                  # without them, their columns stay empty
    python benchmarks/intervals/coverage_trained.py --keep kept.jsonl  # goes on where it stopped, writes results
    python benchmarks/intervals/coverage_trained.py --keep kept.jsonl --minutes 40 --rows 500 --peers 40
    python benchmarks/intervals/coverage_trained.py --keep kept.jsonl --report          # writes the results alone

Every data set is a line of the file that is kept, so a study may be stopped and continued; it takes one data set of
each world after the other. An interval that is refused is counted as refused, not as a miss. EconML's LinearDRLearner
and DoubleML's IRM have random forests of 100 trees and five folds, where a back door makes them apply. The parametric
estimate knows the form of every mechanism, which nobody does: its width is 3.92 times the spread of its estimates.
EconML and DoubleML take as long as dofx does; ``--peers 40`` runs them on the first 40 data sets of each world alone.
"""

from __future__ import annotations

import argparse
import json
import platform
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from one_step import ARMS, WORLDS, Rows, World, back_door, coin, covariates, fitted, smooth
from scipy.stats import beta

import dofx

RESULTS = Path(__file__).parents[1] / "results" / "coverage_trained.md"
SETS = 400
SIZES = (500, 5_000)
RANGE = 0.92, 0.98
"""A cell fails only if its 99.9 % band excludes this range."""

Array = NDArray[np.float64]
Found = tuple[float, float, float]
"""A value and the ends of its interval; NaN where an interval is refused."""


def treated_form(r: Rows) -> float:
    wave = np.sin(r["z0"])
    found = fitted([r["x"], r["x"] * wave, np.sin(2 * r["z0"]), r["z1"] ** 2, r["z2"]], r["y"])
    return float(found[1] + found[2] * wave[r["x"] == 1].mean())


def treated_truth() -> float:
    """The mean of ``1 + sin(z0) / 2`` among the treated of the smooth world, by quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    chance = 1 / (1 + np.exp(-(0.8 * nodes[:, None] - 0.5 * nodes)))
    both = np.outer(weights, weights) * chance
    return float(1 + 0.5 * (both * np.sin(nodes)[:, None]).sum() / both.sum())


def fixable(rng: np.random.Generator, n: int) -> Rows:
    u, v = rng.normal(size=(2, n))
    x = coin(rng, u)
    m = 0.8 * x + 0.7 * v + 0.6 * rng.normal(size=n)
    late = 0.9 * m + 0.8 * u + 0.6 * rng.normal(size=n)
    return {"x": x, "m": m, "l": late, "y": 0.7 * late + 0.8 * v + 0.6 * rng.normal(size=n)}


def fixable_form(r: Rows) -> float:
    y, late, m = (
        fitted([r["x"], r["m"], r["l"]], r["y"]),
        fitted([r["x"], r["m"]], r["l"]),
        fitted([r["x"]], r["m"]),
    )
    return float(y[1] + (y[2] + y[3] * late[2]) * m[1])


def napkin(rng: np.random.Generator, n: int) -> Rows:
    u, v = rng.normal(size=(2, n))
    w = u + v + 0.5 * rng.normal(size=n)
    r = coin(rng, 0.8 * w)
    x = coin(rng, 1.2 * r - 0.6 + 0.8 * u)
    return {"w": w, "r": r, "x": x, "y": x + 0.9 * v + 0.6 * rng.normal(size=n)}


def napkin_form(r: Rows) -> float:
    """Rows weighted by the inverse chance of r given w, a logistic regression; then a contrast in each r."""
    weights = np.zeros(2)
    columns = np.column_stack([np.ones(len(r["w"])), r["w"]])
    for _ in range(12):
        chance = 1 / (1 + np.exp(-columns @ weights))
        bend = (columns * (chance * (1 - chance))[:, None]).T @ columns
        weights = weights + np.linalg.solve(bend, columns.T @ (r["r"] - chance))
    chance = 1 / (1 + np.exp(-columns @ weights))
    counts = np.where(r["r"] == 1, 1 / chance, 1 / (1 - chance))
    found = []
    for state in (0, 1):
        arms = [(r["r"] == state) & (r["x"] == x) for x in (0, 1)]
        found.append([np.average(r["y"][arm], weights=counts[arm]) for arm in arms])
    return float(np.mean([one - zero for zero, one in found]))


ALL: dict[str, World] = {
    **WORLDS,
    "effect on the treated": World(
        back_door(5), "att(y, x, 1, 0)", treated_truth(), smooth, treated_form, covariates(5)
    ),
    "p-fixable": World("x -> m -> l -> y; x <-> l; m <-> y", ARMS, 0.8 * 0.9 * 0.7, fixable, fixable_form),
    "napkin": World("w -> r -> x -> y; x <-> w; w <-> y", ARMS, 1.0, napkin, napkin_form),
}


def by_dofx(world: World, rows: Rows) -> tuple[Found, float]:
    """The corrected value with its interval, and the spread between seeds."""
    program: Any = dofx.compile(f"graph {{ {world.graph} }}\neffect e = {world.effect}")
    shown: dict[str, Any] = {name: column for name, column in rows.items() if not name.startswith("_")}
    whole = {name: shown[name].astype(np.int64) for name in ("x", "a", "b", "r") if name in shown}
    data = {**shown, **whole}
    answer = program.fit(data, progress=False).answer(data, intervals="influence", n=1_000)["e"]
    spread = answer.interval.seed_spread
    return (answer.value, answer.interval.low, answer.interval.high), np.nan if spread is None else spread


def by_double_ml(world: World, rows: Rows) -> Found | None:
    if not world.covariates or world.effect not in (ARMS, "att(y, x, 1, 0)"):
        return None
    try:
        import doubleml
    except ImportError:
        return None
    inside = np.column_stack([rows[name] for name in world.covariates])
    data: Any = doubleml.DoubleMLData.from_arrays(inside, rows["y"], rows["x"])
    score = "ATE" if world.effect == ARMS else "ATTE"
    model: Any = doubleml.DoubleMLIRM(data, *forests(), n_folds=5, score=score).fit()
    low, high = model.confint().to_numpy()[0]
    return float(model.coef[0]), float(low), float(high)


def by_econml(world: World, rows: Rows) -> Found | None:
    if not world.covariates or world.effect != ARMS:
        return None
    try:
        from econml.dr import LinearDRLearner
    except ImportError:
        return None
    regression, propensity = forests()
    learner: Any = LinearDRLearner(
        model_regression=regression, model_propensity=propensity, cv=5, random_state=0
    )
    inside = np.column_stack([rows[name] for name in world.covariates])
    learner.fit(rows["y"], rows["x"].astype(int), W=inside)
    found: Any = learner.effect_inference(T0=0, T1=1)
    low, high = (float(np.ravel(end)[0]) for end in found.conf_int(alpha=0.05))
    return float(np.ravel(found.point_estimate)[0]), low, high


def forests() -> tuple[Any, Any]:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    return (
        RandomForestRegressor(100, min_samples_leaf=5, random_state=0),
        RandomForestClassifier(100, min_samples_leaf=5, random_state=0),
    )


def one(name: str, size: int, number: int, peers_too: bool) -> dict[str, Any]:
    """What each way says of one data set."""
    world, rows = ALL[name], ALL[name].rows(np.random.default_rng([number, size]), size)
    record: dict[str, Any] = {"world": name, "rows": size, "set": number, "form": world.parametric(rows)}
    started = time.process_time()
    record["dofx"], record["seeds"] = by_dofx(world, rows)
    record["seconds dofx"] = time.process_time() - started
    peers: dict[str, Callable[[World, Rows], Found | None]] = {"EconML": by_econml, "DoubleML": by_double_ml}
    for way, find in peers.items() if peers_too else ():
        started = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = find(world, rows)
        if found is not None:
            record |= {way: found, f"seconds {way}": time.process_time() - started}
    return record


def band(hits: int, number: int, level: float = 0.999) -> tuple[float, float]:
    """Clopper and Pearson's band of a share."""
    rest = (1 - level) / 2
    low = beta.ppf(rest, hits, number - hits + 1) if hits else 0.0
    high = beta.ppf(1 - rest, hits + 1, number - hits) if hits < number else 1.0
    return float(low), float(high)


def row(name: str, size: int, kept: list[dict[str, Any]]) -> str:
    """The line of one world and size."""
    truth = ALL[name].truth
    cells = [name, f"{size:,}", f"{len(kept)}"]
    found = {way: [record[way] for record in kept if way in record] for way in ("dofx", "EconML", "DoubleML")}
    for way, values in found.items():
        shown = [each for each in values if np.isfinite(each[1:]).all()]
        hits = sum(low <= truth <= high for _, low, high in shown)
        if way == "dofx":
            cells.append(f"{len(values) - len(shown)}")
        if not shown:
            cells += ["–", *(["–"] if way == "dofx" else [])]
            continue
        of = "" if len(values) == len(kept) else f" of {len(values)}"
        cells.append(f"{100 * hits / len(shown):.1f} %{of}")
        if way == "dofx":
            low, high = band(hits, len(shown))
            verdict = " fails" if high < RANGE[0] or low > RANGE[1] else ""
            cells.append(f"{100 * low:.0f} to {100 * high:.0f} %{verdict}")
    errors = {way: [each[0] - truth for each in values] for way, values in found.items()}
    errors["form"] = [record["form"] - truth for record in kept]
    cells += [
        f"{root(errors[way]):.3f}" if errors[way] else "–" for way in ("dofx", "form", "EconML", "DoubleML")
    ]
    cells.append(f"{np.mean(errors['dofx']):+.3f}")
    for way in ("dofx", "EconML", "DoubleML"):
        widths = [high - low for _, low, high in found[way] if np.isfinite(high - low)]
        cells.append(f"{np.mean(widths):.2f}" if widths else "–")
    cells.append(f"{3.92 * np.std(errors['form']):.2f}")
    seeds = [record["seeds"] for record in kept if np.isfinite(record["seeds"])]
    cells.append(f"{np.mean(seeds):.3f}" if seeds else "–")
    for way in ("dofx", "EconML", "DoubleML"):
        seconds = [record[f"seconds {way}"] for record in kept if f"seconds {way}" in record]
        cells.append(f"{np.median(seconds):.1f}" if seconds else "–")
    return f"| {' | '.join(cells)} |"


def together(kept: list[dict[str, Any]]) -> list[str]:
    """How often the intervals of all worlds hold the truth, a sentence for each size."""
    lines: list[str] = []
    for size in SIZES:
        mine = [record for record in kept if record["rows"] == size and np.isfinite(record["dofx"][1:]).all()]
        hits = sum(record["dofx"][1] <= ALL[record["world"]].truth <= record["dofx"][2] for record in mine)
        if mine:
            low, high = band(hits, len(mine))
            lines += ["", f"All worlds at {size:,} rows: {hits} of {len(mine)} intervals hold the truth, "]
            lines[-1] += f"{100 * hits / len(mine):.1f} %; the band is {100 * low:.0f} to {100 * high:.0f} %."
    return lines


def beside_ananke(kept: list[dict[str, Any]]) -> list[str]:
    """A table of ananke and dofx on the same data sets, from what coverage_ananke.py added."""
    lines: list[str] = []
    for name, world in ALL.items():
        both = [each for each in kept if each["world"] == name and each.get("ananke") and "dofx" in each]
        if not both:
            continue
        cells = [name, f"{both[0]['rows']:,}", f"{len(both)}"]
        found = {way: np.array([each[way] for each in both]) for way in ("dofx", "ananke")}
        hits = {way: ((v[:, 1] <= world.truth) & (world.truth <= v[:, 2])).sum() for way, v in found.items()}
        cells += [f"{hits[way]} of {len(both)}" for way in found]
        cells += [f"{root(list(v[:, 0] - world.truth)):.3f}" for v in found.values()]
        cells += [f"{np.mean(v[:, 2] - v[:, 1]):.2f}" for v in found.values()]
        cells += [f"{np.median([each[f'seconds {way}'] for each in both]):.1f}" for way in found]
        lines.append(f"| {' | '.join(cells)} |")
    if not lines:
        return []
    return [
        "",
        "Beside ananke 0.5 on the same data sets (`coverage_ananke.py`), with intervals of 100 bootstrap replicates:",
        "",
        "| world | rows | data sets | covered | covered ananke | error | error ananke | width | width ananke | seconds "
        "| seconds ananke |",
        f"|---{'|---:' * 10}|",
        *lines,
    ]


def merged(lines: list[str]) -> list[dict[str, Any]]:
    """A record for each data set, from the lines about it."""
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for record in map(json.loads, lines):
        found.setdefault((record["world"], record["rows"], record["set"]), {}).update(record)
    return list(found.values())


def root(values: list[float]) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def report(kept: list[dict[str, Any]]) -> str:
    lines = [
        "# Coverage of the intervals of trained generators",
        "",
        "`python benchmarks/intervals/coverage_trained.py --keep kept.jsonl`, "
        f"Python {platform.python_version()}, torch "
        f"{torch.__version__}. Intervals are nominally of 95 %; a band is that of Clopper and Pearson at 99.9 %, and a "
        "cell fails if it excludes 92 to 98 %. *True form* knows the form of every mechanism. Errors are root mean "
        "squares; the width of the true form is 3.92 times the spread of its estimates. *Seeds* is the mean spread "
        "between seeds in the reports. Seconds are medians of processor time of one estimate with its interval.",
        "",
        "| world | rows | data sets | refused | covered | band | covered EconML | covered DoubleML "
        "| error | error true form | error EconML | error DoubleML | bias "
        "| width | width EconML | width DoubleML | width true form | seeds "
        "| seconds | seconds EconML | seconds DoubleML |",
        f"|---{'|---:' * 20}|",
    ]
    for size in SIZES:
        for name in ALL:
            mine = [record for record in kept if (record["world"], record["rows"]) == (name, size)]
            lines += [row(name, size, mine)] if mine else []
    lines += together(kept)
    lines += beside_ananke(kept)
    if len(kept) < SETS * len(ALL) * len(SIZES):
        lines += [
            "",
            f"The study has {len(kept)} data sets so far, of {SETS} for each line, on a machine whose two cores many "
            "programs shared. They tell the times of one estimate beside others in the same run. Of coverage they tell "
            "what the bands say, which are wide, and of errors no more than so few data sets can.",
        ]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description="Coverage of trained generators.")
    parser.add_argument(
        "--keep", type=Path, required=True, help="a file with a line for each data set so far"
    )
    parser.add_argument("--sets", type=int, default=SETS)
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES)
    parser.add_argument("--worlds", nargs="+", default=list(ALL), choices=list(ALL))
    parser.add_argument("--minutes", type=float, default=np.inf, help="when to stop")
    parser.add_argument("--peers", type=int, default=SETS, help="data sets on which EconML and DoubleML run")
    parser.add_argument("--report", action="store_true", help="write the results of what is kept")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    started = time.monotonic()
    lines = asked.keep.read_text().splitlines() if asked.keep.exists() else []
    kept = [record for record in merged(lines) if "dofx" in record]
    done = {(record["world"], record["rows"], record["set"]) for record in kept}
    for number in range(0 if asked.report else asked.sets):
        for size in asked.rows:
            for name in asked.worlds:
                if (name, size, number) in done or time.monotonic() - started > 60 * asked.minutes:
                    continue
                record = one(name, size, number, number < asked.peers)
                kept.append(record)
                with asked.keep.open("a") as file:
                    file.write(json.dumps(record) + "\n")
    text = report(kept)
    print(text)
    if asked.report or asked.sets == SETS:
        RESULTS.write_text(text)


if __name__ == "__main__":
    main()
