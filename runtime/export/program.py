"""From a fitted sampler to an `ExportedProgram`, and the name of the draw when that fails."""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr
from typing import Any

import torch
from torch import Tensor, nn
from torch.export import ExportedProgram

from ...compiler.emit import Origin, SamplingGraph
from ...grammar.diagnostics.diagnostic import DofxError
from ..families.capabilities import family_name, why_unexportable
from ..sampling.running import device_of
from .check import flaws
from .errors import draw_not_exportable, not_exportable, policy_not_exportable
from .flat import EXAMPLE_ROWS, dynamic_shapes, example_inputs, flat_graph
from .selection import select
from .signature import Signature

Conversion = Callable[[ExportedProgram], Any]

_TALKERS = (
    "torch.onnx._internal.exporter._registration",
    "torch.export.pt2_archive._package",
    "torch.fx.experimental.symbolic_shapes",
)
_MEANINGS = {
    "data-dependent expression": "it branches on its data, which a fixed program cannot follow",
    "Constraints violated (rows)": "it fixes the number of rows, as len(noise) does: noise.shape[0] does not",
}
"""What torch says when an export fails, and what that means."""


def exported_program(module: SamplingGraph, signature: Signature, artefact: str) -> ExportedProgram:
    """The program of a sampling graph, for any number of rows.

    Args:
        module: A fitted graph.
        signature: Of the same sampler.
        artefact: What it is exported to, for a diagnostic.

    Raises:
        DofxError: E0901 for a draw that cannot be exported.
    """
    device = device_of(module)
    inputs = example_inputs(signature, device)
    for draw in module.provenance:
        reason = why_unexportable(module.get_submodule(draw.target))
        if reason is not None:
            raise _fault(module, draw, artefact, reason)
    graph = flat_graph(module, signature)
    if artefact == "aoti" and device.type == "cpu":
        select(graph)
    with quiet():
        try:
            program = _export(graph, inputs, dynamic_shapes(signature))
        except Exception as error:
            raise refusal(module, signature, artefact, error) from error
    for flaw in flaws(program):
        origin = next((o for o in module.provenance if o.target == flaw.target), None)
        raise _fault(module, origin, artefact, flaw.reason)
    return program


def refusal(
    module: SamplingGraph,
    signature: Signature,
    artefact: str,
    error: Exception,
    convert: Conversion | None = None,
) -> DofxError:
    """The diagnostic of a failed export: it names the first draw whose generator fails on its own.

    Args:
        module: The graph.
        signature: Of the same sampler.
        artefact: What it was to be exported to.
        error: How the whole failed.
        convert: A further step that failed.
    """
    for origin, arguments in _calls(module, signature):
        rows = torch.export.Dim("rows", min=1)
        shapes = tuple({0: rows} for _ in arguments)
        call = _Call(module.get_submodule(origin.target))
        try:
            with quiet():
                program = _export(call.eval(), arguments, (shapes,))
            if convert is not None:
                convert(program)
        except Exception as reason:
            return _fault(module, origin, artefact, reason_text(reason))
    return _fault(module, None, artefact, reason_text(error))


def reason_text(error: BaseException) -> str:
    """What the error that lies deepest means, or its first line."""
    while error.__cause__ is not None:
        error = error.__cause__
    meaning = next((meaning for said, meaning in _MEANINGS.items() if said in str(error)), None)
    if meaning is not None:
        return meaning
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    line = lines[0].rstrip(".") if lines else type(error).__name__
    return line if len(line) <= 160 else f"{line[:159]}…"


@contextmanager
def quiet() -> Iterator[None]:
    """A scope that silences torch's warnings of its own changes, of optional packages and of suffixes."""
    loggers = [logging.getLogger(name) for name in _TALKERS]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning)
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        warnings.filterwarnings("ignore", message=".*axis name.*", category=UserWarning)
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            with redirect_stderr(io.StringIO()):  # where torch prints the graph that it could not trace
                yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)


class _Call(nn.Module):
    """A generator alone, with as many inputs as it takes."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, *arguments: Tensor) -> Any:
        """The generator's own."""
        return self.generator(*arguments)


def _export(call: nn.Module, inputs: tuple[Tensor, ...], shapes: Any) -> ExportedProgram:
    return torch.export.export(call, inputs, dynamic_shapes=shapes, strict=False)


def _calls(module: SamplingGraph, signature: Signature) -> Iterator[tuple[Origin, tuple[Tensor, ...]]]:
    """Each draw with example arguments of its generator's call, as far as the draws run at all."""
    device = device_of(module)
    examples = {(port.role, port.of): port.example(EXAMPLE_ROWS, device) for port in signature.inputs}
    values: dict[torch.fx.Node, Any] = {}
    for node in module.graph.nodes:
        if node.op == "call_function":
            source, key = node.args
            values[node] = values[source][key] if source in values else examples[source.target, key]
        elif node.op == "call_module":
            arguments = tuple(values[argument] for argument in node.args)
            yield module.provenance[node.meta["custom"]["draw"]], arguments
            with torch.no_grad():
                values[node] = module.get_submodule(node.target)(*arguments)


def _fault(module: SamplingGraph, origin: Origin | None, artefact: str, reason: str) -> DofxError:
    if origin is None:
        return not_exportable(artefact, reason)
    generator = family_name(module.get_submodule(origin.target))
    if origin.policy:
        return policy_not_exportable(origin.draw, origin.fit, artefact, origin.source, reason)
    return draw_not_exportable(origin.draw, origin.fit, artefact, generator, reason)
