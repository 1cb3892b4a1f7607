"""Few rows of tables are made by NumPy, and are the rows of the graph to the bit."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.noise import BLOCK
from dofx.runtime.variables import Finite

ASKED = [
    ("P(y | do(x))", "z -> {x, y}; x -> y", {"do": {"x": "b"}}),
    ("P(y, z | do(x))", "z -> {x, y}; x -> y", {"do": {"x": np.str_("c")}}),
    ("P(y | do(x = 'b'))", "z -> {x, y}; x -> y", {}),
    ("P(y | do(x = 'b'))", "z -> {x, y}; x -> y", {"do": {"x": "a"}}),
    ("P(y | do(x), z)", "z -> {x, y}; x -> y", {"do": {"x": "b"}, "given": {"z": 2}}),
    ("P(y | do(x))", "x -> z -> y; x <-> y", {"do": {"x": "c"}}),
    ("P(y | do(w))", "w; z -> y", {"do": {"w": True}}),
    ("P(z)", "z -> y", {}),
    ("P(y[x = 'a'] | x = 'b')", "z -> {x, y}; x -> y", {}),
    ("P(y[x = 'a'] | x = 'b', z)", "z -> {x, y}; x -> y", {"given": {"z": np.int64(1)}}),
]


class Started(TorchDispatchMode):
    """Counts the operations that torch starts."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: list[str] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.operations.append(str(func))
        return func(*args, **(kwargs or {}))


def rows(n: int = 900) -> dict[str, Any]:
    """Data with two, three and four states."""
    rng = np.random.default_rng(1)
    z = rng.integers(0, 4, n)
    x = np.array(["a", "b", "c"])[rng.integers(0, 3, n) * (z > 0)]
    return {"z": z, "x": x, "y": (rng.random(n) < 0.2 + 0.15 * z).astype(int) + (x == "b"), "w": z > 1}


@pytest.fixture
def sampler() -> Sampler:
    return dofx.compile("P(y | do(x))", "z -> {x, y}; x -> y").fit(rows(), progress=False)


def by_graph(sampler: Sampler, n: int, **asked: Any) -> Any:
    """The rows as the graph makes them: a chunk is asked for, which few rows leave to it."""
    return sampler.sample(n, chunk=n, **asked)


def need_equal(found: Any, expected: Any) -> None:
    assert list(found) == list(expected)
    for name in found:
        assert found.encoded[name].dtype is expected.encoded[name].dtype
        assert torch.equal(found.encoded[name], expected.encoded[name])


@pytest.mark.parametrize(("query", "graph", "asked"), ASKED)
def test_the_rows_are_the_graphs(query: str, graph: str, asked: dict[str, Any]) -> None:
    sampler = dofx.compile(query, graph).fit(rows(), progress=False)
    few: Any = sampler._few_rows()
    for n, start in ((1, 0), (1, 7), (300, BLOCK + 40), (BLOCK, 0)):
        assert few.rows(n, start, asked.get("do"), asked.get("given"), 3) is not None
        need_equal(
            sampler.sample(n, start=start, seed=3, **asked),
            by_graph(sampler, n, start=start, seed=3, **asked),
        )


@pytest.mark.parametrize(
    "asked",
    [
        {"do": {"x": np.array(["a", "b", "c"] * 100)}, "given": {"z": 3}},
        {"do": {"x": "b"}, "given": {"z": torch.arange(300) % 4}},
        {"do": {"x": ["c", "b", "a"] * 100}, "given": {"z": np.arange(300) % 4}},
    ],
    ids=("of x", "of z", "of both"),
)
def test_a_value_for_each_row_is_read_too(asked: dict[str, Any]) -> None:
    sampler = dofx.compile("P(y | do(x), z)", "z -> {x, y}; x -> y").fit(rows(), progress=False)
    few: Any = sampler._few_rows()
    assert few.rows(300, 5, asked["do"], asked["given"], 3) is not None
    need_equal(
        sampler.sample(300, start=5, seed=3, **asked), by_graph(sampler, 300, start=5, seed=3, **asked)
    )


def test_rows_on_both_sides_of_a_block_are_the_graphs(sampler: Sampler) -> None:
    asked: dict[str, Any] = {"do": {"x": "b"}, "start": BLOCK - 3, "seed": 1}
    need_equal(sampler.sample(9, **asked), by_graph(sampler, 9, **asked))


def test_torch_computes_nothing(sampler: Sampler) -> None:
    with Started() as few:
        sampler.sample(1_000, do={"x": "b"}, seed=0)
    with Started() as graph:
        by_graph(sampler, 1_000, do={"x": "b"}, seed=0)
    assert set(few.operations) <= {
        "aten.detach.default",
        "aten.lift_fresh.default",
    }  # NumPy's view of a tensor, and back
    assert len(set(graph.operations)) > 5


def test_results_are_apart_and_may_be_written(sampler: Sampler) -> None:
    first = sampler.sample(5, do={"x": "b"}, seed=0)
    first["y"].fill_(7)
    assert sampler.sample(5, do={"x": "b"}, seed=0)["y"].max() < 7


