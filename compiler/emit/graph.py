"""Sampling network → torch.fx: a pure function of noise, with one call for each draw."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, TypeAlias, assert_never, cast

import torch
from torch import fx, nn

from ..network.ir import Constant, Draw, Fit, SamplingNetwork, Stage, Wire
from ..printers.network.text import fit_text
from .gradients import warn_of_cuts
from .names import identifier
from .provenance import Provenance, provenance

Encoder: TypeAlias = Callable[[str, Constant], torch.Tensor]
"""Encodes a value of a variable that a query states, ``(*event)``."""

_CALL_DEPTH = 4
"""Frames between a call of a graph and torch's own way to `SamplingGraph.__call__`."""


class SamplingGraph(fx.GraphModule):
    """An emitted stage: ``forward(noise, do, given)`` returns a tensor for each output variable.

    `noise` maps draw ids to base noise, `do` and `given` map variables to encoded values of as many rows. It is a
    `torch.fx.GraphModule` whose failures say which draw they came from. Never run a generic common-subexpression
    pass on it: two equal calls are two independent draws.
    """

    __name__ = "SamplingGraph"
    """What `torch.func.vmap` calls it, which asks a function without a name for its text, and zuko's draws numbers."""

    @property
    def provenance(self) -> Provenance:
        """What each call stands for."""
        return cast(Provenance, self.meta["provenance"])

    def draw_noise(self, rows: int, generator: torch.Generator | None = None) -> dict[str, torch.Tensor]:
        """Fresh noise for each draw, a value per row, on the graph's device; equal generators give equal noise."""
        tensors = (*self.parameters(), *self.buffers())
        device = next((tensor.device for tensor in tensors), torch.device("cpu"))
        laws = {o.draw: cast(Any, self.get_submodule(o.target)).noise for o in self.provenance}
        return {draw: law.draw(rows, generator).to(device) for draw, law in laws.items()}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the graph; a failure keeps its type and gets a note that names its draw."""
        cuts = self.meta.get("cuts")
        if cuts and not torch.compiler.is_compiling():
            passed = dict(zip(("noise", "do", "given"), args, strict=False), **kwargs)
            warn_of_cuts(cuts, {**passed.get("do", {}), **passed.get("given", {})}, _CALL_DEPTH)
        try:
            return super().__call__(*args, **kwargs)
        except Exception as error:
            note = self._note(error.__traceback__)
            if note is not None:
                error.add_note(note)
            raise

    def _note(self, frames: TracebackType | None) -> str | None:
        """The note for a failure: the draw whose line of the emitted code was running."""
        code = type(self).forward.__code__
        while frames is not None and frames.tb_frame.f_code is not code:
            frames = frames.tb_next
        if frames is None:
            return None
        line = self.code.splitlines()[frames.tb_lineno - 1]
        name = line.partition("=")[0].strip()
        custom = next((n.meta.get("custom") for n in self.graph.nodes if n.name == name), None)
        return None if custom is None else self.provenance[custom["draw"]].note()


def emit(
    stage: Stage | SamplingNetwork, modules: Mapping[Fit, nn.Module], encoder: Encoder | None = None
) -> SamplingGraph:
    """Emit a stage, or the answer of a network, as a torch.fx graph.

    Args:
        stage: What to emit. A network's conditions are read from ``given``, all other inputs from ``do``.
            A stage has no conditions, so all of its inputs are read from ``do``.
        modules: The generator of each fit; draws of equal fit share it.
        encoder: Encodes the constants that draws read; a stage without constants needs none.

    Returns:
        A module with ``forward(noise, do, given) -> {name: tensor}``, with a network's outcomes by their names in the
        query, and a stage's outputs by their variables. Constants are buffers of the module. Hidden draws are
        computed, not returned. ``.provenance`` and ``node.meta['custom']`` say what each call stands for.

    Raises:
        KeyError: A fit has no module.
    """
    match stage:
        case SamplingNetwork(query=query):
            body, conditions, names = stage.answer, query.conditions, query.outcomes
        case Stage():
            body, conditions, names = stage, (), output_names(stage)
        case _:
            assert_never(stage)
    record = provenance(body)
    root = _root(body, modules, record)

    graph = fx.Graph()
    noise, do, given = (graph.placeholder(name) for name in ("noise", "do", "given"))
    sources = {id: given if id in conditions else do for _, id in body.inputs}
    values = _Values(graph, root, sources, encoder)
    for draw, origin in zip(body.draws, record, strict=True):
        base = graph.call_function(operator.getitem, (noise, draw.id))
        arguments = (base, *(values.read(variable, wire, base) for variable, wire in draw.given))
        name = draw.id if len(draw.ids) == 1 else "_".join(draw.variables)
        node = graph.create_node("call_module", origin.target, arguments, name=identifier(name))
        node.meta["custom"] = origin.to_dict()
        values.add(draw, node)
    graph.output({name: values.of(id) for name, (_, id) in zip(names, body.outputs, strict=True)})

    module = SamplingGraph(root, graph)
    module.meta["provenance"] = record
    graph.lint()
    return module


@dataclass(slots=True)
class _Values:
    """The nodes of the values that draws read, each made once.

    Args:
        graph: The graph.
        root: Holds the constants as buffers.
        sources: For each input, the placeholder that it is read from.
        encoder: Encodes constants.
    """

    graph: fx.Graph
    root: nn.Module
    sources: Mapping[str, fx.Node]
    encoder: Encoder | None
    nodes: dict[str, fx.Node] = field(default_factory=dict[str, fx.Node])
    constants: dict[tuple[str, Constant], fx.Node] = field(
        default_factory=dict[tuple[str, Constant], fx.Node]
    )

    def of(self, id: str) -> fx.Node:
        """The node of a draw or input; an input is read where it is first needed."""
        if id not in self.nodes:
            self.nodes[id] = self.graph.call_function(operator.getitem, (self.sources[id], id))
        return self.nodes[id]

    def read(self, variable: str, wire: Wire, base: fx.Node) -> fx.Node:
        """The node of what a draw reads; a constant is repeated for each row of the draw's noise, `base`."""
        if isinstance(wire, str):
            return self.of(wire)
        if (variable, wire) not in self.constants:
            made = _constant(self.graph, self.root, variable, wire, self.encoder, base)
            self.constants[variable, wire] = made
        return self.constants[variable, wire]

    def add(self, draw: Draw, node: fx.Node) -> None:
        """The values of a draw: what its call returns, or each part of it."""
        if len(draw.ids) == 1:
            self.nodes[draw.id] = node
            return
        for place, id in enumerate(draw.ids):
            part = self.graph.create_node(
                "call_function", operator.getitem, (node, place), name=identifier(id)
            )
            self.nodes[id] = part


