"""Compiled programs: every query and effect of a program, fitted together and answered together."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal, Self, TypeAlias

from ..compiler.model.query import Limits, Query
from ..compiler.network.ir import Fit, SamplingNetwork
from ..compiler.network.pool import Pool
from ..compiler.passes import PASSES
from ..compiler.printers.network.text import fit_text, source_text
from ..compiler.program import Question
from ..grammar.edge.arguments import public
from .answers.answers import Answers
from .answers.asking import answers_of
from .answers.bootstrap.answers import FIT_ONLY, bootstrap, refuse_intervals
from .answers.effects import ROWS
from .answers.influence.functions import influence
from .answers.influence.inferred import inferred
from .answers.influence.sensitivity import Sensitivity, sensitivity
from .answers.intervals import ENOUGH
from .answers.positivity import Positivity, positivity
from .answers.querying import Reference
from .answers.rows import unnamed
from .data.collection import Collection
from .data.dataset import Dataset
from .data.opened import Opened
from .errors import program_not_fitted
from .fitting.fit import FitOptions, fit_options
from .fitting.report import FitRecord, FitSummary
from .inference.law import Laws
from .judging.agreement import Agreement, among
from .options import refuse_unknown
from .parts import ProgramParts
from .policies import Policies, require_given
from .pooling import Pooling
from .sampler import Sampler
from .trained import Trained
from .training.building import steady
from .variables import VariableType

Intervals: TypeAlias = Literal["influence", "bootstrap"]
"""How intervals are found."""


class CompiledProgram(ProgramParts):
    """The queries of a program by name, each a sampler, and its effects.

    Equal queries are compiled once, and a generator that several need is trained once. A query that is not
    identifiable has no sampler; `identifications` holds its hedge.

    Args:
        asked: The queries and effects of the program.
        types: Declared types; what is left out is inferred from the data.
        passes: The passes to run, as functions or as text such as ``see, fold{cells=4096}``; None runs them all.
        weights: The costs by which several exact ways are compared (not weights of rows): `Weights`, some by name as
            in ``{"refit": 100}``, or their text, ``refit = 100, row = 1``.
        proofs: Identifications of its queries that exist already.

    Attributes:
        types: The type of each variable; complete once the program is fitted.
        identifications: The proof, or the hedge, of each distinct query, those inside effects included.
        report: The results of the last fit, or None before it.
        sampling: The weights and clusters of the rows that it was fitted on, if there are any.
        policies: The policies that are bound, by name: see `following`.
        reference: The values of open inputs at which queries are answered.
        laws: The distributions that it was last fitted to, as far as influence functions need them, or None before.
        partial: Whether it was fitted on rows with holes.
        agreements: Tests whether a conditional that several data sets train is the same in each of them.
    """

    reference: Reference = MappingProxyType({})
    laws: Laws | None = None
    partial: bool = False
    agreements: tuple[Agreement, ...] = ()
    _fit_options: Mapping[str, Any] = MappingProxyType({})

    def anew(self, kept: Container[str] | None = None) -> CompiledProgram:
        """An unfitted copy with the identifiable effects and the queries; types that are known are kept.

        Args:
            kept: The names of the queries and effects that are kept; None keeps all.
        """

        def left(questions: Iterable[Question]) -> tuple[Question, ...]:
            return tuple(each for each in questions if kept is None or each.name in kept)

        effects = left(effect for effect in self.asked.effects if not self.hedged(effect))
        asked = replace(self.asked, queries=left(self.asked.queries), effects=effects)
        twin = CompiledProgram(asked, self.types, self._passes, self._weights, self.identifications)
        known = {name for sampler in twin._samplers.values() for name in sampler.network.policies}
        twin.bind({name: each for name, each in self.policies.items() if name in known})
        return twin

    @public()
    def asking(self, name: str, limits: Limits) -> CompiledProgram:
        """An unfitted program with one of its questions, which may use certain variables only."""
        asked = self.asked.only(name).limited(limits)
        return CompiledProgram(asked, self.declared, self._passes or PASSES, self._weights)

    # ── fitting ──────────────────────────────────────────────────────────────────────────────────────────

    @public()
    def read(
        self, data: Opened | Mapping[str, Opened], generators: Mapping[Any, Any] | None = None
    ) -> Mapping[str, VariableType]:
        """Read the rows that `fit` needs, so that their faults are reported before anything is trained.

        Args:
            data: Opened rows, which keep what was read of them, or those of each data set.
            generators: As for `fit`.

        Returns:
            The type of each variable that was declared or read.

        Raises:
            DofxError: What `fit` finds wrong before it trains.
        """
        if not self._compiled:
            return self.declared
        data = data if self._pooling.several else unnamed(self, data)
        return {**self.declared, **self._pooling.read(data, generators)}

    @public()
    def fit(self, data: Any, **options: Any) -> Self:
        """Train each distinct generator once, whichever of the queries need it.

        Args:
            data: As for `Sampler.fit`.
            options: As for `Sampler.fit`; a key of `generators` may name a draw of any query.

        Returns:
            The program itself; `report` has the results.

        Raises:
            DofxError: As `Sampler.fit`.
        """
        refuse_unknown("fit", options, Sampler.fit, without=("data",))
        if not self._compiled:
            self.report = FitSummary(())
            return self
        pooling = self._pooling
        chosen = {name: value for name, value in options.items() if name != "generators"}
        data = data if pooling.several else unnamed(self, data)
        found = pooling.fit(data, options.get("generators"), chosen)
        self._fit_options = {key: value for key, value in options.items() if key not in FIT_ONLY}
        whole = found.whole
        assert whole.report is not None
        self.types, self.laws = whole.types, found.laws
        self.agreements, self.sampling, self.partial = whole.agreements, found.sampling, found.partial
        self.adopt(found.pool, whole.trained)
        reference = dict(found.reference)
        for sampler in (*self._samplers.values(), *self._named.values()):
            sampler.arms, values = pooling.arms(found, sampler.network)
            sampler.agreements = among(whole.agreements, sampler.network)
            reference |= values  # open inputs are answered where there are rows to answer from
        self.reference = reference
        return self

    @property
    def _pooling(self) -> Pooling:
        """Its queries as one network."""
        return Pooling(self.asked, self.declared, self._compiled, self.columns, self.sampled_from)

    @public()
    def resampled(
        self, dataset: Dataset | Collection, **options: Any
    ) -> tuple[Pool, SamplingNetwork, FitOptions]:
        """What a replicate fits, with the options of `fit_options` and the types of the rows."""
        self.types = {**self.types, **dataset.types}
        pooled, chosen = self._pooling.chosen(self.types, options.pop("generators", None))
        return pooled, chosen.network, fit_options(chosen.specs, **options)

    @public()
    def parts(
        self, pooled: Pool, whole: SamplingNetwork
    ) -> Iterator[tuple[Query, SamplingNetwork, dict[Fit, Fit]]]:
        """Each distinct query, its part of a pool, and the pool's fit that stands for each of its own fits."""
        return self._pooling.parts(pooled, whole)

    def adopt(self, pooled: Pool, trained: Trained) -> None:
        """Give each query's sampler its generators from a pool, with the records of their training."""
        self.report = trained.report or FitSummary(())
        record = dict(zip(trained.network.fits, self.report, strict=False))
        for query, network, fits in self.parts(pooled, trained.network):
            found = [(fit, record.get(theirs)) for fit, theirs in fits.items()]
            part = tuple(_record(fit, reached) for fit, reached in found if reached is not None)
            same = [sampler for sampler in self._named.values() if sampler.query.kernel == query]
            for sampler in (self._samplers[query], *same):
                sampler.adopt(trained.of(network, fits, self._types_of(network), FitSummary(part)))

    @public()
    @steady()
    def answer(
        self,
        data: Any = None,
        *,
        intervals: Intervals | None = None,
        policies: Policies | None = None,
        replicates: int = ENOUGH,
        n: int = ROWS,
        seed: int = 0,
        reference: Reference | None = None,
        done: Callable[[int], object] | None = None,
        **options: Any,
    ) -> Answers:
        """The answers to all queries and effects: exact if all variables are finite, otherwise from simulated rows.

        A query that leaves inputs open is answered at each of their states, or at the quartiles of real inputs. If an
        effect cannot be evaluated, because it divides by zero, its answer holds the diagnostics instead.

        Args:
            data: What the program was fitted on; only intervals need it.
            intervals: How standard errors and intervals are computed. ``influence`` uses the influence of each row:
                see `influence`; generators that are not tables are trained again without each of five folds, for two
                to eight divisions of the rows into folds, and the rows of a fold correct the effects.
                ``bootstrap`` fits everything again to resampled rows: see `bootstrap.bootstrap`. None computes no
                intervals.
            policies: The policies that its queries and effects ask about, by name, as for `Sampler.sample`.
            replicates: How many times the bootstrap fits: 200 or more for an interval, about 50 for a standard error.
            n: Number of rows to simulate if an answer is not exact.
            seed: The seed of the simulation and of the resampling.
            reference: Other values at which queries are answered that leave inputs open.
            done: Called after each replicate, with the number of replicates so far.
            options: Options of the fits to resampled rows, as for `fit`; by default those of the last fit.

        Raises:
            DofxError: E0420 before `fit`, E0451 for intervals of an unknown kind or without rows, E0424 for fewer
                than two replicates, and the errors of `Sampler.sample` and `fit`.
        """
        self._require_fitted()
        if policies is not None:
            return self.following(policies).answer(
                data,
                intervals=intervals,
                replicates=replicates,
                n=n,
                seed=seed,
                reference=reference,
                done=done,
                **options,
            )
        refuse_unknown("answer", options, CompiledProgram.answer, Sampler.fit, without=FIT_ONLY)
        data = unnamed(self, data)
        refuse_intervals(intervals, data)
        answers = answers_of(self, self.reference if reference is None else reference, n, seed)
        points = self.reference if reference is None else reference
        if intervals is None:
            return answers
        if intervals == "influence":
            found = inferred(self, answers, data, points, seed=seed, **self._fitting_again(options))
            return answers.with_intervals(
                found.intervals, found.overlaps, found.corrected, found.answered, found.influence
            )
        chosen = {**self._fit_options, **options}
        return answers.with_intervals(
            bootstrap(self, data, replicates, n=n, seed=seed, reference=reference, done=done, **chosen)
        )

    @public()
    @steady()
    def positivity(self, data: Any, *, seed: int = 0) -> Positivity:
        """The conditions at which each draw is used, and how many rows have them; nothing is trained.

        Args:
            data: Rows, as for `fit`.
            seed: Equal seeds give equal results.

        Returns:
            A table: printed, by `to_pandas` and by `to_json`; its `warnings` list the weak places.

        Raises:
            DofxError: Faults of the rows of a data set (see `read_data`), and E0508 for one without rows.
        """
        return positivity(self, data, seed)

    @public()
    @steady()
    def influence(self, data: Any) -> dict[str, Any]:
        """How each row moves each finite effect: the influence function of what the fitted networks compute.

        It is computed at the distribution that the program was last fitted to; nothing is fitted again. At the rows
        of that fit, the values have mean 0 up to rounding, although they are not centred. A column of values gives
        the effect's standard error, in subgroups and in combined studies too.

        Args:
            data: Rows, as for `fit`.

        Returns:
            For each effect whose generators are all tables a value per row, ``(rows,)``; with several data sets, the
            values at the rows of each, by its name. A row that does not contribute to an answer, because of a hole,
            has 0. `reasons` says why other effects are not there; `Answers.influence` has values of them.

        Raises:
            DofxError: E0420 before `fit`, E0453 where there is no such effect or the fitted law has no such rows, and
                faults of the rows (see `read_data`).

        References:
            Newey (1994), "The asymptotic variance of semiparametric estimators".
        """
        self._require_fitted()
        refuse_intervals("influence", data)
        for sampler in self._samplers.values():
            require_given(sampler.network, sampler.policies)
        return influence(self, unnamed(self, data))

    @public()
    @steady()
    def sensitivity(self, data: Any) -> dict[str, Sensitivity]:
        """How strong a latent that was not drawn would have to be to explain each effect away.

        Generators that are not tables are trained again outside of folds, as by `answer(data, intervals="influence")`.

        Args:
            data: What the program was fitted on.

        Returns:
            For each identifiable effect the E-value of a risk ratio, and the robustness value and the largest bias of
            an adjusted difference; what does not apply to an effect is None, and its `reason` says what is not known.

        Raises:
            DofxError: E0420 before `fit`, E0453 for a row that the fitted law excludes, and the errors of `fit`.
        """
        self._require_fitted()
        refuse_intervals("influence", data)
        return sensitivity(self, unnamed(self, data), **self._fitting_again({}))

    def _fitting_again(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Options of fits outside of folds: those of the last fit, and others."""
        return {name: value for name, value in {**self._fit_options, **options}.items() if name != "engine"}

    def _require_fitted(self) -> None:
        if not self.fitted:
            raise program_not_fitted()

    def _types_of(self, network: SamplingNetwork) -> dict[str, VariableType]:
        about = {name for stage in network.stages for draw in stage.draws for name in draw.fit.variables}
        names = {*network.query.roles, *network.query.roles.values(), *about}
        return {name: type for name, type in self.types.items() if name in names}


def _record(fit: Fit, record: FitRecord) -> FitRecord:
    """What a pool's generator reached, under the name that its fit has in one network."""
    return replace(record, fit=fit_text(fit), source=source_text(fit))
