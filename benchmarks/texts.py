"""How the time to read a text grows with its length, for texts of many kinds, most of them wrong somewhere.

python benchmarks/texts.py [KIND ...]

Each text is made longer until reading it takes a tenth of a second of processor time, then twice as long. The last
column is the ratio of the two times, each the least of a few runs; 2 is proportional growth, and the script ends with
status 1 if a ratio is above 2.5. `tests/grammar/test_hostile.py` asserts the same of the lines of Python that are run.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

from hostile import KINDS, read

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
    """Print a line for each kind, in milliseconds."""
    worst = 0.0
    print(f"{'text':32} {'length':>8} {'ms':>8} {'twice':>8} {'ratio':>6}")
    for kind in sys.argv[1:] or KINDS:
        n, short, long = growth(kind)
        for _ in range(2):
            if long > MOST * short:  # a busy machine may have disturbed it
                short, long = min(short, seconds(kind, n)), min(long, seconds(kind, 2 * n))
        worst = max(worst, long / short)
        print(f"{kind:32} {n:8,} {1000 * short:8.1f} {1000 * long:8.1f} {long / short:6.2f}", flush=True)
    print(f"the worst ratio is {worst:.2f}")
    return 1 if worst > MOST else 0


if __name__ == "__main__":
    sys.exit(main())
