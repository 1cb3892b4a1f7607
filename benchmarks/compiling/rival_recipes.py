"""The recipes of docs/recipes.md in other programs: what their code prints, beside dofx.

    python -m venv rivals
    rivals/bin/pip install dowhy==0.14 econml==0.17.0
    rivals/bin/pip install --no-deps y0==0.2.11
    python benchmarks/compiling/rival_recipes.py rivals/bin/python

The blocks marked ``py`` on the page are run as they stand, on the page's rows. The other programs need no torch, so
that they have an environment of their own. Nothing is timed.
"""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
from pathlib import Path

import dofx

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "rival_recipes.md"
SECTION = re.compile(r"^## I come from (\w+)\n.*?^```py\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VERSIONS = 'import importlib.metadata as m\nprint(", ".join(f"{n} {m.version(n)}" for n in ("dowhy", "econml", "y0")))'
EFFECT = "ate(recovered, treated, true, false{})"


def main(rivals: str) -> None:
    """Run the blocks of the page and write what they print."""
    page = (ROOT / "docs" / "recipes.md").read_text(encoding="utf-8")
    rows = re.search(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert rows is not None
    prelude = rows[1].replace("import dofx\n", "")
    parts = []
    for section in SECTION.finditer(page):
        printed = ran(rivals, f"{prelude}data = rows.astype(int)\n{section[2]}")
        assert not re.search(r"^## ", section[0][3:], re.MULTILINE), "a section has no block of its own"
        parts += [
            f"## {section[1]}",
            "",
            f"```text\n{printed}\n```",
            "",
        ]
    versions = ran(rivals, VERSIONS)
    head = [
        "# The recipes in other programs",
        "",
        f"{datetime.date.today():%-d %B %Y}, {versions}, Python {sys.version.split()[0]}; 20,000 rows, of which the "
        "truth is an effect of 0.2 in both groups. The code is what docs/recipes.md shows, and "
        "`benchmarks/compiling/rival_recipes.py` ran it.",
        "",
        "## dofx",
        "",
        f"```text\n{ours(prelude)}\n```",
        "",
    ]
    RESULTS.write_text("\n".join(head + parts).rstrip() + "\n", encoding="utf-8")


def ran(python: str, code: str) -> str:
    """What some code prints in another environment."""
    done = subprocess.run([python, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def ours(prelude: str) -> str:
    """The same effects by dofx: for all, and in both groups."""
    known: dict[str, object] = {}
    exec(prelude, known)
    rows, graph = known["rows"], str(known["graph"])
    lines = []
    for within in ("", " | old = false", " | old = true"):
        found = dofx.effect(EFFECT.format(within), graph, rows, intervals="influence")
        assert found.interval is not None
        low, high = found.interval
        lines.append(f"{EFFECT.format(within)}: {found.value:.3f} [{low:.3f}, {high:.3f}]")
    smoking = dofx.identify("P(cancer | do(smoking))", "smoking -> tar -> cancer; smoking <-> cancer")
    return "\n".join([*lines, str(smoking.estimand)])


if __name__ == "__main__":
    main(sys.argv[1])
