"""The canonical text of queries and effects, of their worlds, of names and of values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import assert_never

from ..syntax.query import (
    Applied,
    Arithmetic,
    Assignment,
    Contrast,
    Drawn,
    Expectation,
    Fixed,
    Formula,
    Negative,
    Number,
    Operation,
    Placeholder,
    Probability,
    Shorthand,
    Term,
    Value,
)

_PLAIN_NAME = re.compile(r"[^\W\d](?:[\w′″‴\u0300-\u036f]|\.(?=\w))*'*")
_VALUES = frozenset(("true", "True", "TRUE", "false", "False", "FALSE"))
"""Every other word is a name wherever a name may stand, as `causal.lark` says."""
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_STRENGTH = {"+": 1, "-": 1, "*": 2, "/": 2}
_UNARY = 3
NO_WORDS: Mapping[str, str] = MappingProxyType({})
"""Functions and operators are written as in the language."""


def format_query(query: Probability | Expectation | Contrast) -> str:
    """A query in canonical form: interventions in one ``do``, before the conditions; worlds without blanks.

    >>> from ..parse import parse_query
    >>> format_query(parse_query("P(y|z,do(x),w='a',do(v=1))"))
    'P(y | do(x, v = 1), z, w = "a")'
    >>> format_query(parse_query("P(y[x = 1, m = m[x = 0]] = 1 | x=0)"))
    'P(y[m=m[x=0],x=1] = 1 | x = 0)'
    """
    given = [f"do({_listed(query.interventions)})"] if query.interventions else []
    given += [_listed(query.conditions)] if query.conditions else []
    bar = f" | {', '.join(given)}" if given else ""
    match query:
        case Expectation(outcome=outcome):
            return f"E[{format_term(outcome)}{bar}]"
        case Contrast(formula=formula):
            return f"E[{format_formula(formula)}{bar}]"
        case Probability(outcomes=outcomes):
            return f"P({_listed(outcomes)}{bar})"
        case _:
            assert_never(query)


def format_effect(expression: Arithmetic) -> str:
    """An effect in canonical form, without brackets that change nothing.

    >>> from ..parse import parse_effect
    >>> format_effect(parse_effect("((E[y|do(x=1)]))-(E[y]-2)*3"))
    'E[y | do(x = 1)] - (E[y] - 2) * 3'
    """
    match expression:
        case Probability() | Expectation() | Contrast():
            return format_query(expression)
        case Shorthand():
            return _shorthand(expression)
        case Number(value=value):
            return repr(int(value)) if value.is_integer() and value < 1e15 else repr(value)
        case Negative(operand=operand):
            return f"-{_operand(operand, _UNARY + 1)}"
        case Operation(operator=operator, left=left, right=right):
            strength = _STRENGTH[operator]
            return f"{_operand(left, strength)} {operator} {_operand(right, strength + 1)}"


def _shorthand(effect: Shorthand) -> str:
    parts = [format_term(effect.outcome), format_name(effect.exposure.text)]
    if effect.through:
        parts.append(f"through {_set([format_name(name.text) for name in effect.through])}")
    if effect.holding:
        parts.append(f"holding {_set([*map(format_term, effect.holding)])}")
    parts += [f"along {' -> '.join(format_name(name.text) for name in path)}" for path in effect.along]
    bar = f" | {_listed(effect.conditions)}" if effect.conditions else ""
    return f"{effect.kind}({', '.join((*parts, *map(format_value, effect.values)))}{bar})"


def _set(texts: list[str]) -> str:
    return texts[0] if len(texts) == 1 else f"{{{', '.join(texts)}}}"


def format_term(term: Term) -> str:
    """A variable with its world and its value, if it has them.

    >>> from ..syntax.query import Name
    >>> format_term(Term(Name("y"), 1, (Assignment(Name("x"), 0),)))
    'y[x=0] = 1'
    """
    name = format_name(term.name.text)
    if term.world is not None:
        name = f"{name}[{','.join(format_assignment(each, tight=True) for each in term.world)}]"
    return name if term.value is None else f"{name} = {format_value(term.value)}"


def format_assignment(assignment: Assignment, *, tight: bool = False) -> str:
    """What a variable is set to, with blanks as inside ``do(…)``, or without any as inside brackets.

    >>> from ..syntax.query import Name
    >>> format_assignment(Assignment(Name("x"), Drawn(Name("g"), (Term(Name("z")), Term(Name("x"))))))
    'x ~ g(z, x)'
    """
    name, how, blank = format_name(assignment.name.text), assignment.how, "" if tight else " "
    match how:
        case None:
            return name
        case Drawn(policy=policy, reads=reads):
            listed = f",{blank}".join(map(format_term, reads))
            return f"{name}{blank}~{blank}{format_name(policy.text)}({listed})"
        case Placeholder(name=input):
            text = input
        case Term() | Fixed() | Applied():
            text = format_formula(how, tight=tight)
            text = f"({text})" if isinstance(how, Term) and text[0] == '"' and how.world is None else text
        case _:
            text = format_value(how)
    return f"{name}{blank}={blank}{text}"


def format_formula(
    formula: Formula,
    *,
    tight: bool = False,
    term: Callable[[Term], str] = format_term,
    words: Mapping[str, str] = NO_WORDS,
) -> str:
    """The formula of a shift, without brackets that change nothing.

    Args:
        formula: The formula.
        tight: Without blanks.
        term: How a value that it reads is written.
        words: How a function is written, or an operator, where that is not as in the language.

    >>> from ..syntax.query import Name
    >>> x = Term(Name("x"))
    >>> format_formula(Applied("min", (Applied("+", (x, Fixed(1))), Fixed(5))), tight=True)
    'min(x+1,5)'
    """
    blank = "" if tight else " "

    def part(inner: Formula, strength: int) -> str:
        text, own = written(inner)
        return text if own >= strength else f"({text})"

    def written(formula: Formula) -> tuple[str, int]:
        """A formula, and how strongly it binds."""
        match formula:
            case Fixed(value=value):
                return repr(value), _UNARY + 1
            case Term():
                return term(formula), _UNARY + 1
            case Applied(function="-", parts=(inner,)):
                return f"-{part(inner, _UNARY + 1)}", _UNARY
            case Applied(function=("+" | "-" | "*" | "/") as sign, parts=(left, right)):
                own, shown = _STRENGTH[sign], words.get(sign, sign)
                return f"{part(left, own)}{blank}{shown}{blank}{part(right, own + 1)}", own
            case Applied(function=function, parts=parts):
                listed = f",{blank}".join(part(each, 0) for each in parts)
                return f"{words.get(function, function)}({listed})", _UNARY + 1
            case _:
                assert_never(formula)

    return written(formula)[0]


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

    >>> format_name("smoking"), format_name("blood pressure"), format_name("outcome"), format_name("true")
    ('smoking', '"blood pressure"', 'outcome', '"true"')
    """
    if _PLAIN_NAME.fullmatch(name) and name not in _VALUES:
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


def _listed(parts: Iterable[Term | Assignment]) -> str:
    return ", ".join(
        format_term(part) if isinstance(part, Term) else format_assignment(part) for part in parts
    )
