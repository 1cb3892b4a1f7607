"""A real browser on the built page: `make studio-test` needs both, `make test` takes them if they are there."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest

from dofx.desk.serve import fragment
from faces.studio_person import BLANK, PATIENCE, Person

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "build" / "studio"
AXE = ROOT / "src" / "studio" / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
REQUIRED = os.environ.get("DOFX_STUDIO_TESTS") == "required"


def missing(what: str) -> NoReturn:
    """Skip, saying what is missing; fail where the tests of the page were asked for."""
    words = f"the studio's page is not tested: {what}"
    if REQUIRED:
        pytest.fail(words)
    pytest.skip(words)


@pytest.fixture(scope="session")
def page_folder() -> Path:
    """The built page."""
    if not (PAGE / "index.html").is_file():
        missing("it is not built (`make studio-test` builds it)")
    return PAGE


@pytest.fixture(scope="session")
def address(page_folder: Path) -> Iterator[str]:
    """Where the built page is served by a web server that knows nothing of dofx."""
    handler = functools.partial(Quiet, directory=str(page_folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A web server like any other."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """A headless Chromium."""
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        missing("Playwright is not installed (`pip install playwright`)")
    named = os.environ.get("CHROMIUM")
    chromium = named or next((found for name in NAMES if (found := shutil.which(name))), None)
    if chromium is None:
        missing("no Chromium is found (`apt-get install chromium`, or name one in CHROMIUM)")
    with sync_playwright() as playwright:
        alone = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=[*FLAGS, *alone])
        yield browser
        browser.close()


class Loaded:
    """A page with its first answer, the addresses that it asked for and the errors of its scripts."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.context = browser.new_context(viewport={"width": 1440, "height": 860}, **options)
        self.context.on("request", lambda request: self.requests.append(request.url))
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda message: message.type == "error" and self.errors.append(message.text))
        self.page.goto(address)
        self.page.wait_for_selector("body[data-turn]")

    def close(self, *expected: str) -> None:
        """Close it; no script may have failed, but for errors with an expected word."""
        self.context.close()
        assert [each for each in self.errors if not any(word in each for word in expected)] == []


@pytest.fixture(scope="session")
def shared(browser: Any, address: str) -> Iterator[Loaded]:
    """One page for many tests, on which nothing glides: a `person` begins on it with an empty program."""
    loaded = Loaded(browser, address, reduced_motion="reduce")
    yield loaded
    loaded.close()


@pytest.fixture
def fresh(browser: Any, address: str) -> Iterator[Loaded]:
    """A page of its own."""
    loaded = Loaded(browser, address)
    yield loaded
    loaded.close()


@pytest.fixture
def loaded(browser: Any) -> Callable[[str], Loaded]:
    """Opens a page at an address."""
    return lambda address: Loaded(browser, address)


@pytest.fixture
def desk() -> Iterator[Any]:
    """The studio's other half, without a page."""
    from dofx.desk.desk import Desk

    desk = Desk()
    yield desk
    desk.close()


@pytest.fixture
def axe() -> str:
    """The script that looks for what shuts people out."""
    if not AXE.is_file():
        missing("axe-core is not installed (`npm ci` in src/studio)")
    return AXE.read_text(encoding="utf-8")


@pytest.fixture
def person(shared: Any) -> Person:
    """Someone before a page on which nothing is written yet."""
    person = Person(shared.page)
    shared.page.set_viewport_size({"width": 1440, "height": 860})
    person.tool("move")
    shared.page.click("#tab-answer")
    shared.page.evaluate("() => history.replaceState(null, '', ' ')")
    if person.text() != BLANK:  # else nothing would change, and nothing could be waited for
        person.after(lambda: shared.page.evaluate("place => { location.hash = place; }", fragment(BLANK)))
    return person
