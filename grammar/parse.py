"""Text to syntax tree: programs, single queries and effects, graphs and types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeAlias

from .diagnostics.diagnostic import DofxError, warn
from .diagnostics.source import Source, Span
from .edge.arguments import public
from .errors import ancestral_graph, nothing_to_read, too_deep, undecided_edge, unread_attribute
from .holes import with_listed_causes
from .syntax.program import (
    Applied,
    Arithmetic,
    Assignment,
    Chain,
    Contrast,
    EffectStatement,
    Expectation,
    Fixed,
    Formula,
    GraphBlock,
    Negative,
    Number,
    Operation,
    Probability,
    Program,
    QueryStatement,
    Shorthand,
    Term,
    TypeSyntax,
)
from .syntax.walk import Part, inside, terms_and_sets

Node: TypeAlias = Arithmetic | Part | Formula

DECIDED = ("->", "<-", "<->")
ANCESTRAL = ("mag", "pag")
MOST_WARNINGS = 20
DEEPEST = 100
"""How deep an effect's arithmetic may nest: what reads the tree may then recurse without a second thought."""

_FOREIGN = re.compile(
    r"(?:[\s\ufeff]|\#[^\n]*\n)*+"
    r"(?:dag|mag|pag|c?pdag|(?:strict\s+)?(?:digraph|graph(?=\s+[\"\w])))"
    r"(?:\s*+(?:\"[^\"\n]*+\"|\b[\w.]++))?\s*+\{",
    re.IGNORECASE,
)
_FOREIGN_NOISE = re.compile(
    r'("(?:\\.|[^"\\])*+(?:"|\Z)|/\*(?:[^*]|\*(?!/))*+\Z)|//[^\n]*|/\*(?:[^*]|\*(?!/))*+\*/', re.DOTALL
)
"""Comments, and in the first group what is kept: strings, and whatever never closes. Each is scanned once."""


@public()
def parse(text: str, name: str = "<program>") -> Program:
    """The syntax tree of a program.

    Args:
        text: The program.
        name: What diagnostics call it, such as the path of its file.

    Raises:
        DofxError: E01xx where the text departs from the grammar, E0203 for edges without a direction.

    >>> program = parse("graph { x -> y }  query risk = P(y | do(x))")
    >>> program.queries[0].name.text
    'risk'
    """
    source = Source(text, name)
    return finished(_read(source, "program"), source)


def finished(program: Program, source: Source) -> Program:
    """A program with the text that it was read from.

    Raises:
        DofxError: E0203 for edges without a direction, E0106 for arithmetic that is nested too deep.
    """
    for block in program.graphs:
        _refuse_undecided(block, source)
        _warn_unread(block, source)
    for statement in program.statements:
        if isinstance(statement, QueryStatement | EffectStatement):
            _refuse_depth(
                statement.query if isinstance(statement, QueryStatement) else statement.expression, source
            )
    statements = (
        with_listed_causes(each, source.text) if isinstance(each, GraphBlock) else each
        for each in program.statements
    )
    return replace(program, statements=tuple(statements), source=source)


@public()
def parse_query(text: str, name: str = "<query>") -> Probability | Expectation:
    r"""The syntax tree of one query.

    >>> query = parse_query(r"P(y \mid z, \operatorname{do}(x = 1))")
    >>> query.interventions
    (Assignment(name=Name(text='x'), how=1),)

    Raises:
        DofxError: E01xx where the text departs from the grammar.
    """
    source = Source(text, name)
    query: Probability | Expectation = _read(source, "query")
    _refuse_depth(query, source)
    return query


def parse_effect(text: str, name: str = "<effect>") -> Arithmetic:
    """The syntax tree of one effect.

    >>> parse_effect("E[y | do(x = 1)] - E[y | do(x = 0)]").operator
    '-'

    Raises:
        DofxError: E01xx where the text departs from the grammar.
    """
    source = Source(text, name)
    expression: Arithmetic = _read(source, "effect")
    _refuse_depth(expression, source)
    return expression


