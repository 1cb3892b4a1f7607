"""Checks the built site: its links and anchors, that it loads nothing from a network, and its search, on files.

    python src/site/check.py build/docs

The search is tried in a headless Chromium with Playwright. Where one of them is not there, this is said, and the rest
is checked; with ``--search required`` it fails.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LOADED = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src"}
WORDS = {"napkin": "Gallery", "E0405": "Codes", "bootstrap": "bootstrap"}
"""What is searched for, and a word in the title of a page that must be found."""


@dataclass
class Seen(HTMLParser):
    """The links, the anchors and the files of one page."""

    path: Path
    links: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag leads to, and what leads to it."""
        found = {name: value for name, value in attrs if value}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag in LOADED and found.get("rel") not in ("canonical", "prev", "next") and LOADED[tag] in found:
            self.loaded.append(found[LOADED[tag]])


def faults(site: Path) -> Iterator[str]:
    """What is wrong with the links of a site."""
    pages = {path: Seen(path) for path in sorted(site.rglob("*.html")) if path != site / "404.html"}
    for path, page in pages.items():
        if path.is_relative_to(site / "studio"):
            continue
        place = path.relative_to(site)
        for address in page.loaded:
            if urlsplit(address).scheme in ("http", "https") or address.startswith("//"):
                yield f"{place} loads {address} from the network"
        for link in (*page.links, *page.loaded):
            parts = urlsplit(link)
            if parts.scheme or link.startswith("//"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            if not target.is_file():
                yield f"{place} links to {link}, which is not there"
            elif target.is_relative_to(site / "studio") or target not in pages or not parts.fragment:
                continue  # a fragment of the studio's address is a program
            elif unquote(parts.fragment) not in pages[target].anchors:
                yield f"{place} links to {link}, which has no such anchor"


def searched(site: Path) -> str:
    """Try the search on the files themselves; what came of it.

    Raises:
        AssertionError: If a word is not found, or if the page asks for anything that is no file.
    """
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        return "search not tried: Playwright is not installed"
    if chromium is None:
        return "search not tried: there is no Chromium"
    with sync_playwright() as playwright:
        flags = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        for word, title in WORDS.items():
            page = browser.new_page()
            asked: list[str] = []
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.goto((site / "decisions" / "index.html").resolve().as_uri())
            page.click("input.md-search__input")
            page.keyboard.type(word)
            page.wait_for_selector(".md-search-result__item", state="attached")
            results = [
                item.text_content() or "" for item in page.query_selector_all(".md-search-result__item h1")
            ]
            assert any(title in result for result in results), f"{word}: found {results}"
            foreign = [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
            assert not foreign, f"the page asks for {foreign}"
            page.close()
        browser.close()
    return f"search finds {', '.join(WORDS)}"


def main(site: Path, required: bool) -> int:
    """Check a site, say what was found, and return the exit status."""
    found = list(faults(site))
    print(
        "\n".join(found) if found else f"{len(list(site.rglob('*.html')))} pages, every link leads somewhere"
    )
    result = searched(site)
    print(result)
    return 1 if found or (required and "not tried" in result) else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), sys.argv[2:] == ["--search", "required"]))