@pytest.mark.parametrize(
    "value", [["b"] * 6, np.array(["a", "b", "c"] * 2), "A", torch.tensor([0, 1, 2, 0, 1, 2])], ids=str
)
def test_other_values_are_read_or_refused_as_ever(sampler: Sampler, value: Any) -> None:
    assert _or_fault(sampler.sample, 6, do={"x": value}) == _or_fault(by_graph, sampler, 6, do={"x": value})


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"do": {}},
        {"do": {"q": 1}},
        {"do": {"X": "b"}},
        {"given": {"x": "b"}},
        {"do": [1]},
        {"do": {"x": None}},
    ],
    ids=str,
)
def test_wrong_values_are_refused_as_ever(sampler: Sampler, asked: dict[str, Any]) -> None:
    assert _or_fault(sampler.sample, 2, **asked) == _or_fault(by_graph, sampler, 2, **asked)


def _or_fault(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    try:
        return call(*arguments, seed=0, **named)["y"].tolist()
    except DofxError as error:
        return str(error)


@pytest.mark.parametrize("n", [0, -1, True, 2.0, 1 << 70])
def test_numbers_of_rows_are_refused_as_ever(sampler: Sampler, n: Any) -> None:
    with pytest.raises(DofxError) as error:
        sampler.sample(n, do={"x": "b"})
    assert error.value.diagnostics[0].code in ("E0424", "E1001")


def generators(sampler: Sampler) -> Any:
    """The tables of z and of y, in the graph."""
    return sampler.module.generators


def other_table(sampler: Sampler) -> None:
    table = next(iter(generators(sampler).children()))
    assert isinstance(table, TableGenerator)
    table.set_table(torch.tensor([0.0, 0.0, 0.0, 1.0], dtype=torch.float64))


def other_weights(sampler: Sampler) -> None:
    state = sampler.module.state_dict()
    sampler.module.load_state_dict({name: torch.zeros_like(value) for name, value in state.items()})


def other_generator(sampler: Sampler) -> None:
    name = next(iter(generators(sampler)._modules))
    setattr(generators(sampler), name, TableGenerator(Finite((0, 1, 2, 3)), []))


def other_numbers(sampler: Sampler) -> None:
    other_table(sampler)
    sampler.module.double()


def a_hook(sampler: Sampler) -> None:
    next(iter(generators(sampler).children())).register_forward_hook(lambda m, given, out: out * 0 + 3)


def a_hook_of_the_graph(sampler: Sampler) -> None:
    sampler.module.register_forward_hook(lambda m, given, out: {"y": out["y"] * 0 + 1})


def another_forward(sampler: Sampler) -> None:
    table = next(iter(generators(sampler).children()))
    table.forward = lambda noise: torch.full_like(noise, 3, dtype=torch.int64)  # type: ignore[method-assign]


def an_edited_graph(sampler: Sampler) -> None:
    graph = sampler.module.graph
    (output,) = (node for node in graph.nodes if node.op == "output")
    value: Any = output.args[0]
    with graph.inserting_before(output):
        output.args = ({"y": graph.call_function(torch.zeros_like, (value["y"],))},)
    sampler.module.recompile()


CHANGES = [
    other_table,
    other_weights,
    other_generator,
    other_numbers,
    a_hook,
    a_hook_of_the_graph,
    another_forward,
    an_edited_graph,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_changes_in_the_graph_changes_the_rows(
    sampler: Sampler, change: Callable[[Sampler], None]
) -> None:
    before = sampler.sample(400, do={"x": "b"}, seed=0)["y"]
    change(sampler)
    after = sampler.sample(400, do={"x": "b"}, seed=0)
    assert not torch.equal(after["y"], before)
    need_equal(after, by_graph(sampler, 400, do={"x": "b"}, seed=0))


def test_another_fit_changes_the_rows(sampler: Sampler) -> None:
    sampler.sample(9, do={"x": "b"})
    other = {name: values[::-1] if name == "y" else values for name, values in rows(500).items()}
    sampler.fit(other, progress=False)
    need_equal(sampler.sample(400, do={"x": "b"}, seed=0), by_graph(sampler, 400, do={"x": "b"}, seed=0))


def test_what_is_not_all_tables_is_left_to_the_graph() -> None:
    data = {"x": np.arange(400) % 2, "y": np.random.default_rng(0).normal(size=400)}
    real = dofx.compile("P(y | do(x))", "x -> y").fit(data, epochs=1, progress=False)
    assert real._few_rows() is None
    states = np.array([f"state {i}" for i in range(40)])
    wide = dofx.compile("P(x | do(z))", "z -> x").fit(
        {"z": np.arange(400) % 2, "x": states[np.arange(400) % 40]}
    )
    assert wide._few_rows() is None
    assert set(wide.sample(900, do={"z": 1}).values_of("x")) == set(states[1::2])
