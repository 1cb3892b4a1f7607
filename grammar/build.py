"""From grammar rules to syntax nodes: a method a rule of `causal.lark`, called while the text is parsed.

A method is handed the values of its rule's parts. Named terminals come as they are read: tokens, which are
strings that know their place (`start_pos`, `end_pos`) and their terminal (`type`); names come as `Name`.
"""

# ruff: noqa: D102  (a method is documented by its rule in the grammar)
from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .source import Source, Span
from .syntax import (
    Arithmetic,
    Attribute,
    Chain,
    Declaration,
    EffectStatement,
    Expectation,
    GraphBlock,
    Group,
    Latents,
    Limit,
    Name,
    Negative,
    Number,
    Operation,
    Probability,
    Program,
    QueryStatement,
    Roles,
    Term,
    TypeSyntax,
    Value,
    VariablesBlock,
)
from .width import hidden_character

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_MINUS = "\u2212"
_ARROWS: dict[str, str] = {
    **dict.fromkeys(("→", "⟶", "⇒", "\\to", "\\rightarrow", "-->"), "->"),
    **dict.fromkeys(("←", "⟵", "⇐", "\\leftarrow", "<--"), "<-"),
    **dict.fromkeys(("↔", "⟷", "⇔", "\\leftrightarrow", "<-->"), "<->"),
}
_OPERATORS = {"PLUS": "+", "MINUS": "-", "TIMES": "*", "DIVIDE": "/"}


if TYPE_CHECKING:
    from typing import Protocol

    class Token(Protocol):
        """What the lexer hands over: a string that knows its place."""

        type: str
        value: str
        start_pos: int
        end_pos: int


class NumberTooLarge(Exception):
    """A number that no float holds, or an integer too long to read."""

    def __init__(self, span: Span) -> None:
        super().__init__(span)
        self.span = span


class UnprintableName(Exception):
    """A quoted name with a character that cannot be shown."""

    def __init__(self, name: str, span: Span) -> None:
        super().__init__(name, span)
        self.name = name
        self.span = span


def unquoted(text: str) -> str:
    r"""The string that a quoted text stands for.

    >>> unquoted(r"'it\'s'")
    "it's"
    """
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", _unescaped, inner, flags=re.DOTALL)


def _unescaped(match: re.Match[str]) -> str:
    escape = match[1]
    return chr(int(escape[1:], 16)) if len(escape) > 1 else _ESCAPES.get(escape, escape)


def plain_name(text: str) -> str:
    r"""A name without its typesetting: LaTeX subscripts and Greek letters become what they show.

    >>> plain_name(r"\beta_{12}")
    'β_12'
    """
    if text[0] in "\"'":
        return unquoted(text)
    if "{" in text:
        text = re.sub(r"_\{(\w+)\}", r"_\1", text)
    return re.sub(r"\\([A-Za-z]+)", _greek, text) if "\\" in text else text


def _greek(match: re.Match[str]) -> str:
    import unicodedata

    letter = match[1]
    size = "CAPITAL" if letter[0].isupper() else "SMALL"
    bare = letter.lower().removeprefix("var")
    return unicodedata.lookup(f"GREEK {size} LETTER {'LAMDA' if bare == 'lambda' else bare.upper()}")


def _name(token: Token) -> Name:
    name = plain_name(token.value)
    if not name.isprintable() and hidden_character(name) is not None:
        raise UnprintableName(name, _span(token))
    return Name(name, _span(token))


def _span(first: Token, last: Token | None = None) -> Span:
    return Span(first.start_pos, (last or first).end_pos)


def _value(token: Token) -> Value:
    match token.type:
        case "STRING":
            return unquoted(token.value)
        case "BOOL":
            return token.value.lower() == "true"
        case _:
            return _number(token)


def _number(token: Token) -> int | float:
    text = token.value.replace(_MINUS, "-")
    try:
        number = int(text) if re.fullmatch(r"[+-]?[0-9]+", text) else float(text)
        if float(number) in (float("inf"), float("-inf")):
            raise OverflowError
    except (OverflowError, ValueError):
        raise NumberTooLarge(_span(token)) from None
    return number