@public()
def parse_graph(text: str, name: str = "<graph>") -> GraphBlock:
    """The syntax tree of a graph: edge text with or without ``graph { … }``, DAGitty, or a subset of DOT.

    >>> parse_graph("x -> {y, z} <-> w").items[0].arrows
    ('->', '<->')
    >>> parse_graph("digraph { x -> y [dir=both] }") == parse_graph("x <-> y")
    True

    Raises:
        DofxError: E01xx where the text departs from the grammar, E0203 for edges without a direction.
    """
    source = Source(text, name)
    if not text.strip():
        raise nothing_to_read(source, Span(0, 0))
    plain = _FOREIGN_NOISE.sub(lambda m: m[1] or re.sub(r"[^\n]", " ", m[0]), text) if "/" in text else text
    if _FOREIGN.match(plain):
        block: GraphBlock = _read(source, "foreign", plain)
    else:
        block = _read(source, "graph")
    _refuse_undecided(block, source)
    _warn_unread(block, source)
    return with_listed_causes(block, text)


def parse_type(text: str, name: str = "<type>") -> TypeSyntax:
    """The syntax tree of a variable's type.

    >>> parse_type("category('a', 'b')")
    TypeSyntax(kind='category', arguments=('a', 'b'))

    Raises:
        DofxError: E01xx where the text departs from the grammar.
    """
    type_: TypeSyntax = _read(Source(text, name), "type")
    return type_


def _read(source: Source, start: str, text: str | None = None) -> Any:
    from .reading.lalr import Unexpected, read  # here, because it imports Lark
    from .reading.words import NotAPath, NumberTooLarge, UnprintableName

    try:
        return read(source.text if text is None else text, start)
    except (Unexpected, NumberTooLarge, NotAPath, UnprintableName) as fault:
        from .reading.recovery import every_fault

        raise DofxError(every_fault(source, start, fault, text)) from None


def _refuse_undecided(block: GraphBlock, source: Source) -> None:
    """Report every edge of the block that is not ``->``, ``<-`` or ``<->``, and any that may hide a cause."""
    faults = []
    for item in block.items:
        if not isinstance(item, Chain) or all(arrow in DECIDED for arrow in item.arrows):
            continue
        for left, arrow, right in zip(item.groups, item.arrows, item.groups[1:], strict=False):
            if arrow not in DECIDED:
                faults.append(undecided_edge(arrow, source, left.span | right.span))
    if not faults and block.notation in ANCESTRAL:
        edges = (item.span for item in block.items if isinstance(item, Chain) and item.arrows)
        faults = [ancestral_graph(block.notation, source, span) for span in edges][:1]
    if faults:
        raise DofxError(faults)


def _warn_unread(block: GraphBlock, source: Source) -> None:
    """Warn of attributes of DAGitty or DOT that nothing reads: a latent that is misspelt counts as observed."""
    if not block.unread:
        return
    from .checks.names import did_you_mean
    from .reading.foreign import MEANT

    for attribute in block.unread[:MOST_WARNINGS]:
        key = attribute.key.text
        known = key.lower() in MEANT
        near = None if known else "latent" if key.lower() == "l" else did_you_mean(key, MEANT)
        value = attribute.value if known else None
        warn(unread_attribute(key, value, near, source, attribute.key.span))


def _refuse_depth(whole: Arithmetic, source: Source) -> None:
    level: list[Node] = [whole]
    for _ in range(DEEPEST + 1):
        level = [child for node in level for child in _inner(node)]
        if not level:
            return
    raise too_deep(DEEPEST, source, whole.span)


def _inner(node: Node) -> Iterable[Node]:
    """What stands directly in a part of an expression; of a formula each term is inside of what it is part of."""
    match node:
        case Operation(left=left, right=right):
            return left, right
        case Negative(operand=operand):
            return (operand,)
        case Applied(parts=parts):
            return parts
        case Contrast(formula=formula):
            return formula, *node.interventions, *node.conditions
        case Probability() | Expectation():
            return terms_and_sets(node)
        case Shorthand():
            return node.outcome, *node.holding, *node.conditions
        case Assignment(how=Term() | Applied() as formula):
            return (formula,)
        case Term() | Assignment():
            return inside(node)
        case Number() | Fixed():
            return ()
