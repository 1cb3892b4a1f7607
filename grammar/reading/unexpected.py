"""Syntax errors in human words: what was expected, what was found, and which bracket is still open."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..diagnostics.diagnostic import Diagnostic
from ..diagnostics.source import Source, Span
from ..syntax.data import WORDS as DATA_WORDS
from .errors import nothing_to_read, strange_character, unclosed_bracket, unclosed_quote, unexpected
from .near_words import word_meant
from .slips import hint

# Terminals in the order in which they are named; those without words are never worth a mention.
WORDS: dict[str, str] = {
    "GRAPH": "`graph`",
    "VARIABLES": "`variables`",
    "DATA": "`data`",
    "QUERY": "`query`",
    "EFFECT": "`effect`",
    **{word.partition(" ")[0].upper(): f"`{word}`" for word in DATA_WORDS},
    "_IN": "`in`",
    "_SINCE": "`since`",
    "USING": "`using {…}`",
    "AVOIDING": "`avoiding {…}`",
    "P": "`P(…)`",
    "E": "`E[…]`",
    "SHORTHAND": "an effect by name, such as `ate(…)`",
    "NAME": "a variable",
    "ID": "a variable",
    "_DO": "`do(…)`",
    "WORD": "a value",
    "SIGNED": "a value",
    "STRING": "a value",
    "BOOL": "a value",
    "PLACEHOLDER": "a value",
    "NUMBER": "a number",
    "ATTRIBUTE_NUMBER": "a number",
    "THROUGH": "`through`",
    "HOLDING": "`holding`",
    "ALONG": "`along`",
    "ARROW": "an arrow (`->`, `<-` or `<->`)",
    "COLON": "`:`",
    "EQUAL": "`=`",
    "_DRAWN": "`~`",
    "_BAR": "`|`",
    "_COMMA": "`,`",
    "_MARK": "`,`",
    "_SEPARATOR": "a new line",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "PLUS": "an operator",
    "MINUS": "an operator",
    "TIMES": "an operator",
    "DIVIDE": "an operator",
    "$END": "the end",
}
UNMENTIONED = frozenset(
    {"_SEMICOLON", "MISSING", "FEEDBACK", "HEADER", "LATENT", "ROLE", "UNDECIDED", "_SUBGRAPH"}
)

MOST_NAMED = 8
"""More words than these are not listed as expected where there is an advice: it is what helps."""

STATEMENTS = ("graph", "variables", "data", "query", "effect")
"""The first words of statements."""

_TOKENS = re.compile(
    r"""(?: [\w.′″‴] | _\{\w+\} )++ '*+    # a name, whose primes open no string
    | "(?:\\.|[^"\\\n])*+"? | '(?:\\.|[^'\\\n])*+'? | \#[^\n]* | [(\[{)\]}]""",
    re.VERBOSE,
)
_STATEMENT = re.compile(r"(query|effect)\s+\S+\s*=|(graph|variables)\s*\{|data\s+\w")
_CLOSES = {"(": ")", "[": "]", "{": "}"}
_FOUND = re.compile(r"\\[A-Za-z]+|[\w.′″‴]+|[<>@=*-]*[<>@=*-]|.", re.DOTALL)


