"""From grammar rules to syntax nodes: one method per rule of `causal.lark`, called while the text is parsed.

A method is handed the values of its rule's parts. Named terminals come as they are read: tokens, which are
strings that know their place (`start_pos`, `end_pos`) and their terminal (`type`); names come as `Name`.
"""

# ruff: noqa: D102  (a method is documented by its rule in the grammar)
from __future__ import annotations

from typing import Any

from ..diagnostics.source import Source, Span
from ..holes import indicator_name
from ..syntax.data import FROM, DataPart, DataStatement
from ..syntax.program import (
    Attribute,
    Chain,
    Declaration,
    EffectStatement,
    Feedback,
    GraphBlock,
    Group,
    Indicator,
    Latents,
    Limit,
    Name,
    Program,
    QueryStatement,
    Roles,
    TypeSyntax,
    VariablesBlock,
)
from .build_query import Questions
from .words import ARROWS, name_of, span_of, unquoted, value_of, word_of


class Builder(Questions):
    """The methods; their names are those of the rules, and of the terminals NAME, ID and WORD."""

    NAME = staticmethod(name_of)
    ID = staticmethod(name_of)
    WORD = staticmethod(word_of)

    # ── programs ─────────────────────────────────────────────────────────────────────────────────────────

    def program(self, parts: list[Any]) -> Program:
        return Program(tuple(parts), Source(""))

    def variables(self, parts: list[Any]) -> VariablesBlock:
        first, *declarations, last = parts
        return VariablesBlock(tuple(declarations), span_of(first, last))

    def query_statement(self, parts: list[Any]) -> QueryStatement:
        keyword, name, query, *limits = parts
        return QueryStatement(name, query, tuple(limits), span_of(keyword) | [query, *limits][-1].span)

    def effect_statement(self, parts: list[Any]) -> EffectStatement:
        keyword, name, expression, *limits = parts
        return EffectStatement(
            name, expression, tuple(limits), span_of(keyword) | [expression, *limits][-1].span
        )

    def data_statement(self, parts: list[Any]) -> DataStatement:
        keyword, name, *said = parts
        return DataStatement(name, tuple(said), span_of(keyword) | [name, *said][-1].span)

    def data_file(self, parts: list[Any]) -> DataPart:
        word, *paths = parts
        first, *more = (unquoted(path.value) for path in paths)
        return DataPart(FROM, (), first, span_of(word, paths[-1]), more=tuple(more))

    def data_names(self, parts: list[Any]) -> DataPart:
        word, *names = parts
        return DataPart(" ".join(word.value.split()), tuple(names), "", span_of(word) | names[-1].span)

    def data_column(self, parts: list[Any]) -> DataPart:
        word, name = parts
        return DataPart(word.value, (name,), "", span_of(word) | name.span)

    def data_holes(self, parts: list[Any]) -> DataPart:
        word, *codes = parts
        span = span_of(word, codes[-1])
        return DataPart(word.value, codes=tuple(value_of(code) for code in codes), span=span)

    def data_dates(self, parts: list[Any]) -> DataPart:
        word, *names = parts
        since = None if isinstance(names[-1], Name) else names.pop()
        unit = names.pop()
        span = span_of(word) | (unit.span if since is None else span_of(since))
        start = "" if since is None else unquoted(since.value)
        return DataPart(word.value, tuple(names), span=span, unit=unit, since=start)

    def limit(self, parts: list[Any]) -> Limit:
        word, _, *names, last = parts
        return Limit(word.value, tuple(names), span_of(word, last))

    # ── graphs ───────────────────────────────────────────────────────────────────────────────────────────

    def graph(self, parts: list[Any]) -> GraphBlock:
        if len(parts) == 1 and isinstance(parts[0], GraphBlock):
            return parts[0]
        span = parts[0].span | parts[-1].span if parts else Span(0, 0)
        return GraphBlock(tuple(parts), span)

    def graph_block(self, parts: list[Any]) -> GraphBlock:
        first, *items, last = parts
        return GraphBlock(tuple(items), span_of(first, last))

    def chain(self, parts: list[Any]) -> Chain:
        written: list[str] = [token.value for token in parts[1::2]]
        arrows = tuple([ARROWS.get(arrow, arrow) for arrow in written])
        return Chain(tuple(parts[::2]), arrows, Span(parts[0].span.start, parts[-1].span.end))

    def single(self, parts: list[Any]) -> Group:
        return Group((parts[0],), parts[0].span)

    def set(self, parts: list[Any]) -> Group:
        first, *names, last = parts
        return Group(tuple(names), span_of(first, last))

    def indicator(self, parts: list[Any]) -> Indicator:
        home = parts.pop() if isinstance(parts[-1], Name) else None
        first, _, *columns, last = parts
        names = tuple(
            sorted((name for name in columns if isinstance(name, Name)), key=lambda name: name.text)
        )
        text = indicator_name((name.text for name in names), home.text if home else None)
        span = span_of(first, last)
        return Indicator(text, span | home.span if home else span, columns=names, home=home)

    def latents(self, parts: list[Any]) -> Latents:
        first, *names = parts
        return Latents(tuple(names), span_of(first) | names[-1].span)

    def roles(self, parts: list[Any]) -> Roles:
        first, *names = parts
        return Roles(first.value, tuple(names), span_of(first) | names[-1].span)

    def feedback(self, parts: list[Any]) -> Feedback:
        first, _, *names, last = parts
        return Feedback(tuple(names), span_of(first, last))

    # ── graphs in other notations ────────────────────────────────────────────────────────────────────────

    def foreign(self, parts: list[Any]) -> GraphBlock:
        from .foreign import foreign_graph, unread  # here, because a query's parser needs none of it

        first, *statements, last = parts
        named = isinstance(statements[0], Name) if statements else False
        statements = statements[1:] if named else statements
        items = foreign_graph(first.value, statements)
        return GraphBlock(items, span_of(first, last), first.value.lower(), unread(first.value, statements))

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
        return TypeSyntax(kind.text, tuple(value_of(v) for v in values), kind.span | span_of(last))
