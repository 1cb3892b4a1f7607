"""What must not change the answer: the order of declaration, the names, the hash seed."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import dofx
from faces import texts
from models.graphs import Graph, Query, parse_graph, random_cases
from models.oracle import random_model
from posed import judge

CASES = 250


def numbered(graph: Graph, query: Query) -> tuple[Graph, Query]:
    """The case over n1, n2, …, alphabetically, so that a name is never a word of the text."""
    return renamed(graph, query, {v: f"n{k}" for k, v in enumerate(sorted(graph.nodes), 1)})


def renamed(graph: Graph, query: Query, names: dict[str, str]) -> tuple[Graph, Query]:
    changed = Graph(
        tuple(names[v] for v in graph.nodes),
        tuple((names[a], names[b]) for a, b in graph.directed),
        tuple((names[a], names[b]) for a, b in graph.bidirected),
    )
    return changed, query.renamed(names)


def reread(text: str, names: dict[str, str]) -> str:
    """The text with its names replaced, all at once; LaTeX sets a number lower."""
    both = names | {latex(old): latex(new) for old, new in names.items()}
    return re.sub("|".join(map(re.escape, both)), lambda match: both[match[0]], text)


def latex(name: str) -> str:
    return f"{name[0]}_{{{name[1:]}}}"


def shuffled(rng: np.random.Generator, graph: Graph) -> Graph:
    """The same graph, declared in another order, bidirected edges turned round."""

    def mix(items: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
        return [items[k] for k in rng.permutation(len(items))]

    nodes = tuple(graph.nodes[k] for k in rng.permutation(len(graph.nodes)))
    turned = tuple(e if rng.random() < 0.5 else (e[1], e[0]) for e in mix(graph.bidirected))
    return Graph(nodes, tuple(mix(graph.directed)), turned)


def cases(seed: int) -> Iterator[tuple[np.random.Generator, Graph, Query]]:
    rng = np.random.default_rng([6, seed])
    for graph, query, _ in random_cases([6, seed], CASES, sizes=(4, 5, 6, 7)):
        yield rng, *numbered(graph, query)


def test_declaration_order_changes_nothing() -> None:
    for rng, graph, query in cases(1):
        other = shuffled(rng, graph)
        assert texts.everything(other, query) == texts.everything(graph, query), judge.recipe(graph, query)


def test_names_in_the_same_order_change_nothing() -> None:
    for _, graph, query in cases(2):
        names = {f"n{k}": f"m{2 * k - 1}" if k < 5 else f"p{k}" for k in range(1, 9)}
        back = {new: old for old, new in names.items()}
        there = texts.everything(*renamed(graph, query, names))
        assert reread(there, back) == texts.everything(graph, query), judge.recipe(graph, query)


def test_names_change_nothing_where_structure_tells_the_nodes_apart() -> None:
    """Where no symmetry of what matters to the query swaps two nodes, names break no ties."""
    tried = 0
    for rng, graph, query in cases(3):
        relevant = graph.subgraph(graph.ancestors(query.axes))
        if len(set(relevant.colours(query).values())) < len(relevant.nodes):
            continue
        tried += 1
        names = {v: f"n{k}" for v, k in zip(graph.nodes, rng.permutation(len(graph.nodes)) + 1, strict=True)}
        back = {new: old for old, new in names.items()}
        there = texts.everything(*renamed(graph, query, names))
        assert reread(there, back) == texts.everything(graph, query), judge.recipe(graph, query)
    assert tried > CASES / 2


@pytest.mark.long
def test_hash_seed_changes_nothing() -> None:
    """Estimand, LaTeX, explanation and network, byte for byte, in two processes."""
    script = Path(texts.__file__)
    outputs = set()
    for seed in ("0", "20061010"):
        paths = os.pathsep.join((str(script.parents[1]), os.environ.get("PYTHONPATH", "")))
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": paths}
        command = [sys.executable, script, "80"]
        run = subprocess.run(command, env=environment, capture_output=True, check=True)
        outputs.add(run.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop()) > 20_000


def test_refits_are_rare() -> None:
    """Fewer than one in a hundred unconditional queries needs a generator trained on simulated rows."""
    asked = refitted = 0
    for graph, query, _ in random_cases([8], 1500, sizes=(4, 5, 6, 7)):
        if not query.conditions and judge.identify(graph, query):
            asked += 1
            refitted += judge.network(graph, query).refits > 0
    assert asked > 300
    assert refitted < asked / 100


@pytest.mark.parametrize(
    ("graph", "refits"),
    [
        ("w -> r -> x -> y; w <-> x; w <-> y", 1),
        ("x -> z -> y; x <-> y", 0),
        ("z -> x -> y; z -> y", 0),
        ("v1 -> v2 -> x -> y; v2 <-> y", 0),
    ],
    ids=["napkin", "front-door", "back-door", "verma"],
)
def test_refits_of_the_classics(graph: str, refits: int) -> None:
    assert judge.network(parse_graph(graph), Query(("y",), ("x",))).refits == refits


def test_json_and_passes_change_nothing() -> None:
    """The estimand read back from JSON is the same; the network before any pass has the same value."""
    for _, graph, query in cases(4):
        answer = judge.identify(graph, query)
        if not answer:
            continue
        again = dofx.Estimand.from_json(json.loads(json.dumps(answer.estimand.to_json())))
        assert again == answer.estimand, judge.recipe(graph, query)
        joint = dofx.Table(graph.nodes, random_model(graph, len(graph.nodes)).joint())
        lowered = dofx.compile(str(query), judge.admg(graph), passes=()).network
        value = answer.estimand.evaluate(joint).array(query.axes)
        judge.agree(lowered.evaluate(joint), value, query, "network before any pass")
