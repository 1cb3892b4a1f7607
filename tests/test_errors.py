"""Each error has its text in one place, the `errors.py` of its room, and a golden file holds what all of them say."""

from __future__ import annotations

import ast
import importlib
import inspect
import typing
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType, NoneType, UnionType
from typing import Any

import pytest

import dofx
from dofx.compiler.model.query import Query
from dofx.compiler.model.worlds import Event, Policy
from dofx.grammar.diagnostics.diagnostic import Diagnostic, DofxError, Label
from dofx.grammar.diagnostics.render import render
from dofx.grammar.diagnostics.source import Source, Span
from dofx.grammar.edge.surface import used_on
from dofx.grammar.syntax.query import Assignment, Name, Shorthand, Term

HOME = Path(dofx.__file__).parent
PARTS = ("grammar", "compiler", "runtime", "cli", "desk", "studio")
MODULES = sorted(
    path.relative_to(HOME).with_suffix("").as_posix()
    for part in PARTS
    for path in (HOME / part).glob("**/*errors.py")
)
MAKERS = ("Diagnostic", "fault", "refused")
"""What makes a diagnostic from a text; the last two are short ways to call the first."""
TEXT = Source("P(y | do(x ~ g(z)))", "<query>")

SEVERAL: dict[Any, tuple[Any, ...]] = {bool: (True, False)}
SAMPLES: dict[Any, Any] = {
    int: 3,
    float: 0.5,
    object: 1.5,
    type: dict,
    DofxError: DofxError(Diagnostic("E1002", "the sample is none")),
    BaseException: ValueError("it went wrong"),
    Exception: ValueError("it went wrong"),
    Path: Path("folder/name"),
    dofx.DataSet: dofx.DataSet("trial"),
    Query: Query.of(("y",), ("x",)),
    Policy: Policy("g", (Event("z"),)),
    Source: TEXT,
    Span: Span(9, 10),
    Label: Label(Span(9, 10), "here"),
    Name: Name("x", Span(9, 10)),
    Term: Term(Name("z"), span=Span(15, 16)),
    Shorthand: Shorthand("nie", Term(Name("y")), Name("x"), (1, 0), through=(Name("m"),)),
    Assignment: Assignment(Name("x", Span(9, 10)), span=Span(9, 10)),
}


def samples(kind: Any, name: str) -> list[Any]:
    """Values of an annotated kind, one for each member of a union; a text is the name of its parameter."""
    if typing.get_origin(kind) in (typing.Union, UnionType):
        members = [member for member in typing.get_args(kind) if member is not NoneType]
        scalars = {bool, int, float, str}
        found = [str] if set(members) == scalars else members
        return [*(value for each in found for value in samples(each, name))] + (
            [None] if NoneType in typing.get_args(kind) else []
        )
    inner = typing.get_args(kind)
    match typing.get_origin(kind):
        case None if kind in SEVERAL:
            return [*SEVERAL[kind]]
        case None:
            assert kind is str or kind in SAMPLES, f"no sample of {kind}: add one to SAMPLES"
            return [name if kind is str else SAMPLES[kind]]
        case origin if origin is tuple and Ellipsis not in inner:
            return [tuple(samples(each, name)[0] for each in inner)]
        case origin if issubclass(origin, Mapping):
            return [{samples(inner[0], name)[0]: samples(inner[1], name)[0]}]
        case _:
            one = samples(inner[0], name)[0]
            return [[one, "another"] if inner[0] is str else [one]]


def texts(room: ModuleType) -> Iterator[str]:
    """Every error of a room, made of sample values: all parameters with their first ones, then each with its others."""
    for name, make in inspect.getmembers(room, inspect.isfunction):
        if make.__module__ != room.__name__ or name.startswith("_"):
            continue
        yield f"── {name}"
        kinds = typing.get_type_hints(make)
        kinds.pop("return")
        values = {parameter: samples(kind, parameter) for parameter, kind in kinds.items()}
        first = {parameter: found[0] for parameter, found in values.items()}
        yield shown(make, first)
        for parameter, found in values.items():
            for other in found[1:]:
                yield shown(make, {**first, parameter: other})


def shown(make: Callable[..., DofxError | Diagnostic], values: dict[str, Any]) -> str:
    made = make(**values)
    diagnostics = made.diagnostics if isinstance(made, DofxError) else (made,)
    return "\n".join(render(each).rstrip() for each in diagnostics)


@pytest.mark.parametrize("module", MODULES)
def test_what_each_error_says(module: str, golden: Callable[[str, str], None]) -> None:
    found = importlib.import_module(f"dofx.{module.replace('/', '.')}")
    golden(f"errors/{module.replace('/', '-')}.txt", "\n".join(texts(found)))


def test_what_they_advise_on_the_command_line(golden: Callable[[str, str], None]) -> None:
    """The errors whose advice is another one there: options in place of calls."""
    found = []
    for module in MODULES:
        room = importlib.import_module(f"dofx.{module.replace('/', '.')}")
        in_python = set(texts(room))
        with used_on("command line"):
            found += [text for text in texts(room) if text not in in_python]
    assert len(found) >= 10
    golden("errors/on-the-command-line.txt", "\n".join(found))


def makers_in(path: Path) -> list[str]:
    """The calls of a module that make a diagnostic from a text, but for those of the makers themselves."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    own = {
        call
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name in MAKERS
        for call in ast.walk(node)
    }
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and node not in own)
    return [f"{path.name}:{call.lineno}" for call in calls if getattr(call.func, "id", None) in MAKERS]


def sentences_in(path: Path) -> list[str]:
    """The calls of a module that hand a function for an error a sentence of more than four words, or half of one."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    errors = {"errors"} | {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("errors")
        for alias in node.names
    }
    handed = (
        (node.lineno, argument)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node.func) in errors
        for argument in (*node.args, *(keyword.value for keyword in node.keywords))
    )
    return [f"{path.name}:{line}" for line, argument in handed if len(words_of(argument)) > 4]


def called(function: ast.expr) -> str | None:
    """The name by which a function for an error is called: its own, or that of the module ``errors``."""
    match function:
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="errors"), attr=name):
            return "errors" if isinstance(function, ast.Attribute) else name
        case _:
            return None


def words_of(argument: ast.expr) -> list[str]:
    """The words of a text that is written in a call, also in a list or between what it puts in."""
    match argument:
        case ast.Constant(value=str() as text):
            return text.split()
        case ast.JoinedStr(values=parts):
            return [word for part in parts for word in words_of(part)]
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [word for part in parts for word in words_of(part)]
        case _:
            return []


@pytest.mark.parametrize("part", PARTS)
def test_no_text_stands_outside_of_the_modules_for_errors(part: str) -> None:
    modules = [path for path in (HOME / part).glob("**/*.py") if not path.name.endswith("errors.py")]
    assert modules
    assert not [place for path in modules for place in (*makers_in(path), *sentences_in(path))]


def test_a_text_outside_is_found(tmp_path: Path) -> None:
    module = tmp_path / "room.py"
    module.write_text(
        "from . import errors\nfrom .errors import refusal\n"
        "def fault():\n    return Diagnostic('E1')\n"
        "raise fault('E0404', 'no text')\n"
        "raise refusal(name, f'the {name} has no such value here')\n"
        "raise errors.refusal(name, why=['its rows are too few'])\n"
        "raise refusal('a short phrase', name)\n"
    )
    assert makers_in(module) == ["room.py:5"]
    assert sentences_in(module) == ["room.py:6", "room.py:7"]
