"""How long `dofx identify` takes from the shell, against importing the parser library that it stands on.

python benchmarks/compiling/startup.py            print the figures
python benchmarks/compiling/startup.py --write    write them to results/startup.md too
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

RESULT = Path(__file__).parents[1] / "results" / "startup.md"
RUNS = 10
LIMIT = 3.0
QUERY = ("identify", "P(y | do(x))", "-g", "x -> z -> y; x <-> y")
COMMANDS = {
    "python -c 'pass'": ("-c", "pass"),
    "python -c 'import lark'": ("-c", "import lark"),
    "python -c 'import click, lark'": ("-c", "import click, lark"),
    'dofx identify "P(y | do(x))" -g "x -> z -> y; x <-> y"': ("-m", "dofx", *QUERY),
}


def once(arguments: tuple[str, ...], cache: str) -> float:
    """The wall time in seconds of a run of Python that keeps its bytecode in a folder, as after installing."""
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": cache}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environment)
    return time.perf_counter() - start


def measure(runs: int = RUNS) -> dict[str, float]:
    """The best time of each command. The commands take turns, so that a busy moment hurts all of them."""
    shortest = dict.fromkeys(COMMANDS, float("inf"))
    with TemporaryDirectory() as cache:
        for arguments in COMMANDS.values():
            once(arguments, cache)
        for _ in range(runs):
            for name, arguments in COMMANDS.items():
                shortest[name] = min(shortest[name], once(arguments, cache))
    return shortest


def page(times: dict[str, float]) -> str:
    """The figures in Markdown."""
    base = times["python -c 'import lark'"]
    rows = [f"| `{name}` | {t * 1000:.0f} | {t / base:.2f} |" for name, t in times.items()]
    return "\n".join(
        [
            "# Start-up",
            "",
            f"Wall time from the shell, best of {RUNS}; Python {platform.python_version()}, {platform.system()} "
            f"{platform.machine()}. The limit for `dofx identify` is {LIMIT:g} times `import lark`.",
            "Written by `python benchmarks/compiling/startup.py --write`.",
            "",
            "| command | ms | times `import lark` |",
            "|---|---:|---:|",
            *rows,
            "",
        ]
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    text = page(measure())
    print(text)
    if parser.parse_args().write:
        RESULT.parent.mkdir(exist_ok=True)
        RESULT.write_text(text, encoding="utf-8")
