"""The compiler, stage by stage. Start reading here.

    text ──parse──▶ syntax ──resolve──▶ Query ──identify──▶ Estimand ──lower──▶ SamplingNetwork ──passes──▶ …

`runtime` takes the network from here: it trains a generator for each fit, and `emit` turns network and
generators into one torch.fx graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from ..grammar.diagnostics.source import Source
from ..grammar.edge.arguments import public
from ..grammar.parse import parse_query
from ..grammar.syntax.program import Expectation, Probability
from .compilation import Compilation
from .errors import no_outcome, open_in_rows
from .estimand.verify import verify as verify_estimand
from .graph.admg import ADMG
from .graph.read import GraphSource, graph_of
from .graph.selection import refuse_selected
from .identify.feedback import without_cycles
from .identify.identify import Identification, identify_query
from .identify.limits import limited
from .identify.worlds.rules import Rules
from .model.data import ALONE, DataSet, observes
from .model.declared import declared, restricted
from .model.model import Model
from .model.query import NO_LIMITS, Limits, Query
from .model.resolve import query_of, syntax_of

if TYPE_CHECKING:
    from .estimand.table import Table
    from .network.ir import SamplingNetwork
    from .passes import Pass
    from .passes.context import Context
    from .passes.weights import WeightsSource

QuerySource: TypeAlias = str | Probability | Expectation | Query | None
"""A query's text, syntax or value. None asks for the effect of the graph's exposures on its outcomes."""


class NotIdentifiableError(Exception):
    """The query has no estimand; `identification` carries the verdict and its witness.

    Args:
        identification: The verdict.
        advice: What answers the question in another way, a sentence, if anything does.
    """

    def __init__(self, identification: Identification, advice: str = "") -> None:
        self.identification = identification
        super().__init__(f"{identification}\n{advice}" if advice else str(identification))


def resolve(query: QuerySource, graph: ADMG) -> Query:
    """The query over the graph's variables.

    Raises:
        DofxError: If it does not parse or does not fit the graph.
    """
    if isinstance(query, Query):
        if not query.outcomes:
            raise no_outcome()
        return replace(query_of(syntax_of(query), graph), limits=query.limits)
    if query is None:
        from .program import default_query

        return query_of(default_query(graph), graph)
    if isinstance(query, str):
        return query_of(parse_query(query), graph, Source(query, "<query>"))
    return query_of(query, graph)


@public()
def identify(
    query: QuerySource,
    graph: GraphSource,
    *,
    data: Iterable[DataSet] | None = None,
    policies: Mapping[str, Table] | None = None,
    variables: Mapping[str, str] | None = None,
    only: Iterable[str] | None = None,
    avoid: Iterable[str] = (),
) -> Identification:
    """Prove whether the data answer a query, and derive the estimand.

    Args:
        query: Such as ``P(y | do(x), z)``.
        graph: An ADMG, or anything that `dofx.graph` reads.
        data: The available data sets, each with what it sets and measures and where it differs from the
            population that the query is about. None is one observational data set, ``P``, that measures all.
        policies: The tables of policies in the query, by name: the verdict then depends on what these policies can do.
            A policy that is not given may take any value with a positive probability.
        variables: The types of variables, such as ``{"x": "bool"}``. Without them the verdict is about variables with
            any number of states.
        only: Identify the query with these variables and its own, several names or a text such as ``a, b``; None
            for all.
        avoid: Variables to do without, as if they were not observed, given in the same way.

    Returns:
        The identification. It is true if the query is identifiable, else it carries as `witness` the hedge, or what
        each data set lacks.

    Raises:
        DofxError: On bad input, with every fault found; E0208 where the graph says that the data are selected, and
            that may bias the answer.

    >>> print(identify("P(y | do(x))", "z -> {x, y}; x -> y").estimand)
    P(y | do(x)) = Σ_z P(z) P(y | x, z)
    >>> trial = DataSet("trial", sets=["x"], measures=["y"], differs=["z"])
    >>> print(identify("P(y | do(x))", "x -> y <- z; x <-> y", data=[trial]).estimand is None)
    True
    """
    admg = graph_of(graph)
    asked, model = _posed(query, admg, data, only, avoid)
    return _proved(asked, model, Rules.of(policies, variables, admg))


def _posed(
    query: QuerySource,
    graph: ADMG,
    data: Iterable[DataSet] | None,
    only: Iterable[str] | None,
    avoid: Iterable[str],
) -> tuple[Query, Model]:
    """The query, and the graph and the data sets that it may be answered with.

    Variables that are not to be used are projected out of the graph where there is one observational data set, and are
    left out of the columns of each where there are several.
    """
    asked = resolve(query, graph)
    refuse_selected(graph, asked.mentioned, str(asked))
    usable = limited(asked, graph, asked.limits | Limits.of(only, avoid))
    sets = declared(data, graph)
    if sets == ALONE:
        model = Model(usable, sets)  # equal to ALONE, but it may also declare weights, clusters and codes
    else:
        model = Model(graph, sets if usable is graph else restricted(sets, graph, usable.nodes))
    return asked.within(NO_LIMITS), model


def _proved(query: Query, model: Model, rules: Rules | None = None) -> Identification:
    identification = identify_query(query, model.graph, model.data, rules)
    if identification.estimand:
        verify_estimand(identification.estimand)
    return identification


@public()
def compile_query(
    query: QuerySource,
    graph: GraphSource,
    *,
    data: Iterable[DataSet] | None = None,
    passes: Sequence[Pass] | str | None = None,
    only: Iterable[str] | None = None,
    avoid: Iterable[str] = (),
    sizes: Mapping[str, int] | None = None,
    states: Mapping[str, int] | None = None,
    weights: WeightsSource | None = None,
) -> Compilation:
    """Compile a query to the cheapest sampling network that is exact.

    Args:
        query: Such as ``P(y | do(x), z)``.
        graph: An ADMG, or anything that `dofx.graph` reads.
        data: The available data sets, as for `identify`.
        passes: The passes to run: functions, or text such as ``see, fold{cells=4096}``. None runs all of `PASSES`,
            and also searches for an estimand that is cheaper than the one from the proof.
        only: Identify the query with these variables and its own, several names or a text such as ``a, b``; None
            for all.
        avoid: Variables to do without, given in the same way: they are neither made nor read.
        sizes: The number of numbers that make up a value of a variable, such as 784 for an image; the default is one.
        states: The number of states of each variable that is known to be finite. Small conditionals of such variables
            are folded into tables.
        weights: The costs by which the cheapest network is chosen: `Weights`, some of them by name as in
            ``{"refit": 100}``, or their text, ``refit = 100, row = 1``.

    Raises:
        DofxError: On bad input.
        NotIdentifiableError: If the data cannot answer the query.

    >>> graph = "z -> x; z -> y; x -> m -> y"
    >>> print(compile_query("P(y | do(x))", graph).network)
    network P(y | do(x))
    answer (y ‖ x)
      z ~ P(z)
      y ~ P(y | z, x)
    >>> print(compile_query("P(y | do(x))", graph, avoid=["z"]).network)
    network P(y | do(x))
    answer (y ‖ x)
      x' ~ P(x)
      m ~ P(m | x)
      y ~ P(y | x = x', m)
    """
    found = compile_if_identified(
        query,
        graph,
        data=data,
        passes=passes,
        only=only,
        avoid=avoid,
        sizes=sizes,
        states=states,
        weights=weights,
    )
    if isinstance(found, Identification):
        raise NotIdentifiableError(found)
    return found


def compile_if_identified(
    query: QuerySource,
    graph: GraphSource,
    *,
    data: Iterable[DataSet] | None = None,
    passes: Sequence[Pass] | str | None = None,
    only: Iterable[str] | None = None,
    avoid: Iterable[str] = (),
    sizes: Mapping[str, int] | None = None,
    states: Mapping[str, int] | None = None,
    weights: WeightsSource | None = None,
    proof: Identification | None = None,
) -> Compilation | Identification:
    """What a query compiles to, or the identification that failed; the arguments are those of `compile_query`.

    Args:
        query: The query.
        graph: The graph.
        data: The data sets.
        passes: The passes to run.
        only: Variables to use.
        avoid: Variables to do without.
        sizes: The number of numbers in a value of a variable.
        states: The number of states of a variable.
        weights: The costs by which the network is chosen.
        proof: What `identify` found about the same query on the same graph, so that it is not proved again.

    Raises:
        DofxError: On bad input.
    """
    from .passes import PASSES
    from .passes.context import Context
    from .passes.weights import weights_of  # here, because identifying needs no networks and is to start fast
    from .search import cheapest

    asked, model = _posed(query, graph_of(graph), data, only, avoid)
    identification = _proved(asked, model) if proof is None else proof
    if not identification:
        return identification
    opened, form = _opened(asked, identification, model)
    if not form:
        return form
    known = model.graph
    costs = weights_of(weights, known.order.set(known.all & ~known.indicators))
    acyclic = Model(known.acyclic, model.data)
    context = Context(acyclic, sizes or {}, states or {}, costs, known.feedback)
    base = _compiled(form, chosen_passes(passes), context, asked)
    if passes is not None or not _one_complete(model) or without_cycles(opened, known).query is not opened:
        return replace(base, identification=identification)

    def alternative(smaller: ADMG) -> Compilation | None:
        left = Model(smaller, model.data)  # the data set keeps its weights, clusters and codes
        other = _proved(opened, left)
        there = replace(context, model=left)
        return _compiled(other, PASSES, there, asked) if other.estimand else None

    best, considered = cheapest(base, alternative)
    return replace(best, identification=identification, considered=considered)


def _one_complete(model: Model) -> bool:
    """Whether there is one observational data set, whatever its name, that measures every variable."""
    if model.data == ALONE:
        return True
    first, *more = model.data
    return not more and not model.graph.holes and observes(first, model.graph.nodes)


def _opened(asked: Query, proof: Identification, model: Model) -> tuple[Query, Identification]:
    """The query that is sampled, with its proof. Values of outcomes are left open, because samples have every value.

    Raises:
        DofxError: E0313 where rows would have a column of what is set.
    """
    if asked.plain or asked.opened == asked:
        return asked, proof
    if both := set(asked.opened.outcomes) & set(asked.interventions):
        raise open_in_rows(min(both))
    return asked.opened, _proved(asked.opened, model)


def chosen_passes(passes: Sequence[Pass] | str | None) -> Sequence[Pass]:
    """The passes to run: all where nothing is said, else those listed or named.

    Raises:
        DofxError: E0806 for a text that names no passes.
    """
    from .passes import PASSES
    from .passes.options import pass_name, passes_named

    if passes is None:
        return PASSES
    return (
        passes_named(passes, {pass_name(run): run for run in PASSES}) if isinstance(passes, str) else passes
    )


def _sampled(network: SamplingNetwork, declared: tuple[DataSet, ...]) -> SamplingNetwork:
    """The network with its data sets as they were declared, weights and clusters of the rows included."""
    data = (next((each for each in declared if each == read), read) for read in network.data)
    return replace(network, data=tuple(data))


def _compiled(
    identification: Identification, passes: Sequence[Pass], context: Context, query: Query
) -> Compilation:
    """The network of an estimand, after each pass. The query may state values that the estimand leaves open."""
    from .network.lower import lower
    from .network.verify import verify as verify_network
    from .passes import root, settle
    from .passes.options import pass_name

    assert identification.estimand
    lowered = lower(identification.estimand)
    if lowered.query == query.opened:
        lowered = replace(lowered, query=query)
    network = separate = verify_network(_sampled(lowered, context.model.data))
    trace = [("lower", network)]
    for run in passes:
        improved = run(network, context)
        if verify_network(improved) != network:
            network = improved
            trace.append((pass_name(run), network))
        if pass_name(run) not in (settle.__name__, root.__name__):  # these two run again in `fit`, by types
            separate = network
    return Compilation(identification, network, separate, context, tuple(trace), identification)