def output_names(stage: Stage) -> tuple[str, ...]:
    """The names under which a stage returns its outputs: their variables, or ids where a variable has several."""
    variables = [variable for variable, _ in stage.outputs]
    return tuple(name if variables.count(name) == 1 else id for name, id in stage.outputs)


def _constant(
    graph: fx.Graph, root: nn.Module, variable: str, wire: Constant, encoder: Encoder | None, base: fx.Node
) -> fx.Node:
    """A value that the query states: a buffer, with a row for each row of the noise."""
    assert encoder is not None, f"the constant {wire.value} of {variable} needs an encoder"
    encoded = encoder(variable, wire)
    name = identifier(f"constant_{variable}_{wire.value}")
    while name in dict(root.named_buffers(recurse=False)):
        name += "_"
    root.register_buffer(name, encoded)
    rows = graph.call_method("size", (base, 0))
    return graph.call_method("expand", (graph.get_attr(name), rows, *encoded.shape))


def _root(stage: Stage, modules: Mapping[Fit, nn.Module], record: Provenance) -> nn.Module:
    """A module that holds each generator under its target."""
    root, namespace = nn.Module(), nn.Module()
    for draw, origin in zip(stage.draws, record, strict=True):
        if draw.fit not in modules:
            raise KeyError(f"no generator for {fit_text(draw.fit)}, which draw {draw.id} needs")
        parent, _, name = origin.target.rpartition(".")
        root.add_module(parent, namespace)
        namespace.add_module(name, modules[draw.fit])
    return root
