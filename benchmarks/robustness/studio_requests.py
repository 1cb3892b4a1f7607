"""What the studio's page sends on each keystroke, after slips, and what it sends to the desk behind it."""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

from kinds import KINDS, word, written
from texts import GRAPHS, PROGRAMS, QUERIES, slip

import dofx
from dofx.desk.desk import Desk
from dofx.studio.edit import ACTIONS
from dofx.studio.look import asked_of
from dofx.studio.notations import NOTATIONS
from dofx.studio.respond import respond

Random = random.Random


def attempts(rng: Random, folder: Path) -> Iterator[tuple[str, tuple[Any, ...], Callable[[], Any]]]:
    """Endless requests."""
    desk = Desk()
    while True:
        text = slip(rng, rng.choice(PROGRAMS) if rng.random() < 0.6 else program_of(rng))
        action = rng.choice(tuple(ACTIONS))
        names = [
            rng.choice(("x", "y", "z", "m", "u", "q", word(rng)))
            for _ in signature(ACTIONS[action]).parameters
        ]
        about = {"name": rng.choice(questions(text)), "kernel": 0}
        asked: list[dict[str, Any]] = [
            {"do": "look", "text": text},
            {"do": "format", "text": text},
            {"do": "implied", "text": text},
            {"do": "export", "text": text, "notation": rng.choice(tuple(NOTATIONS))},
            {"do": "import", "text": rng.choice((text, slip(rng, rng.choice(GRAPHS))))},
            {"do": rng.choice(("proof", "networks")), "text": text, **about},
            {"do": "edit", "text": text, "edits": [[action, names[1:]]]},
        ]
        for request in asked:
            yield f"studio {request['do']}", (request,), partial(respond, json.dumps(request))
        for request in to_the_desk(rng, folder, text):
            known = request["do"] if request["do"] in Desk.REQUESTS else "?"
            yield f"desk {known}", (request,), partial(at_the_desk, desk, request)


def program_of(rng: Random) -> str:
    """A graph and a question that stand together."""
    return f"graph {{ {rng.choice(GRAPHS)} }}\nquery q = {rng.choice(QUERIES)}"


def questions(text: str) -> list[str]:
    """The names of a program's queries and effects that have a proof: the page asks about no others."""
    try:
        asked = asked_of(text)
    except dofx.DofxError:
        return ["q"]
    return [each.name for each in (*asked.queries, *asked.effects) if each.kernels] or ["q"]


def to_the_desk(rng: Random, folder: Path, text: str) -> Iterator[dict[str, Any]]:
    """Rows, and what is asked of them."""
    file = written(rng, folder)
    packed = base64.b64encode(file.read_bytes()).decode()
    yield {
        "do": "take",
        "name": rng.choice(("P", "trial", word(rng))),
        "file": file.name,
        "base64_rows": packed,
    }
    yield {"do": rng.choice(("desk", "work", "bundle", "ask", "drop", word(rng))), "name": word(rng)}
    yield {"do": rng.choice(("cancel", "ask", "drop")), "name": "risk", "at": {"x": odd(rng)}}
    if rng.random() < 0.1:
        yield {"do": "fit", "text": text, "seed": rng.choice((0, odd(rng))), "epochs": 1}


def odd(rng: Random) -> Any:
    """A value that JSON can carry."""
    return KINDS[rng.choice(("none", "bool", "integer", "real", "text", "empty text"))](rng)


def at_the_desk(desk: Desk, request: dict[str, Any]) -> Any:
    """The response to a request; a fault of dofx that the desk reports is one here too."""
    response = desk.respond(request)
    while (work := desk.respond({"do": "work"})["value"]) and work["state"] == "working":
        time.sleep(0.001)
    for fault in (*response.get("faults", ()), *(work["faults"] if work else ())):
        if not fault["code"]:
            raise AssertionError(fault["title"])
    return response
