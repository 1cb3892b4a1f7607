"""CUDA graphs: a graph's operations recorded on a GPU once, and then started all together by one call."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from itertools import chain
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

Values: TypeAlias = Mapping[str, Tensor]
Call: TypeAlias = Callable[[], dict[str, Tensor]]

WARM_UP = 3
"""Calls before the recording, in which libraries choose their ways and take their memory."""


def replayable(device: torch.device) -> bool:
    """Whether operations on a device can be recorded."""
    return device.type == "cuda"


def recorded(call: Call, device: torch.device) -> tuple[dict[str, Tensor], Callable[[], None]]:
    """What a call returns, and what does it all again: on the same tensors, and into the same ones.

    Raises:
        RuntimeError: Where the call waits for the GPU, as a decision by its values does.
    """
    with torch.cuda.device(device):
        here = torch.cuda.current_stream()
        beside = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        beside.wait_stream(here)
        with torch.cuda.stream(beside):
            for _ in range(WARM_UP):
                call()
        here.wait_stream(beside)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            values = call()
    return values, graph.replay


class Replayed:
    """A sampling graph that is replayed, for as many rows as it was recorded with. Threads, on one stream, take turns.

    Args:
        module: The graph.
        noise: By draw id, where the graph is.
        do: By intervention.
        given: By condition.
        device: Where that is.
    """

    def __init__(
        self, module: nn.Module, noise: Values, do: Values, given: Values, device: torch.device
    ) -> None:
        self._turn = threading.Lock()
        self._weights = [tensor.detach() for tensor in chain(module.parameters(), module.buffers())]
        """The recording reads them where they lie, even after the module was moved away."""
        with torch.inference_mode():
            self._inputs = tuple(
                {n: _dense(value) for n, value in part.items()} for part in (noise, do, given)
            )
            self._outputs, self._replay = recorded(lambda: module(*self._inputs), device)

    def __call__(self, noise: Values, do: Values, given: Values) -> dict[str, Any]:
        """Values go into the recording's inputs, and a copy of its outputs is returned."""
        with self._turn, torch.inference_mode():
            for inputs, passed in zip(self._inputs, (noise, do, given), strict=True):
                for name, value in inputs.items():
                    value.copy_(passed[name])
            self._replay()
            return {name: value.clone() for name, value in self._outputs.items()}


def _dense(value: Tensor) -> Tensor:
    return value.clone(memory_format=torch.contiguous_format)
