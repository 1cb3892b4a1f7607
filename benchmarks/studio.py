"""Measures the studio's page in a headless Chromium: its first answer, and keystrokes at 30 and at 200 variables.

    python benchmarks/studio.py

The page must be built (`make studio`), and Playwright and a Chromium be installed, as for `make studio-test`.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import statistics
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

PAGE = Path(__file__).parents[1] / "build" / "studio"
WORDS = "a comment that says a word or two"


def program(size: int) -> str:
    """A chain with shortcuts and an unobserved common cause."""
    chain = " -> ".join(f"v{i}" for i in range(size))
    more = "\n  ".join(f"v{i} -> v{i + 3}" for i in range(0, size - 3, 2))
    return f"graph {{\n  {chain}\n  v0 <-> v5\n  {more}\n}}\n\nquery q = P(v{size - 1} | do(v3))\n"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A web server that logs nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def keystrokes(page: Any, text: str) -> list[float]:
    """The milliseconds from each of some keystrokes to the answer."""
    turn = "turn => Number(document.body.dataset.turn) > turn"

    def after(act: Any) -> float:
        before = int(page.get_attribute("body", "data-turn"))
        act()
        page.wait_for_function(turn, arg=before, timeout=60_000)
        page.wait_for_function("() => document.body.dataset.placing === '0'")
        return float(page.get_attribute("#state", "data-whole"))

    page.click(".cm-content")
    page.keyboard.press("Control+a")
    after(lambda: page.keyboard.insert_text(text))
    page.keyboard.press("Control+End")
    return [after(lambda key=key: page.keyboard.type(key)) for key in f"#{WORDS}"]


def main() -> None:
    """Print a line for each measurement."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    handler = functools.partial(Quiet, directory=str(PAGE))
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 860})
        firsts = []
        for _ in range(3):
            page.goto(f"http://127.0.0.1:{server.server_address[1]}/")
            page.wait_for_selector("body[data-turn]", timeout=60_000)
            firsts.append(page.evaluate("() => Number(document.body.dataset.first)"))
        print(f"first answer: {min(firsts) / 1000:.1f} s ({', '.join(f'{each:.0f}' for each in firsts)} ms)")
        for size in (30, 200):
            times = keystrokes(page, program(size))
            print(
                f"keystroke at {size} variables: median {statistics.median(times):.0f} ms, slowest {max(times):.0f}"
            )
        server.shutdown()


if __name__ == "__main__":
    main()
