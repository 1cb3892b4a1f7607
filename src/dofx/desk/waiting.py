"""A task in a thread of its own, and somebody who waits for what it returns until it is no longer wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Future

from ..studio.look import JSON
from .work import Work

LOOKS = 0.1
"""Seconds between two looks at whether the result is still wanted."""


async def waited(
    task: Callable[[], JSON], wanted: Callable[[], Awaitable[bool]], *, stops: bool = False
) -> JSON | None:
    """What a task returns; None if it was not wanted any more before it ended.

    Its thread does not keep the process from ending.

    Args:
        task: The task.
        wanted: Whether its result is still wanted.
        stops: Whether the task is stopped when it is not wanted, at its next step in Python.
    """
    found = Future[JSON]()
    found.set_running_or_notify_cancel()  # from here on it cannot be cancelled, only left

    def run(work: Work) -> JSON:
        try:
            found.set_result(task())
        except BaseException as error:
            found.set_exception(error)
        return {}

    work, waiting = Work(run, ""), asyncio.wrap_future(found)
    while not waiting.done():
        await asyncio.wait([waiting], timeout=LOOKS)
        if not waiting.done() and not await wanted():
            waiting.cancel()
            if stops:
                work.cancel()
            return None
    return waiting.result()
