"""Measures the studio's page in a headless Chromium: its size, its first answer, keystrokes, and whether it is right.

    python benchmarks/studio.py          # writes benchmarks/results/studio.md; two minutes

The page must be built (`make studio`), and Playwright and a Chromium be installed, as for `make studio-test`.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import os
import shutil
import statistics
import sys
import threading
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from dofx.studio.look import look

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "build" / "studio"
RESULTS = Path(__file__).parent / "results" / "studio.md"
WORDS = "a comment that says a word or two"
RUNS = 5

sys.path.insert(0, str(ROOT / "tests" / "support"))


def program(size: int) -> str:
    """A chain with shortcuts and an unobserved common cause."""
    chain = " -> ".join(f"v{i}" for i in range(size))
    more = "\n  ".join(f"v{i} -> v{i + 3}" for i in range(0, size - 3, 2))
    return f"graph {{\n  {chain}\n  v0 <-> v5\n  {more}\n}}\n\nquery q = P(v{size - 1} | do(v3))\n"


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A web server that logs nothing."""

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""


def size_of(*, pyodide: bool) -> float:
    """The files of the page, compressed each by itself, in MB; those of Pyodide or all others."""
    files = (
        each for each in PAGE.rglob("*") if each.is_file() and each.name not in {"page.html", "licences.txt"}
    )
    own = (each for each in files if (each.relative_to(PAGE).parts[0] == "pyodide") == pyodide)
    return sum(len(gzip.compress(each.read_bytes())) for each in own) / 1e6


def keystrokes(page: Any, text: str) -> list[float]:
    """The milliseconds from each of some keystrokes to the answer."""
    turn = "turn => Number(document.body.dataset.turn) > turn"

    def after(act: Any) -> float:
        before = int(page.get_attribute("body", "data-turn"))
        act()
        page.wait_for_function(turn, arg=before)
        page.wait_for_function("() => document.body.dataset.placing === '0'")
        return float(page.get_attribute("#state", "data-whole"))

    page.click(".cm-content")
    page.keyboard.press("Control+a")
    after(lambda: page.keyboard.insert_text(text))
    page.keyboard.press("Control+End")
    return [after(lambda key=key: page.keyboard.type(key)) for key in f"#{WORDS}"]


def different(page: Any) -> tuple[int, int, int]:
    """Published programs, their questions, and the programs about which page and library do not say the same."""
    from faces.studio_cases import ASK, programs

    texts = programs()
    answers = page.evaluate(ASK, [{"do": "look", "text": text} for text in texts])
    mine = [json.loads(json.dumps(look(text))) for text in texts]
    questions = sum(len(each["questions"]) for each in mine)
    return len(texts), questions, sum(one["value"] != two for one, two in zip(answers, mine, strict=True))


def measured(page: Any, address: str) -> list[str]:
    """The lines of the results."""
    firsts = list[int]()
    for _ in range(RUNS):
        page.goto(address)
        page.wait_for_selector("body[data-turn]")
        firsts.append(page.evaluate("() => Number(document.body.dataset.first)"))
    lines = [
        f"| the page, compressed, without Pyodide's own files | 8 MB | {size_of(pyodide=False):.1f} MB |",
        f"| Pyodide's own files, compressed | | {size_of(pyodide=True):.1f} MB |",
        f"| the first answer after the page is opened, best of {RUNS} | 5 s | {min(firsts) / 1000:.1f} s |",
        f"| the same, slowest of {RUNS} | 5 s | {max(firsts) / 1000:.1f} s |",
    ]
    for size, goal in ((30, 50), (200, 300)):
        times = keystrokes(page, program(size))
        middle, quickest = statistics.median(times), min(times)
        lines.append(f"| a keystroke at {size} variables, median | {goal} ms | {middle:.0f} ms |")
        lines.append(f"| the same, quickest and slowest | | {quickest:.0f} and {max(times):.0f} ms |")
    programs, questions, off = different(page)
    lines.append(
        f"| published programs about which the page says something else than the library "
        f"| 0 | {off} of {programs} ({questions:,} questions) |"
    )
    return lines


def main() -> None:
    """Measure, print and write."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    handler = functools.partial(Quiet, directory=str(PAGE))
    began = os.getloadavg()[0]
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1440, "height": 860})
        page.set_default_timeout(600_000)
        table = measured(page, f"http://127.0.0.1:{server.server_address[1]}/")
        version = browser.version
        server.shutdown()
    loads = f"{began:.0f} and {os.getloadavg()[0]:.0f}"
    head = [
        "# The studio's page",
        "",
        f"Headless Chromium {version}, {os.cpu_count()} cores; {loads} processes wanted them at the beginning and end.",
        "A keystroke counts from the key to the answer as it is drawn. The published programs are those of the tests:",
        "all questions on three nodes, textbook queries, worlds, data sets, holes, cycles, the literature; all that",
        "the page receives about them is compared. Written by `python benchmarks/studio.py`.",
        "",
        "| | goal | measured |",
        "|---|---|---|",
    ]
    text = "\n".join([*head, *table]) + "\n"
    print(text)
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
