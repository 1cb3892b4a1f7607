"""The Ray engine runs tasks on the workers of a cluster. If a worker is killed, Ray repeats its task.

Values that many tasks need are stored once in Ray's object store, and workers exchange results through it. A refit
therefore starts as soon as the generators that it simulates from are fitted, whatever else is still running.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import torch
from torch import Tensor

from ...grammar.edge.arguments import public
from ...grammar.edge.libraries import library
from .protocol import Key, Resources, Result, Task

AHEAD = 4_096
"""Largest number of tasks started or waiting at once. Ray keeps about 5 kB for each."""


@public()
@dataclass(frozen=True, slots=True)
class Ray:
    """Runs tasks on a Ray cluster: the one that this process is connected to, else the one at `address`.

    Workers need dofx and the modules of custom generators. For all other configuration call `ray.init` first, with a
    ``runtime_env`` for instance; the engine then uses that connection.

    Args:
        address: Address of the cluster, such as ``auto``. None takes the one in ``RAY_ADDRESS``, else starts a cluster
            on this machine that ends with this process.
        cpus: Cores for each task, and threads for torch in it.
        gpus: GPUs for each task, or a share of one; None takes one if the device is ``cuda``.
        resources: Other resources for certain fits; keys are as for `generators` of `Sampler.fit`.
        data_parallel: For certain generators, by the same keys, the number of processes that train it together, each
            on its share of every batch. It suits large generators, because starting the processes takes half a
            minute. The result equals the result of one process up to rounding, which training may amplify; all other
            generators are equal to the bit.
        retries: How often a task is repeated if its worker dies.

    Raises:
        DofxError: E0429 if Ray is not installed.
    """

    address: str | None = None
    cpus: float = 1
    gpus: float | None = None
    resources: Mapping[Any, Resources] = field(default_factory=dict)
    data_parallel: Mapping[Any, int] = field(default_factory=dict)
    retries: int = 3

    def __post_init__(self) -> None:
        imported()
        settled = dict(self.resources)
        for key, workers in self.data_parallel.items():
            settled[key] = replace(settled.get(key, self.default), workers=workers)
        object.__setattr__(self, "resources", settled)

    @property
    def in_process(self) -> bool:
        """False."""
        return False

    @property
    def default(self) -> Resources:
        """The resources of a task for which none are given."""
        return Resources(self.cpus, self.gpus)

    def share(self, value: Any, *, cached: bool = False) -> Any:
        """Put a value into the object store."""
        reference = self._connected().put(packed(value))
        return _Cached((reference,)) if cached else reference

    def run(self, tasks: Iterable[Task], *, ahead: int | None = None) -> Iterator[tuple[Key, Any]]:
        """Run tasks on the workers; results come in the order in which they finish."""
        ray = self._connected()
        waiting: dict[Any, Task] = {}
        kept: dict[Key, Any] = {}
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        warned: set[str] = set()
        queue = iter(tasks)
        try:
            while True:
                for task in queue:
                    _warn(lacking(self._given(task), nodes), warned)
                    reference = self._submit(task, kept)
                    waiting[reference] = task
                    if task.kept:
                        kept[task.key] = reference
                    if len(waiting) >= (ahead or AHEAD):
                        break
                if not waiting:
                    return
                ray.wait(list(waiting), num_returns=1)
                ready, _ = ray.wait(list(waiting), num_returns=len(waiting), timeout=0)
                for reference in ready:
                    task = waiting.pop(reference)
                    yield task.key, unpacked(self._result(ray, reference, task))
        finally:
            for reference in waiting:
                ray.cancel(reference)

    def _submit(self, task: Task, kept: Mapping[Key, Any]) -> Any:
        given = self._given(task)
        arguments = [kept[a.key] if isinstance(a, Result) else packed(a) for a in task.arguments]
        options: dict[str, Any] = {"num_cpus": given.cpus, "num_gpus": given.gpus or 0}
        remote = _remote(_call)
        if given.custom:
            options["resources"] = dict(given.custom)
        if given.workers > 1:
            from .ray_train import call_together

            remote, options = _remote(call_together), {"num_cpus": 0}
        options |= {"max_retries": self.retries, "name": task.name or str(task.key)}
        return remote.options(**options).remote(task.call, given, *arguments)

    def _given(self, task: Task) -> Resources:
        return task.resources or self.default.on("cpu")

    def _result(self, ray: Any, reference: Any, task: Task) -> Any:
        try:
            return ray.get(reference)
        except ray.exceptions.RayTaskError as error:
            if isinstance(error.cause, Exception):
                raise error.cause from None  # Ray has logged where; the type is what callers know
            raise
        except ray.exceptions.RayError as error:
            error.add_note(f"dofx: {task.name or task.key} was given up after {self.retries} repetitions")
            raise

    def _connected(self) -> Any:
        ray = imported()
        if not ray.is_initialized():
            address = self.address or os.environ.get("RAY_ADDRESS")
            own: dict[str, Any] = {} if address else {"include_dashboard": False}
            ray.init(address, log_to_driver=False, logging_level=logging.ERROR, **own)
        return ray


def lacking(given: Resources, nodes: Sequence[Mapping[str, float]]) -> str | None:
    """The resources of a task that no machine of a cluster can supply; None if one machine can supply all.

    >>> lacking(Resources(cpus=2, gpus=1), [{"CPU": 8.0}, {"CPU": 1.0, "GPU": 1.0}])
    '2 CPU, 1 GPU'
    >>> lacking(Resources(cpus=2), [{"CPU": 8.0}])
    """
    amounts = {"CPU": given.cpus, "GPU": given.gpus or 0, **given.custom}
    if any(all(node.get(name, 0) >= amount for name, amount in amounts.items()) for node in nodes):
        return None
    return ", ".join(f"{amount:g} {name}" for name, amount in amounts.items() if amount)


def _warn(lack: str | None, warned: set[str]) -> None:
    """Warn once that resources are missing. Ray itself waits silently, because machines may join a cluster."""
    if lack is not None and lack not in warned:
        warned.add(lack)
        warnings.warn(f"tasks wait until a machine with {lack} joins the Ray cluster", stacklevel=2)


def imported() -> Any:
    """The module `ray`.

    Raises:
        DofxError: E0429 if it is not installed.
    """
    return library("ray")


@cache
def _remote(call: Callable[..., Any]) -> Any:
    """The Ray version of a function. It is made once per function, because Ray sends each to all workers."""
    return imported().remote(call)


# ── on the workers ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Tensor:
    """A tensor in transfer, as an array: workers of one machine read it in the object store without a copy."""

    array: Any


@dataclass(frozen=True, slots=True)
class _Cached:
    """A shared value that a worker keeps. It is in a tuple, because Ray fetches references that stand alone."""

    reference: tuple[Any]


_CACHE: dict[Any, Any] = {}


def _call(call: Callable[..., Any], given: Resources, *arguments: Any) -> Any:
    torch.set_num_threads(max(1, int(given.cpus)))
    return packed(call(*(received(argument) for argument in arguments)))


def received(argument: Any) -> Any:
    """The argument of a task on a worker, unpacked from its transfer."""
    if not isinstance(argument, _Cached):
        return unpacked(argument)
    (reference,) = argument.reference
    if reference not in _CACHE:
        _CACHE.clear()
        _CACHE[reference] = unpacked(imported().get(reference))
    return _CACHE[reference]


def packed(value: Any) -> Any:
    """A value packed for transfer: tensors on the CPU become arrays, also those in a dict."""
    if isinstance(value, Tensor):
        return _Tensor(value.detach().cpu().numpy())
    if isinstance(value, dict):
        return {name: packed(part) for name, part in value.items()}
    return value


def unpacked(value: Any) -> Any:
    """The value that was packed. Tensors are copies, because the object store is read-only."""
    if isinstance(value, _Tensor):
        return torch.from_numpy(value.array.copy())
    if isinstance(value, dict):
        return {name: unpacked(part) for name, part in value.items()}
    return value
