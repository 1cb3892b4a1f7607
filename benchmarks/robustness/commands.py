"""The command line in process: every command with options that it takes, after slips."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.testing import CliRunner
from held import PROGRAM, rows
from kinds import word
from texts import GRAPHS, PROGRAMS, QUERIES, WEIGHTS, slip

from dofx.cli.app import COMMANDS, cli

Random = random.Random
LEFT_OUT = {
    "--workers",
    "--engine",
    "--help",
    "--verbose",
    "--models",
    "--verify",
    "--checkpoint",
    "--device",
}
"""Options that start processes, take long, or print the help."""
VALUES: dict[str, tuple[str, ...]] = {
    "--graph": (*GRAPHS, "good.cq", "lost.cq"),
    "--query": QUERIES,
    "--data": (
        "rows.csv",
        "rows.csv",
        "holes.csv",
        "ragged.csv",
        "binary.csv",
        "empty.csv",
        "no.csv",
        ".",
        "P=survey.csv",
        "trial=rows.csv",
        "survey.csv",
    ),
    "--only": ("z", "x,z", ""),
    "--avoid": ("z", "x,z", ""),
    "--weights": WEIGHTS,
    "--do": ("x=1", "x=0", "x=true", "x", "=1", "y=1"),
    "--given": ("z=1", "z"),
    "-n": ("1", "5", "0", "-1"),
    "--seed": ("0", "1", "-1", "9" * 30),
    "--start": ("0", "3", "-1"),
    "--intervals": ("influence", "bootstrap"),
    "--bootstrap": ("2", "0", "-1"),
    "--epochs": ("1", "0"),
    "--output": ("out.csv", "out.parquet", "no/such/out.csv", "made", "out.json"),
    "--format": ("pt2", "csv", "json"),
    "--plot": ("out.svg", "out.xyz", "no/such/out.png"),
    "--precision": ("float32", "float64", "half"),
    "--level": ("0.05", "2", "nan"),
    "--effect": ("E[y | do(x = 1)]",),
    "--cache": ("cache",),
}
SLOW = {"run", "fit", "effect", "export"}
LASTING = {"studio"}
"""What serves a page until it is interrupted."""


def stock(folder: Path) -> None:
    """Programs, data and a bundle that commands name."""
    import dofx

    data = rows()
    (folder / "good.cq").write_text(PROGRAM, encoding="utf-8")
    (folder / "lost.cq").write_text("graph { x -> y; x <-> y }\nquery risk = P(y | do(x))", encoding="utf-8")
    lines = [",".join(data), *(",".join(map(str, row)) for row in zip(*data.values(), strict=True))]
    (folder / "rows.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "holes.csv").write_text("\n".join([*lines, ",1,", ""]), encoding="utf-8")
    survey = [f"{line},{'w,c' if i == 0 else f'{1 + i % 3},{i % 30}'}" for i, line in enumerate(lines)]
    (folder / "survey.csv").write_text("\n".join(survey), encoding="utf-8")
    (folder / "survey.cq").write_text(
        f"{PROGRAM}\ndata P from 'survey.csv' weights w cluster c", encoding="utf-8"
    )
    (folder / "trial.cq").write_text(
        "graph { z -> {x, y}; x -> y; z -> missing(y) }\ndata P measures z\n"
        "data trial sets x measures z, y differs at z holes 1\nquery q = P(y | do(x))",
        encoding="utf-8",
    )
    (folder / "ragged.csv").write_text("\n".join([*lines, "1,2"]), encoding="utf-8")
    (folder / "binary.csv").write_bytes(b"\x00\xff\xfe\x80,x\n")
    (folder / "empty.csv").write_text("", encoding="utf-8")
    dofx.compile("P(y | do(x))", "x -> z -> y; x <-> y").fit(data).save(folder / "bundle")


def attempts(rng: Random, folder: Path) -> Iterator[tuple[str, tuple[Any, ...], Callable[[], Any]]]:
    """Endless command lines."""
    stock(folder)
    context = click.Context(cli)
    commands = {name: cli.get_command(context, name) for name in COMMANDS if name not in LASTING}
    quick = [name for name in commands if name not in SLOW]
    while True:
        name = rng.choice(tuple(commands) if rng.random() < 0.05 else quick)
        line = [name]
        for parameter in commands[name].params:
            if isinstance(parameter, click.Argument):
                line += [argument(rng, parameter)] if rng.random() > 0.02 else []
                continue
            spelling = next((o for o in parameter.opts if o in VALUES), parameter.opts[0])
            wanted = spelling in ("--graph", "--data") and rng.random() < 0.9
            if LEFT_OUT & set(parameter.opts) or not (wanted or rng.random() < 0.1):
                continue
            line.append(spelling)
            if not getattr(parameter, "is_flag", False):
                line.append(garbled(rng, rng.choice(VALUES.get(spelling, ("x", "1", "")))))
        if name == "fmt" and "--stdout" not in line:
            line.append("--stdout")
        yield f"dofx {name}", (line,), partial(ran, line)


def argument(rng: Random, parameter: click.Argument) -> str:
    """What a command is about: a program, a query, a bundle."""
    files = ("good.cq", "lost.cq", "survey.cq", "trial.cq", "bundle", "no.cq", ".")
    return garbled(rng, rng.choice((*QUERIES, *files, *files, *PROGRAMS)))


def garbled(rng: Random, text: str) -> str:
    """The text, sometimes after slips, seldom another one."""
    chance = rng.random()
    text = slip(rng, text) if chance < 0.12 else word(rng) if chance < 0.15 else text
    # No command line holds these, and no slip may name a folder outside.
    return text.replace("\x00", "").encode("utf-8", "replace").decode() if "/" not in text[:1] else "x"


class Status(int):
    """The exit status of a command."""


def ran(words: list[str]) -> Status:
    """Run a command. Its exit status is that of an answer, of a hedge or of bad input."""
    result = CliRunner().invoke(cli, words, prog_name="dofx")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    if result.exit_code not in (0, 1, 2):
        raise AssertionError(f"exit status {result.exit_code}: {result.output[-300:]}")
    return Status(result.exit_code)
