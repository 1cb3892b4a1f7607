"""Every link in README and in the docs leads to a file that is there, and to a heading that it has."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "examples/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "benchmarks" / "results").glob("*.md")),
]
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"(?<!\\)\]\(([^()\s]+)\)")
WRITTEN = {"gallery.md", "commands.md"}
"""Pages that the site's build writes: in the repository nothing stands behind a link to them."""


class Loader(yaml.SafeLoader):
    """Reads mkdocs.yml, in which one setting names a Python object."""


Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda loader, suffix, node: suffix)


def prose(path: Path) -> str:
    return BLOCK.sub("", path.read_text(encoding="utf-8"))


def anchors(path: Path) -> set[str]:
    """The anchors that a page's headings get, on GitHub and in the site."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.+)$", prose(path), re.MULTILINE):
        plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        slug = re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")
        found.add(slug if slug not in found else f"{slug}-1")
    return found


def test_links_lead_somewhere() -> None:
    faults, counted = [], 0
    for page in PAGES:
        for link in LINK.findall(CODE.sub("", prose(page))):
            if "://" in link or link.startswith("mailto:"):
                continue
            target, _, anchor = link.partition("#")
            place = (page.parent / target).resolve() if target else page
            counted += 1
            if place.parent == ROOT / "docs" and place.name in WRITTEN:
                continue
            if not place.exists():
                faults.append(f"{page.relative_to(ROOT)}: {link} is not there")
            elif anchor and anchor not in anchors(place):
                faults.append(f"{page.relative_to(ROOT)}: {link} has no such heading")
    assert faults == []
    assert counted > 100


def test_the_site_has_every_page() -> None:
    """Each page of docs/ has its place in the navigation, and each place its page."""
    settings = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader)

    def places(entries: list[dict[str, object]]) -> list[str]:
        found = []
        for entry in entries:
            for place in entry.values():
                found += places(place) if isinstance(place, list) else [str(place)]
        return found

    listed = places(settings["nav"])
    outside = {place for place in listed if not (ROOT / "docs" / place).is_file()}
    docs = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert len(listed) == len(set(listed))
    assert {place for place in docs if not place.startswith("decisions/")} <= set(listed)
    written = {"gallery.md", "commands.md", "decisions/index.md", "benchmarks/index.md"}
    added = {"readme.md", "changelog.md", "contributing.md", "examples.md"}
    assert outside == written | added
