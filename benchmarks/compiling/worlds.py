"""Random queries over several worlds: verdicts against a plain enumerator, values against enumerated models.

    python benchmarks/compiling/worlds.py  # writes benchmarks/results/worlds.md; half an hour of one core
    python benchmarks/compiling/worlds.py --minutes 10    # stops after ten minutes; the next call goes on from there
    python benchmarks/compiling/worlds.py --each 60       # sixty problems of each kind, and nothing is kept or written

Of each kind, a third of the problems are not identifiable. The enumerator (`tests/support/oracles/decider.py`) shares
nothing with dofx: it looks at each term of each cell. The models (`tests/support/models/functional.py`) are functions
with noise and hidden causes; each identified query is evaluated on the exact tables of one, and compared with what
enumerating its units gives. What dofx prints is hashed for a fifth of the problems, under three hash seeds of Python.
What was done is kept in build/worlds.jsonl until the page is written.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

import dofx  # noqa: E402
from models.functional import Problem  # noqa: E402
from oracles.decider import Decider, TooLongError  # noqa: E402
from posed import asked  # noqa: E402  (it stands beside the tests)

RESULTS = ROOT / "benchmarks" / "results" / "worlds.md"
KEPT = ROOT / "build" / "worlds.jsonl"
EACH = 2_000
PARTS = 10
SEEDS = ("0", "1", "20061010")


def problems(kind: str, part: int, count: int) -> Iterator[tuple[int, Problem, str]]:
    """Problems of a kind with their true verdicts, every third of them not identifiable."""
    left = {"not identified": -(-count // 3), "answered": count - -(-count // 3)}
    seed = -1
    while any(left.values()):
        seed += 1
        problem = posed(kind, part, seed)
        try:
            verdict = Decider(problem).verdict()
        except TooLongError:
            continue
        group = verdict if verdict == "not identified" else "answered"
        if left[group]:
            left[group] -= 1
            yield seed, problem, verdict


def posed(kind: str, part: int, seed: int) -> Problem:
    """A random problem."""
    rng = np.random.default_rng([2021, asked.KINDS.index(kind), part, seed])
    return asked.random_problem(rng, kind, hidden=1.0 + seed % 3)


def judged(kind: str, part: int, count: int) -> dict[str, Any]:
    """Verdicts, faults, the largest error, and seconds in dofx for some problems of a kind."""
    verdicts: Counter[str] = Counter()
    faults: list[str] = []
    largest, spent = 0.0, 0.0
    for seed, problem, true in problems(kind, part, count):
        where = f"{kind} {part} {seed}: {problem.query}"
        start = time.process_time()
        try:
            found = asked.identified(problem)
        except dofx.DofxError as error:  # a policy that reads what depends on it, which the language refuses
            if "which depends on" not in str(error):
                faults.append(f"{where}: {error}")
            verdicts["refused by the language"] += 1
            continue
        spent += time.process_time() - start
        verdicts[found.verdict] += 1
        if found.verdict != true:
            faults.append(f"{where} is {true}, not {found.verdict}")
        elif found.estimand is not None:
            error_of = asked.error(problem, found, seed)
            largest = max(largest, error_of)
            if not error_of < 1e-9:
                faults.append(f"{where} is off by {error_of}")
    return {
        "kind": kind,
        "part": part,
        "verdicts": dict(verdicts),
        "faults": faults,
        "largest": largest,
        "spent": spent,
    }


def printed(count: int) -> str:
    """A hash of what dofx prints about as many problems of each kind."""
    digest = hashlib.sha256()
    for kind in asked.KINDS:
        for seed in range(count):
            problem = posed(kind, 0, seed)
            try:
                text = asked.identified(problem).explain()
            except dofx.DofxError as error:
                text = str(error)
            digest.update(f"{problem.query} {text}".encode())
    return digest.hexdigest()


def hashed(count: int, seed: str) -> dict[str, Any]:
    """What is printed under a hash seed, as a hash."""
    call = [sys.executable, __file__, "--hash", str(count)]
    done = subprocess.run(call, env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, check=True)
    return {"kind": "hash", "part": seed, "hash": done.stdout.decode().strip()}


def report(found: list[dict[str, Any]], count: int) -> str:
    """The page of results."""
    hashes = {record["hash"] for record in found if record["kind"] == "hash"}
    assert len(hashes) == 1, "the text depends on the hash seed"
    verdicts: Counter[tuple[str, str]] = Counter()
    faults, largest, spent = list[str](), 0.0, 0.0
    for record in found:
        if record["kind"] != "hash":
            verdicts.update({(record["kind"], name): number for name, number in record["verdicts"].items()})
            faults += record["faults"]
            largest, spent = max(largest, record["largest"]), spent + record["spent"]
    names = sorted({name for _, name in verdicts})
    total = sum(verdicts.values())
    lines = [
        "# Queries over several worlds",
        "",
        f"`python benchmarks/compiling/worlds.py`: {total:,} random problems on graphs of two to four variables of two",
        "or three states, with hidden common causes, experiments, policies as tables, and values left open.",
        "",
        f"| kind | {' | '.join(names)} |",
        f"|---|{'---:|' * len(names)}",
    ]
    lines += [
        f"| {kind} | {' | '.join(f'{verdicts[kind, name]:,}' for name in names)} |" for kind in asked.KINDS
    ]
    refused = sum(number for (_, name), number in verdicts.items() if name == "not identified")
    lines += [
        "",
        f"- {refused:,} are not identifiable. Verdicts unlike an enumerator's, and values that are off: {len(faults)}.",
        f"- The largest error of an estimand on the exact tables of a random model: {largest:.1e}.",
        f"- A verdict with its estimand takes {1e3 * spent / total:.1f} ms on average.",
        f"- What is printed about {count // 5 * len(asked.KINDS):,} of them is the same under hash seeds "
        f"{', '.join(SEEDS)} (sha256 {hashes.pop()[:16]}…).",
        *(f"- {fault}" for fault in faults),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Judge all problems and write the page, or what the arguments say."""
    parser = argparse.ArgumentParser(description="Random queries over several worlds")
    parser.add_argument(
        "--each", type=int, help="this many problems of each kind; nothing is kept or written"
    )
    parser.add_argument("--minutes", type=float, default=float("inf"), help="stop after so many minutes")
    parser.add_argument("--hash", type=int, help="print a hash of what is printed about as many of each kind")
    arguments = parser.parse_args()
    if arguments.hash:
        print(printed(arguments.hash))
        return
    each, start = arguments.each or EACH, time.monotonic()
    parts = 1 if arguments.each else PARTS
    lines = KEPT.read_text(encoding="utf-8").splitlines() if KEPT.exists() and not arguments.each else []
    found = [json.loads(line) for line in lines]
    done = {(record["kind"], record["part"]) for record in found}
    tasks: list[tuple[str, Any]] = [(kind, part) for part in range(parts) for kind in asked.KINDS]
    for kind, part in [*tasks, *(("hash", seed) for seed in SEEDS)]:
        if (kind, part) in done:
            continue
        if time.monotonic() - start > 60 * arguments.minutes:
            print(f"{len(found)} of {len(tasks) + len(SEEDS)} parts are done", flush=True)
            return
        found.append(hashed(each // 5, part) if kind == "hash" else judged(kind, part, each // parts))
        if not arguments.each:
            KEPT.parent.mkdir(exist_ok=True)
            with KEPT.open("a", encoding="utf-8") as file:
                file.write(json.dumps(found[-1]) + "\n")
    if arguments.each:
        print(report(found, each))
    else:
        RESULTS.write_text(report(found, each), encoding="utf-8")
        KEPT.unlink()


if __name__ == "__main__":
    main()
