"""Compiled programs: every query and effect of a program, fitted together and answered together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal, Self, TypeAlias

from torch import nn

from ..compiler.compilation import Compilation
from ..compiler.driver import NotIdentifiableError, compile_if_identified
from ..compiler.estimand.table import Table
from ..compiler.explain.explanation import Explanation
from ..compiler.explain.text import explanations_text
from ..compiler.identify.identify import Identification
from ..compiler.model.model import Model
from ..compiler.model.query import Query
from ..compiler.network.ir import Fit, SamplingNetwork
from ..compiler.network.pool import Pool, pool
from ..compiler.passes import Context, Pass
from ..compiler.passes.weights import WeightsSource
from ..compiler.printers.network_text import fit_text, source_text
from ..compiler.program import Question, Questions
from ..grammar.arguments import public
from ..grammar.names import no_such
from .answers.answers import Answers
from .answers.asking import answers_of, check_values
from .answers.bootstrap import FIT_ONLY, bootstrap, refuse_intervals
from .answers.effects import ROWS
from .answers.intervals import ENOUGH
from .answers.querying import Reference, reference_points
from .compile import sampler_of
from .data.dataset import Dataset, read_data
from .data.opened import Opened
from .fittable import FittableSampler
from .fitting.choosing import Chosen, choose
from .fitting.fit import FitOptions, fit_options
from .fitting.known import known_types
from .fitting.overrides import Key, Spec
from .fitting.report import FitRecord, FitSummary
from .judging.weakest import HeldOut
from .options import refuse_unknown
from .sampler import Sampler
from .training.building import steady
from .variables import VariableType, cardinalities, fault, sizes_of

Intervals: TypeAlias = Literal["bootstrap"]
"""How intervals are found."""


class CompiledProgram(Mapping[str, Sampler]):
    """The queries of a program by name, each a sampler, and its effects.

    Equal queries are compiled once, and a generator that several need is trained once. A query that is not
    identifiable has no sampler; `identifications` holds its hedge.

    Args:
        asked: What the program asks.
        types: Declared types; what is left out is inferred from the data.
        passes: The passes to run, as functions or as text such as ``see, fold{cells=4096}``; None runs them all.
        weights: What counts how much where several exact ways are compared: `Weights`, some by name as in
            ``{"refit": 100}``, or their text, ``refit = 100, row = 1``.
        proofs: Identifications of its queries that are there already.

    Attributes:
        types: The type of each variable; whole once the program is fitted.
        identifications: The proof, or the hedge, of each distinct query, those inside effects included.
        report: What fitting reached, or None before.
    """

    def __init__(
        self,
        asked: Questions,
        types: Mapping[str, VariableType],
        passes: Sequence[Pass] | str | None = None,
        weights: WeightsSource | None = None,
        proofs: Mapping[Query, Identification] | None = None,
    ) -> None:
        self.asked = asked
        self.declared = dict(types)
        self.types = dict(types)
        self.report: FitSummary | None = None
        self._passes, self._weights, self._proofs = passes, weights, dict(proofs or {})
        self.identifications: dict[Query, Identification] = {}
        self._compiled: dict[Query, Compilation] = {}
        for question in (*asked.queries, *asked.effects):
            for query in question.kernels:
                self._compile(query)
        self._samplers = {q: sampler_of(c, self.declared) for q, c in self._compiled.items()}
        self._named = {
            question.name: self._named_sampler(question)
            for question in asked.queries
            if question.queries[0].kernel in self._compiled
        }
        self.reference: Reference = {}
        self._fit_options: dict[str, Any] = {}

    def _compile(self, query: Query) -> None:
        if query in self.identifications:
            return
        found = compile_if_identified(
            query,
            self.asked.graph,
            passes=self._passes,
            sizes=sizes_of(self.declared),
            states=cardinalities(self.declared),
            weights=self._weights,
            proof=self._proofs.get(query),
        )
        if isinstance(found, Compilation):
            self._compiled[query] = found
            found = found.identification
        self.identifications[query] = found

    def _named_sampler(self, question: Question) -> Sampler:
        (query,) = question.queries
        return sampler_of(self._compiled[query.kernel], self.declared, query)

    # ── what it holds ────────────────────────────────────────────────────────────────────────────────────

    @property
    def identified(self) -> bool:
        """Whether every query and effect is identifiable."""
        return all(self.identifications.values())

    @property
    def fitted(self) -> bool:
        """Whether the samplers can be drawn from."""
        return self.report is not None

    def hedged(self, question: Question) -> tuple[Identification, ...]:
        """The identifications that failed among those that a question needs."""
        found = (self.identifications[query] for query in question.kernels)
        return tuple(identification for identification in found if not identification)

    @public()
    def __getitem__(self, name: str) -> Sampler:
        if name in self._named:
            return self._named[name]
        for question in self.asked.queries:
            if question.name == name:
                raise NotIdentifiableError(self.hedged(question)[0])
        effects = [effect.name for effect in self.asked.effects]
        if name in effects:
            note = f"`{name}` is an effect and has no sampler: its value is `answer()[{name!r}].value`"
            raise no_such("the program has no query", name, (), note)
        known = [question.name for question in self.asked.queries]
        raise no_such("the program has no query", name, [*known, *effects])

    def sampler_for(self, query: Query) -> Sampler:
        """The sampler of one of the program's distinct queries, whatever values are asked of it.

        Raises:
            KeyError: If it is not identifiable.
        """
        return self._samplers[query.kernel]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name in self._named

    def __iter__(self) -> Iterator[str]:
        return iter(self._named)

    def __len__(self) -> int:
        return len(self._named)

    def __repr__(self) -> str:
        names = ", ".join(q.name for q in (*self.asked.queries, *self.asked.effects))
        return f"CompiledProgram({names}, {'fitted' if self.fitted else 'not fitted'})"

    @public()
    def explanations(self, *, judged: bool = True) -> tuple[Explanation, ...]:
        """The explanation of each distinct query, under the names of what needs it: see `Sampler.explanation`."""
        found: list[Explanation] = []
        for query, names in self.asked.kernels.items():
            if query in self._samplers:
                explanation = self._samplers[query].explanation(judged=judged)
            else:
                explanation = Explanation(query, self.identifications[query])
            found.append(replace(explanation, names=names))
        return tuple(found)

    def explain(self) -> str:
        """The explanations as text, and which generators the queries share."""
        return explanations_text(self.explanations())

    def _repr_html_(self) -> str:
        from ..compiler.explain.page import explanations_html

        return explanations_html(self.explanations(judged=False))

    @property
    def columns(self) -> tuple[str, ...]:
        """The variables whose data some generator needs."""
        fits = (fit for compilation in self._compiled.values() for fit in compilation.network.fits)
        return tuple(dict.fromkeys(name for fit in fits for name in fit.variables))

    def anew(self, *, queries: bool = True) -> CompiledProgram:
        """The identifiable effects, and the queries, again: not fitted, with the types as far as they are known."""
        effects = tuple(effect for effect in self.asked.effects if not self.hedged(effect))
        asked = replace(self.asked, queries=self.asked.queries if queries else (), effects=effects)
        return CompiledProgram(asked, self.types, self._passes, self._weights, self.identifications)

    # ── fitting ──────────────────────────────────────────────────────────────────────────────────────────

    @public()
    def fit(self, data: Any, **options: Any) -> Self:
        """Train each distinct generator once, whichever of the queries need it.

        Args:
            data: As for `Sampler.fit`.
            options: As for `Sampler.fit`; a key of `generators` may name a draw of any query.

        Returns:
            The program itself; `report` says what was reached.

        Raises:
            DofxError: As `Sampler.fit`.
        """
        refuse_unknown("fit", options, FittableSampler.fit, without=("data",))
        queries = list(self._compiled)
        if not queries:
            self.report = FitSummary(())
            return self
        if not isinstance(data, Table):
            data = Opened.of(data)
            names = (
                name for compilation in self._compiled.values() for name in compilation.network.query.inputs
            )
            data.expect((*self.columns, *dict.fromkeys(names)))
        types = self._known_types(data)
        check_values(self.asked, types)
        self._fit_options = {key: value for key, value in options.items() if key not in FIT_ONLY}
        pooled, chosen = self._chosen(types, options.pop("generators", None))
        asked: dict[Key, Spec] = dict(chosen.specs.items())
        whole = Sampler(chosen.network, types=self.declared).fit(data, generators=asked, **options)
        assert whole.report is not None
        self.types = whole.types
        self.reference = reference_points(data, self.types, chosen.network)
        self.adopt(pooled, whole.network, whole.modules, whole.report, whole.held_out)
        return self

    def _chosen(
        self, types: Mapping[str, VariableType], generators: Mapping[Key, Spec] | None
    ) -> tuple[Pool, Chosen]:
        """The networks of all queries as one, and what is drawn together in it."""
        pooled = pool([compilation.separate for compilation in self._compiled.values()])
        return pooled, choose(pooled.network, Context(Model(self.asked.graph)), types, generators)

    @public()
    def resampled(self, dataset: Dataset, **options: Any) -> tuple[Pool, SamplingNetwork, FitOptions]:
        """What is fitted to resampled rows, and how: options are those of `fit_options`, types those of the rows."""
        self.types = {**self.types, **dataset.types}
        pooled, chosen = self._chosen(self.types, options.pop("generators", None))
        return pooled, chosen.network, fit_options(chosen.specs, **options)

    @public()
    def parts(
        self, pooled: Pool, whole: SamplingNetwork
    ) -> Iterator[tuple[Query, SamplingNetwork, dict[Fit, Fit]]]:
        """Each distinct query with its part of a pool, and which fit of the pool each of its fits is."""
        for query, (network, fits) in zip(self._compiled, pooled.parts(whole), strict=True):
            yield query, network, fits

    def adopt(
        self,
        pooled: Pool,
        whole: SamplingNetwork,
        modules: Mapping[Fit, nn.Module],
        report: FitSummary | None = None,
        held_out: HeldOut | None = None,
    ) -> None:
        """Hand the generators of a pool to each query's sampler, and what fitting reached, if it is known."""
        self.report = report or FitSummary(())
        record = dict(zip(whole.fits, self.report, strict=False))
        for query, network, fits in self.parts(pooled, whole):
            mine = {fit: modules[theirs] for fit, theirs in fits.items()}
            found = [(fit, record.get(theirs)) for fit, theirs in fits.items()]
            part = tuple(_record(fit, reached) for fit, reached in found if reached is not None)
            same = [sampler for sampler in self._named.values() if sampler.query.kernel == query]
            for sampler in (self._samplers[query], *same):
                sampler.adopt(mine, self._types_of(network), FitSummary(part), network=network)
                sampler.held_out = held_out and held_out.of(fits)

    def _known_types(self, data: Any) -> dict[str, VariableType]:
        """The types of all variables: as declared, else as the data show."""
        if isinstance(data, Table):
            return {**self.declared, **known_types(data, self.declared)}
        declared = {name: type for name, type in self.declared.items() if name in self.columns}
        return {**self.declared, **read_data(data, self.columns, declared, learned=True).types}

    @public()
    @steady()
    def answer(
        self,
        data: Any = None,
        *,
        intervals: Intervals | None = None,
        replicates: int = ENOUGH,
        n: int = ROWS,
        seed: int = 0,
        reference: Reference | None = None,
        done: Callable[[int], object] | None = None,
        **options: Any,
    ) -> Answers:
        """The answers to all queries and effects: exact where all is finite, else from simulated rows.

        A query that leaves inputs open is answered at each of their states, or at the quartiles of real ones.
        An effect that cannot be evaluated, because it divides by zero, is answered by its diagnostics.

        Args:
            data: What the program was fitted on; only intervals need it.
            intervals: ``bootstrap`` fits everything again to resampled rows, so that each number comes with its
                standard error and its interval: see `bootstrap.bootstrap`. None computes none.
            replicates: How many times the bootstrap fits: 200 or more for an interval, about 50 for a standard error.
            n: Rows to simulate where an answer is not exact.
            seed: Of the simulation and of the resampling.
            reference: Other values at which queries are answered that leave inputs open.
            done: Called with the number of replicates so far after each.
            options: Of the fits to resampled rows, as for `fit`; those that `fit` was given stay unless they are
                given anew.

        Raises:
            DofxError: E0420 before `fit`, E0451 for intervals of an unknown kind or without rows, E0424 for fewer
                than two replicates, and what `Sampler.sample` and `fit` find.
        """
        if not self.fitted:
            raise fault("E0420", "the program has not been fitted", help=("call fit(data) first",))
        refuse_unknown("answer", options, CompiledProgram.answer, FittableSampler.fit, without=FIT_ONLY)
        refuse_intervals(intervals, data)
        answers = answers_of(self, self.reference if reference is None else reference, n, seed)
        if intervals is None:
            return answers
        chosen = {**self._fit_options, **options}
        return answers.with_intervals(
            bootstrap(self, data, replicates, n=n, seed=seed, reference=reference, done=done, **chosen)
        )

    def _types_of(self, network: SamplingNetwork) -> dict[str, VariableType]:
        drawn = {name for stage in network.stages for draw in stage.draws for name in draw.variables}
        names = {*network.query.inputs, *drawn}
        return {name: type for name, type in self.types.items() if name in names}


def _record(fit: Fit, record: FitRecord) -> FitRecord:
    """What a pool's generator reached, under the name that its fit has in one network."""
    return replace(record, fit=fit_text(fit), source=source_text(fit))
