"""Calls that no one should make, in great number: nothing but dofx's own exceptions may leave.

    python -m pip install -e '.[dev,examples]'
    python benchmarks/robustness/run.py                        100,000 calls, some minutes
    python benchmarks/robustness/run.py --calls 1000000 --jobs 2 --write benchmarks/results/robustness.md
    python benchmarks/robustness/run.py --mix texts=600000 calls=50000 --keep build/robustness --jobs 2

Six kinds of call: texts after slips (parsers, compilers, types, weights), columns and frames of every library, data
sets with weights, clusters and holes of every kind (surveys), every public callable with arguments that it does not
expect, command lines, and what the studio's page sends (requests). They are made in batches, each in its own
process, so that a crash of the interpreter and a call that does not return are seen too. The report says what the
calls ended in, which branches of the code that reads input they reached, and what doubling a text costs, for every
kind of text. The exit status is 1 where anything was found.

``--keep FOLDER`` keeps what each finished batch has found, so that a long run that was stopped goes on where it was:
run the same command again, or one with more calls.
"""

from __future__ import annotations

import argparse
import collections
import concurrent.futures
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SHARES = {
    "texts": 0.5,
    "frames": 0.15,
    "surveys": 0.1,
    "calls": 0.17,
    "requests": 0.05,
    "commands": 0.03,
}
PATIENCE = 900.0
"""Seconds after which a batch counts as one that does not return."""
STEEPEST = 2.5
"""How much more a text of twice the size may cost."""


@dataclass
class Tally:
    """What the calls of one kind ended in."""

    ends: collections.Counter[str] = field(default_factory=collections.Counter)
    names: set[str] = field(default_factory=set)
    found: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, batch: dict[str, Any], seed: int) -> None:
        """Count a batch."""
        self.ends.update(batch["ends"])
        self.names.update(batch["names"])
        for place, entry in batch["found"].items():
            known = self.found.setdefault(place, {**entry, "count": 0, "seed": seed})
            known["count"] += entry["count"]


