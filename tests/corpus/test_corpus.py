"""The literature's graphs: verdict, value, formula and text of each."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dofx
from models.graphs import parse_graph, parse_query
from models.oracle import random_model
from oracles import formulas
from posed import judge

Entry = dict[str, Any]

ENTRIES: list[Entry] = tomllib.loads((Path(__file__).parent / "literature.toml").read_text())["entry"]
IDENTIFIABLE = [entry for entry in ENTRIES if entry["identifiable"]]


def corpus(entries: list[Entry]) -> Callable[[Any], Any]:
    return pytest.mark.parametrize("entry", entries, ids=lambda entry: entry["name"])


def test_the_corpus_is_well_formed() -> None:
    names = [entry["name"] for entry in ENTRIES]
    assert len(names) == len(set(names)) >= 50
    for entry in ENTRIES:
        wanted = {"name", "cite", "graph", "query", "identifiable"} | (
            {"form"} if entry["identifiable"] else set()
        )
        assert wanted <= set(entry) <= wanted | {"formula"}, entry["name"]


@corpus(ENTRIES)
def test_verdict(entry: Entry) -> None:
    answer = dofx.identify(entry["query"], dofx.graph(entry["graph"]))
    assert bool(answer) == answer.identified == entry["identifiable"]


@corpus(ENTRIES)
def test_value_or_hedge(entry: Entry) -> None:
    graph, query = parse_graph(entry["graph"]), parse_query(entry["query"])
    for seed in range(3):
        assert judge.judge(graph, query, seed) == entry["identifiable"]


@corpus([entry for entry in ENTRIES if "formula" in entry])
def test_published_formula(entry: Entry) -> None:
    graph, query = parse_graph(entry["graph"]), parse_query(entry["query"])
    for seed in range(3):
        model = random_model(graph, seed)
        value = formulas.evaluate(entry["formula"], graph.nodes, model.joint(), query.axes)
        np.testing.assert_allclose(value, model.truth(query), atol=1e-10)


def form(estimand: Any) -> str:
    """The class of an estimand's text."""
    body = str(estimand).splitlines()[-1].split("=", 1)[1]
    if estimand.kernels:
        return "interim"
    match body.count("Σ"), body.count("P("):
        case 0, 1:
            return "conditional"
        case 0, _:
            return "product"
        case 1, _:
            return "sum"
    return "nested"


@corpus(IDENTIFIABLE)
def test_form(entry: Entry) -> None:
    assert form(dofx.identify(entry["query"], dofx.graph(entry["graph"])).estimand) == entry["form"]


@corpus(IDENTIFIABLE)
def test_text(entry: Entry, golden: Callable[[str, str], None]) -> None:
    estimand = dofx.identify(entry["query"], dofx.graph(entry["graph"])).estimand
    text = f"{entry['graph']}\n\n{estimand}\n\n{estimand.latex()}\n"
    golden(f"estimands/{entry['name']}.txt", text)
