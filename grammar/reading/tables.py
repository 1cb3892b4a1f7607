"""Parsing tables made beforehand, so that a short query need not wait for Lark to study the grammar.

`tables.json` is written by ``python -m dofx.grammar.reading.tables``. It is used as long as it was made from the
grammar and the version of Lark at hand; otherwise `lalr` builds the parser, which takes twenty times as
long and gives the same.
"""

from __future__ import annotations

import json
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import lark

GRAMMAR = Path(__file__).with_name("causal.lark")
TABLES = Path(__file__).with_name("tables.json")
STARTS = ("query", "graph")
"""The start rules that `dofx identify` needs."""


def stored(start: str) -> dict[str, Any] | None:
    """What Lark needs to have the parser of a start rule at once, or None where it must build it."""
    return _usable().get(start)


@cache
def _usable() -> dict[str, Any]:
    """The tables by start rule, or nothing if they were made from something else."""
    try:
        tables: dict[str, Any] = json.loads(TABLES.read_text(encoding="utf-8"), object_pairs_hook=_numbered)
    except (OSError, ValueError):
        return {}
    return tables if tables.pop("made_from", None) == made_from() else {}


def made_from() -> dict[str, str]:
    """What tables depend on."""
    grammar = GRAMMAR.read_bytes().replace(b"\r\n", b"\n")
    return {"lark": lark.__version__, "grammar": blake2b(grammar, digest_size=16).hexdigest()}


def tables_text() -> str:
    """The content of `tables.json`: a line for each start rule."""
    from lark.grammar import Rule
    from lark.lexer import TerminalDef

    from .lalr import build

    tables: dict[str, Any] = {"made_from": made_from()}
    for start in STARTS:
        data, memo = build(start).memo_serialize([TerminalDef, Rule])
        del data["options"]["transformer"]
        tables[start] = {"data": data, "memo": memo}
    lines = (f"{json.dumps(key)}: {json.dumps(value, sort_keys=True)}" for key, value in tables.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _numbered(pairs: list[tuple[str, Any]]) -> dict[int | str, Any]:
    """A JSON object; states and terminals are known by numbers, which JSON has as strings."""
    return {int(key) if key.isdigit() else key: value for key, value in pairs}


if (
    __name__ == "__main__" and not _usable()
):  # Lark numbers its states differently each time: leave good ones alone
    TABLES.write_text(tables_text(), encoding="utf-8", newline="\n")
