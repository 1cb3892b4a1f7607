"""The protocol of an engine: it runs tasks, each as soon as the results that it needs are available.

Fits and blocks of rows are such tasks. The result of a task depends only on its arguments, which include its seeds,
so an engine may run it anywhere, in any order, and again after its process was killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias, runtime_checkable

from ...grammar.edge.arguments import public

Key: TypeAlias = Any
"""Hashable."""


@public()
@dataclass(frozen=True, slots=True)
class Resources:
    """The resources of a task.

    Args:
        cpus: Number of processor cores; torch uses the same number of threads.
        gpus: Number of GPUs, or a share of one; None takes one for a task that runs on ``cuda``, else none.
        custom: Further resources of the cluster, by their names there.
        workers: Number of processes that train one generator together, each with these resources.

    >>> Resources().on("cuda").gpus, Resources(gpus=0.5).device("cpu"), Resources().device("cpu")
    (1, 'cuda', 'cpu')
    """

    cpus: float = 1
    gpus: float | None = None
    custom: Mapping[str, float] = field(default_factory=dict)
    workers: int = 1

    def device(self, asked: str) -> str:
        """The device of a task, from the requested device: a GPU if the task has one."""
        return "cuda" if self.gpus and asked == "cpu" else asked

    def on(self, device: str) -> Resources:
        """The same resources, with the number of GPUs for a task on that device."""
        wanted = 1 if device.startswith("cuda") else 0
        return replace(self, gpus=wanted if self.gpus is None else self.gpus)


@dataclass(frozen=True, slots=True)
class Result:
    """Stands among a task's arguments for the result of an earlier task."""

    key: Key


@public()
@dataclass(frozen=True, slots=True)
class Task:
    """A call that an engine makes.

    Args:
        key: Identifies the task within a run.
        call: A module-level function, which another process can import, unless the engine runs in this process.
        arguments: Each is a value, a value that `Engine.share` returned, or a `Result`.
        name: A name for the user, such as ``fit P(y | x)``.
        resources: The resources of the task; None takes the engine's default.
        kept: Whether later tasks need the result.
        together: A function from the arguments of several such tasks to their results, which is faster than separate
            calls; an engine in this process may call it instead. A task's result does not depend on the others.
    """

    key: Key
    call: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    name: str = ""
    resources: Resources | None = None
    kept: bool = False
    together: Callable[[Sequence[tuple[Any, ...]]], Iterable[Any]] | None = None


@runtime_checkable
class Engine(Protocol):
    """Where fits and blocks of rows run. The engine does not change their results."""

    @property
    def in_process(self) -> bool:
        """Whether tasks run in this process, where they can call a listener."""
        ...

    @property
    def resources(self) -> Mapping[Any, Resources]:
        """The resources of certain fits; keys are as for `generators` of `Sampler.fit`."""
        ...

    @property
    def default(self) -> Resources:
        """The resources of every other task."""
        ...

    def share(self, value: Any, *, cached: bool = False) -> Any:
        """Hand over once a value that many tasks need; returns a placeholder for their arguments.

        Args:
            value: The value that tasks receive in place of the placeholder.
            cached: Whether a worker should keep the value between tasks, instead of reading it again.
        """
        ...

    def run(self, tasks: Iterable[Task], *, ahead: int | None = None) -> Iterator[tuple[Key, Any]]:
        """Run tasks and yield the key and the result of each as it ends.

        A task that fails stops the run: its error is raised unchanged, and tasks that have not started are dropped.

        Args:
            tasks: The tasks, each after the tasks whose results it needs. They are read as they are needed.
            ahead: Largest number of tasks started or waiting at once, to limit memory if results are large; None
                leaves it to the engine.
        """
        ...
