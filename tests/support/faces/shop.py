"""A folder to run commands in: programs, data that fit them or do not, and bundles in every state."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from click.testing import CliRunner, Result

from dofx.cli.app import cli

GRAPH = "graph { x -> z -> y; x <-> y }\n"
PROGRAMS = {
    "good": GRAPH + "query risk = P(y | do(x))",
    "two": GRAPH + "query risk = P(y | do(x)) query dose = P(z | x) effect ate = E[y | do(x = 1)] - E[y]",
    "lost": "graph { x -> y; x <-> y; x -> z }\nquery risk = P(y | do(x)) query dose = P(z | do(x))",
    "typo": GRAPH + "query risk = P(y | do(x)",
    "unknown": GRAPH + "query risk = P(y | do(xx), zz)",
    "overlap": GRAPH + "query risk = P(y | do(y), x, x)",
    "cycle": "graph { x -> z -> y -> x }\nquery risk = P(y)",
    "category": GRAPH + "variables { y : category(2) }\nquery risk = P(y | do(x))",
    "real": GRAPH + "variables { y : real }\nquery risk = P(y | do(x))",
    "state": GRAPH + "variables { x : category('a', 'b') }\nquery risk = P(y | do(x = 3))",
    "open": GRAPH + "effect ate = E[y | do(x)]",
    "zero": GRAPH + "effect ate = 1 / (E[y] - E[y])",
    "graphless": "query risk = P(y)",
    "silent": GRAPH,
}


def dofx(*arguments: object, input: str | None = None) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(cli, [str(a) for a in arguments], input=input, prog_name="dofx")


def stock(folder: Path) -> None:
    """Fill a folder; commands are to run in it."""
    for name, text in PROGRAMS.items():
        (folder / f"{name}.cq").write_text(text, encoding="utf-8")
    (folder / "latin.cq").write_bytes("graph { é -> y }".encode("latin-1"))
    (folder / "folder.cq").mkdir()
    rng = np.random.default_rng(0)
    x = rng.integers(0, 2, 400)
    z = (x + rng.integers(0, 2, 400)) % 2
    rows = {"x": x, "z": z, "y": (z + rng.integers(0, 2, 400)) % 2}
    _write(folder / "rows.csv", rows)
    _write(folder / "missing.csv", {"x": x, "y": x})
    _write(folder / "extra.csv", {**rows, "w": x})
    _write(folder / "nan.csv", {**rows, "y": ["", *x[1:]]})
    _write(folder / "words.csv", {**rows, "y": [*x[:-1], "high"]})
    _write(folder / "nine.csv", {**rows, "y": [*x[:-1], 9]})
    _write(folder / "none.csv", dict.fromkeys(rows, ()))
    (folder / "ragged.csv").write_text("x,z,y\n1,0,1\n1,0\n")
    (folder / "twice.csv").write_text("x,x,z,y\n1,1,0,1\n")
    (folder / "binary.csv").write_bytes(b"\x00\xff\xfe\x80")
    (folder / "empty.csv").write_text("")
    (folder / "cut.parquet").write_bytes(b"PAR1 and no more")
    (folder / "rows.xlsx").write_text("x")


def break_bundle(bundle: Path) -> None:
    """Copies of a bundle beside it, each broken in its own way."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(bundle, bundle.with_name(name)))

    weights = next(copy("truncated").glob("*.safetensors"))
    weights.write_bytes(weights.read_bytes()[:-9])
    manifest = copy("cut") / "bundle.json"
    manifest.write_text(manifest.read_text()[:200])
    (copy("headless") / "bundle.json").unlink()
    next(copy("weightless").glob("*.safetensors")).unlink()
    manifest = copy("newer") / "bundle.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "version": 99}))
    (copy("foreign") / "bundle.json").write_text('{"format": "another"}')


def _write(path: Path, columns: Mapping[str, Sequence[object] | np.ndarray]) -> None:
    lines = [",".join(columns), *(",".join(map(str, row)) for row in zip(*columns.values(), strict=True))]
    path.write_text("\n".join(lines) + "\n")
