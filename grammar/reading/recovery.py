"""Every syntax fault of a text: once one is found, what stands after it is read statement by statement.

A statement is read by itself, and so is each item of a graph or of a block of types, so that one fault cannot cause
another. Each gives one fault, but each unquoted word in place of a value is a separate fault. Where only queries
and effects are at fault, the others are checked too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise

from ..diagnostics.diagnostic import Diagnostic, DofxError, Label
from ..diagnostics.source import Source, Span
from ..syntax.data import WORDS
from .errors import backward_path, number_too_large
from .lalr import Unexpected, read
from .unexpected import syntax_error
from .words import NotAPath, NumberTooLarge, UnprintableName

Fault = Unexpected | NumberTooLarge | NotAPath | UnprintableName

MOST_WORDS = 20
"""How many unquoted words of one statement are reported: the statement is read again after each."""
REACH = 80
"""How many characters after an item the words of its fault may quote."""

_BLANK = re.compile(
    r"""(?: [\w.′″‴] | _\{\w+\} )++ '*+    # a name, whose primes open no string
    | (?P<blank> "(?:\\.|[^"\\\n])*+" | '(?:\\.|[^'\\\n])*+' | \#[^\n]*)
    | "(?:\\.|[^"\\\n])*+ | '(?:\\.|[^'\\\n])*+    # a string that never closes, scanned once""",
    re.VERBOSE,
)
_NAME = r"[^\s={}()\[\],;|]+"
# A variable may be called `query` too: in a line of `data` it stands last, or before the next of its words.
_WORDS = "|".join(word.split()[0] for word in WORDS)
_STATEMENT = re.compile(
    rf"""(?P<line> ^[^\S\n]*
        (?: (?:query|effect) [^\S\n]+ {_NAME} \s* = | (?:graph|variables) \s* \{{ | data [^\S\n]+ [\w"'] ))
    | (?P<bracket> [()\[\]{{}}])
    | (?P<inner> \b(?: (?:query|effect) [^\S\n]+ (?! (?:{_WORDS})\b ) {_NAME}
        | (?:query|effect) \s* = | (?:graph|variables) \s* \{{ ))
    | (?P<foreign> \b(?i: dag|mag|pag|c?pdag|(?:strict\s+)?(?:digraph|graph)) (?:[^\S\n]+[\w.]+)? \s* \{{ )
    | (?P<odd> ^ [^\S\n]*+ \w++
        (?= (?P<answer> [^\S\n]+ {_NAME} \s* = ) | \s* \{{ | [^\S\n]+ {_NAME} [^\S\n]+ (?:{_WORDS})\b ) )
    | \w+""",
    re.VERBOSE | re.MULTILINE,
)
"""Where a statement begins: at the start of a line whatever is still open there, else where no bracket is open.

In the group `odd` is what may be the misspelt first word of a statement, such as `efect`."""

_ANSWER = re.compile(rf"\s*(?:(?:query|effect)\b|(?P<odd>\w+)[^\S\n]+{_NAME}\s*=)")
_BLOCK = re.compile(r"\s*(graph|variables)\s*\{")
_GOES_ON = {
    "graph": re.compile(
        r"(?:[-@*o]>|<-?>?|--|[@*o]-|-[@*o]|[→⟶⇒←⟵⇐↔⟷⇔]|\\(?:to|rightarrow|leftarrow|leftrightarrow))\Z"
    ),
    "variables": re.compile(r"[,:]\Z"),
}
"""What stands before a line break that does not end an item."""
_BREAKS = {"graph": re.compile(r"[\n;,(){}\[\]]"), "variables": re.compile(r"[\n;(){}\[\]]")}
_SOLID = re.compile(r"\S")
_WORD = re.compile(r"[^\W\d][^\n,;()\[\]{}|#'\"=]*")


def diagnostic_of(fault: Fault, source: Source, in_graph: bool = False) -> Diagnostic:
    """The diagnostic for what stopped the parser."""
    match fault:
        case NumberTooLarge(span=span):
            return number_too_large(source, span)
        case NotAPath(span=span):
            return backward_path(source, span)
        case UnprintableName(name=name, span=span):
            from ..checks.names import unprintable_name

            found = unprintable_name(name, source, span)
            assert found is not None, "this name is why the parser stopped"
            return found
        case Unexpected(span=span, expected=expected):
            return syntax_error(source, span, expected, in_graph)


