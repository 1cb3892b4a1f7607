"""What an engine does: it runs tasks, each as soon as the results that it takes are there.

Fits and blocks of rows are such tasks. What a task computes depends on its arguments alone, seeds included,
so an engine may run it anywhere, in any order, and again after a kill.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias, runtime_checkable

from ...grammar.arguments import public

Key: TypeAlias = Any
"""Hashable."""


@public()
@dataclass(frozen=True, slots=True)
class Resources:
    """What a task is given.

    Args:
        cpus: Processor cores; torch runs on as many threads.
        gpus: GPUs, or a share of one; None takes one for a task that runs on ``cuda``, else none.
        custom: Further resources of the cluster, by their names there.
        workers: Processes that train one generator together, each with these resources.

    >>> Resources().on("cuda").gpus, Resources(gpus=0.5).device("cpu"), Resources().device("cpu")
    (1, 'cuda', 'cpu')
    """

    cpus: float = 1
    gpus: float | None = None
    custom: Mapping[str, float] = field(default_factory=dict)
    workers: int = 1

    def device(self, asked: str) -> str:
        """Where a task runs that was asked to run on a device: on a GPU if it is given one."""
        return "cuda" if self.gpus and asked == "cpu" else asked

    def on(self, device: str) -> Resources:
        """The same with the number of GPUs settled."""
        wanted = 1 if device.startswith("cuda") else 0
        return replace(self, gpus=wanted if self.gpus is None else self.gpus)


@dataclass(frozen=True, slots=True)
class Result:
    """Stands among a task's arguments for the result of an earlier task."""

    key: Key


@public()
@dataclass(frozen=True, slots=True)
class Task:
    """A call to be made.

    Args:
        key: Names the task among those of a run.
        call: A function of a module, so that another process finds it, unless the engine runs in this one.
        arguments: Values, what `Engine.share` returned, or a `Result`.
        name: For people, such as ``fit P(y | x)``.
        resources: None takes the engine's own.
        kept: Whether later tasks take the result.
        together: From the arguments of several such tasks to their results, faster than one after another;
            an engine in this process may call it instead. What a task returns does not depend on the others.
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
    """Where fits and blocks of rows run. It changes nothing in what they return."""

    @property
    def in_process(self) -> bool:
        """Whether tasks run in this process, where they may speak to a listener."""
        ...

    @property
    def resources(self) -> Mapping[Any, Resources]:
        """What the fits that a key stands for are given; keys are as for `generators` of `Sampler.fit`."""
        ...

    @property
    def default(self) -> Resources:
        """What every other task is given."""
        ...

    def share(self, value: Any, *, cached: bool = False) -> Any:
        """Hand a value over once that many tasks take, and get what stands for it among their arguments.

        Args:
            value: What tasks will get in its place.
            cached: Whether a worker should hold the value from one task to the next, rather than read it
                anew.
        """
        ...

    def run(self, tasks: Iterable[Task], *, ahead: int | None = None) -> Iterator[tuple[Key, Any]]:
        """Run tasks and yield the key and the result of each as it ends.

        A task that fails stops the run: its error is raised as it was, and what has not begun is dropped.

        Args:
            tasks: Each after those whose results it takes. They are asked for as they are needed.
            ahead: Most tasks begun or waiting at once, where results are large; None leaves it to the
                engine.
        """
        ...
