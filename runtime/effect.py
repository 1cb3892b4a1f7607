"""An effect on a graph in one call: compiled, fitted and answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..compiler.beside_a_graph import data_beside, program_beside
from ..compiler.declarations import data_of
from ..compiler.graph.admg import ADMG
from ..compiler.graph.read import GraphSource, graph_of
from ..compiler.model.data import DataSet
from ..compiler.model.query import Limits
from ..compiler.passes import Pass
from ..compiler.program import declared_beside, default_query, questions
from ..grammar.diagnostics.source import Source
from ..grammar.edge.arguments import public
from ..grammar.syntax.program import Arithmetic, Assignment, Expectation, Name, Operation, Program, Term
from .answers.effects import ROWS
from .answers.intervals import ENOUGH
from .compile import Types, types_of
from .data.dataset import read_data
from .data.reading import names_any
from .data.row_weights import observational
from .data.shaped.shape import shaped
from .errors import no_two_states, not_one_effect, several_exposures
from .variables import Finite, VariableType

if TYPE_CHECKING:
    from ..compiler.passes.weights import WeightsSource
    from .answers.answer import EffectAnswer
    from .policies import Policies
    from .program import Intervals


@public()
def effect(
    expression: str | Arithmetic | Program | None,
    graph: GraphSource,
    data: Any,
    *,
    intervals: Intervals | None = None,
    policies: Policies | None = None,
    replicates: int = ENOUGH,
    n: int = ROWS,
    seed: int = 0,
    variables: Types | None = None,
    passes: Sequence[Pass] | str | None = None,
    only: str | Iterable[str] | None = None,
    avoid: str | Iterable[str] | None = None,
    weights: WeightsSource | None = None,
    **options: Any,
) -> EffectAnswer:
    """Estimate an effect on a graph from rows: compile it, fit what it needs, and answer it.

    Args:
        expression: Such as ``E[y | do(x = 1)] - E[y | do(x = 0)]``. None asks for the difference that the graph's
            exposure, which has two states, makes to the mean of its outcome.
        graph: An ADMG, or anything that `dofx.graph` reads.
        data: As for `Sampler.fit`.
        intervals: How the standard error and the interval are computed, as for `CompiledProgram.answer`: ``influence``
            or ``bootstrap``; None computes none.
        policies: The policies that the effect asks about, by name, as for `Sampler.sample`.
        replicates: How many times the bootstrap fits to resampled rows.
        n: Number of rows to simulate if the answer is not exact.
        seed: The seed of fitting, simulation and resampling.
        variables: As for `dofx.compile`, and so are `passes`, `only`, `avoid` and `weights`.
        passes: The passes to run, as functions or as text such as ``see, fold{cells=4096}``; None runs them all.
        only: Answer with these variables and the effect's own; None for all.
        avoid: Variables to do without.
        weights: The costs by which several exact ways are compared; they are not weights of rows.
        options: Further arguments of `Sampler.fit`, such as `generators` and `epochs`.

    Returns:
        The answer: `value`, and `standard_error` and `interval` where intervals were asked for. If the effect is not
        identifiable, `hedged` holds the failed identifications instead.

    Raises:
        DofxError: E0450 for a text that holds several effects, or none, and the errors of `compile`, `fit` and
            `answer`.

    >>> rows = {"z": [0, 1] * 50, "x": [0, 0, 1, 1] * 25, "y": [0, 1, 1, 1] * 25}
    >>> round(float(effect("E[y | do(x = 1)] - E[y | do(x = 0)]", "z -> {x, y}; x -> y", rows)), 3)
    0.5
    """
    from .program import CompiledProgram

    admg, declared = graph_of(graph), declared_beside(graph)
    types = {**types_of(declared, admg.nodes), **types_of(variables or {}, admg.nodes)}
    if expression is None:
        homes = data_of(Program(data_beside(graph), Source("")), admg)
        expression = _contrast(admg, data, homes, types)
    asked = questions(program_beside(expression, admg, declared, effect=True, data=data_beside(graph)))
    asked = asked.limited(Limits.of(only, avoid))
    if len(asked.effects) != 1 or asked.queries:
        named = ", ".join(question.name for question in (*asked.queries, *asked.effects))
        raise not_one_effect(named)
    program = CompiledProgram(asked, types, passes, weights).fit(data, seed=seed, **options)
    answers = program.answer(
        data, intervals=intervals, policies=policies, replicates=replicates, n=n, seed=seed
    )
    return answers.effects[0]


def _contrast(
    graph: ADMG, data: Any, homes: Sequence[DataSet], declared: Mapping[str, VariableType]
) -> Arithmetic:
    """The difference that a graph's exposure makes to the mean of its outcome.

    Raises:
        DofxError: E0309 if the graph marks none or several, or if the exposure has not two states.
    """
    query = default_query(graph)
    if len(query.interventions) > 1 or len(query.outcomes) > 1:
        raise several_exposures(graph.exposures, graph.outcomes)
    (exposure,), (outcome,) = graph.exposures, graph.outcomes
    known = {exposure: declared[exposure]} if exposure in declared else {}
    home = observational(homes)
    rows = shaped(data[home.name] if names_any(data, (home.name,)) else data, home)
    type = read_data(rows, (exposure,), known, holes=True, codes=home.holes).types[exposure]
    if not isinstance(type, Finite) or len(type.states) != 2:
        raise no_two_states(exposure, str(type), outcome)
    low, high = (
        Expectation(Term(Name(outcome)), (Assignment(Name(exposure), state),)) for state in type.states
    )
    return Operation("-", high, low)
