"""What a pass changed: two networks line by line, each removed line beside the line that replaces it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from difflib import SequenceMatcher

from ..network.ir import Draw, SamplingNetwork
from ..printers.network.text import network_lines as text_lines
from ..printers.source_kinds import SourceKind, source_kind

CONTEXT = 2
"""Unchanged lines shown around a change; the line that names the stage is shown in any case."""

SAME, GONE, NEW, SKIPPED = " ", "-", "+", "…"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a network's text.

    Args:
        text: The line, long lists of names abridged.
        kind: The kind of source of the draw in it; None for a line without a draw.
        mark: ``-`` for a removed line, ``+`` for a new one, a space for one that stayed, ``…`` for lines left out.
        whole: The line with nothing left out, by which lines are compared.
    """

    text: str
    kind: SourceKind | None = None
    mark: str = SAME
    whole: Hashable = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        return f"{self.mark} {self.text}".rstrip()

    @property
    def head(self) -> str:
        """What the line is about: the id of its draw."""
        return self.text.partition(" ~ ")[0]


def network_lines(network: SamplingNetwork) -> tuple[Line, ...]:
    """The lines of a network's text, each with what is drawn in it."""
    return tuple(
        Line(text, source_kind(described.fit) if isinstance(described, Draw) else None, whole=described)
        for text, described in text_lines(network, abridged=True)
    )


def difference(before: SamplingNetwork, after: SamplingNetwork, context: int = CONTEXT) -> tuple[Line, ...]:
    """The changed lines of two networks with some context; the two lines of a changed draw follow each other.

    >>> from ..printers.network.text import parse_network
    >>> text = "network P(y | do(x))\\nanswer (y ‖ x)\\n  z ~ P(z)\\n  y ~ P(y | z, x)"
    >>> shorter = text.replace("  z ~ P(z)\\n", "").replace("z, x", "x")
    >>> for line in difference(parse_network(text), parse_network(shorter)):
    ...     print(line)
      network P(y | do(x))
      answer (y ‖ x)
    -   z ~ P(z)
    -   y ~ P(y | z, x)
    +   y ~ P(y | x)
    """
    lines = tuple(_marked(network_lines(before), network_lines(after)))
    shown, stage = set[int](), 0
    for i, line in enumerate(lines):
        if line.kind is None and line.mark != GONE:
            stage = i
        if line.mark != SAME:
            shown |= {stage, *range(max(0, i - context), min(len(lines), i + context + 1))}
    return tuple(_with_gaps(lines, shown))


def _marked(old: Sequence[Line], new: Sequence[Line]) -> Iterator[Line]:
    for tag, a, b, c, d in _opcodes(old, new):
        if tag == "equal":
            yield from new[c:d]
        else:
            yield from _paired(old[a:b], new[c:d])


def _paired(old: Sequence[Line], new: Sequence[Line]) -> Iterator[Line]:
    """Changed lines; the two lines of one draw follow each other if the order of draws allows it."""
    matcher = SequenceMatcher(None, [x.head for x in old], [x.head for x in new], autojunk=False)
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            for gone, come in zip(old[a:b], new[c:d], strict=True):
                yield from (replace(gone, mark=GONE), replace(_told_apart(come, gone), mark=NEW))
        else:
            yield from (replace(line, mark=GONE) for line in old[a:b])
            yield from (replace(line, mark=NEW) for line in new[c:d])


def _told_apart(new: Line, old: Line) -> Line:
    """A new line, with a remark if it differs from an old one only in names that are left out."""
    return new if new.text != old.text else replace(new, text=f"{new.text}, others of those left out")


def _opcodes(old: Sequence[Line], new: Sequence[Line]) -> list[tuple[str, int, int, int, int]]:
    wholes = [line.whole for line in old], [line.whole for line in new]
    return list(SequenceMatcher(None, *wholes, autojunk=False).get_opcodes())


def _with_gaps(lines: Sequence[Line], shown: set[int]) -> Iterator[Line]:
    """The lines that are shown, and in place of several that are not their number."""
    hidden: list[Line] = []
    for i, line in enumerate((*lines, None)):
        if line is not None and i not in shown:
            hidden.append(line)
            continue
        if len(hidden) > 1:
            yield Line(f"{len(hidden)} lines as before", mark=SKIPPED)
        else:
            yield from hidden
        hidden = []
        if line is not None:
            yield line
