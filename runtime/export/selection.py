"""Small tables without look-ups: comparisons select the thresholds, for as many rows at once as a vector holds.

A look-up takes vectors apart and selection does not; and what one draw compares serves the draws that read it.
`benchmarks/sampling/selection.py` measures where it pays.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

import torch
from torch import Tensor, fx, nn

from ..families.capabilities import Comparing

Reached: TypeAlias = tuple[Tensor, ...]
"""Finite values as booleans ``(rows,)``: whether state 1 is reached, whether state 2 is, and so on."""

MOST_IN_TABLE = 256
"""Up to this many thresholds, counted over all cells, drawing from a table is faster by selection."""

MOST_IN_GRAPH = 1_000
"""A graph with more thresholds is not compiled this way: a hundred take the compiler two or three seconds."""


class Selection(nn.Module):
    """A table that reads and returns, for each variable, which states are reached.

    Args:
        cdf: Cumulative probabilities, shape ``(states - 1, *given_states)``.
    """

    cdf: Tensor

    def __init__(self, cdf: Tensor) -> None:
        super().__init__()
        self.register_buffer("cdf", cdf)

    def forward(self, noise: Tensor, *given: Reached) -> Reached:
        """The states that ``noise``, ``(rows,)``, reaches, under conditions in the order of their axes."""
        return tuple(noise >= _selected(thresholds, given) for thresholds in self.cdf.unbind())


def reached(values: Tensor, states: int) -> Reached:
    """Which states are reached by values ``(rows,)`` of a variable of so many states."""
    return tuple(values >= state for state in range(1, states))


def counted(noise: Tensor, reached: Reached) -> Tensor:
    """States, int64 ``(rows,)``, of a draw from noise of that shape."""
    states = torch.zeros_like(noise, dtype=torch.int32)
    for one in reached:
        states = states + one
    return states.long()


def select(graph: fx.GraphModule) -> None:
    """Change a flat graph of small tables alone so that it draws by selection; leave any other as it is.

    With another generator between them, booleans would have to wait in memory, which is slower than looking up.
    """
    tables: dict[fx.Node, Tensor] = {}
    for node in graph.graph.nodes:
        if node.op == "call_module":
            generator = graph.get_submodule(node.target)
            if not isinstance(generator, Comparing):
                return
            thresholds = generator.thresholds()
            if thresholds is None or thresholds.numel() > MOST_IN_TABLE:
                return
            tables[node] = thresholds.reshape(-1, *generator.shape[:-1])
    if sum(thresholds.numel() for thresholds in tables.values()) <= MOST_IN_GRAPH:
        _replace(graph, tables)


def _replace(flat: fx.GraphModule, tables: Mapping[fx.Node, Tensor]) -> None:
    graph = flat.graph
    known: dict[fx.Node, fx.Node] = {}
    ages = {node: age for age, node in enumerate(graph.nodes)}
    for node, thresholds in tables.items():
        noise, *given = cast("tuple[fx.Node, ...]", node.args)
        axes = sorted(range(len(given)), key=lambda axis: ages[given[axis]])
        cdf = thresholds.permute(0, *(1 + axis for axis in axes))
        name = f"selection_{ages[node]}"
        flat.add_module(name, Selection(cdf.contiguous()))
        with graph.inserting_before(node):
            for value, count in zip(given, thresholds.shape[1:], strict=True):
                if value not in known:
                    known[value] = graph.call_function(reached, (value, count))
            drawn = graph.call_module(name, (noise, *(known[given[axis]] for axis in axes)))
            states = graph.call_function(counted, (noise, drawn))
        node.replace_all_uses_with(states)
        graph.erase_node(node)
        known[states], ages[states] = drawn, ages[node]
    flat.recompile()


def _selected(thresholds: Tensor, given: Sequence[Reached]) -> Tensor:
    """One of the thresholds for each row. The youngest conditions, for which one waits, choose last."""
    if not given:
        return thresholds
    options = [_selected(part, given[:-1]) for part in thresholds.unbind(-1)]
    selected = options[0]
    for at_least, option in zip(given[-1], options[1:], strict=True):
        selected = torch.where(at_least, option, selected)
    return selected