def every_fault(source: Source, start: str, first: Fault, plain: str | None = None) -> tuple[Diagnostic, ...]:
    """What stopped the parser, and the faults after it, in the order of the text.

    Args:
        source: The text that was read.
        start: The start rule under which it was read.
        first: What stopped the parser.
        plain: The text with the same offsets as the parser read it, if that was without the comments of DAGitty.

    >>> text = "query a = P(y | x = low)  query b = P(y | x = high)"
    >>> try:
    ...     read(text, "program")
    ... except Unexpected as fault:
    ...     found = every_fault(Source(text), "program", fault)
    >>> [each.title for each in found]
    ['expected a value, found `low`', 'expected a value, found `high`']
    """
    text, at = source.text, first.span.start
    in_graph = start in ("graph", "foreign") or (start == "program" and _in_graph(text, at))
    found = [diagnostic_of(first, source, in_graph)]
    if not text.strip():
        return tuple(found)
    if start == "foreign":
        return (*found, *_of_foreign(source, plain or text, at))
    masked = _masked(text)
    later: list[Diagnostic] = []
    if start == "graph":
        block = _BLOCK.match(masked)
        later += _of_items(source, Span(block.end() if block else 0, len(text)), masked, "graph", at)
    elif start == "program":
        damaged = []
        for unit in statements(masked):
            if unit.end >= at and (faults := _of_statement(source, unit, masked)):
                damaged.append(unit)
                later += faults
        found += _of_the_sound(source, damaged)
    else:
        later += _of_words(source, Span(0, len(text)), start)
    places = {at}
    for fault in later:
        if _place(fault) > at and _place(fault) not in places:
            places.add(_place(fault))
            found.append(fault)
    return tuple(sorted(found, key=_place))


def _of_foreign(source: Source, plain: str, at: int) -> Iterator[Diagnostic]:
    """The faults of DAGitty or DOT after the first: each statement at fault is made blank, and the rest read again.

    Args:
        source: The text.
        plain: The same without comments.
        at: Where the first fault is.
    """
    masked = _masked(plain)
    opened = masked.find("{") + 1
    if not 0 < opened <= at:
        return
    items = list(_items(masked, Span(opened, len(plain)), "graph"))
    for _ in range(MOST_WORDS):
        item = next((each for each in items if each.start <= at <= each.end), None)
        if item is None:
            return
        end = item.end + (masked[item.end : item.end + 1] in (";", ","))
        plain = plain[: item.start] + re.sub(r"[^\n]", " ", plain[item.start : end]) + plain[end:]
        fault = None if end == len(plain) else _fault(plain, "foreign")
        if fault is None or fault.span.start <= at:
            return
        at = fault.span.start
        yield diagnostic_of(fault, source, in_graph=True)


def statements(masked: str) -> list[Span]:
    """The places of a program's statements, each up to the start of the next.

    Args:
        masked: The program, its strings and comments made blank.

    >>> [(each.start, each.end) for each in statements("graph { x -> y }  query a = P(y)")]
    [(0, 18), (18, 32)]
    """
    starts, depth = [0], 0
    for match in _STATEMENT.finditer(masked):
        if match["bracket"]:
            depth = max(0, depth + (1 if match[0] in "([{" else -1))
        elif match["line"] or (depth == 0 and match.lastgroup and not match["odd"]) or _is_odd(match, depth):
            starts.append(match.end() - len(match[0].lstrip()))
            depth = match[0].count("{")
        else:
            depth += match[0].count("{")
    bounds = [*dict.fromkeys(starts), len(masked)]
    spans = (Span(*bound) for bound in pairwise(bounds))
    return [span for span in spans if masked[span.start : span.end].strip()]


def _is_odd(match: re.Match[str], depth: int) -> bool:
    """Whether a statement with a misspelt first word begins here, at so many open brackets."""
    answer = match["answer"] is not None
    return match["odd"] is not None and (answer or depth == 0) and _misspelt(match["odd"], answer)


def _misspelt(word: str, answer: bool) -> bool:
    """Whether a word is nearly the first one of a query or an effect, or else of another statement."""
    from ..checks.names import did_you_mean

    near = did_you_mean(word.strip(), ("query", "effect") if answer else ("graph", "variables", "data"))
    return near is not None and word.strip() not in _WORDS.split("|")


def _is_answer(text: str, unit: Span) -> bool:
    """Whether a statement is a query or an effect, be its first word misspelt."""
    found = _ANSWER.match(text, unit.start, unit.end)
    return found is not None and (found["odd"] is None or _misspelt(found["odd"], answer=True))


def _place(fault: Diagnostic) -> int:
    return fault.primary.span.start if fault.primary else 0


def _in_graph(text: str, offset: int) -> bool:
    """Whether the last block that opens before an offset is a graph's, and is still open there."""
    blocks = list(
        re.finditer(r"\b(graph|dag|mag|pag|c?pdag|variables|query|effect)\b[^{\n=]*[{=]", text[:offset])
    )
    if not blocks or blocks[-1][1] in ("variables", "query", "effect"):
        return False
    inside = text[blocks[-1].end() : offset]
    return inside.count("}") <= inside.count("{")


def _masked(text: str) -> str:
    """The text with the same offsets, its strings made underscores and its comments blanks."""

    def blank(match: re.Match[str]) -> str:
        if match["blank"] is None:
            return match[0]
        return (" " if match[0].startswith("#") else "_") * len(match[0])

    return _BLANK.sub(blank, text)


