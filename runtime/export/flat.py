"""A sampling graph with flat, ordered, named inputs, so that any runtime can call it."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, fx

from ...compiler.emit import SamplingGraph
from .signature import Signature

EXAMPLE_ROWS = 67
"""Rows of the example that a graph is exported with, 16 or more.

To choose how a convolution is computed, torch compares the rows with 16, and AOTInductor takes the answer for a
bound of what it compiles, though that is the same on either side. After an example of 7 rows, a package that checks
its inputs (``AOTI_RUNTIME_CHECK_INPUTS=1``) would refuse 16. Lower bounds are not checked (`aoti_bytes`).
"""


def flat_graph(module: SamplingGraph, signature: Signature) -> fx.GraphModule:
    """The same graph with one placeholder for each input port; it returns a dict by the names of the outputs.

    Args:
        module: A graph ``forward(noise, do, given)``.
        signature: Of the same sampler.
    """
    graph = fx.Graph()
    inputs = {(port.role, port.of): graph.placeholder(port.name) for port in signature.inputs}
    names = {port.of: port.name for port in signature.outputs}
    copies: dict[fx.Node, fx.Node] = {}
    for node in module.graph.nodes:
        match node.op:
            case "placeholder":
                continue
            case "call_function" if node.args[0].op == "placeholder":
                source, key = node.args
                copies[node] = inputs[str(source.target), key]
            case "output":
                graph.output({names[variable]: copies[value] for variable, value in node.args[0].items()})
            case _:
                copies[node] = graph.node_copy(node, copies.__getitem__)
    flat = fx.GraphModule(module, graph)
    flat.eval()
    return flat


def example_inputs(signature: Signature, device: torch.device | str) -> tuple[Tensor, ...]:
    """Inputs of the right kind and shape, to export with."""
    return tuple(port.example(EXAMPLE_ROWS, device) for port in signature.inputs)


def dynamic_shapes(signature: Signature) -> tuple[dict[int, Any], ...]:
    """The same number of rows, of at least one, for every input."""
    rows = torch.export.Dim("rows", min=1)
    return tuple({0: rows} for _ in signature.inputs)
