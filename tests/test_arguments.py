"""Every public call with odd values in place of each argument: it succeeds, or what is wrong is a diagnostic."""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import dofx
from dofx import DofxError, NotIdentifiableError, engines, foreign, generators
from dofx.grammar.edge.arguments import Edge
from dofx.runtime.fitting.fit import fit_options
from faces.calls import NAMES, ROWS, World
from values.odd_values import ODD

SLOW = {("bootstrap", "replicates", "large"), ("answer", "replicates", "large"), ("export", "path", "word")}
"""What would run for ever, though nothing is wrong with it."""

CALLBACKS = ("progress", "done", "statistic")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


def odd_calls(world: World, name: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    call, arguments = world.calls[name]
    for argument in arguments:
        for kind, make in ODD.items():
            ours = argument in CALLBACKS and kind in (
                "class",
                "function",
            )  # what it raises is the caller's own
            if not ours and (name, argument, kind) not in SLOW:
                yield f"{argument} = {kind}", lambda a=argument, make=make: call(**{**arguments, a: make()})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_odd_arguments_are_diagnostics(
    name: str, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert set(world.calls) == set(NAMES)
    faults = []
    for what, call in odd_calls(world, name):
        try:
            call()
        except DofxError as error:
            str(error)
        except NotIdentifiableError:
            pass
        except Exception as error:  # whatever else comes out is a fault
            faults.append(f"{what}: {type(error).__name__}: {error}")
    assert not faults, "\n" + "\n".join(faults)


def edges() -> dict[str, Edge]:
    """What `public` checks, by name."""
    found: dict[str, Edge] = {}
    values = [getattr(face, name) for face in (dofx, engines, foreign, generators) for name in face.__all__]
    values += [
        fit_options,
        *(method for value in values if isinstance(value, type) for method in methods(value)),
    ]
    for value in values:
        edge = getattr(value.__init__ if isinstance(value, type) else value, "__edge__", None)
        if edge is not None:
            found[edge.name] = edge
    return found


def methods(kind: type) -> Iterator[Any]:
    for name, _ in inspect.getmembers(kind):
        if not name.startswith("_"):
            yield inspect.getattr_static(kind, name)


def test_every_annotation_is_understood() -> None:
    """One that names what its module does not import would leave its argument unchecked."""
    assert len(edges()) > 40
    for name, edge in edges().items():
        assert edge.checks, name
        unchecked = {argument for argument, check in edge.checks.items() if check is None}
        known = {"self", "data", "rows", "graph", "source", "array", *edge.own}
        known |= {"key", "values", "model", "tokenizer", "pipeline"}  # anything, or asked what it has
        assert unchecked <= known, f"{name} leaves {unchecked - known} unchecked"


def test_a_call_that_lacks_what_it_needs_says_what_it_is() -> None:
    """It was a bare TypeError, where one argument too many was E0452."""
    for name, edge in edges().items():
        needed = [each for each in (*edge._needed, *edge._needed_by_name) if each != "self"]
        itself = (object(),) if edge.positional[:1] == ("self",) else ()
        if needed:
            with pytest.raises(DofxError) as error:
                edge.check(itself, {})
            (found,) = error.value.diagnostics
            assert found.code == "E0452", name
            assert all(f"`{each}`" in found.title for each in needed)
        else:
            edge.check(itself, {})


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: dofx.Table(), "`Table` needs `names` and `array`"),  # type: ignore[call-arg]
        (lambda: dofx.Table("xy"), "`Table` needs `array`"),  # type: ignore[call-arg]
        (lambda: dofx.Table(name="xy", array=[1]), "did you mean `names`?"),  # type: ignore[call-arg]
        (lambda: dofx.identify("P(y)", "y", avoids=[]), "did you mean `avoid`?"),  # type: ignore[call-arg]
        (lambda: dofx.compile("P(y)", "y").fit(ROWS, epoch=3), "did you mean `epochs`?"),  # type: ignore[call-arg]
        (lambda: dofx.compile("P(y)", "y").fit(ROWS, epochs="3"), "give a whole number"),
        (lambda: dofx.Query.of(1), "give a list of texts"),  # type: ignore[arg-type]
        (lambda: dofx.compile("P(y)", "y", variables={1: "real"}), "with an `int` as a key"),  # type: ignore[dict-item]
        (lambda: dofx.ADMG(["x"], [("x",)]), "holds a `tuple` of 1"),  # type: ignore[list-item]
    ],
)
def test_what_is_wrong_and_what_to_do_is_said(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(DofxError) as error:
        call()
    assert said in str(error.value)


def test_a_name_that_is_not_there_is_a_key_error_with_a_hint(world: World) -> None:
    for mapping, near in ((world.program, "risc"), (world.answers, "aet"), (world.samples, "Y")):
        with pytest.raises(KeyError) as error:
            mapping[near]
        assert isinstance(error.value, DofxError)
        assert "did you mean" in str(error.value)
    assert world.program.get("risc") is None
