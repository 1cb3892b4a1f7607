"""What a program must not do to be a sampler of noise alone: hide randomness, or decide by the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import fx
from torch.export import ExportedProgram
from torch.fx.experimental.symbolic_shapes import free_unbacked_symbols


@dataclass(frozen=True, slots=True)
class Flaw:
    """A flaw of an exported program.

    Args:
        reason: One sentence without a full stop.
        target: The submodule in which it is, such as ``generators.y_given_x``, or None where that is unknown.
    """

    reason: str
    target: str | None = None


def flaws(program: ExportedProgram) -> Iterator[Flaw]:
    """Hidden randomness, shapes that depend on the data, and a number of rows that is fixed.

    The same noise must give the same rows in every runtime, and any number of rows must do.
    """
    for module in program.graph_module.modules():
        for node in module.graph.nodes if isinstance(module, fx.GraphModule) else ():
            tags = getattr(node.target, "tags", ()) if node.op == "call_function" else ()
            if torch.Tag.nondeterministic_seeded in tags:
                yield Flaw(f"it draws its own random numbers, by {_operation(node)}", _target(node))
            elif free_unbacked_symbols(node.meta.get("val")):
                yield Flaw(f"its shapes or branches depend on the data, by {_operation(node)}", _target(node))
    yield from _fixed_rows(program)


def _fixed_rows(program: ExportedProgram) -> Iterator[Flaw]:
    output = next(node for node in program.graph.nodes if node.op == "output")
    for node in output.args[0]:
        value = node.meta.get("val") if isinstance(node, fx.Node) else None
        if isinstance(value, torch.Tensor) and (value.ndim == 0 or isinstance(value.shape[0], int)):
            shape = ", ".join(map(str, value.shape))
            yield Flaw(f"it always returns values of shape ({shape}), whatever the rows", _target(node))


def _target(node: fx.Node) -> str | None:
    """The innermost generator whose call a node comes from."""
    stack: dict[str, Any] = node.meta.get("nn_module_stack", {})
    paths = [str(entry[0]) for entry in stack.values()]
    generators = [path for path in paths if path.startswith("generators.")]
    return ".".join(generators[0].split(".")[:2]) if generators else None


def _operation(node: fx.Node) -> str:
    name = getattr(node.target, "__name__", str(node.target))
    return f"`{name.partition('.')[0]}`"
