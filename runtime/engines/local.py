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
        """Whatever there is."""
        return Resources()

    def share(self, value: Any, *, cached: bool = False) -> Any:
        """The value itself."""
        return value

    def run(self, tasks: Iterable[Task], *, ahead: int | None = None) -> Iterator[tuple[Key, Any]]:
        """Run tasks in the order given. The next begins when the result of the last has been taken."""
        kept: dict[Key, Any] = {}
        for task in tasks:
            arguments = [kept[a.key] if isinstance(a, Result) else a for a in task.arguments]
            result = task.call(*arguments)
            if task.kept:
                kept[task.key] = result
            yield task.key, result
            del arguments, result
