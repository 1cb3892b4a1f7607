"""Pages of the site that are written from the code: the gallery, the commands, lists of decisions and of benchmarks."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import click

from dofx.cli.app import COMMANDS, cli
from dofx.compiler.driver import identify
from dofx.compiler.printers.identification.svg import identification_svg
from dofx.compiler.program import questions
from dofx.grammar.parse import parse

STUDIO = "studio/index.html"
"""Where the studio stands, seen from the gallery."""

_WIDTH = 100


def link(program: str, studio: str = STUDIO) -> str:
    """A link that opens a program in the studio: it stands in the fragment, as `src/studio/link.js` writes it.

    >>> link("graph { x -> y }").startswith("studio/index.html#p=")
    True
    """
    content = json.dumps({"text": program}, ensure_ascii=False, separators=(",", ":")).encode()
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    words = base64.urlsafe_b64encode(packer.compress(content) + packer.flush()).decode().rstrip("=")
    return f"{studio}#p={words}"


def gallery(root: Path) -> str:
    """Each named graph of the studio with its drawing, its program and what dofx answers."""
    return "\n".join(
        [
            "# Gallery of named graphs",
            "",
            "Graphs that the literature keeps coming back to, each with a question and the answer that dofx gives. "
            "*Open in the studio* opens the program in a page in which you can change it; the link carries the "
            "program, and nothing is sent anywhere. The links work where this site is served, for example by "
            "`python -m http.server -d build/docs`, because browsers run no workers from files.",
            "",
            *(line for path in _programs(root) for line in _shown(path)),
        ]
    )


def drawings(root: Path) -> dict[str, str]:
    """The drawings of the gallery: where each stands in the site, and what it is."""
    found = {}
    for path in _programs(root):
        asked = questions(parse(path.read_text(encoding="utf-8")))
        found[drawing_of(path)] = identification_svg(
            identify(asked.queries[0].queries[0], asked.graph, data=asked.data)
        )
    return found


def drawing_of(path: Path) -> str:
    """Where the drawing of a program of the gallery stands in the site."""
    return f"images/gallery/{path.stem}.svg"


def _programs(root: Path) -> list[Path]:
    return sorted(root.glob("src/studio/gallery/*.cq"))


def _shown(path: Path) -> Iterator[str]:
    program = path.read_text(encoding="utf-8")
    title, _, remark = program.partition("\n")[0].lstrip("# ").partition(":")
    asked = questions(parse(program))
    found = [identify(query, asked.graph, data=asked.data) for query in asked.kernels]
    yield f"## {title}"
    yield ""
    if remark:
        yield f"{remark.strip()[:1].upper()}{remark.strip()[1:]}."
        yield ""
    yield f'<a class="md-button" href="{link(program)}">Open in the studio</a>'
    yield ""
    yield f"![The graph, with what is asked in colour]({drawing_of(path)})"
    yield ""
    yield f"```cq\n{program.rstrip()}\n```"
    yield ""
    answers = [str(each) for each in found]
    yield "```text\n" + "\n\n".join(answers) + "\n```"
    yield ""


def commands(root: Path) -> str:
    """The help of every command, as a terminal shows it."""
    parts = [
        "# The command line",
        "",
        "`dofx --help` lists the commands, and `dofx run --help` explains one of them; this page has the help of all. "
        "A shell can [complete commands and options](tutorial.md#completion-in-your-shell).",
    ]
    top = click.Context(cli, info_name="dofx", terminal_width=_WIDTH, max_content_width=_WIDTH)
    for name, does in COMMANDS.items():
        command = cli.get_command(top, name)
        assert command is not None
        context = click.Context(
            command, info_name=name, parent=top, terminal_width=_WIDTH, max_content_width=_WIDTH
        )
        parts += ["", f"## dofx {name}", "", does, "", f"```text\n{command.get_help(context)}\n```"]
    return "\n".join(parts) + "\n"


def decisions(root: Path) -> str:
    """A list of the decisions."""
    return _listed(
        "Decisions",
        "Each page records one decision: what was chosen, what else was tried, and what was measured.",
        sorted(root.glob("docs/decisions/*.md")),
    )


def benchmarks(root: Path) -> str:
    """A list of the results of benchmarks."""
    return _listed(
        "Benchmarks",
        "Each page is what a script of `benchmarks/` printed when it was last run. The page says on which machine, "
        "and with which command.",
        sorted(root.glob("benchmarks/results/*.md")),
    )


def _listed(title: str, intro: str, pages: list[Path]) -> str:
    heads = {path.name: path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ") for path in pages}
    return (
        "\n".join([f"# {title}", "", intro, "", *(f"- [{head}]({name})" for name, head in heads.items())])
        + "\n"
    )
