"""The canonical text of a syntax tree: ``parse(format(p)) == p``, and formatting twice changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .arguments import public
from .comments import Line, with_comments
from .source import Span
from .syntax import (
    Arithmetic,
    Chain,
    Declaration,
    EffectStatement,
    Expectation,
    GraphBlock,
    GraphItem,
    Group,
    Latents,
    Name,
    Negative,
    Number,
    Operation,
    Probability,
    Program,
    QueryStatement,
    Roles,
    Statement,
    Term,
    TypeSyntax,
    Value,
    VariablesBlock,
)
from .width import width

_INDENT = "  "
_PLAIN_NAME = re.compile(r"[^\W\d](?:[\w′″‴\u0300-\u036f]|\.(?=\w))*'*")
_KEYWORDS = frozenset({"latent", "latents", "exposure", "outcome", "adjusted", "selected", "do", "graph"})
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2}
_UNARY = 3
_ANSWERS = (QueryStatement, EffectStatement)


@public()
def format_program(program: Program) -> str:
    """A program in canonical form, ending in a line break. Comments stay where they are, as far as can be.

    A comment on its own line stays above what follows it, one at the end of a line stays there, and one
    inside a statement moves above it. Of blank lines between two items, one is kept.

    >>> from .parse import parse
    >>> print(format_program(parse("graph{x->y;z->{x,y}} query q=P(y|z,do(x))")), end="")
    graph {
      x -> y
      z -> {x, y}
    }
    <BLANKLINE>
    query q = P(y | do(x), z)
    """
    heads = [_head(statement) for statement in program.statements if isinstance(statement, _ANSWERS)]
    widest = max(map(width, heads), default=0)
    lines = [line for statement in program.statements for line in _statement(statement, widest)]
    return with_comments(lines, program.source.text)


def format_query(query: Probability | Expectation) -> str:
    """A query in canonical form: interventions in one ``do``, before the conditions.

    >>> from .parse import parse_query
    >>> format_query(parse_query("P(y|z,do(x),w='a',do(v=1))"))
    'P(y | do(x, v = 1), z, w = "a")'
    """
    given = [f"do({_terms(query.interventions)})"] if query.interventions else []
    given += [_terms(query.conditions)] if query.conditions else []
    bar = f" | {', '.join(given)}" if given else ""
    if isinstance(query, Expectation):
        return f"E[{_term(query.outcome)}{bar}]"
    return f"P({_terms(query.outcomes)}{bar})"


def format_effect(expression: Arithmetic) -> str:
    """An effect in canonical form, without brackets that change nothing.

    >>> from .parse import parse_effect
    >>> format_effect(parse_effect("((E[y|do(x=1)]))-(E[y]-2)*3"))
    'E[y | do(x = 1)] - (E[y] - 2) * 3'
    """
    match expression:
        case Probability() | Expectation():
            return format_query(expression)
        case Number(value=value):
            return repr(int(value)) if value.is_integer() and value < 1e15 else repr(value)
        case Negative(operand=operand):
            return f"-{_operand(operand, _UNARY + 1)}"
        case Operation(operator=operator, left=left, right=right):
            strength = _STRENGTH[operator]
            return f"{_operand(left, strength)} {operator} {_operand(right, strength + 1)}"


def format_graph(block: GraphBlock) -> str:
    """A graph in canonical form: one item a line, in ``graph { … }``, without a last line break.

    >>> from .parse import parse_graph
    >>> print(format_graph(parse_graph("dag { x [exposure] u [latent] u -> {x y} }")))
    graph {
      x
      exposure x
      latent u
      u -> {x, y}
    }
    """
    return "\n".join(line.text for line in _graph(block))


def format_type(type: TypeSyntax) -> str:
    """A type in canonical form.

    >>> format_type(TypeSyntax("category", ("a", "b")))
    'category("a", "b")'
    """
    arguments = ", ".join(map(format_value, type.arguments))
    return f"{format_name(type.kind)}({arguments})" if arguments else format_name(type.kind)


def format_value(value: Value) -> str:
    """A value as it is written in a program.

    >>> format_value("it's"), format_value(False), format_value(-0.5)
    ('"it\\'s"', 'false', '-0.5')
    """
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return f'"{"".join(map(_escaped, value))}"'
        case _:
            return repr(value)


def format_name(name: str) -> str:
    """A name, quoted where it would otherwise be read as something else.

    >>> format_name("smoking"), format_name("blood pressure"), format_name("latent")
    ('smoking', '"blood pressure"', '"latent"')
    """
    if _PLAIN_NAME.fullmatch(name) and name not in _KEYWORDS:
        return name
    return format_value(name)


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    invisible = not character.isprintable() and ord(character) <= 0xFFFF
    return f"\\u{ord(character):04x}" if invisible else character


def _operand(expression: Arithmetic, strength: int) -> str:
    """An operand, in brackets if it binds less than it must."""
    text = format_effect(expression)
    match expression:
        case Operation(operator=operator):
            own = _STRENGTH[operator]
        case Negative():
            own = _UNARY
        case _:
            return text
    return text if own >= strength else f"({text})"


def _names(names: Iterable[Name]) -> str:
    return ", ".join(format_name(name.text) for name in names)


def _terms(terms: Iterable[Term]) -> str:
    return ", ".join(map(_term, terms))


def _term(term: Term) -> str:
    name = format_name(term.name.text)
    return name if term.value is None else f"{name} = {format_value(term.value)}"


def _statement(statement: Statement, widest: int) -> Iterator[Line]:
    match statement:
        case GraphBlock():
            yield from _graph(statement)
        case VariablesBlock():
            yield from _variables(statement)
        case QueryStatement() | EffectStatement():
            yield Line(_assignment(statement, widest), statement.span)


def _assignment(statement: QueryStatement | EffectStatement, widest: int) -> str:
    """``query name = …``, the signs of equality of a program one below another."""
    head = _head(statement)
    padding = " " * (widest - width(head))
    limits = "".join(f" {limit.word} {{{_names(limit.names)}}}" for limit in statement.limits)
    if isinstance(statement, QueryStatement):
        return f"{head}{padding} = {format_query(statement.query)}{limits}"
    return f"{head}{padding} = {format_effect(statement.expression)}{limits}"


def _head(statement: QueryStatement | EffectStatement) -> str:
    keyword = "query" if isinstance(statement, QueryStatement) else "effect"
    return f"{keyword} {format_name(statement.name.text)}"


def _graph(block: GraphBlock) -> Iterator[Line]:
    start, end = block.span.start, block.span.end
    yield Line("graph {", Span(start, start), opens=True)
    for item in block.items:
        yield Line(_INDENT + _item(item), item.span)
    yield Line("}", Span(end, end), closes=True)


def _item(item: GraphItem) -> str:
    match item:
        case Chain(groups=groups, arrows=arrows):
            rest = (f" {arrow} {_group(group)}" for arrow, group in zip(arrows, groups[1:], strict=True))
            return _group(groups[0]) + "".join(rest)
        case Latents(names=names):
            return f"latent {_names(names)}"
        case Roles(role=role, names=names):
            return f"{role} {_names(names)}"


def _group(group: Group) -> str:
    return _names(group.names) if len(group.names) == 1 else f"{{{_names(group.names)}}}"


def _variables(block: VariablesBlock) -> Iterator[Line]:
    start, end = block.span.start, block.span.end
    widest = max((width(_names(d.names)) for d in block.declarations), default=0)
    yield Line("variables {", Span(start, start), opens=True)
    for declaration in block.declarations:
        yield Line(_INDENT + _declaration(declaration, widest), declaration.span)
    yield Line("}", Span(end, end), closes=True)


def _declaration(declaration: Declaration, widest: int) -> str:
    names = _names(declaration.names)
    return f"{names}{' ' * (widest - width(names))} : {format_type(declaration.type)}"
