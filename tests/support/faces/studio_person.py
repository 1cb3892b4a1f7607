"""Someone before the studio's page: what they do, and what they read."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from dofx.studio.look import look

NAPKIN = "graph { w -> z -> x -> y; w <-> {x, y} }  query q = P(y | do(x))"
BLANK = "# an empty page\n"

PATIENCE = 300_000
"""Milliseconds after which a page hangs. What is waited for is a state; how long it takes depends on the machine."""

RESTS = """() => document.body.dataset.placing === "0" &&
  !document.getElementById("canvas")._cyreg.cy.nodes().some(node => node.animated())"""
"""Every variable is at its place, and in view."""

STILL = "() => !document.getAnimations().some(each => each.playState === 'running')"
"""Every colour has changed that was about to."""

FILLED = "() => document.getElementById('panel').getAttribute('aria-busy') === 'false'"
"""What the chosen tab shows is there."""


class Person:
    """Someone before the page: what they do, and what they read."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def turn(self) -> int:
        return int(self.page.get_attribute("body", "data-turn"))

    def after(self, act: Any) -> None:
        """Do something and wait for what is made of it."""
        turn = self.turn()
        act()
        self.page.wait_for_function("turn => Number(document.body.dataset.turn) > turn", arg=turn)
        self.rest()

    def rest(self) -> None:
        """Wait until the picture stands still."""
        self.page.wait_for_function(RESTS)

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        until(self.page, holds)

    def turn_to(self, tab: str) -> None:
        """Turn to a tab, and wait for what it shows."""
        self.page.click(f"#tab-{tab}")
        self.page.wait_for_function(FILLED)

    def write(self, text: str) -> None:
        """A text in place of the program, as one types it."""
        self.page.click(".cm-content")
        self.page.keyboard.press("Control+a")
        if text:
            self.after(lambda: self.page.keyboard.insert_text(text))
        else:
            self.after(lambda: self.page.keyboard.press("Delete"))

    def text(self) -> str:
        lines = self.page.locator(".cm-line").all_inner_texts()
        return "\n".join(line.rstrip("\n") for line in lines)

    def graph(self) -> dict[str, Any]:
        graph = look(self.text())["graph"]
        directed = {tuple(pair) for pair in graph["directed"]}
        bidirected = {frozenset(pair) for pair in graph["bidirected"]}
        return {"nodes": set(graph["nodes"]), "directed": directed, "bidirected": bidirected}

    def verdict(self) -> str:
        return " ".join(self.page.inner_text("#verdict").split())

    def estimand(self) -> str:
        return self.page.get_attribute("#panel .formula", "aria-label")

    def at(self, name: str) -> tuple[float, float]:
        """Where a variable is on the screen."""
        place = "name => document.getElementById('canvas')._cyreg.cy.getElementById(name).renderedPosition()"
        here, box = self.page.evaluate(place, name), self.page.locator("#canvas").bounding_box()
        return box["x"] + here["x"], box["y"] + here["y"]

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        mouse = self.page.mouse
        mouse.move(*start)
        mouse.down()
        mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=3)
        mouse.move(*end, steps=3)
        mouse.up()

    def tool(self, name: str) -> None:
        self.page.click(f'button[data-tool="{name}"]')

    def press(self, keys: str) -> None:
        """Keys one after another; those that edit are waited for."""
        for key in keys.split():
            self.page.keyboard.press(key)


def until(page: Any, holds: Callable[[], bool]) -> None:
    """Let a page go on until something holds."""
    ends = time.monotonic() + PATIENCE / 1000
    while not holds():
        assert time.monotonic() < ends, "the page hangs"
        page.wait_for_timeout(20)


def the_napkin(person: Person) -> None:
    assert person.graph() == {
        "nodes": set("wzxy"),
        "directed": {("w", "z"), ("z", "x"), ("x", "y")},
        "bidirected": {frozenset("wx"), frozenset("wy")},
    }
    assert person.verdict() == "✓ P(y | do(x)) is identifiable"
    assert person.estimand() == str(look(NAPKIN)["questions"][0]["kernels"][0]["text"])
