"""The published cases as programs, for whoever compares two answers to the same text."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from faces.cases import CORPUS, DATA, on_cycles, read

ASK = """requests => new Promise((resolve, reject) => {
  const worker = new Worker("worker.js", { type: "module" });
  const found = [];
  let count = 0;
  worker.onerror = () => reject(new Error("the worker stopped"));
  worker.onmessage = ({ data }) => {
    if (data.broken) reject(new Error(data.broken));
    if (data.id) { found[data.id - 1] = data.response; count += 1; }
    if (count === requests.length) { worker.terminate(); resolve(found); }
  };
  requests.forEach((request, i) => worker.postMessage({ id: i + 1, request }));
})"""
"""What a page does with requests: its worker answers them all, and the page has the responses in their order."""


def programs() -> list[str]:
    """Every published case: three nodes, textbook queries, worlds, data sets, holes, cycles, the literature.

    The 64 graphs on three nodes ask all of their 37 queries; each of the others asks one.
    """
    return [*_three_nodes(), *_classics(), *_worlds(), *_data_sets(), *_holes(), *_cycles(), *_literature()]


def _program(graph: str, *asked: str, data: str = "") -> str:
    items = "\n".join(f"  {item.strip()}" for item in graph.strip().split(";") if item.strip())
    queries = "\n".join(f"query q{number} = {text}" for number, text in enumerate(asked))
    return f"graph {{\n{items}\n}}\n\n{data}{queries}\n"


def _three_nodes() -> Iterator[str]:
    for case in read("conformance.json.gz")["three"]:
        yield _program(f"a; b; c; {case['graph']}", *case["queries"])


def _classics() -> Iterator[str]:
    for case in read("conformance.json.gz")["classics"]:
        yield _program(f"{'; '.join(case['nodes'])}; {case['graph']}", case["query"])


def _worlds() -> Iterator[str]:
    for case in json.loads((DATA / "published_worlds.json").read_text(encoding="utf-8")):
        nodes, sets = case["nodes"], case.get("data", [])
        if sets == "every":
            sets = [each for size in range(len(nodes)) for each in combinations(nodes, size)]
        data = [{"name": f"P{number}", "sets": each} for number, each in enumerate(sets)]
        yield _program(f"{case['graph']}; {'; '.join(nodes)}", case["query"], data=_lines(data))


def _data_sets() -> Iterator[str]:
    for case in json.loads((DATA / "data_sets.json").read_text(encoding="utf-8")):
        yield _program(case["graph"], case["query"], data=_lines(case["data"]))


def _holes() -> Iterator[str]:
    for line in (CORPUS / "holes.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            _, query, graph, *_ = (part.strip().replace("¦", "|") for part in line.split(" | "))
            yield _program(graph, query)


def _cycles() -> Iterator[str]:
    for _, graph, query, _ in on_cycles():
        yield _program(graph, query)


def _literature() -> Iterator[str]:
    cases = tomllib.loads((CORPUS / "literature.toml").read_text(encoding="utf-8"))
    for group in cases.values():
        for case in group:
            if "graph" in case and "query" in case:
                yield f"graph {{\n{case['graph']}\n}}\n\nquery q = {case['query']}\n"


def _lines(data: list[dict[str, Any]]) -> str:
    words = {"sets": "sets", "measures": "measures", "differs": "differs at", "keeps": "keeps by"}
    return "".join(
        " ".join(
            [
                f"data {each['name']}",
                *(f"{said} {', '.join(each[key])}" for key, said in words.items() if each.get(key)),
            ]
        )
        + "\n"
        for each in data
    )
