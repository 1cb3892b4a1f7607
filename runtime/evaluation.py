"""Answers that no network computes: one table, which is the estimand evaluated on the rows' frequencies.

A complement is a difference of probabilities, ``P(y[x = 0] | x = 1)`` in the napkin for instance, and no draw is a
difference. Where all its variables are finite, the answer is a table like any other. The network of such a query has
one draw for each outcome, and `fit` fills them from that table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..compiler.driver import resolve
from ..compiler.estimand.algebra import Estimand, leaves
from ..compiler.estimand.contraction import Array
from ..compiler.estimand.errors import no_answer
from ..compiler.estimand.table import Table
from ..compiler.graph.admg import ADMG
from ..compiler.identify.identify import Identification, identify_query
from ..compiler.identify.worlds.rules import Rules
from ..compiler.model.data import OBSERVED, DataSet
from ..compiler.model.query import Query
from ..compiler.model.rows import data_of
from ..compiler.network.ir import Draw, SamplingNetwork, Stage
from .data.row_weights import read_rows
from .data.streamed.stream import streamed
from .errors import not_trained
from .fitting.known_law import arranged, is_known, known_modules, known_types
from .trained import Trained
from .variables import Finite, VariableType, sizes_of

if TYPE_CHECKING:
    from ..compiler.explain.explanation import Explanation

MOST_CELLS = 1 << 22
"""The most cells of the table of one data set."""

EVALUATED = DataSet("estimand")
"""What the draws of such a network are from: the table that evaluating the estimand gives."""


def is_evaluated(network: SamplingNetwork) -> bool:
    """Whether a network only draws from one evaluated table."""
    return network.data == (EVALUATED,)


def require_trained(call: str, network: SamplingNetwork, query: Query) -> None:
    """Refuse a call that needs generators which were trained on rows.

    Raises:
        DofxError: E1002 where the network only draws from one evaluated table.
    """
    if is_evaluated(network):
        raise not_trained(call, query)


def evaluation_of(
    query: Query, graph: ADMG, data: tuple[DataSet, ...], types: Mapping[str, VariableType]
) -> Evaluation | None:
    """The answer to a query as one table; None if the query is not identified, or its answer is no such table.

    Args:
        query: The query.
        graph: The graph.
        data: The data sets.
        types: The declared types: all variables that the estimand reads must be finite.
    """
    asked = resolve(query, graph).opened
    finite = {name: type for name, type in types.items() if isinstance(type, Finite)}
    if query.limits or graph.holes or asked.policies:
        return None
    texts = {name: str(type) for name, type in finite.items()}
    proof = identify_query(asked, graph, data, Rules.of(None, texts, graph))
    if proof.verdict != "identified" or proof.estimand is None:
        return None
    columns = {each.name: _columns(proof.estimand, each) for each in proof.estimand.data}
    read = {name for names in columns.values() for name in names}
    names = [*_inputs(asked), *asked.outcomes]
    variables = [asked.roles[name] for name in names]
    if not finite.keys() >= {*read, *variables} or len({*variables}) < len(variables):
        return None
    if any(prod(len(finite[name].states) for name in names) > MOST_CELLS for names in columns.values()):
        return None
    return Evaluation(proof, proof.estimand, _network(asked), query, finite, columns)


def _columns(estimand: Estimand, data: DataSet) -> tuple[str, ...]:
    """The variables that an estimand reads from a data set."""
    found: dict[str, None] = {}
    for body in (*(kernel.body for kernel in estimand.kernels), estimand.body):
        for leaf in leaves(body):
            if data_of(leaf.of) == data:
                found |= dict.fromkeys(map(estimand.variable_of, (*leaf.targets, *leaf.given)))
    idle = dict.fromkeys(estimand.idle) if data == estimand.data[0] else {}
    return tuple(found | idle)


def _inputs(query: Query) -> list[str]:
    """The names that the answer has an axis for besides its outcomes."""
    opened = (query.label(event) for event in query.given if event.value is None)
    stated = query.values
    return [name for name in dict.fromkeys((*query.interventions, *opened)) if name not in stated]


def _network(query: Query) -> SamplingNetwork:
    """The network of one draw for each outcome, given the inputs and the outcomes before it."""
    inputs = tuple((query.roles[name], name) for name in _inputs(query))
    draws: list[Draw] = []
    for name in query.outcomes:
        before = tuple((draw.variables[0], draw.id) for draw in draws)
        draws.append(Draw.of(name, query.roles[name], (*inputs, *before), EVALUATED))
    outputs = tuple((draw.variables[0], draw.id) for draw in draws)
    return SamplingNetwork(query, (Stage("answer", inputs, tuple(draws), outputs),), (EVALUATED,))


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a query is answered by one table, in place of a `Compilation`.

    What the rows do not show has no value, and `evaluated` then refuses. A difference of frequencies of few rows may be
    negative: it counts as zero, and the rest is scaled.

    Args:
        identification: The proof that the query is identified.
        estimand: What is evaluated.
        network: One draw for each outcome.
        query: The query, with its values.
        types: The declared types of all variables that are read.
        columns: The variables that are read from each data set.
    """

    identification: Identification
    estimand: Estimand
    network: SamplingNetwork
    query: Query
    types: Mapping[str, Finite]
    columns: Mapping[str, tuple[str, ...]]

    def explanation(self, **known: Any) -> Explanation:
        """Everything that is reported of it; `known` are further fields of `Explanation`, such as types."""
        from ..compiler.explain.explanation import Explanation

        about = {"identification": self.identification, "estimand": self.estimand}
        networks = (("network", self.network),)
        return Explanation(
            **{"query": self.query, "networks": networks, "sizes": sizes_of(self.types), **about, **known}
        )

    def evaluated(self, data: Any, generators: object = None) -> Trained:
        """The estimand evaluated on the frequencies of the rows, or on the distributions that are given.

        Args:
            data: As for `Sampler.fit`.
            generators: As for `Sampler.fit`; there is nothing to choose them for.

        Raises:
            DofxError: E1002 for a stream, for generators, and for a setting about which the rows say nothing.
        """
        stream = streamed(data) is not None
        if stream or generators:
            raise not_trained("fit(Stream)" if stream else "generators", self.query)
        if isinstance(data, Table) or is_known(data):
            known = arranged(data, {**known_types(data, self.types), **self.types})
        else:
            known = self.frequencies(data)
        law = {EVALUATED.name: self.law(self.estimand.evaluate(known))}
        modules, report, _ = known_modules(self.network, law, self.types)
        return Trained(self.network, modules, self.types, report)

    def frequencies(self, data: Any) -> dict[str, Table]:
        """How often each combination of states occurs in the rows of each data set."""
        found: dict[str, Table] = {}
        for home in self.estimand.data:
            names = self.columns[home.name]
            rows = read_rows(
                data if self.estimand.data == (OBSERVED,) else data[home.name],
                names,
                home,
                {name: self.types[name] for name in names},
                holes=False,
            )
            states = [rows[name].cpu().numpy() for name in names]
            sizes = [len(self.types[name].states) for name in names]
            weights = None if rows.design.weights is None else rows.design.weights.numpy()
            counts = np.bincount(np.ravel_multi_index(states, sizes), weights, prod(sizes))
            known = {name: self.types[name].states for name in names}
            found[home.name] = Table(names, counts.reshape(sizes) / counts.sum(), known)
        return found

    def law(self, answer: Table) -> Table:
        """The joint distribution of outcomes and inputs, each setting of the inputs as likely as any.

        Raises:
            DofxError: E1002 for a setting about which the rows say nothing.
        """
        query, (stage,) = self.network.query, self.network.stages
        inputs = [name for _, name in stage.inputs]
        array = np.maximum(np.nan_to_num(answer.array([*inputs, *query.outcomes])), 0.0)
        outcomes = tuple(range(len(inputs), array.ndim))
        whole: Array = array.sum(axis=outcomes, keepdims=True)
        if not (whole > 0).all():
            place = np.argwhere(whole.reshape(array.shape[: len(inputs)]) <= 0)[0]
            types = [self.types[variable] for variable, _ in stage.inputs]
            pairs = zip(inputs, types, place, strict=True)
            raise no_answer(query, ", ".join(f"{name} = {type.states[entry]}" for name, type, entry in pairs))
        roles = query.roles
        return Table([roles[name] for name in (*inputs, *query.outcomes)], array / whole)
