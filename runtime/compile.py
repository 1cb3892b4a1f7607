"""Compiling for use: from a query or a program to samplers, ready to be fitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from ..compiler.beside_a_graph import data_beside, program_beside
from ..compiler.compilation import Compilation
from ..compiler.driver import NotIdentifiableError, QuerySource, compile_query, resolve
from ..compiler.graph.admg import ADMG
from ..compiler.graph.read import GraphSource, graph_of
from ..compiler.identify.identify import Identification, identify_query
from ..compiler.identify.worlds.rules import Rules
from ..compiler.model.data import DataSet
from ..compiler.model.declared import declared as declared_data
from ..compiler.model.query import NO_LIMITS, Limits, Query
from ..compiler.network.errors import NoDrawError
from ..compiler.passes import Pass
from ..compiler.passes.weights import WeightsSource
from ..compiler.program import Questions, declared_beside, is_path, program_of, questions
from ..grammar.checks.names import Scope, unknown
from ..grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ..grammar.edge.arguments import public
from ..grammar.parse import parse, parse_effect
from ..grammar.syntax.program import Arithmetic, Expectation, Name, Probability, Program, TypeSyntax
from .errors import no_graph
from .evaluation import Evaluation, evaluation_of
from .sampler import Sampler
from .variables import Finite, VariableType, cardinalities, parse_type, sizes_of

if TYPE_CHECKING:
    from .program import CompiledProgram

Types: TypeAlias = Mapping[str, VariableType | TypeSyntax | str]
"""Types of variables, or their text."""


@overload
def compile(
    query: Program | str | PathLike[str],
    graph: None = None,
    *,
    data: Iterable[DataSet] | None = None,
    variables: Types | None = None,
    passes: Sequence[Pass] | str | None = None,
    only: Iterable[str] | None = None,
    avoid: Iterable[str] = (),
    weights: WeightsSource | None = None,
) -> Sampler | CompiledProgram: ...


@overload
def compile(
    query: Query | Probability | Expectation | None,
    graph: GraphSource,
    *,
    data: Iterable[DataSet] | None = None,
    variables: Types | None = None,
    passes: Sequence[Pass] | str | None = None,
    only: Iterable[str] | None = None,
    avoid: Iterable[str] = (),
    weights: WeightsSource | None = None,
) -> Sampler: ...


@overload
def compile(
    query: QuerySource | Arithmetic | Program | PathLike[str],
    graph: GraphSource,
    *,
    data: Iterable[DataSet] | None = None,
    variables: Types | None = None,
    passes: Sequence[Pass] | str | None = None,
    only: Iterable[str] | None = None,
    avoid: Iterable[str] = (),
    weights: WeightsSource | None = None,
) -> Any: ...


@public()
def compile(
    query: QuerySource | Arithmetic | Program | PathLike[str],
    graph: GraphSource | None = None,
    *,
    data: Iterable[DataSet] | None = None,
    variables: Types | None = None,
    passes: Sequence[Pass] | str | None = None,
    only: Iterable[str] | None = None,
    avoid: Iterable[str] = (),
    weights: WeightsSource | None = None,
) -> Sampler | CompiledProgram:
    """Compile a query, an effect, or every query and effect of a program.

    Args:
        query: A query such as ``P(y | do(x), z)``, an effect such as ``E[y | do(x = 1)] - E[y | do(x = 0)]``, or
            statements with names, ``effect ate = …``, with their graph in `graph`. None asks for the effect of the
            graph's exposures on its outcomes. Or a program, its text, or the path of its ``.cq`` file, which has its
            own graph.
        graph: An ADMG, or anything that `dofx.graph` reads; a program brings the types and the data sets that it
            declares too.
        data: The available data sets, as for `identify`; None means the data sets that the program declares, or one
            observational data set if it declares none.
        variables: Types by variable, such as ``{"age": "real"}``; they take precedence over types that the program
            declares. Types that are left out are inferred from the data.
        passes: The passes to run, as functions or as text such as ``see, fold{cells=4096}``; None runs them all.
        only: Answer with these variables and the query's own, several names or a text such as ``a, b``; None for all.
        avoid: Variables to do without, such as an image that is never to be made, given in the same way.
        weights: The costs by which several exact ways are compared (not weights of rows): `Weights`, some by name as
            in ``{"refit": 100}``, or their text, ``refit = 100, row = 1``.

    Returns:
        A `Sampler` for a query or for a program that is one query, else a `CompiledProgram`.

    Raises:
        DofxError: On bad input, with every fault found.
        NotIdentifiableError: If the query is not identifiable. In a `CompiledProgram` that is an answer.

    >>> compile("P(y | do(x))", "z -> {x, y}; x -> y")
    Sampler(P(y | do(x)), not fitted)
    >>> compile("E[y | do(x = 1)] - E[y | do(x = 0)]", "z -> {x, y}; x -> y")
    CompiledProgram(effect, not fitted)
    """
    asked, admg, declared = _asked(query, graph, data)
    types = {**types_of(declared, admg.nodes), **types_of(variables or {}, admg.nodes)}
    limits = Limits.of(only, avoid)
    if isinstance(asked, Query):
        one, sets = asked, declared_data(data, admg)
    else:
        sets = asked.data if data is None else declared_data(data, admg)
        if asked.alone is None:
            from .program import CompiledProgram

            return CompiledProgram(replace(asked, data=sets).limited(limits), types, passes, weights)
        one = asked.alone
    one = resolve(one, admg)
    return _sampler(one.within(one.limits | limits), admg, sets, types, passes, weights)


def _asked(
    query: QuerySource | Arithmetic | Program | PathLike[str],
    graph: GraphSource | None,
    data: Iterable[DataSet] | None,
) -> tuple[Query | Questions, ADMG, Mapping[str, TypeSyntax]]:
    """What is asked, of which graph, and the types that are declared with it.

    Raises:
        DofxError: On bad input, with every fault found.
    """
    if graph is not None:
        admg, declared = graph_of(graph), declared_beside(graph)
        if isinstance(query, Query):
            return query, admg, declared
        beside = data_beside(graph) if data is None else ()
        return questions(program_beside(query, admg, declared, data=beside)), admg, declared
    if not isinstance(query, str | PathLike | Program) or _is_expression(query):
        raise no_graph(str(query) if isinstance(query, str | Query) else None)
    asked = questions(program_of(query))
    return asked, asked.graph, asked.types


def _sampler(
    query: Query,
    graph: ADMG,
    data: tuple[DataSet, ...],
    types: Mapping[str, VariableType],
    passes: Sequence[Pass] | str | None,
    weights: WeightsSource | None,
) -> Sampler:
    """The sampler of one query: of its network, or where no network computes the answer, of its table.

    Raises:
        NotIdentifiableError: If there is neither.
    """
    sizes, states = sizes_of(types), cardinalities(types)
    try:
        compilation = compile_query(
            query, graph, data=data, passes=passes, sizes=sizes, states=states, weights=weights
        )
    except (NotIdentifiableError, NoDrawError) as error:
        evaluation = evaluation_of(query, graph, data, types)
        if evaluation is not None:
            return sampler_of(evaluation, evaluation.types, query)
        if isinstance(error, NoDrawError):
            raise
        advice = _advice(error.identification, query.within(NO_LIMITS), types)
        raise NotIdentifiableError(error.identification, advice) from None
    return sampler_of(compilation, types)


def sampler_of(
    compilation: Compilation | Evaluation, types: Mapping[str, VariableType], query: Query | None = None
) -> Sampler:
    """The sampler of a compiled query, not fitted yet.

    Args:
        compilation: What the query compiled to.
        types: Declared types.
        query: The query with its fixed values; None for the one that was compiled.
    """
    return Sampler(
        compilation.network,
        query=query or compilation.identification.query,
        estimand=compilation.identification.estimand,
        types=types,
        compilation=compilation,
    )


def _advice(refused: Identification, query: Query, types: Mapping[str, VariableType]) -> str:
    """What a table answers although no sampler draws it: a probability at stated values, or a complement."""
    asked = resolve(query, refused.graph)
    computes = "`dofx.identify({}).estimand.evaluate(table)` computes it"
    if refused.query.plain:
        return ""
    if asked != refused.query and identify_query(asked, refused.graph, refused.data):
        call = computes.format(f'"{asked}", graph')
        return f"{asked} itself is identified, but not at the other values that a sampler would draw: {call}."
    finite = {name: str(type) for name, type in types.items() if isinstance(type, Finite)}
    found = identify_query(asked, refused.graph, refused.data, Rules.of(None, finite, refused.graph))
    if not found:
        return ""
    call = computes.format(f'"{asked}", graph, variables=...')
    return (
        f"With the states that are declared, {asked} is identified as a difference of probabilities. A sampler draws "
        f"from it if the states of all variables in it are declared; else {call}. An effect of it, such as "
        "`att(y, x, 1, 0)` in a program, is answered with intervals."
    )


def types_of(types: Types, names: Sequence[str]) -> dict[str, VariableType]:
    """Types by the graph's own names.

    Raises:
        DofxError: E0301 or E0302 for names that are not the graph's, E0401 or E0402 for types.
    """
    scope = Scope(names)
    faults: list[Diagnostic] = []
    found: dict[str, VariableType] = {}
    for written, type in types.items():
        name = scope.resolve(written)
        try:
            found[name or written] = parse_type(type)
        except DofxError as error:
            faults += error.diagnostics
        if name is None:
            faults.append(unknown(Name(written), scope, None))
    if faults:
        raise DofxError(faults)
    return found


def _is_expression(source: object) -> bool:
    """Whether a text that is no program is a query or an effect."""
    if not isinstance(source, str) or is_path(source):
        return False
    for read in (parse, parse_effect):
        try:
            read(source)
        except DofxError:
            continue
        return read is parse_effect
    return False
