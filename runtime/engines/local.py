"""The local engine: one task after another, in this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .protocol import Key, Resources, Result, Task


@dataclass(frozen=True, slots=True)
class Local:
    """Runs tasks in the order given. torch uses its own threads.

    >>> tasks = [Task("a", int, ("20",), kept=True), Task("b", pow, (Result("a"), 2))]
    >>> list(Local().run(tasks))
    [('a', 20), ('b', 400)]
    """

    @property
    def in_process(self) -> bool:
        """True."""
        return True

    @property
    def resources(self) -> Mapping[Any, Resources]:
        """None: a task has the whole machine."""
        return {}

    @property
    def default(self) -> Resources:
        """The resources of a task without its own: the whole machine."""
        return Resources()

    def share(self, value: Any, *, cached: bool = False) -> Any:
        """The value itself."""
        return value

    def run(self, tasks: Iterable[Task], *, ahead: int | None = None) -> Iterator[tuple[Key, Any]]:
        """Run tasks in the order given. A task starts when the caller has taken the result of the task before.

        Tasks that can be done together wait until no other task is left.
        """
        kept: dict[Key, Any] = {}
        waiting: list[Task] = []
        for task in tasks:
            if task.together is not None:
                waiting.append(task)
                continue
            while waiting and not _ready(task, kept):
                yield from _together(waiting, kept)
            result = task.call(*_arguments(task, kept))
            if task.kept:
                kept[task.key] = result
            yield task.key, result
            del result
        while waiting:
            yield from _together(waiting, kept)


def _together(waiting: list[Task], kept: dict[Key, Any]) -> Iterator[tuple[Key, Any]]:
    """Do the tasks that can start, and remove them from the list."""
    ready = [task for task in waiting if _ready(task, kept)]
    assert ready, "a task waits for a result that nothing makes"
    call = ready[0].together
    assert call is not None
    ready = [task for task in ready if task.together == call]
    keys = {task.key for task in ready}
    waiting[:] = [task for task in waiting if task.key not in keys]
    results = call([_arguments(task, kept) for task in ready])
    for task, result in zip(ready, results, strict=True):
        if task.kept:
            kept[task.key] = result
        yield task.key, result


def _ready(task: Task, kept: Mapping[Key, Any]) -> bool:
    return all(a.key in kept for a in task.arguments if isinstance(a, Result))


def _arguments(task: Task, kept: Mapping[Key, Any]) -> tuple[Any, ...]:
    return tuple(kept[a.key] if isinstance(a, Result) else a for a in task.arguments)
