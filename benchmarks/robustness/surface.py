"""What is public: found by walking from `dofx` through what its functions return, so that what is new is called too.

Functions of the package, of the modules that the documentation imports from, methods, properties, operators and
constructors of every object that a caller comes to hold.
"""

from __future__ import annotations

import contextlib
import inspect
import random
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from held import PROGRAM, each, held, rows

import dofx
from dofx import foreign, generators

Random = random.Random
Call = Callable[..., Any]
MODULES = {
    "dofx.grammar.parse": ("parse", "parse_query", "parse_graph"),
    "dofx.grammar.formatting.program": ("format_program",),
    "dofx.compiler.driver": ("compile_query",),
    "dofx.generators": generators.__all__,
    "dofx.foreign": foreign.__all__,
    "dofx.export": ("read_signature",),
    "dofx.engines": ("Resources", "Task"),
    "dofx.compiler.model.dosearch": ("DoSearch", "to_dosearch"),
}
"""What the documentation imports beside `dofx` itself."""
OPERATORS = (
    "__getitem__",
    "__contains__",
    "__eq__",
    "__iter__",
    "__len__",
    "__str__",
    "__repr__",
    "__float__",
)
DRAWN = ("_repr_html_", "_repr_svg_", "_repr_markdown_")
BY_MASK = {
    *(
        "ancestors_of",
        "parents_of",
        "children_of",
        "siblings_of",
        "district_of",
        "districts_in",
        "subgraph",
        "isolate",
    ),
    *("mutilate", "regime", "levels", "all"),
}
"""What the compiler calls with sets of bits: no caller holds such a set."""
INTERNAL = {
    *(
        "adopt",
        "like",
        "anew",
        "refits",
        "sampler_for",
        "hedged",
        "own_layout",
        "explanation_of",
        "origin",
        "with_traceback",
    ),
    *(
        "add_note",
        "open",
        "start",
        "stage",
        "needed_for",
        "with_intervals",
        "misses",
        "shows",
        "holds",
        "chosen",
        "variable_of",
        "bind",
        "from_config",
        "cost",
        "kernel",
    ),
    *("remark", "pieces"),
}
"""What one part of dofx calls of another."""
MADE_BY_DOFX = {
    *("dofx.DofxError", "dofx.NotIdentifiableError", "dofx.Sampler", "dofx.CompiledProgram", "dofx.Samples"),
    *(
        "FitSummary.from_json",
        "FoldedSampler.rows",
        "Sampler.rows",
        "Replicates.interval",
        "JointTable.forward",
    ),
    *(f"dofx.generators.{name}" for name in ("Dense", "Fittable", "Generator", "Relaxable", "Progress")),
    *("dofx.generators.Family", "dofx.generators.FitReport", "dofx.generators.tiled"),
}
"""Classes that callers never make, what reads a bundle's own record, what a worker calls, what calls a caller's
function, whose faults are the caller's, a torch module, which takes encoded tensors as other modules do, and what
generators of one's own are made of."""
OWN_ROOMS = (
    *(
        "dofx.grammar.syntax.program",
        "dofx.grammar.diagnostics.source",
        "dofx.compiler.graph.varset",
        "dofx.compiler.graph.holes",
        "dofx.runtime.trained",
        "dofx.compiler.network.ir",
        "dofx.compiler.network.draws",
    ),
    *(
        "dofx.compiler.estimand.algebra",
        "dofx.runtime.families.table",
        "dofx.compiler.drawing.grid",
        "dofx.compiler.explain.text",
    ),
)
"""Modules whose classes callers see in what is printed, and build or call nothing of, but for what `dofx` exports."""
ELSEWHERE = {"sample_to", "compile", "relaxed"}
"""Methods that compile to machine code or start processes: seconds a call. `sample` takes the same arguments."""
SLOW = {
    "fit",
    "bootstrap",
    "answer",
    "export",
    "save",
    "links",
    "explain",
    "plot",
    "unseen",
    "judge",
}
"""Milliseconds to a second: called less often."""


@dataclass(frozen=True)
class Target:
    """A callable, and what it is called on."""

    name: str
    call: Call
    parameters: tuple[inspect.Parameter, ...]
    slow: bool = False


def targets(folder: Path) -> list[Target]:
    """Every public callable, on objects made of tiny data."""
    found: dict[str, Target] = {}
    for name in sorted(dofx.__all__):
        if callable(value := getattr(dofx, name)):
            add(found, f"dofx.{name}", value)
    for module, names in MODULES.items():
        for name in names:
            if callable(value := getattr(import_module(module), name, None)):
                add(found, f"{module}.{name}", value)
    seen: set[str] = set()
    waiting = list(held(folder))
    while waiting:
        value = waiting.pop()
        kind = type(value)
        if kind.__qualname__ in seen or not kind.__module__.startswith("dofx.") or inspect.ismodule(value):
            continue
        if kind.__module__ in OWN_ROOMS and kind.__name__ not in dofx.__all__:
            continue
        seen.add(kind.__qualname__)
        waiting += members(found, value)
    return sorted(found.values(), key=lambda target: target.name)


