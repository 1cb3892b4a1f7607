"""What a program is compiled to: a proof and a sampler for each of its distinct queries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from typing import Self

from ..compiler.compilation import Compilation
from ..compiler.driver import NotIdentifiableError, compile_if_identified
from ..compiler.explain.explanation import Explanation
from ..compiler.explain.text import explanations_text
from ..compiler.identify.identify import Identification
from ..compiler.model.complement import by_complement
from ..compiler.model.data import DataSet
from ..compiler.model.query import Query
from ..compiler.model.resolve import query_of
from ..compiler.model.rows import columns_weighed
from ..compiler.passes import Pass
from ..compiler.passes.weights import WeightsSource
from ..compiler.program import Question, Questions, leaves
from ..grammar.checks.names import no_such
from ..grammar.edge.arguments import public
from .compile import sampler_of
from .data.collection import are_several
from .data.row_weights import Sampling, observational
from .fitting.report import FitSummary
from .policies import Policies, named_policies, require_policies
from .sampler import Sampler
from .variables import Finite, VariableType, cardinalities, sizes_of


class ProgramParts(Mapping[str, Sampler]):
    """The queries of a program by name, each a compiled sampler.

    `CompiledProgram`, the class that people hold, fits them and answers. Its docstring says what the arguments and
    the attributes are.
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
        self.sampling: tuple[Sampling, ...] = ()
        self.policies: Policies = {}
        self._passes, self._weights, self._proofs = passes, weights, dict(proofs or {})
        self.identifications: dict[Query, Identification] = {}
        self._compiled: dict[Query, Compilation] = {}
        for question in (*asked.queries, *asked.effects):
            for query in question.kernels:
                self._compile(query)
        self._complement()
        self._samplers = {q: sampler_of(c, self.declared, q) for q, c in self._compiled.items()}
        self._named = {
            question.name: self._named_sampler(question)
            for question in asked.queries
            if question.queries[0].kernel in self._compiled
        }

    def _compile(self, query: Query) -> None:
        if query in self.identifications:
            return
        found = compile_if_identified(
            query,
            self.asked.graph,
            data=self.asked.data,
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

    def _complement(self) -> None:
        """Write out effects that are not identified as they stand, but as a product or by a complement."""
        states = {name: type.states for name, type in self.declared.items() if isinstance(type, Finite)}
        if all(self.identifications.values()):
            return
        graph = self.asked.graph

        def answered(effect: Question) -> Question:
            def identified(query: Query) -> bool:
                query = replace(query, limits=effect.limits)
                self._compile(query)
                return bool(self.identifications[query])

            if not self.hedged(effect):
                return effect
            found = by_complement(effect.syntax, graph, states, identified)
            asked = (replace(query_of(leaf, graph), limits=effect.limits) for leaf in leaves(found))
            return replace(effect, syntax=found, queries=tuple(asked))

        self.asked = replace(self.asked, effects=tuple(map(answered, self.asked.effects)))
        needed = self.asked.kernels
        self.identifications = {
            query: found for query, found in self.identifications.items() if query in needed
        }
        self._compiled = {query: found for query, found in self._compiled.items() if query in needed}

    def _named_sampler(self, question: Question) -> Sampler:
        (query,) = question.queries
        return sampler_of(self._compiled[query.kernel], self.declared, query)

    @public("policies")
    def following(self, policies: Policies) -> Self:
        """The program with policies bound: its samplers follow them, and its answers are under them.

        Nothing is trained: the generators are shared with this program.

        Args:
            policies: The policies by name, as for `Sampler.sample`.

        Raises:
            DofxError: E0461 for a name that is not a policy of the program, E0462 for something that cannot be the
                policy.
        """
        twin = copy(self)
        twin._samplers = {query: copy(sampler) for query, sampler in self._samplers.items()}
        twin._named = {name: copy(sampler) for name, sampler in self._named.items()}
        twin.bind(policies)
        return twin

    def bind(self, policies: Policies) -> None:
        """Bind policies to this program itself, which may not be fitted yet."""
        given = named_policies(policies)
        samplers = (*self._samplers.values(), *self._named.values())
        known = (name for sampler in samplers for name in sampler.network.policies)
        require_policies(given, [*self.asked_policies, *known])
        self.policies = {**self.policies, **given}
        for sampler in samplers:
            sampler.bind({name: each for name, each in given.items() if name in sampler.network.policies})

    @property
    def asked_policies(self) -> tuple[str, ...]:
        """The policies that must be given with what it asks, also those of what is not identifiable."""
        questions = (*self.asked.queries, *self.asked.effects)
        names = (name for question in questions for query in question.queries for name in query.policies)
        return tuple(dict.fromkeys(names))

    # ── what it holds ────────────────────────────────────────────────────────────────────────────────────

    @property
    def identified(self) -> bool:
        """Whether every query and effect is identifiable."""
        return all(self.identifications.values())

    @property
    def fitted(self) -> bool:
        """Whether the program is fitted."""
        return self.report is not None

    def hedged(self, question: Question) -> tuple[Identification, ...]:
        """The failed identifications among the ones that a question needs."""
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

    @property
    def samplers(self) -> tuple[Sampler, ...]:
        """The sampler of each distinct query that is identifiable."""
        return tuple(self._samplers.values())

    def sampler_for(self, query: Query) -> Sampler:
        """The sampler of one of the program's distinct queries, whichever values the query states.

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
        return f"{type(self).__name__}({names}, {'fitted' if self.fitted else 'not fitted'})"

    @public()
    def explanations(self, *, judged: bool = True) -> tuple[Explanation, ...]:
        """The explanation of each distinct query, under the names of what needs it: see `Sampler.explanation`."""
        found: list[Explanation] = []
        for query, names in self.asked.kernels.items():
            if query in self._samplers:
                explanation = self._samplers[query].explanation(judged=judged)
            else:
                explanation = Explanation(query, self.identifications[query])
            found.append(replace(explanation, names=names, title=self.asked.title(query)))
        return tuple(found)

    def explain(self) -> str:
        """The explanations as text, and which generators the queries share."""
        return explanations_text(self.explanations())

    def _repr_html_(self) -> str:
        from ..compiler.explain.page import explanations_html

        return explanations_html(self.explanations(judged=False))

    @property
    def alone(self) -> DataSet | None:
        """The only data set, if at most one is declared; None if there are several."""
        return self.asked.data[0] if len(self.asked.data) == 1 else None

    @property
    def several(self) -> bool:
        """Whether its answers are from several data sets, whose rows are given by name."""
        return self.alone is None and any(are_several(each.network) for each in self._compiled.values())

    @property
    def sampled_from(self) -> DataSet:
        """The data set whose rows are given without a name, with the columns of its weights and clusters."""
        return self.alone or observational(self.asked.data)

    @property
    def columns(self) -> tuple[str, ...]:
        """The variables whose data some generator needs."""
        fits = (fit for compilation in self._compiled.values() for fit in compilation.network.fits)
        names = dict.fromkeys(name for fit in fits for name in fit.variables)
        for compilation in self._compiled.values():
            for rows in (fit.rows for fit in compilation.network.fits):
                holes = compilation.network.holes
                names |= dict.fromkeys((*rows.shows, *columns_weighed(rows, holes)))
        return tuple(names)
