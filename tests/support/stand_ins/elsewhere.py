"""An engine of one's own: tasks see copies of everything, as in another process, and run in another order."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from typing import Any

from dofx.runtime.engines import Key, Resources, Result, Task


class Elsewhere:
    """Runs whatever is ready in a random order, on copies.

    Args:
        seed: Of the order.
        given: Resources by key.

    Attributes:
        ran: The tasks in the order in which they ran.
        shared: How many values were shared.
    """

    in_process = False

    def __init__(self, seed: int = 0, given: Mapping[Any, Resources] | None = None) -> None:
        self.source = random.Random(seed)
        self.resources = given or {}
        self.default = Resources()
        self.ran: list[Task] = []
        self.shared = 0

    def share(self, value: Any, *, cached: bool = False) -> Any:
        self.shared += 1
        return value

    def run(self, tasks: Iterable[Task], *, ahead: int | None = None) -> Iterator[tuple[Key, Any]]:
        left = list(tasks)
        kept: dict[Key, Any] = {}
        while left:
            ready = [t for t in left if all(r.key in kept for r in t.arguments if isinstance(r, Result))]
            task = self.source.choice(ready)
            left.remove(task)
            given = [kept[a.key] if isinstance(a, Result) else a for a in task.arguments]
            result = task.call(*deepcopy(given))
            if task.kept:
                kept[task.key] = result
            self.ran.append(task)
            yield task.key, deepcopy(result)