def members(found: dict[str, Target], value: Any) -> list[Any]:
    """Add what can be called of an object, and return the objects that its properties hold."""
    kind = type(value)
    held_by: list[Any] = []
    own = {name for base in kind.__mro__ if base.__module__.startswith("dofx.") for name in vars(base)}
    stored = {field.name for field in fields(value)} if is_dataclass(value) else set()
    for name in sorted(own | stored):
        public = not name.startswith("_") or name in OPERATORS or name in DRAWN
        if not public or name in BY_MASK | INTERNAL | ELSEWHERE:
            continue
        label = f"{kind.__qualname__}.{name}"
        static = inspect.getattr_static(kind, name, None)
        if isinstance(static, property) or name in stored or inspect.isdatadescriptor(static):
            if name not in stored:
                found[label] = Target(label, partial(getattr, value, name), (), name in SLOW)
            with contextlib.suppress(dofx.DofxError):  # such as the module of a sampler that is not fitted
                held_by += each(getattr(value, name))
        elif callable(method := getattr(value, name)):
            add(found, label, renewed(value, name) if name in ("fit", "freeze") else method)
            if name == "explanation":
                held_by += each(method())
    return held_by


def renewed(value: Any, name: str) -> Call:
    """A method that changes its object, called on a new one each time."""
    if isinstance(value, dofx.Sampler):
        return lambda *args, **named: getattr(dofx.compile("P(y | do(x))", "x -> z -> y; x <-> y"), name)(
            *args, **named
        )
    if isinstance(value, dofx.CompiledProgram):
        return lambda *args, **named: getattr(dofx.compile(PROGRAM), name)(*args, **named)
    return getattr(value, name)


def add(found: dict[str, Target], name: str, call: Call) -> None:
    """Add a callable with its parameters."""
    if name in MADE_BY_DOFX:
        return
    try:
        parameters = tuple(inspect.signature(call).parameters.values())
    except (TypeError, ValueError):
        parameters = ()
    found[name] = Target(name, call, parameters, name.rpartition(".")[2] in SLOW)


class Choices:
    """Arguments that a call expects, by the name of the parameter."""

    def __init__(self, folder: Path) -> None:
        from texts import GRAPHS, PROGRAMS, QUERIES, TYPES, WEIGHTS

        table = dofx.Table(("x", "z", "y"), np.full((2, 2, 2), 0.125))
        self.by_name: dict[str, tuple[Any, ...]] = {
            "query": (*QUERIES, *PROGRAMS, dofx.Query.of(["y"], ["x"])),
            "graph": (*GRAPHS, dofx.graph(GRAPHS[0])),
            "source": (*GRAPHS, dofx.graph(GRAPHS[0])),
            "text": (*QUERIES, *GRAPHS, *PROGRAMS, *TYPES),
            "program": (dofx.parse(PROGRAM),),
            "variables": (None, {"x": "bool"}, {"y": "real"}, {"z": "category('a', 'b')"}),
            "only": (None, ("z",)),
            "avoid": ((), ("z",)),
            "weights": (None, *WEIGHTS, {"refit": 3}),
            "passes": (None,),
            "n": (1, 2, 5),
            "rows": (None, rows()),
            "data": (rows(), table),
            "joint": (table,),
            "seed": (0, 1),
            "start": (0, 3),
            "do": (None, {"x": 1}, {"x": 0}),
            "given": (None, {}),
            "names": (("x",), ("z", "y")),
            "order": (None, ("x", "z", "y"), ("y",)),
            "array": (np.full((2,), 0.5),),
            "x": (("x",), "x"),
            "y": (("y",), "y"),
            "name": ("x", "risk", "ate", "a"),
            "key": ("x", "y", "risk", "ate", 0),
            "k": ("x", "y", "risk"),
            "path": (folder / "bundle", folder / "new"),
            "folder": (folder / "bundle", folder / "new"),
            "cache": (None, folder / "cache"),
            "checkpoint": (None,),
            "epochs": (1,),
            "replicas": (2,),
            "replicates": (2,),
            "device": (None, "cpu"),
            "generators": (None, {}, {"y": "table"}),
            "settings": (None,),
            "outcomes": (("y",),),
            "interventions": ((), ("x",)),
            "conditions": ((), ("z",)),
            "nodes": (("x", "y"),),
            "directed": ((), (("x", "y"),)),
            "bidirected": ((), (("x", "y"),)),
            "format": (None, "pt2"),
            "other": (None, dofx.Query.of(["y"], ["x"])),
            "level": (0.05, 0.95),
            "dtype": (),
        }

    def of(self, parameter: inspect.Parameter, rng: Random) -> Any:
        """A value that the parameter takes, or its default."""
        default = parameter.default
        known = self.by_name.get(parameter.name, ())
        if default is not inspect.Parameter.empty and (not known or rng.random() < 0.6):
            return default
        return rng.choice(known) if known else default
