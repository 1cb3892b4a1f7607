"""Faster ways to run a graph return what the graph returns, and are taken where they are faster."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.export.aoti import need_compiler
from dofx.runtime.families import Noise
from dofx.runtime.faster import ways
from dofx.runtime.faster.batching import Stack, batched
from dofx.runtime.sampler import Sampler
from dofx.runtime.sampling.noise import NoiseStream
from dofx.runtime.sampling.running import noise_laws
from dofx.runtime.variables import Finite
from stand_ins.stubs import Linear

ROWS = 300


def network(*draws: Draw) -> SamplingNetwork:
    outputs = tuple(pair for draw in draws for pair in draw.outputs)
    return SamplingNetwork(
        Query.of(tuple(name for name, _ in outputs), ("x",)),
        (Stage("answer", (("x", "x"),), draws, outputs),),
    )


STAR = network(
    *(Draw.of(name, name, (("x", "x"),)) for name in ("a", "b", "c")),
    Draw.of("d", "d", (("a", "a"), ("b", "b"))),
)
"""Three draws that may share a call, and one that needs two of them."""


def fitted(family: str | None, **own: nn.Module) -> Sampler:
    rng = np.random.default_rng(0)
    finite = family in ("softmax", "table")
    data = {n: rng.integers(0, 3, ROWS) if finite else rng.normal(size=ROWS) for n in "abcd"}
    if family == "atoms":
        data = {name: column.clip(-0.5) for name, column in data.items()}
    generators: dict[str, Any] = {**dict.fromkeys("abcd", family), **own}
    x = {"x": rng.normal(size=ROWS) if family != "table" else rng.integers(0, 3, ROWS)}
    return Sampler(STAR).fit({**data, **x}, generators=generators, epochs=2)


Tensors = dict[str, torch.Tensor]


def inputs(sampler: Sampler, rows: int) -> tuple[Tensors, Tensors, Tensors]:
    noise = NoiseStream(1, noise_laws(sampler.module)).take(rows)
    finite = isinstance(sampler.types["x"], Finite)
    return noise, {"x": torch.arange(rows) % 3 if finite else torch.linspace(-2, 2, rows)}, {}


@pytest.mark.parametrize("family", ["softmax", "table", "spline", "atoms"])
@pytest.mark.parametrize("rows", [1, 50])
def test_one_call_returns_what_the_graph_returns(family: str, rows: int) -> None:
    sampler = fitted(family)
    together = batched(sampler.module)
    assert together is not None
    assert sum(isinstance(module, Stack) for module in together.modules()) == 1
    arguments = inputs(sampler, rows)
    with torch.no_grad():
        found, expected = together(*arguments), sampler.module(*arguments)
    assert list(found) == list(expected)
    for name, value in expected.items():
        assert found[name].dtype == value.dtype
        torch.testing.assert_close(found[name], value, atol=1e-4, rtol=1e-4)


def test_only_draws_that_are_alike_share_a_call() -> None:
    sampler = fitted("spline", b=Linear(1), c=Linear(1))
    assert batched(sampler.module) is None
    kind = type("Batchable", (Linear,), {"likeness": lambda _: "linear"})
    assert batched(fitted("spline", b=kind(1), c=kind(1)).module) is not None
    line = network(Draw.of("a", "a", (("x", "x"),)), Draw.of("b", "b", (("a", "a"),)))
    rng = np.random.default_rng(0)
    data = {name: rng.integers(0, 2, 50) for name in "xab"}
    assert batched(Sampler(line).fit(data).module) is None  # each needs the one before


def compile_to(
    monkeypatch: pytest.MonkeyPatch,
    make: Callable[[nn.Module], object],
    times: Mapping[str, float],
    package: Callable[[nn.Module], object] | None = None,
) -> None:
    """Compiling takes half a minute: tests stand something in for it, and for the clock."""

    def packaged(sampler: Sampler, runners: int) -> object:
        if package is None:
            raise RuntimeError("no package")
        return package(sampler.module)

    monkeypatch.setattr(torch, "compile", lambda module, dynamic: make(module))
    monkeypatch.setattr(ways, "packaged", packaged)
    monkeypatch.setattr(ways, "_by_turns", lambda runs, wait: {way: times[way] for way in runs})


def test_the_fastest_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = fitted("softmax")
    plain = sampler.sample(40, do={"x": 0.5}, seed=0)
    seen: list[int] = []

    def make(module: nn.Module) -> object:
        def run(noise: Any, do: Any, given: Any) -> Any:
            seen.append(len(do["x"]))
            assert do["x"].is_contiguous()
            return module(noise, do, given)

        return run

    compile_to(monkeypatch, make, {"graph": 2.0, "one call": 1.5, "torch.compile": 1.0})
    found = sampler.speed_up(16)
    assert (found.way, found.rows) == ("torch.compile", 16)
    assert "2.00 times the graph" in str(found)
    seen.clear()
    again = sampler.sample(40, do={"x": 0.5}, seed=0, chunk=16)
    assert seen == [16, 16]  # and the last eight rows as before
    for name in plain:
        assert torch.equal(again[name], plain[name])
    seen.clear()
    sampler.sample(16, do={"x": 0.5}, precision="bf16")
    assert seen == []
    sampler.fit({name: np.arange(9) % 3 for name in "abcdx"}, epochs=1)
    sampler.sample(16, do={"x": 0})
    assert seen == []


def test_a_package_is_one_of_the_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = fitted("softmax")
    times = {"graph": 2.0, "one call": 1.9, "torch.compile": 1.5, "aoti": 1.0}
    compile_to(monkeypatch, lambda module: module, times, package=lambda module: module)
    assert sampler.speed_up(16).way == "aoti"


@pytest.mark.long
def test_machine_code_returns_what_the_graph_returns() -> None:
    sampler = fitted("softmax")
    try:
        need_compiler()
    except DofxError:
        pytest.skip("there is no C++ compiler")
    run = ways.packaged(sampler, runners=2)
    for rows in (1, 50):
        with torch.inference_mode():
            arguments = inputs(sampler, rows)
            found, expected = run(*arguments), sampler.module(*arguments)
        assert list(found) == list(expected)
        for name, value in expected.items():
            assert found[name].dtype == value.dtype
            torch.testing.assert_close(found[name], value, atol=1e-5, rtol=1e-5)
    found_way = ways.Faster(50, "aoti", {"graph": 1.0, "aoti": 0.5}, {}, ways._contiguous(run))
    plain = sampler.sample(120, do={"x": 0.5}, seed=0, chunk=50)
    sampler._faster = found_way
    again = sampler.sample(120, do={"x": 0.5}, seed=0, chunk=50, workers=2)
    for name in plain:
        torch.testing.assert_close(again[name], plain[name], atol=1e-5, rtol=1e-5)


def test_what_is_not_faster_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = fitted("softmax")
    compile_to(monkeypatch, lambda module: module, {"graph": 1.0, "one call": 1.2, "torch.compile": 0.95})
    assert sampler.speed_up(8).way == "graph"


def test_what_does_not_compile_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise RuntimeError("no compiler\nat all")

    sampler = fitted("softmax")
    compile_to(monkeypatch, lambda module: refuse, {"graph": 1.0, "one call": 0.5})
    found = sampler.speed_up()
    assert found.rows == 16_384
    assert found.way == "one call"
    assert dict(found.failed) == {"torch.compile": "no compiler", "aoti": "no package"}
    assert "torch.compile: no compiler" in str(found)
    with pytest.raises(DofxError):
        Sampler(STAR).speed_up()


def test_times_are_taken_by_turns_and_when_all_is_done() -> None:
    calls: list[str] = []
    runs = {name: lambda name=name: calls.append(name) for name in "ab"}
    assert set(ways._by_turns(runs, lambda: calls.append("wait"))) == {"a", "b"}
    assert calls[:8] == ["wait", "a", "wait", "wait", "b", "wait", "wait", "a"]


def altered(change: Callable[[torch.Tensor], torch.Tensor]) -> Callable[[nn.Module], object]:
    """A way that returns something else for `d`."""

    def make(module: nn.Module) -> object:
        def run(*arguments: Any) -> Tensors:
            rows = module(*arguments)
            return {**rows, "d": change(rows["d"])}

        return run

    return make


@pytest.mark.parametrize(
    ("family", "change", "said"),
    [
        ("softmax", lambda d: (d + 1) % 3, "another d than the graph, in 100.0% of the values"),
        ("softmax", lambda d: d.int(), "d as torch.int32 of shape (16,)"),
        ("spline", lambda d: d[:1], "d as torch.float32 of shape (1,)"),
        ("spline", lambda d: d + 0.01 * (1 + d.abs()), "in 100.0% of the values"),
        ("spline", lambda d: d.where(d > d.min(), torch.nan), "in 6.2% of the values"),
    ],
)
def test_a_way_that_is_wrong_is_not_taken(
    monkeypatch: pytest.MonkeyPatch, family: str, change: Callable[[torch.Tensor], torch.Tensor], said: str
) -> None:
    sampler = fitted(family)
    compile_to(monkeypatch, altered(change), {"graph": 1.0, "one call": 1.0, "torch.compile": 0.1})
    found = sampler.speed_up(16)
    assert found.way == "graph"
    assert said in found.failed["torch.compile"]


def test_rounding_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = fitted("spline")
    compile_to(
        monkeypatch, altered(lambda d: d * (1 + 1e-5)), {"graph": 1.0, "one call": 1.0, "torch.compile": 0.1}
    )
    assert sampler.speed_up(16).way == "torch.compile"


def test_an_error_of_the_graph_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    compile_to(monkeypatch, lambda module: module, {})

    class Broken(nn.Module):
        noise = Noise((), "uniform")

        def forward(self, *arguments: torch.Tensor) -> torch.Tensor:
            raise ArithmeticError("broken")

    with pytest.raises(ArithmeticError):
        fitted("softmax", d=Broken()).speed_up(4)
