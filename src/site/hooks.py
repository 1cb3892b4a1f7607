"""What mkdocs does besides reading `docs/`: pages from elsewhere in the repository, and pages that code writes.

- README, the changelog, the results of benchmarks and a few more files become pages (`ADDED`).
- The gallery, the lists of decisions and benchmarks and the help of the commands are written when the site is built.
- A link from page to page leads to the page; a link to another file of the repository leads to a copy of it, so that
  the site needs no network.
- The studio stands beside the site where `make studio` has built it.
"""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from written import benchmarks, commands, decisions, drawings, gallery

ROOT = Path(__file__).parents[2]
STUDIO = ROOT / "build" / "studio"
ADDED = {
    "readme.md": "README.md",
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "examples.md": "examples/README.md",
    **{
        f"benchmarks/{path.name}": f"benchmarks/results/{path.name}"
        for path in ROOT.glob("benchmarks/results/*.md")
    },
}
"""Pages of the site from other folders than `docs/`, each with its file in the repository."""

WRITTEN = {
    "gallery.md": gallery,
    "commands.md": commands,
    "decisions/index.md": decisions,
    "benchmarks/index.md": benchmarks,
}
"""Pages that code writes."""

_FILES = "files"
_SEARCH = "assets/search-frame.js"
_LOOKS = "assets/site.css"
_TABLE = re.compile(r"^\|.*$", re.MULTILINE)
_SHIM = "https://unpkg.com/iframe-worker/shim"
_LINK = re.compile(r"(!?\[(?:[^\[\]]|\[[^\]]*\])*\])\(([^()\s]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that do not stand in `docs/`."""
    for place, path in ADDED.items():
        files.append(File.generated(config, place, content=(ROOT / path).read_text(encoding="utf-8")))
    for place, write in WRITTEN.items():
        files.append(File.generated(config, place, content=write(ROOT)))
    for place, drawing in drawings(ROOT).items():
        files.append(File.generated(config, place, content=drawing))
    for place, name in ((_SEARCH, "search-frame.js"), (_LOOKS, "site.css")):
        files.append(File.generated(config, place, abs_src_path=str(Path(__file__).with_name(name))))
    for path in _linked(files):
        files.append(File.generated(config, f"{_FILES}/{path}", abs_src_path=str(ROOT / path)))
    return files


def _linked(files: Files) -> Iterator[str]:
    """The files of the repository that pages link to and that are no pages themselves."""
    found = {
        path
        for page in files.documentation_pages()
        if page.src_uri not in WRITTEN
        for part in _prose(page.content_string)
        for link in _LINK.finditer(part)
        if (path := _meant(page.src_uri, link[2])) is not None and _place_of(path).startswith(f"{_FILES}/")
    }
    yield from sorted(found)


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let the links of a page lead to pages of the site, or to copies of files."""
    place = page.file.src_uri
    if place in WRITTEN:
        return markdown

    def led(found: re.Match[str]) -> str:
        path = _meant(place, found[2])
        if path is None:
            return found[0]
        _, mark, anchor = found[2].partition("#")
        return (
            f"{found[1]}({posixpath.relpath(_place_of(path), posixpath.dirname(place) or '.')}{mark}{anchor})"
        )

    return "".join(
        part if part.startswith("```") else _TABLE.sub(_barred, _LINK.sub(led, part))
        for part in _prose(markdown, with_blocks=True)
    )


def _barred(line: re.Match[str]) -> str:
    """A line of a table as mkdocs reads it: a bar within code ends no cell there, and a backslash would be shown."""
    return re.sub(r"`[^`]*`", lambda code: code[0].replace("\\|", "|"), line[0])


def on_post_page(output: str, *, page: Page, config: MkDocsConfig) -> str:
    """Take the script that lets the search run from files from the site, and not from the network."""
    return output.replace(_SHIM, posixpath.relpath(_SEARCH, posixpath.dirname(page.url) or "."))


def on_post_template(output_content: str, *, template_name: str, config: MkDocsConfig) -> str:
    """The same for the page that a server shows where there is none: it is never read from a file."""
    return output_content.replace(_SHIM, f"/{_SEARCH}")


def on_post_build(config: MkDocsConfig, **_: Any) -> None:
    """Put the studio beside the site."""
    studio = Path(config.site_dir) / "studio"
    if (STUDIO / "index.html").is_file():
        shutil.copytree(STUDIO, studio, dirs_exist_ok=True)
    else:
        studio.mkdir(exist_ok=True)
        (studio / "index.html").write_text(_NO_STUDIO, encoding="utf-8")


_NO_STUDIO = """<!doctype html><html lang="en"><meta charset="utf-8"><title>The studio</title>
<p>The studio was not built with this site. <code>make studio</code> builds it (it needs node and npm), and
<code>make docs</code> then puts it here. <a href="../gallery.html">Back to the gallery</a></p></html>
"""


def _prose(markdown: str, with_blocks: bool = False) -> list[str]:
    """A page in parts: what is no block of code, and between these the blocks if they are wanted."""
    parts = re.split(r"(^```.*?^```$)", markdown, flags=re.MULTILINE | re.DOTALL)
    return parts if with_blocks else parts[::2]


def _meant(page: str, link: str) -> str | None:
    """The file of the repository that a link of a page means; None where it leads elsewhere or into the page."""
    target = link.partition("#")[0]
    if not target or "://" in target or target.startswith("mailto:"):
        return None
    here = posixpath.dirname(ADDED.get(page, f"docs/{page}"))
    return posixpath.normpath(posixpath.join(here, target))


def _place_of(path: str) -> str:
    """Where a file of the repository stands in the site."""
    if path in _PLACES:
        return _PLACES[path]
    inside = path.removeprefix("docs/")
    return inside if inside != path else f"{_FILES}/{path}"


_PLACES = {
    **{path: place for place, path in ADDED.items()},
    "docs/decisions": "decisions/index.md",
    "benchmarks/results": "benchmarks/index.md",
}
