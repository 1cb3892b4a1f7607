"""What a program declares beside its questions: data sets, the types of variables, and what each query may use."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ..grammar.checks.names import Scope
from ..grammar.syntax.data import MEASURES, PERSON, SAMPLED, TIME, VARIABLES, DataStatement
from ..grammar.syntax.program import Limit, Name, Program, TypeSyntax
from .graph.admg import ADMG
from .model.columns import columns_of
from .model.data import OBSERVED, DataSet
from .model.declared import declared
from .model.query import NO_LIMITS, Limits


def data_of(program: Program, graph: ADMG) -> tuple[DataSet, ...]:
    """The data sets that a program declares; the observational one where it declares none.

    One that names a CSV file and does not say what it measures measures the columns of the file. If these are all
    variables, and its name is P, it is the observational data set.

    Args:
        program: The program, free of faults.
        graph: Its graph.

    >>> from ..grammar.parse import parse
    >>> from .graph.read import graph_from_program
    >>> program = parse("graph { x -> y }  data trial sets X measures y")
    >>> print(data_of(program, graph_from_program(program))[0])
    trial sets x measures y
    """

    def names(written: tuple[Name, ...] | None) -> list[str]:
        return [name.text for name in written or ()]

    def measured(each: DataStatement) -> Iterable[str] | None:
        written = each.said(MEASURES)
        if written is None and each.paths and each.column(TIME) is None:
            headers = [columns_of(path, program.source.name, graph) for path in each.paths]
            known = [header for header in headers if header is not None]
            found = list(dict.fromkeys(name for header in known for name in header))
            if len(known) < len(headers):
                return None
            variables = graph.order.set(graph.all & ~graph.indicators)
            whole = each.name.text == OBSERVED.name and set(variables) <= set(found)
            return None if whole else found
        return None if written is None else names(written)

    def read(each: DataStatement) -> DataSet:
        said: dict[str, Any] = {place: names(each.said(word)) for place, word in VARIABLES.items()}
        said |= {word: each.column(word) for word in (*SAMPLED, PERSON, TIME)}
        said |= {"measures": measured(each), "holes": each.codes, "dates": dict(each.dates)}
        return DataSet(each.name.text, **said)

    return declared(map(read, program.data) if program.data else None, graph)


def types_declared(program: Program, scope: Scope) -> dict[str, TypeSyntax]:
    """The types that a program declares.

    Args:
        program: The program.
        scope: The graph's own names, by which the types are listed.
    """
    pairs = (
        (name.text, declaration.type) for declaration in program.declarations for name in declaration.names
    )
    return {scope.resolve(name) or name: type for name, type in pairs}


def limits_written(written: Iterable[Limit], scope: Scope) -> Limits:
    """The limits after a query, ``using {…}`` and ``avoiding {…}``, as one.

    Args:
        written: The limits as they were written.
        scope: The graph's own names.
    """
    found = NO_LIMITS
    for limit in written:
        names = tuple(scope.resolve(name.text) or name.text for name in limit.names)
        found |= Limits(names) if limit.word == "using" else Limits(avoid=names)
    return found
