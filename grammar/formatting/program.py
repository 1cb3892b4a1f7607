"""The canonical text of a syntax tree: ``parse(format(p)) == p``, and formatting twice changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ..dates import SINCE
from ..diagnostics.source import Span
from ..diagnostics.width import width
from ..edge.arguments import public
from ..syntax.program import (
    Chain,
    DataStatement,
    Declaration,
    EffectStatement,
    Feedback,
    GraphBlock,
    GraphItem,
    Group,
    Indicator,
    Latents,
    Name,
    Program,
    QueryStatement,
    Roles,
    Statement,
    TypeSyntax,
    VariablesBlock,
)
from .comments import Line, with_comments
from .query import format_effect as format_effect
from .query import format_name as format_name
from .query import format_query as format_query
from .query import format_value as format_value

_INDENT = "  "
_ANSWERS = (QueryStatement, EffectStatement)


@public()
def format_program(program: Program) -> str:
    """A program in canonical form, ending in a line break. Comments stay where they are, as far as can be.

    A comment on its own line stays above what follows it, one at the end of a line stays there, and one
    inside a statement moves above it. Of blank lines between two items, one is kept.

    >>> from ..parse import parse
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


def format_graph(block: GraphBlock) -> str:
    """A graph in canonical form: one item per line, in ``graph { … }``, without a last line break.

    >>> from ..parse import parse_graph
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


def _names(names: Iterable[Name]) -> str:
    return ", ".join(format_name(name.text) for name in names)


def _statement(statement: Statement, widest: int) -> Iterator[Line]:
    match statement:
        case GraphBlock():
            yield from _graph(statement)
        case VariablesBlock():
            yield from _variables(statement)
        case DataStatement():
            yield Line(_data(statement), statement.span)
        case QueryStatement() | EffectStatement():
            yield Line(_assignment(statement, widest), statement.span)


def _data(statement: DataStatement) -> str:
    parts = [f"data {format_name(statement.name.text)}"]
    for part in statement.parts:
        values = ", ".join(map(format_value, part.codes or (part.path, *part.more)))
        parts.append(f"{part.word} {_names(part.names) if part.names else values}")
        if part.unit is not None:
            parts.append(f"in {format_name(part.unit.text)}")
            parts += [f"{SINCE} {format_value(part.since)}"] if part.since else []
    return " ".join(parts)


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
        case Feedback(names=names):
            return f"feedback {{{_names(names)}}}"


def _group(group: Group) -> str:
    names = ", ".join(map(_node, group.names))
    return names if len(group.names) == 1 else f"{{{names}}}"


def _node(name: Name) -> str:
    if isinstance(name, Indicator):
        where = f" in {format_name(name.home.text)}" if name.home else ""
        return f"missing({_names(name.columns) or '*'}){where}"
    return format_name(name.text)


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