def syntax_error(source: Source, span: Span, expected: frozenset[str], in_graph: bool) -> Diagnostic:
    """The diagnostic for a text that departs from the grammar at a span."""
    text = source.text
    advice = word_meant(text, span.start, in_graph) or hint(text, span.start, in_graph)
    if not text.strip():
        return nothing_to_read(_expected(expected), source, span)
    here = text[span.start : span.end]
    if here and here in "\"'":
        return _unclosed_quote(source, span)
    opened = _open_bracket(text, span.start)
    begun = len(text) if not here else _statement_around(text, span.start)
    if opened is not None and begun is not None and opened < begun:
        end = len(text[:begun].rstrip())
        more = advice if not here or text[opened] == "{" else None
        return _unclosed_bracket(source, Span(end, end), opened, expected, more)
    if opened is not None and here in _CLOSES.values() and here != _CLOSES[text[opened]]:
        return _unclosed_bracket(source, span, opened, expected, advice)
    if here and not re.match(r"\w|[^\W\d]", here) and not re.match(r"[ -~]", here) and not advice:
        return _strange_character(source, span, expected)
    found = _FOUND.match(text, span.start)
    shown = f"`{found[0]}`" if found else "the end"
    if found and found[0] == "graph" and "GRAPH" in expected:
        shown += " without `{`"
    if found and "QUERY" in expected and (near := _statement_meant(found[0])) not in (None, found[0]):
        block = re.compile(r"\s*\{").match(text, found.end())
        advice = f"did you mean `{near}`?" if block or not advice else advice
    if found and found.end() > span.end:
        span = Span(span.start, found.end())
    crowded = len(_words(expected)) > MOST_NAMED and advice is not None
    return unexpected(None if crowded else _expected(expected), shown, advice, source, span)


def _statement_around(text: str, offset: int) -> int | None:
    """Where the line of an offset begins, if it begins with the first words of a statement, such as ``query risk =``.

    >>> text = "query a = P(y\\nquery b = P(z)"
    >>> _statement_around(text, 14), _statement_around(text, 20), _statement_around("x -> y", 5)
    (14, 14, None)
    """
    start = text.rfind("\n", 0, offset) + 1
    start += len(text[start:]) - len(text[start:].lstrip(" \t"))
    return start if start <= offset and _STATEMENT.match(text, start) else None


def _statement_meant(word: str) -> str | None:
    """The first word of a statement that a word nearly is."""
    from ..checks.names import did_you_mean

    return did_you_mean(word, STATEMENTS)


def _expected(terminals: frozenset[str]) -> str:
    """The terminals in words, the most informative first.

    >>> _expected(frozenset({"RPAR", "_COMMA", "LATENT"}))
    '`,` or `)`'
    """
    words = _words(terminals)
    if not words:
        return "something else"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _words(terminals: frozenset[str]) -> list[str]:
    if terminals & {"NAME", "ID"}:
        terminals -= {"_SEPARATOR", "_MARK"}  # blank lines may stand there, but no one waits for them
    return list(dict.fromkeys(word for name, word in WORDS.items() if name in terminals))


def _brackets(text: str, end: int) -> Iterator[re.Match[str]]:
    """The brackets before an offset, leaving out those in strings, comments and LaTeX subscripts."""
    return (match for match in _TOKENS.finditer(text, 0, end) if match[0] in "()[]{}")


def _open_bracket(text: str, end: int) -> int | None:
    """The innermost bracket that is still open at an offset."""
    open_: list[int] = []
    for match in _brackets(text, end):
        if match[0] in _CLOSES:
            open_.append(match.start())
        elif open_:
            open_.pop()
    return open_[-1] if open_ else None


def _unclosed_bracket(
    source: Source, span: Span, opened: int, expected: frozenset[str], advice: str | None
) -> Diagnostic:
    bracket = source.text[opened]
    closing = _CLOSES[bracket]
    fits = any(WORDS.get(name) == f"`{closing}`" for name in expected)
    missing = f"`{closing}` is missing" if fits else f"expected {_expected(expected)}"
    return unclosed_bracket(bracket, missing, advice, source, span, Span(opened, opened + 1))


def _unclosed_quote(source: Source, span: Span) -> Diagnostic:
    end = source.text.find("\n", span.start)
    line = Span(span.start, len(source.text) if end < 0 else end)
    return unclosed_quote(source.text[span.start], source, line)


def _strange_character(source: Source, span: Span, expected: frozenset[str]) -> Diagnostic:
    import unicodedata

    character = source.text[span.start]
    name = unicodedata.name(character, "no name")
    return strange_character(character, name, _expected(expected), source, span)