def main() -> int:
    """Make the calls, measure, report."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--batch", type=int, default=8_000, help="calls in one process")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kinds", nargs="+", choices=tuple(SHARES), default=tuple(SHARES))
    parser.add_argument(
        "--mix",
        nargs="+",
        type=share,
        metavar="KIND=CALLS",
        help="calls of each kind, in place of the usual shares",
    )
    parser.add_argument("--keep", type=Path, help="a folder for finished batches, which are not run again")
    parser.add_argument("--patience", type=float, default=PATIENCE, help="seconds that a batch may take")
    parser.add_argument(
        "--traced", type=int, default=8, help="one batch in so many counts branches, which is slow; 0: none"
    )
    parser.add_argument("--no-doubling", action="store_true", help="do not measure what doubled texts cost")
    parser.add_argument("--write", type=Path, help="write the report into this file too")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        tallies = made(options, folder)
        reached = coverage_of(folder)
    doubled = {} if options.no_doubling else doubling()
    text = report(options, tallies, reached, doubled)
    print(text)
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    steep = [ratio for _, _, ratio in doubled.values() if ratio > STEEPEST]
    return 1 if steep or any(tally.found for tally in tallies.values()) else 0


def share(text: str) -> tuple[str, int]:
    """``texts=600000`` as a kind and its number of calls."""
    kind, _, number = text.partition("=")
    if kind not in SHARES:
        raise argparse.ArgumentTypeError(f"`{kind}` is not one of {', '.join(SHARES)}")
    return kind, int(number)


def wanted(options: argparse.Namespace) -> dict[str, int]:
    """How many calls of each kind are made."""
    if options.mix:
        return dict(options.mix)
    whole = sum(SHARES[kind] for kind in options.kinds)
    return {kind: round(options.calls * SHARES[kind] / whole) for kind in options.kinds}


def made(options: argparse.Namespace, folder: Path) -> dict[str, Tally]:
    """Every batch, and what its calls ended in."""
    batches = []
    mix = wanted(options)
    for kind, left in mix.items():
        number = 0
        while left > 0:
            traced = options.traced and number % options.traced == 0
            # Counting branches makes calls some three times slower: such a batch is shorter.
            size = min(left, options.batch // 3 if traced and left > options.batch else options.batch)
            batches.append(
                (kind, options.seed * 100_000 + number, size, folder / f"{kind}{number}" if traced else None)
            )
            left, number = left - size, number + 1
    tallies = {kind: Tally() for kind in mix}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for (kind, seed, size, _), batch in zip(
            batches, pool.map(lambda b: kept(*b, folder, options.patience), batches), strict=True
        ):
            tallies[kind].add(batch, seed)
            print(f"{kind} {seed}: {size:,} calls, {len(batch['found'])} found", file=sys.stderr, flush=True)
    return tallies


def kept(
    kind: str, seed: int, calls: int, traced: Path | None, folder: Path, patience: float
) -> dict[str, Any]:
    """A batch, read from the folder where an earlier run has finished it."""
    file = folder / f"{kind}{seed}-{calls}.json"
    if not file.exists():
        batch = ran(kind, seed, calls, traced, folder, patience)
        file.with_suffix(".new").write_text(json.dumps(batch), encoding="utf-8")
        file.with_suffix(".new").replace(file)
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def ran(
    kind: str, seed: int, calls: int, traced: Path | None, folder: Path, patience: float
) -> dict[str, Any]:
    """One batch in a process of its own; a crash or a call that does not return is a find."""
    at = folder / f"{kind}{seed}.at"
    command = [sys.executable, HERE / "worker.py", kind, seed, calls, "--at", at]
    command += ["--coverage", f"{traced}.coverage"] if traced else []
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "OMP_NUM_THREADS": "1",
        "PYTHONHASHSEED": "0",
    }
    try:
        run = subprocess.run(
            [str(part) for part in command],
            capture_output=True,
            text=True,
            timeout=patience,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return lost(at, f"does not return within {patience:.0f} s")
    if run.returncode != 0:
        return lost(at, f"exit status {run.returncode}: {run.stderr[-1500:]}")
    found: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return found


def lost(at: Path, reason: str) -> dict[str, Any]:
    """A batch that did not come back: which call was being made."""
    index, name = (
        at.read_text(encoding="utf-8").split(maxsplit=1) if at.exists() else ("0", "the start")
    ) or ("0", "")
    entry = {"count": 1, "index": int(index), "call": name.strip(), "error": reason}
    return {"ends": {"left": 1}, "names": [], "found": {f"the process, at {name.strip()}": entry}}


def coverage_of(folder: Path) -> dict[str, tuple[int, int]]:
    """Branches reached and branches in all, by the part of the code that reads input."""
    import coverage

    files = sorted(map(str, folder.glob("*.coverage")))
    if not files:
        return {}
    whole = coverage.Coverage(branch=True, data_file=str(folder / "whole"))
    whole.combine(files, keep=True)
    whole.json_report(outfile=str(folder / "coverage.json"))
    parts: dict[str, tuple[int, int]] = {}
    for path, entry in json.loads((folder / "coverage.json").read_text())["files"].items():
        below = Path(path).parts
        part = next(p for p in ("grammar", "variables", "data", "cli") if p in below)
        summary = entry["summary"]
        hit, of = parts.get(part, (0, 0))
        parts[part] = hit + summary["covered_branches"], of + summary["num_branches"]
    return parts


def doubling() -> dict[str, tuple[int, float, float]]:
    """By kind of text: its size, the seconds that it costs, and how much more one of twice the size costs."""
    from texts import GROWING

    import dofx
    from dofx.grammar.parse import parse_query

    readers = {
        "graph": dofx.graph,
        "parse": dofx.parse,
        "parse_query": parse_query,
        "identify": lambda text: dofx.identify(text, "x -> y"),
    }

    def cost(reader: str, text: str) -> float:
        times = []
        for _ in range(7):
            start = time.process_time()
            try:
                str(readers[reader](text))
            except dofx.DofxError as error:
                str(error)
            times.append(time.process_time() - start)
        return min(times)

    found = {}
    for name, (reader, size, make) in GROWING.items():
        while (once := cost(reader, make(size))) < 0.01 and size < 500_000:
            size *= 2
        found[name] = size, once, cost(reader, make(2 * size)) / once
        print(f"{name}: {found[name][2]:.2f}", file=sys.stderr, flush=True)
    return found


def commit() -> str:
    """The commit whose calls these are, in short."""
    run = subprocess.run(
        ["git", "-C", str(ROOT), "describe", "--always", "--dirty"],
        capture_output=True,
        text=True,
        check=False,
    )
    return run.stdout.strip() or "unknown"


def report(
    options: argparse.Namespace,
    tallies: dict[str, Tally],
    reached: dict[str, tuple[int, int]],
    doubled: dict[str, tuple[int, float, float]],
) -> str:
    """The report, as Markdown."""
    from kinds import COLUMNS, KINDS

    total = sum(sum(tally.ends.values()) for tally in tallies.values())
    names = set().union(*(tally.names for tally in tallies.values()))
    ends = sorted(set().union(*(tally.ends for tally in tallies.values())) - {"left"})
    mix = wanted(options)
    asked = f"--mix {' '.join(f'{kind}={calls}' for kind, calls in mix.items())}"
    lines = [
        "# Robustness",
        "",
        f"`python benchmarks/robustness/run.py {asked} --seed {options.seed}`, commit {commit()}, "
        f"{datetime.date.today():%d %B %Y}.",
        "",
        f"{total:,} calls of {len(names)} public callables, with {len(KINDS)} kinds of value, {len(COLUMNS)} kinds "
        "of column, and texts. *Left* counts exceptions that are not dofx's own, crashes and calls that do not return.",
        "",
        f"| calls | number | {' | '.join(ends)} | left | places |",
        f"|---|---:|{'---:|' * len(ends)}---:|---:|",
    ]
    for kind, tally in tallies.items():
        cells = [
            f"{sum(tally.ends.values()):,}",
            *(f"{tally.ends[end]:,}" for end in ends),
            f"{tally.ends['left']:,}",
        ]
        lines.append(f"| {kind} | {' | '.join(cells)} | {len(tally.found)} |")
    lines += [line for kind, tally in tallies.items() for line in left(kind, tally)]
    if reached:
        lines += ["", "Branches of the code that reads input, as far as the traced batches reached them:", ""]
        lines += ["| code | reached | of | share |", "|---|---:|---:|---:|"]
        lines += [
            f"| {part} | {hit:,} | {of:,} | {hit / of:.0%} |" for part, (hit, of) in sorted(reached.items())
        ]
    if doubled:
        lines += growth(doubled)
    return "\n".join(lines) + "\n"


def left(kind: str, tally: Tally) -> list[str]:
    """What left dofx in calls of a kind, the most frequent first, with the command that makes the call again."""
    lines = []
    for place, entry in sorted(tally.found.items(), key=lambda item: -item[1]["count"]):
        again = f"worker.py {kind} {entry['seed']} {entry['index']} --only {entry['index']}"
        lines += [
            "",
            f"- {entry['count']} times {place}: `{entry['call'][:300]}`",
            f"  {entry['error'][:300]}",
            f"  `{again}`",
        ]
    return lines


def growth(doubled: dict[str, tuple[int, float, float]]) -> list[str]:
    """How much longer texts of twice the size take."""
    return [
        "",
        f"What a text of twice the size costs, at most {STEEPEST} times as much (processor time, best of seven):",
        "",
        "| text | size | milliseconds | twice the size |",
        "|---|---:|---:|---:|",
        *(
            f"| {name} | {n:,} | {once * 1e3:.1f} | {ratio:.2f} |"
            for name, (n, once, ratio) in doubled.items()
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