class Builder:
    """The methods; their names are those of the rules, and of the terminals NAME and ID."""

    NAME = staticmethod(_name)
    ID = staticmethod(_name)

    # ── programs ─────────────────────────────────────────────────────────────────────────────────────────

    def program(self, parts: list[Any]) -> Program:
        return Program(tuple(parts), Source(""))

    def variables(self, parts: list[Any]) -> VariablesBlock:
        first, *declarations, last = parts
        return VariablesBlock(tuple(declarations), _span(first, last))

    def query_statement(self, parts: list[Any]) -> QueryStatement:
        keyword, name, query, *limits = parts
        return QueryStatement(name, query, tuple(limits), _span(keyword) | [query, *limits][-1].span)

    def effect_statement(self, parts: list[Any]) -> EffectStatement:
        keyword, name, expression, *limits = parts
        return EffectStatement(
            name, expression, tuple(limits), _span(keyword) | [expression, *limits][-1].span
        )

    def limit(self, parts: list[Any]) -> Limit:
        word, _, *names, last = parts
        return Limit(word.value, tuple(names), _span(word, last))

    # ── queries ──────────────────────────────────────────────────────────────────────────────────────────

    def query(self, parts: list[Any]) -> Any:
        return parts[0]

    def probability(self, parts: list[Any]) -> Probability:
        first, outcomes, *given, last = parts
        return Probability(outcomes, *_given(given), span=_span(first, last))

    def expectation(self, parts: list[Any]) -> Expectation:
        first, outcome, *given, last = parts
        return Expectation(outcome, *_given(given), span=_span(first, last))

    def given(self, parts: list[Any]) -> list[Any]:
        return parts

    def intervention(self, parts: list[Any]) -> tuple[Term, ...]:
        terms: tuple[Term, ...] = parts[0]
        return terms

    def terms(self, parts: list[Any]) -> tuple[Term, ...]:
        return tuple(parts)

    def term(self, parts: list[Any]) -> Term:
        name, *value = parts
        if not value:
            return Term(name, span=name.span)
        return Term(name, _value(value[0]), name.span | _span(value[0]))

    # ── effects ──────────────────────────────────────────────────────────────────────────────────────────

    def effect(self, parts: list[Any]) -> Any:
        return parts[0]

    def operation(self, parts: list[Any]) -> Operation:
        left, sign, right = parts
        return Operation(_OPERATORS[sign.type], left, right, left.span | right.span)

    def negative(self, parts: list[Any]) -> Negative:
        sign, operand = parts
        return Negative(operand, _span(sign) | operand.span)

    def parenthesis(self, parts: list[Any]) -> Arithmetic:
        first, inner, last = parts
        widened: Arithmetic = replace(inner, span=_span(first, last))
        return widened

    def number(self, parts: list[Any]) -> Number:
        return Number(float(_number(parts[0])), _span(parts[0]))

    # ── graphs ───────────────────────────────────────────────────────────────────────────────────────────

    def graph(self, parts: list[Any]) -> GraphBlock:
        if len(parts) == 1 and isinstance(parts[0], GraphBlock):
            return parts[0]
        span = parts[0].span | parts[-1].span if parts else Span(0, 0)
        return GraphBlock(tuple(parts), span)

    def graph_block(self, parts: list[Any]) -> GraphBlock:
        first, *items, last = parts
        return GraphBlock(tuple(items), _span(first, last))

    def chain(self, parts: list[Any]) -> Chain:
        written: list[str] = [token.value for token in parts[1::2]]
        arrows = tuple([_ARROWS.get(arrow, arrow) for arrow in written])
        return Chain(tuple(parts[::2]), arrows, Span(parts[0].span.start, parts[-1].span.end))

    def single(self, parts: list[Any]) -> Group:
        return Group((parts[0],), parts[0].span)

    def set(self, parts: list[Any]) -> Group:
        first, *names, last = parts
        return Group(tuple(names), _span(first, last))

    def latents(self, parts: list[Any]) -> Latents:
        first, *names = parts
        return Latents(tuple(names), _span(first) | names[-1].span)

    def roles(self, parts: list[Any]) -> Roles:
        first, *names = parts
        return Roles(first.value, tuple(names), _span(first) | names[-1].span)

    # ── graphs in other notations ────────────────────────────────────────────────────────────────────────

    def foreign(self, parts: list[Any]) -> GraphBlock:
        from .foreign import foreign_graph, unread  # here, because a query's parser needs none of it

        first, *statements, last = parts
        named = isinstance(statements[0], Name) if statements else False
        statements = statements[1:] if named else statements
        items = foreign_graph(first.value, statements)
        return GraphBlock(items, _span(first, last), first.value.lower(), unread(first.value, statements))

    def foreign_chain(self, parts: list[Any]) -> tuple[Chain, tuple[Attribute, ...]]:
        chain = self.chain([part for part in parts if not isinstance(part, list)])
        return chain, tuple([each for part in parts if isinstance(part, list) for each in part])

    foreign_single = single

    def foreign_set(self, parts: list[Any]) -> Group:
        return self.set([part for part in parts if part is not None])

    def setting(self, parts: list[Any]) -> None:
        return None

    def subgraph(self, parts: list[Any]) -> list[Any]:
        return [part for part in parts if not isinstance(part, Name)]

    def attributes(self, parts: list[Any]) -> list[Attribute]:
        return parts

    def attribute(self, parts: list[Any]) -> Attribute:
        key, *value = parts
        text = getattr(value[0], "text", str(value[0])) if value else "true"
        return Attribute(key, text.lower())

    # ── types ────────────────────────────────────────────────────────────────────────────────────────────

    def declaration(self, parts: list[Any]) -> Declaration:
        *names, type_ = parts
        return Declaration(tuple(names), type_, names[0].span | type_.span)

    def type(self, parts: list[Any]) -> TypeSyntax:
        kind, *arguments = parts
        if not arguments:
            return TypeSyntax(kind.text, (), kind.span)
        _, *values, last = arguments
        return TypeSyntax(kind.text, tuple(_value(v) for v in values), kind.span | _span(last))


def _given(given: list[Any]) -> tuple[tuple[Term, ...], tuple[Term, ...]]:
    """Interventions and conditions, sorted out of what stands after the bar in any order."""
    parts = given[0] if given else []
    interventions = tuple(term for part in parts if isinstance(part, tuple) for term in part)
    return interventions, tuple(part for part in parts if isinstance(part, Term))
