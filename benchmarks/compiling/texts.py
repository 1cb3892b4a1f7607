"""How the time to read a text grows with its length, for texts of many kinds, most of them wrong somewhere.

    python benchmarks/compiling/texts.py             # prints the figures and writes them to benchmarks/results/texts.md
    python benchmarks/compiling/texts.py KIND ...    # prints those of some kinds

Each text is made longer until reading it takes a tenth of a second of processor time, then twice as long. The last
column is the ratio of the two times, each the least of a few runs; 2 is proportional growth, and the script ends with
status 1 if a ratio is above 2.5. `tests/grammar/test_hostile.py` asserts the same of the lines of Python that are run.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "support"))

from values.hostile import KINDS, read

RESULT = Path(__file__).parents[1] / "results" / "texts.md"
REPEATS = 5
ENOUGH = 0.1
LONGEST = 400_000
MOST = 2.5


def seconds(kind: str, n: int) -> float:
    """The least processor time of a few runs."""
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        read(kind, n)
        times.append(time.process_time() - start)
        if times[0] > 1:
            break
    return min(times)


def growth(kind: str) -> tuple[int, float, float]:
    """A length, and the times that a text of it and one of twice its length take."""
    read(kind, 10)  # parsers are made when they are first asked for
    n = 200
    short = seconds(kind, n)
    while short < ENOUGH and n < LONGEST:
        n *= 2
        short = seconds(kind, n)
    return n, short, seconds(kind, 2 * n)


def main() -> int:
    """Print a line for each kind, in milliseconds, and keep them where all were asked for."""
    lines: list[str] = []
    worst = 0.0
    print(f"{'text':32} {'length':>8} {'ms':>8} {'twice':>8} {'ratio':>6}")
    for kind in sys.argv[1:] or KINDS:
        n, short, long = growth(kind)
        for _ in range(2):
            if long > MOST * short:  # a busy machine may have disturbed either
                again = seconds(kind, n), seconds(kind, 2 * n)
                short, long = min((short, long), again, key=lambda times: times[1] / times[0])
        worst = max(worst, long / short)
        print(f"{kind:32} {n:8,} {1000 * short:8.1f} {1000 * long:8.1f} {long / short:6.2f}", flush=True)
        lines.append(f"| {kind} | {n:,} | {1000 * short:.1f} | {1000 * long:.1f} | {long / short:.2f} |")
    print(f"the worst ratio is {worst:.2f}")
    if not sys.argv[1:]:
        RESULT.write_text(page(lines, worst), encoding="utf-8")
    return 1 if worst > MOST else 0


def page(lines: list[str], worst: float) -> str:
    """The figures in Markdown."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"""# Texts of twice the length

`python benchmarks/compiling/texts.py`, on {cores} cores of a server, Python {platform.python_version()}. Processor
time to read a text of so many parts (names, lines, brackets or characters) and to print what is wrong with it, and the
same for twice as many. 2 is proportional growth, and the bound is {MOST}. The worst of {len(lines)} kinds of text is
{worst:.2f}.

| text | parts | ms | of twice as many, ms | ratio |
|---|---:|---:|---:|---:|
{chr(10).join(lines)}
"""


if __name__ == "__main__":
    sys.exit(main())
