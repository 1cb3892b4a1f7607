"""HTML and SVG as text that cannot break: whatever is not markup already is escaped on its way into an element."""

from __future__ import annotations

from html import escape

from ...grammar.diagnostics.width import printable
from .grid import Grid

_NO_CHARACTERS = {0xFFFE: "\ufffd", 0xFFFF: "\ufffd"}
_VOID = ("meta", "br", "hr")


class Markup(str):
    """Text that is markup already. It is not escaped again."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    r"""A line of text that HTML and XML can hold, whatever it holds.

    >>> escaped("a < b & \x00\uffff")
    'a &lt; b &amp; ␀�'
    """
    text = printable(text).translate(_NO_CHARACTERS).encode("utf-8", "replace").decode("utf-8")
    return Markup(escape(text, quote=False))


def element(name: str, /, *content: str, **attributes: str) -> Markup:
    """An element with what is in it; an attribute's name may end in an underscore, as in ``class_``.

    >>> element("b", "x < y", element("i", "z"), class_="of")
    '<b class="of">x &lt; y<i>z</i></b>'
    """
    pairs = "".join(
        f' {key.rstrip("_")}="{escaped(value).replace(chr(34), "&quot;")}"'
        for key, value in attributes.items()
    )
    if name in _VOID:
        return Markup(f"<{name}{pairs} />")
    return Markup(f"<{name}{pairs}>{joined(*content)}</{name}>")


def joined(*parts: str, between: str = "") -> Markup:
    """Parts one after the other, each escaped unless it is markup."""
    return Markup(between.join(part if isinstance(part, Markup) else escaped(part) for part in parts))


def lines(text: str) -> Markup:
    """A text of several lines for ``pre``.

    >>> lines("a\\nb < c")
    'a\\nb &lt; c'
    """
    return joined(*text.split("\n"), between="\n")


def table(grid: Grid) -> Markup:
    """A grid as a table that scrolls if it is wide; cells may be markup.

    >>> table(Grid(("draw", "cost"), (("y", "13"),), "lr"))
    '<div class="wide"><table><thead><tr><th>draw</th><th class="r">cost</th></tr></thead>\
<tbody><tr><td>y</td><td class="r">13</td></tr></tbody></table></div>'
    """

    def row(cells: tuple[str, ...], kind: str) -> Markup:
        return element(
            "tr",
            *(
                element(kind, cell, **({"class_": "r"} if side == "r" else {}))
                for cell, side in zip(cells, grid.alignment, strict=True)
            ),
        )

    body = element("tbody", *(row(cells, "td") for cells in grid.rows))
    return element("div", element("table", element("thead", row(grid.heading, "th")), body), class_="wide")


def figure(svg: str, width: float) -> Markup:
    """A drawing that shrinks with the page, though not until it cannot be read: then it scrolls."""
    return element("figure", Markup(svg), class_="wide", style=f"--natural: {width:.0f}px")


def page(title: str, *body: str) -> str:
    """A self-contained page: no scripts, nothing loaded, light or dark as the reader has it."""
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("title", title),
        element("style", Markup(f"\n{PAGE_STYLE}{STYLE}")),
    )
    main = element("body", element("main", *body, class_="dofx"))
    return f'<!DOCTYPE html>\n<html lang="en">\n{head}\n{main}\n</html>\n'


def fragment(*body: str) -> str:
    """The same for a notebook: its style reaches nothing else there."""
    return element("div", element("style", Markup(f"\n{STYLE}")), *body, class_="dofx")


PAGE_STYLE = """\
:root { color-scheme: light dark; }
body { margin: 0; }
main.dofx { max-width: 64rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; }
@page { margin: 18mm 16mm; }
@media print {
  :root { color-scheme: light; }
  main.dofx { max-width: none; padding: 0; font-size: 10pt; }
}
"""

STYLE = """\
.dofx {
  --line: rgba(117, 128, 154, .38); --soft: rgba(117, 128, 154, .11); --quiet: #75809a;
  font-family: ui-sans-serif, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "DejaVu Sans", sans-serif;
  line-height: 1.5; overflow-wrap: anywhere;
}
.dofx h1 { font-size: 1.7em; line-height: 1.25; margin: 0 0 .5em; }
.dofx h2 { font-size: 1.35em; line-height: 1.3; margin: 1.2em 0 .4em; }
.dofx h3 { font-size: 1.05em; margin: 1.8em 0 .5em; padding-top: .7em; border-top: 1px solid var(--line); }
.dofx h4 { font-size: .95em; margin: 1.3em 0 .3em; }
.dofx h1, .dofx h2, .dofx h3, .dofx h4 { break-after: avoid; }
.dofx p { margin: .4em 0; }
.dofx .quiet { color: var(--quiet); font-weight: 400; }
.dofx pre {
  font: .86em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  overflow-x: auto; white-space: pre; text-align: left; margin: .5em 0; padding: .7em .9em;
  background: var(--soft); border-radius: 6px; color: inherit;
}
.dofx pre .line { display: block; padding: 0 .9em; margin: 0 -.9em; min-width: max-content; }
.dofx pre.estimand .line { white-space: pre-wrap; min-width: 0; padding-left: 3.4em; text-indent: -2.5em; }
.dofx pre .gone { background: rgba(211, 60, 86, .17); }
.dofx pre .new { background: rgba(34, 144, 106, .2); }
.dofx pre .gap { color: var(--quiet); }
.dofx .wide { overflow-x: auto; max-width: 100%; }
.dofx figure { margin: .6em 0; }
.dofx figure svg { display: block; min-width: min(var(--natural), max(24rem, .55 * var(--natural))); }
.dofx table { border-collapse: collapse; font-size: .9em; font-variant-numeric: tabular-nums; margin: .5em 0; }
.dofx th, .dofx td {
  text-align: left; vertical-align: top; padding: .3em 1.1em .3em 0; border: 0; border-bottom: 1px solid var(--line);
  background: none; overflow-wrap: normal; min-width: 3.5em;
}
.dofx th { color: var(--quiet); font-weight: 600; }
.dofx td:first-child { white-space: nowrap; }
.dofx .r { text-align: right; white-space: nowrap; }
.dofx .whole { font-weight: 600; }
.dofx li { margin: .25em 0; }
.dofx .rule { color: var(--quiet); font-size: .85em; margin-left: .5em; }
.dofx details { margin: .5em 0; }
.dofx summary { cursor: pointer; color: var(--quiet); font-size: .9em; }
.dofx .chip {
  display: inline-block; width: .65em; height: .65em; border-radius: 50%; border: 1.5px solid; margin-right: .45em;
  print-color-adjust: exact; -webkit-print-color-adjust: exact;
}
.dofx section + section { margin-top: 3.5em; }
@media print {
  .dofx pre { white-space: pre-wrap; overflow: visible; }
  .dofx pre .line { min-width: 0; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .dofx .wide { overflow: visible; }
  .dofx td:first-child { white-space: normal; }
  .dofx figure svg { min-width: 0; }
  .dofx figure, .dofx tr, .dofx pre .line { break-inside: avoid; }
}
"""
