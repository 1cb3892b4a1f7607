"""A compiled package behind a check of its inputs: unchecked, it answers wrong inputs with garbage.

A C++ program gets part of this check from the environment variable ``AOTI_RUNTIME_CHECK_INPUTS=1``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.edge.files import path_of
from ..variables import nearest
from . import errors
from .artefact import read_signature
from .errors import not_aoti, other_machine
from .program import quiet
from .signature import Signature

CAPABILITIES = ("DEFAULT", "AVX2", "AVX512")
"""x86 instruction sets as torch names them, each holding the one before."""


class LoadedSampler:
    """An AOTInductor package that is called as `Sampler.module` is.

    Args:
        run: The package as torch loads it.
        signature: What it takes.
        device: Where it runs.
    """

    def __init__(self, run: Any, signature: Signature, device: torch.device) -> None:
        self.signature = signature
        self.device = device
        self._run = getattr(run.loader, "boxed_run", run.loader.run) if run is not None else None
        """The package's machine code, without the reading of its JSON that `run` does for each call."""
        self._ports = [
            (p.role, p.of, p.torch_dtype, p.shape, _dense_strides(p.shape), len(p.states or ()))
            for p in signature.inputs
        ]
        self._outcomes = [port.of for port in signature.outputs]

    def __call__(
        self,
        noise: Mapping[str, Tensor],
        do: Mapping[str, Tensor] | None = None,
        given: Mapping[str, Tensor] | None = None,
    ) -> dict[str, Tensor]:
        """Samples of encoded values.

        Args:
            noise: Base noise by draw id, float32 ``(rows, *shape)``.
            do: Encoded values by intervention, ``(rows, *event)``.
            given: Likewise by condition.

        Raises:
            DofxError: E0905, with every fault found.
        """
        passed = {"noise": noise, "do": do or {}, "given": given or {}}
        values = self._values(passed)
        if values is None:
            faults = [*_unknown(self.signature, passed), *_misfits(self.signature, passed, self.device)]
            if faults:
                raise DofxError(faults)
            values = [_dense(passed[role][of].detach()) for role, of, *_ in self._ports]
        assert self._run is not None
        return dict(zip(self._outcomes, self._run(values), strict=True))

    def draw_noise(self, rows: int, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Fresh noise for this number of rows, by draw id."""
        found = {}
        for port in self.signature.ports("noise"):
            draw = torch.rand if port.law == "uniform" else torch.randn
            found[port.of] = draw(rows, *port.shape, generator=generator).to(self.device)
        return found

    def _values(self, passed: Mapping[str, Mapping[str, Tensor]]) -> list[Tensor] | None:
        """The values in the package's order, if all is surely well: found in a microsecond or two.

        None where something is amiss, or only unusual, such as a value with strides.
        """
        values: list[Tensor] = []
        rows, on_cpu = 0, self.device.type == "cpu"
        for role, of, dtype, shape, strides, states in self._ports:
            value = passed[role].get(of)
            if not isinstance(value, Tensor) or value.dtype is not dtype or value.is_cpu is not on_cpu:
                return None
            own = value.shape
            rows = rows or (own[0] if own else 0)
            if own != (rows, *shape) or value.stride() != strides or value.requires_grad or not rows:
                return None
            if states and _strange(value, states):
                return None
            values.append(value)
        return values if len(values) == sum(map(len, passed.values())) else None

    def __repr__(self) -> str:
        return f"LoadedSampler({self.signature.query})"


def load_aoti(path: str | Path) -> LoadedSampler:
    """A package that `Sampler.export` compiled. It is machine code: load only what you trust.

    Raises:
        DofxError: E0904 for another kind of file, or one that was compiled for another machine, E0801 for a file
            that cannot be opened.
    """
    path = path_of(path)
    signature = read_signature(path)
    if signature.artefact != "aoti":
        raise not_aoti(path, signature.artefact)
    _refuse_other_machine(path, signature.machine or {})
    with quiet():
        run = torch._inductor.aoti_load_package(str(path))
    on_cpu = (signature.machine or {}).get("device", "cpu") == "cpu"
    return LoadedSampler(run, signature, torch.device("cpu" if on_cpu else "cuda"))


def _refuse_other_machine(path: Path, built: Mapping[str, str]) -> None:
    import platform

    here = {"system": platform.system(), "processor": platform.machine()}
    reasons = [
        f"it was compiled for {built.get(key)}, and this is {found}"
        for key, found in here.items()
        if built.get(key) != found
    ]
    needed, offered = built.get("instructions", "DEFAULT"), torch.backends.cpu.get_cpu_capability()
    if not reasons and needed != offered and _rank(needed) > _rank(offered):
        reasons.append(f"it was compiled for {needed} instructions, and this processor has {offered}")
    if built.get("device", "cpu") != "cpu" and not torch.cuda.is_available():
        reasons.append(f"it was compiled for {built['device']}, and there is no such device here")
    if reasons:
        raise other_machine(path, reasons)


def _rank(capability: str) -> int:
    """Where an instruction set stands; an unknown one holds all."""
    return CAPABILITIES.index(capability) if capability in CAPABILITIES else len(CAPABILITIES)


def _unknown(signature: Signature, passed: Mapping[str, Mapping[str, Tensor]]) -> Iterator[Diagnostic]:
    idle_names = {"noise": (), "do": signature.roles["interventions"], "given": signature.roles["conditions"]}
    for role, values in passed.items():
        names, idle = [port.of for port in signature.ports(role)], idle_names[role]
        for name in values:
            if name not in names and name not in idle:
                yield errors.no_input(role, name, names, nearest(name, names))


def _misfits(
    signature: Signature, passed: Mapping[str, Mapping[str, Tensor]], device: torch.device
) -> Iterator[Diagnostic]:
    """What does not fit its port: a missing value, a dtype, a shape, a device, a state, a number of rows."""
    rows: dict[str, int] = {}
    for port in signature.inputs:
        value = passed[port.role].get(port.of)
        title = f"{port.role} `{port.of}`"
        if value is None:
            yield errors.missing(title, port.dtype, _shape(port.shape))
        elif not isinstance(value, Tensor):
            yield errors.no_tensor(title, type(value))
        elif value.dtype != port.torch_dtype:
            yield errors.other_dtype(title, str(value.dtype).removeprefix("torch."), port.dtype)
        elif value.ndim != 1 + len(port.shape) or tuple(value.shape[1:]) != port.shape:
            yield errors.other_shape(title, str(tuple(value.shape)), _shape(port.shape))
        elif value.device.type != device.type:
            yield errors.other_device(title, str(value.device), str(device))
        elif not len(value):
            yield errors.no_rows(title)
        elif port.states is not None and _strange(value, len(port.states)):
            yield errors.no_states(title, len(port.states) - 1)
        else:
            rows[title] = len(value)
    if len(set(rows.values())) > 1:
        yield errors.unequal_rows(rows)


def _strange(value: Tensor, states: int) -> bool:
    if value.numel() == 1:
        return not 0 <= value.item() < states
    lowest, highest = value.aminmax()
    return lowest.item() < 0 or highest.item() >= states


def _dense(value: Tensor) -> Tensor:
    """The value with the strides that a package expects, even along axes of size 1."""
    dense = value.stride() == _dense_strides(value.shape[1:])
    return value if dense else value.clone(memory_format=torch.contiguous_format)


def _dense_strides(shape: Sequence[int]) -> tuple[int, ...]:
    """The strides of dense rows of such a shape.

    >>> _dense_strides((2, 3)), _dense_strides(())
    ((6, 3, 1), (1,))
    """
    strides = [1]
    for length in reversed(shape):
        strides.append(strides[-1] * max(length, 1))
    return tuple(reversed(strides))


def _shape(shape: tuple[int, ...]) -> str:
    return f"({', '.join(map(str, ('rows', *shape)))})"
