"""Counterfactual queries decided by y0 and cfid, mediation by DoWhy, shifts by lmtp: each beside dofx.

The verdicts are compared with a third program, `tests/support/oracles/decider.py`, which enumerates every term of a
query. The queries are joints and conditionals of two-valued events over one to three worlds, on graphs of two to four
variables, when all experiments are at hand, since that is the question that ID* and IDC* answer.

    pip install y0==0.2.11
    python benchmarks/compiling/rival_worlds.py --problems 1000
    python benchmarks/compiling/rival_worlds.py --problems 1000 --cfid cfid/R
    python benchmarks/compiling/rival_worlds.py --lmtp sim_t4.csv --censored sim_cens.csv --competing competing.csv
    pip install dowhy==0.14
    python benchmarks/compiling/rival_worlds.py --mediation

`--cfid` is the folder of the R sources of cfid, from https://github.com/santikka/cfid, which Rscript reads. The other
files are the data of lmtp's tests, written by R: `write.csv(lmtp::sim_t4, "sim_t4.csv", row.names = FALSE)`, sim_cens
likewise with `na = ""` and without C1 and C2, and the frame of `test-competingrisks.R` as its lines make it: columns
W1 to W3, A1, D2, Y2, A2 and Y3, with A2 set to 0 after an event, when nobody can be treated any more.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

import dofx

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

from models.functional import Event, Problem
from oracles.decider import Decider, TooLongError

FACTORS = "{L_1, A_1} -> L_2 -> A_2; {L_2, A_2} -> L_3 -> A_3; {L_3, A_3} -> L_4 -> A_4 -> Y"
LONGITUDINAL = f"L_1 -> A_1; {FACTORS}; A_1 -> A_2 -> A_3 -> A_4; L_4 -> Y"
LMTP_TRUTH = 0.305
"""What lmtp's own test `test-time_varying_treatment.R` expects, within 0.01."""
CENSORED = """
L1 -> {A1, L2, A2, Y}; A1 -> {L2, A2, Y}; L2 -> {A2, Y}; A2 -> Y
{L1, A1} -> missing(L2, A2); {L1, A1, L2, A2} -> missing(Y); missing(L2, A2) -> missing(Y)
"""
COMPETING = """
{W1, W2, W3} -> {A1, D2, Y2, A2, Y3}; A1 -> {D2, Y2, A2, Y3}; D2 -> {Y2, A2, Y3}; Y2 -> {A2, Y3}; A2 -> Y3
{W1, W2, A1} -> missing(D2, Y2, A2); {W1, W2, A1, D2, Y2, A2} -> missing(Y3); missing(D2, Y2, A2) -> missing(Y3)
"""


def problem(rng: np.random.Generator) -> Problem:
    """A random query of two-valued events; every experiment is at hand."""
    nodes = tuple("ABCD"[: rng.integers(2, 5)])
    pairs = list(combinations(nodes, 2))
    directed = tuple(pair for pair in pairs if rng.random() < 0.6)
    bidirected = tuple(pair for pair in pairs if rng.random() < 0.2)
    worlds = [()]
    for _ in range(2):
        sets = sorted(rng.choice(nodes, size=int(rng.integers(1, 3)), replace=False))
        worlds.append(tuple((str(name), int(rng.integers(2))) for name in sets))

    def event() -> Event:
        return Event(str(rng.choice(nodes)), worlds[int(rng.integers(3))], int(rng.integers(2)))

    asked = [event() for _ in range(rng.integers(1, 4))]
    given = [event() for _ in range(rng.integers(0, 3))]
    data = tuple(sets for size in range(len(nodes)) for sets in combinations(nodes, size))
    return Problem(nodes, directed, bidirected, tuple(asked), tuple(given), dict.fromkeys(nodes, 2), {}, data)


def by_dofx(case: Problem) -> str:
    """The verdict of dofx."""
    graph = dofx.ADMG(case.nodes, case.directed, case.bidirected)
    data = [dofx.DataSet(f"do_{'_'.join(sets)}", sets=sets) for sets in case.data]
    return dofx.identify(case.query, graph, data=data).verdict


