"""Reading the data files of cases."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

from models.graphs import Graph, Query, parse_query

DATA = Path(__file__).parents[2] / "exact" / "data"
CORPUS = Path(__file__).parents[2] / "corpus"


@cache
def read(name: str) -> Any:
    """The content of a gzipped JSON file of the exact tests."""
    return json.loads(gzip.decompress((DATA / name).read_bytes()))


def interim(stratum: str) -> list[tuple[Graph, Query]]:
    """A stratum that `mine` found."""
    return [
        (
            Graph(
                tuple(case["nodes"]),
                tuple(map(tuple, case["directed"])),
                tuple(map(tuple, case["bidirected"])),
            ),
            parse_query(case["query"]),
        )
        for case in read("interim.json.gz")[stratum]
    ]


def on_cycles() -> list[tuple[str, str, str, str]]:
    """The published queries on graphs with cycles: name, graph that admits all cycles, query, formula."""
    found = list[tuple[str, str, str, str]]()
    for line in (CORPUS / "cycles.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, graph, query, formula = (part.replace("¦", "|") for part in line.split(" | "))
            letters = sorted({each for each in graph if each.isupper()})
            found.append((name, f"{graph}; feedback {{{', '.join(letters)}}}", query, formula))
    return found