def _fault(text: str, start: str) -> Fault | None:
    try:
        read(text, start)
    except (Unexpected, NumberTooLarge, NotAPath, UnprintableName) as fault:
        return fault
    return None


def _of_statement(source: Source, unit: Span, masked: str) -> list[Diagnostic]:
    """The faults of one statement of a program; of a block, those of each of its items."""
    block = _BLOCK.match(masked, unit.start, unit.end)
    if block is None:
        return list(_of_words(source, unit, "program"))
    part = Source(source.text[unit.start : unit.end])
    fault = _fault(part.text, "program")
    if fault is None:
        return []
    first = _moved(diagnostic_of(fault, part, block[1] == "graph"), source, unit.start)
    items = Span(block.end(), unit.end)
    return [first, *_of_items(source, items, masked, block[1], unit.start + fault.span.start)]


def _of_items(source: Source, inside: Span, masked: str, block: str, after: int) -> Iterator[Diagnostic]:
    """The faults after an offset of the items of a block, each read by itself."""
    for item in _items(masked, inside, block):
        if item.end > after and masked[item.start : item.end].strip():
            follows = next((m.start() for m in _SOLID.finditer(masked, item.end)), len(masked))
            for fault in _of_words(source, item, "program", (f"{block} {{", "\n}"), follows):
                if _place(fault) > after:
                    yield fault


def _items(masked: str, inside: Span, block: str) -> Iterator[Span]:
    """The places of the items of a block, up to the bracket that closes it."""
    start = seen = inside.start
    depth, goes_on = 0, False
    for match in _BREAKS[block].finditer(masked, inside.start, inside.end):
        if last := masked[seen : match.start()].rstrip()[-30:]:
            goes_on = bool(_GOES_ON[block].search(last))
        seen = match.end()
        if match[0] in "([{":
            depth += 1
        elif match[0] in ")]}":
            if match[0] == "}" and depth == 0:
                yield Span(start, match.start())
                return
            depth, goes_on = max(0, depth - 1), False
        elif depth == 0 and not (match[0] == "\n" and goes_on):
            yield Span(start, match.start())
            start, goes_on = match.end(), False
    yield Span(start, inside.end)


def _of_words(
    source: Source, unit: Span, start: str, around: tuple[str, str] = ("", ""), follows: int | None = None
) -> Iterator[Diagnostic]:
    """The first fault of a part of the text; if it is an unquoted word, also every further unquoted word.

    Args:
        source: The whole text.
        unit: The part of it.
        start: The start rule.
        around: What to write before and after the part so that it can be read.
        follows: The offset of what follows the part, which is blamed where the part ends too early.
    """
    before, behind = around
    offset = unit.start - len(before)
    end = unit.end if follows is None else min(len(source.text), follows + REACH)
    shown = Source(f"{before}{source.text[unit.start : end]}")
    written = f"{before}{source.text[unit.start : unit.end]}"
    for count in range(MOST_WORDS):
        fault = _fault(written + behind, start)
        at = fault.span.start if fault else 0
        word = (
            _WORD.match(written, at) if isinstance(fault, Unexpected) and "SIGNED" in fault.expected else None
        )
        if fault is None or (count and word is None):
            return
        if at >= len(written):
            place = len(shown.text) if follows is None else follows - offset
            fault.span = Span(place, min(place + 1, len(shown.text)))
        yield _moved(diagnostic_of(fault, shown, before.startswith("graph")), source, offset)
        if word is None:
            return
        written = f"{written[:at]}{'0' * len(word[0])}{written[word.end() :]}"


def _moved(fault: Diagnostic, source: Source, offset: int) -> Diagnostic:
    """A diagnostic of a part of a text as one of the text, in which the part starts at an offset."""

    def moved(label: Label) -> Label:
        return Label(Span(max(0, label.span.start + offset), max(0, label.span.end + offset)), label.text)

    primary = fault.primary and moved(fault.primary)
    return replace(fault, source=source, primary=primary, secondary=tuple(map(moved, fault.secondary)))


def _of_the_sound(source: Source, damaged: list[Span]) -> tuple[Diagnostic, ...]:
    """What is wrong with the statements that can be read, if all of the others are queries and effects."""
    from ..checks.program import check
    from ..parse import finished

    text = source.text
    if not all(_is_answer(text, unit) for unit in damaged):
        return ()
    parts, reached = [], 0
    for unit in damaged:
        parts += [text[reached : unit.start], re.sub(r"[^\n]", " ", text[unit.start : unit.end])]
        reached = unit.end
    rest = "".join([*parts, text[reached:]])
    if not damaged or _fault(rest, "program"):
        return ()
    try:
        return check(finished(read(rest, "program"), source))
    except DofxError as error:
        return error.diagnostics