def by_y0(case: Problem) -> str:
    """The verdict of y0, or what it raised."""
    from y0.algorithm.identify import Unidentifiable, id_star, idc_star
    from y0.dsl import Variable, Zero
    from y0.graph import NxMixedGraph

    def written(name: str, value: int) -> Any:
        variable = Variable(name)
        return +variable if value else -variable

    def events(which: tuple[Event, ...]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for event in which:
            variable: Any = Variable(event.variable)
            for name, value in event.world:
                variable = variable @ written(name, int(value))
            found[variable] = written(event.variable, int(event.value or 0))
        return found

    graph = NxMixedGraph.from_str_edges(
        nodes=case.nodes, directed=list(case.directed), undirected=list(case.bidirected)
    )
    try:
        if case.given:
            found = idc_star(graph, events(case.asked), events(case.given))
        else:
            found = id_star(graph, events(case.asked))
    except Unidentifiable:
        return "not identified"
    except ValueError as error:
        return "undefined" if "ID* algorithm returned 0" in str(error) else "raises ValueError"
    except Exception as error:
        return f"raises {type(error).__name__}"
    return "zero" if isinstance(found, Zero) else "identified"


def by_cfid(folder: Path, cases: list[Problem]) -> list[str]:
    """The verdicts of cfid, whose R sources are in a folder: its files are read and all cases put in one process."""

    def events(which: tuple[Event, ...]) -> str:
        found = []
        for event in which:
            sets = ", ".join(f'"{name}" = {value}' for name, value in event.world)
            found.append(f'cf("{event.variable}", {event.value}{f", c({sets})" if sets else ""})')
        return f"conj({', '.join(found)})"

    lines = [f'for (f in list.files("{folder}", full.names = TRUE)) source(f)', "say <- function(g, ...) {"]
    lines += ["  r <- try(identifiable(g, ...), silent = TRUE)"]
    lines += ['  if (inherits(r, "try-error")) cat("raises\\n")']
    lines += ['  else if (isTRUE(r$undefined)) cat("undefined\\n")']
    lines += ['  else if (!r$id) cat("not identified\\n")']
    lines += ['  else cat(if (trimws(format(r$formula)) == "0") "zero\\n" else "identified\\n")', "}"]
    for case in cases:
        edges = [*(f"{a} -> {b}" for a, b in case.directed), *(f"{a} <-> {b}" for a, b in case.bidirected)]
        given = f", {events(case.given)}" if case.given else ""
        lines.append(f'say(dag("{"; ".join([*case.nodes, *edges])}"), {events(case.asked)}{given})')
    run = subprocess.run(["Rscript", "-"], input="\n".join(lines), capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def posed(problems: int) -> Iterator[tuple[Problem, str]]:
    """Queries that all programs can be asked, each with its true verdict."""
    done = seed = 0
    while done < problems:
        rng = np.random.default_rng([7, seed])
        seed += 1
        case = problem(rng)
        events = [(event.variable, event.world) for event in (*case.asked, *case.given)]
        if len(set(events)) < len(events) or not any(world for _, world in events):
            continue  # y0's events are the keys of a dictionary
        try:
            truth = Decider(case).verdict()
        except TooLongError:
            continue
        done += 1
        yield case, truth


def compare(problems: int, cfid: Path | None) -> None:
    """Print a table of verdicts: rows are the truth, columns what a program says."""
    cases = list(posed(problems))
    truths = [truth for _, truth in cases]
    said: dict[str, list[str]] = {"dofx": [by_dofx(case) for case, _ in cases]}
    if cfid is None:
        said["y0"] = [by_y0(case) for case, _ in cases]
    else:
        said["cfid"] = by_cfid(cfid, [case for case, _ in cases])
    for name, verdicts in said.items():
        found = Counter(zip(truths, verdicts, strict=True))
        right = sum(truth == verdict for truth, verdict in zip(truths, verdicts, strict=True))
        print(f"\n{name}: {right:,} of {problems:,} verdicts right\n")
        print("| truth | verdict | queries |\n|---|---|---:|")
        for (truth, verdict), number in sorted(found.items()):
            print(f"| {truth} | {verdict} | {number:,} |")


def lmtp(path: Path) -> None:
    """Print the effect of the shift of lmtp's test: each treatment above 1 is lowered by 1, at all four times."""
    shift = ", ".join(f"A_{time} = min(A_{time}, max(A_{time} - 1, 1))" for time in range(1, 5))
    sampler = dofx.compile(f"P(Y | do({shift}))", LONGITUDINAL).fit(path)
    value = float(sampler.distribution().array(["Y"])[1])
    print(f"dofx {value:.4f}; lmtp's tests expect {LMTP_TRUTH} within 0.01")


def censored(path: Path) -> None:
    """Print the mean of the outcome without censoring, and where both treatments are raised by 0.5."""
    effects = "effect as_it_is = E[Y]\neffect raised = E[Y | do(A1 = A1 + 0.5, A2 = A2 + 0.5)]"
    answers = dofx.compile(effects, CENSORED).fit(path, progress=False).answer()
    for name, truth in (("as_it_is", 0.8), ("raised", 0.88)):
        print(f"{name}: dofx {answers[name].value:.4f}; lmtp's tests expect {truth} within one per cent")


def competing(path: Path) -> None:
    """Print the probability to stay without the event if always treated, with censoring and a competing risk."""
    binary = dict.fromkeys(("A1", "D2", "Y2", "A2", "Y3"), "category(2)")
    program = dofx.compile("effect free = 1 - E[Y3 | do(A1 = 1, A2 = 1)]", COMPETING, variables=binary)
    value = program.fit(path, progress=False).answer()["free"].value
    print(f"dofx {value:.4f}; lmtp's tests expect 0.8688 within one per cent")


def mediation(rows: int = 20_000) -> None:
    """Print the direct and indirect effects of a world with an interaction: true, by dofx, by DoWhy."""
    import pandas as pd
    from dowhy import CausalModel
    from dowhy.causal_estimators.linear_regression_estimator import LinearRegressionEstimator

    rng = np.random.default_rng(1)
    z = (rng.random(rows) < 0.4).astype(int)
    x = (rng.random(rows) < 0.3 + 0.4 * z).astype(int)
    m = (rng.random(rows) < 0.2 + 0.4 * x + 0.2 * z).astype(int)
    y = (rng.random(rows) < 0.1 + 0.1 * x + 0.1 * m + 0.4 * x * m + 0.2 * z).astype(int)
    data = pd.DataFrame({"z": z, "x": x, "m": m, "y": y})

    def chance(x: int, m: int, z: int) -> float:
        return 0.1 + 0.1 * x + 0.1 * m + 0.4 * x * m + 0.2 * z

    def mean(own: int, through: int) -> float:
        laws = ((z, pz, 0.2 + 0.4 * through + 0.2 * z) for z, pz in ((0, 0.6), (1, 0.4)))
        return sum(pz * (pm * chance(own, 1, z) + (1 - pm) * chance(own, 0, z)) for z, pz, pm in laws)

    truth = {"nde": mean(1, 0) - mean(0, 0), "nie": mean(1, 1) - mean(1, 0)}
    model = CausalModel(data, "x", "y", graph="digraph{z->x; z->m; z->y; x->m; x->y; m->y}")
    stages = {"first_stage_model": LinearRegressionEstimator, "second_stage_model": LinearRegressionEstimator}
    print("| effect | truth | dofx | DoWhy |\n|---|---:|---:|---:|")
    for name, true in truth.items():
        ours = float(
            dofx.effect(f"{name}(y, x, through m, 1, 0)", "z -> {x, m, y}; x -> {m, y}; m -> y", data)
        )
        estimand = model.identify_effect(
            estimand_type=f"nonparametric-{name}", proceed_when_unidentifiable=True
        )
        theirs = model.estimate_effect(
            estimand, method_name="mediation.two_stage_regression", method_params=stages
        )
        print(f"| {name} | {true:.3f} | {ours:.3f} | {float(theirs.value):.3f} |")


def main() -> None:
    """Run one of the comparisons."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--problems", type=int, default=1_000)
    parser.add_argument("--cfid", type=Path)
    for name in ("--lmtp", "--censored", "--competing"):
        parser.add_argument(name, type=Path)
    parser.add_argument("--mediation", action="store_true")
    options = parser.parse_args()
    asked = [(lmtp, options.lmtp), (censored, options.censored), (competing, options.competing)]
    if any(path for _, path in asked):
        for run, path in asked:
            if path:
                run(path)
    elif options.mediation:
        mediation()
    else:
        compare(options.problems, options.cfid)


if __name__ == "__main__":
    main()
