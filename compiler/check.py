"""Checks a compilation number by number: the estimand, and the network after each pass, on random models.

A random model has a latent for each bidirected edge and knows what do() does to it, so the truth needs no
identification. Everything is exact: what differs by more than rounding differs in meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .compilation import Compilation
from .driver import QuerySource, compile_query
from .errors import too_large_to_verify
from .estimand.algebra import Estimand
from .estimand.contraction import Array, Operand, contract, normalised
from .estimand.table import Table
from .graph.admg import ADMG
from .graph.read import GraphSource, graph_of
from .model.query import Query
from .network.ir import SamplingNetwork
from .passes import Pass

TOLERANCE = 1e-9
MOST_VARIABLES = 14
"""The largest graph to check: the joint table has two states a variable."""


class ChangedMeaningError(AssertionError):
    """A stage of the compiler whose result does not denote the query: a fault of dofx, not of its user."""


@dataclass(frozen=True)
class Model:
    """A random structural causal model of binary variables.

    Args:
        graph: The graph it obeys.
        mechanisms: ``P(v | parents, latents)`` by variable, v's axis first.
        latents: The distributions of the latents.
    """

    graph: ADMG
    mechanisms: dict[str, Operand]
    latents: tuple[Operand, ...]

    @classmethod
    def random(cls, graph: ADMG, seed: int) -> Model:
        """A model with no probability near zero or one."""
        rng = np.random.default_rng([1995, seed])
        latents: dict[str, list[str]] = {name: [] for name in graph.nodes}
        for k, edge in enumerate(graph.bidirected):
            for end in edge:
                latents[end].append(f"latent {k} ↔")

        def table(axes: int) -> Array:
            chance = rng.uniform(0.1, 0.9, (1,) + (2,) * (axes - 1))
            return np.concatenate([chance, 1 - chance])

        mechanisms: dict[str, Operand] = {}
        for name in graph.nodes:
            labels = (name, *graph.parents(name), *latents[name])
            mechanisms[name] = table(len(labels)), labels
        return cls(
            graph, mechanisms, tuple((table(1), (f"latent {k} ↔",)) for k in range(len(graph.bidirected)))
        )

    def joint(self) -> Table:
        """The distribution of the observed variables."""
        return Table(self.graph.nodes, self._contract((), self.graph.nodes))

    def truth(self, query: Query) -> Table:
        """``P(outcomes | do(interventions), conditions)`` by truncated factorisation."""
        given = query.interventions + query.conditions
        array = normalised(self._contract(query.interventions, query.outcomes + given), len(query.outcomes))
        return Table(query.outcomes + given, array)

    def _contract(self, done: Sequence[str], axes: Sequence[str]) -> Array:
        operands = [operand for name, operand in self.mechanisms.items() if name not in done]
        operands += [(np.ones(2), (name,)) for name in done]
        return contract([*operands, *self.latents], axes)


def verify_passes(
    query: QuerySource, graph: GraphSource, *, models: int = 2, passes: Sequence[Pass] | None = None
) -> Compilation:
    """Compile a query and check, on random models, the estimand and the network after each pass.

    Args:
        query: Such as ``P(y | do(x), z)``.
        graph: An ADMG, or anything that `dofx.graph` reads.
        models: How many random models.
        passes: The passes to check; None for all, and the result of the search. All variables are finite.

    Raises:
        ChangedMeaningError: If one of them is not the truth.
        DofxError: E0804 if the graph is too large.

    >>> print(verify_passes("P(y | do(x))", "x -> m -> y; x <-> y").identification.estimand)
    P(y | do(x)) = Σ_m P(m | x) Σ_x′ P(x′) P(y | x′, m)
    """
    admg = graph_of(graph)
    compilation = compile_query(query, admg, passes=passes, states=dict.fromkeys(admg.nodes, 2))
    check(compilation, models)
    return compilation


def check(compilation: Compilation, models: int = 2) -> dict[str, float]:
    """The largest error of the estimand and of the network after each pass, on random models.

    Args:
        compilation: What is to be checked.
        models: How many random models of the causal ancestors of the query.

    Raises:
        ChangedMeaningError: If one of them is not the truth.
        DofxError: E0804 if the graph is too large.

    >>> {name: error < 1e-12 for name, error in check(compile_query("P(y | do(x))", "z -> {x, y}")).items()}
    {'estimand': True, 'lower': True}
    """
    graph, asked = _relevant(compilation), compilation.identification.query.kernel
    estimand = compilation.identification.estimand
    assert estimand
    stages: dict[str, Estimand | SamplingNetwork] = {"estimand": estimand, **dict(compilation.trace)}
    errors = dict.fromkeys(stages, 0.0)
    for seed in range(models):
        model = Model.random(graph, seed)
        joint, truth = model.joint(), model.truth(asked).array(asked.variables)
        for name, stage in stages.items():
            error = float(np.abs(stage.evaluate(joint).array(asked.variables) - truth).max())
            errors[name] = max(errors[name], error)
            if error > TOLERANCE:
                raise ChangedMeaningError(f"{name} is off by {error:.2g} for {asked} on\n{graph}")
    return errors


def _relevant(compilation: Compilation) -> ADMG:
    """The graph over the causes of the query's variables, and over what the networks mention."""
    graph = compilation.identification.graph
    networks = [network for _, network in compilation.trace]
    drawn = {name for net in networks for stage in net for draw in stage.draws for name in draw.variables}
    about = drawn.union(compilation.identification.query.variables)
    part = graph.subgraph(graph.order.mask(graph.ancestors(*about)))
    if len(part.nodes) > MOST_VARIABLES:
        raise too_large_to_verify(str(compilation.identification.query), len(part.nodes), MOST_VARIABLES)
    return part
