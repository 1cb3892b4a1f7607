"""Asking a fitted program: each of its queries and effects in turn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ...compiler.estimand.contraction import Array
from ...compiler.model.data import ALONE
from ...compiler.model.query import Query
from ...compiler.model.resolve import query_of
from ...compiler.printers.network.text import fit_text
from ...compiler.program import Leaf, Question, Questions, leaves
from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.syntax.program import Expectation
from ..data.values import Values
from ..exact.distribution import NotExactError
from ..judging.support import Unseen, worst
from ..sampler import Sampler
from ..variables import VariableType, encode
from . import summaries
from .answer import EffectAnswer, QueryAnswer
from .answers import Answers
from .assumptions import Basis
from .bootstrap.at_once import Tables
from .effects import Exact, evaluate, evaluate_each
from .leaves import check_leaf
from .querying import Reference, answer_query, settings_of

if TYPE_CHECKING:
    from ..program import CompiledProgram


def check_values(asked: Questions, types: Mapping[str, VariableType]) -> None:
    """Refuse values that are not states of their variables, and effects that are not numbers.

    Args:
        asked: What a program asks.
        types: The types that are known.

    Raises:
        DofxError: With every fault found.
    """
    faults: list[Diagnostic] = []
    for question in (*asked.queries, *asked.effects):
        for leaf, query in zip(leaves(question.syntax), question.queries, strict=True):
            try:
                for name, value in query.values.items():
                    if name in types and name not in query.outcomes:
                        encode(types[name], value, what=f"`{name}` in {question.name}")
                if question in asked.effects or isinstance(leaf, Expectation):
                    check_leaf(leaf, query.outcomes, types)
            except DofxError as error:
                faults += error.diagnostics
    if faults:
        raise DofxError(dict.fromkeys(faults))


def answers_of(program: CompiledProgram, reference: Reference, rows: int, seed: int) -> Answers:
    """The answers to all queries and effects of a fitted program.

    Args:
        program: The program.
        reference: The values of open inputs at which queries are answered.
        rows: Rows to simulate where an answer is not exact.
        seed: Of the simulation.

    Raises:
        DofxError: What `Sampler.sample` finds.
    """
    assert program.report is not None
    estimands = (proof.estimand for proof in program.identifications.values())
    pooled = {name for agreement in program.agreements for name in agreement.data}
    read = dict.fromkeys(data for estimand in estimands if estimand for data in estimand.data)
    read |= dict.fromkeys(data for data in program.asked.data if data.name in pooled)
    basis = Basis(
        program.asked.graph,
        program.report,
        tuple(read) or ALONE,
        program.agreements,
        _used(program),
        program.sampling,
        _compared(program),
    )
    queries = []
    for question in program.asked.queries:
        (query,) = question.queries
        proof, mean = program.identifications[query.kernel], isinstance(question.syntax, Expectation)
        if proof:
            sampler = program[question.name]
            found = answer_query(question.name, proof, sampler, reference, rows, seed, mean=mean)
        else:
            found = QueryAnswer(question.name, query, proof, mean=mean)
        queries.append(replace(found, basis=basis))
    effects = (_effect_answer(program, question, rows, seed) for question in program.asked.effects)
    return Answers(tuple(queries), tuple(replace(effect, basis=basis) for effect in effects), basis)


def _compared(program: CompiledProgram) -> bool:
    """Whether what generators are asked is compared with the rows that they were fitted on."""
    asked = (query for query, proof in program.identifications.items() if proof)
    return all(program.sampler_for(query).held_out is not None for query in asked)


def _used(program: CompiledProgram) -> tuple[str, ...]:
    """For each generator that only some rows train: which rows, and why they represent all."""
    each = (program.sampler_for(query).used for query, proof in program.identifications.items() if proof)
    found = (f"{fit_text(fit)}: {used}" for rows in each for fit, used in rows.items())
    return tuple(dict.fromkeys(found))


def numbers_each(
    program: CompiledProgram, reference: Reference, tables: Mapping[Query, Tables]
) -> Array | None:
    """`Answers.numbers` in each of several replicates whose generators are tables.

    Args:
        program: Fitted on the real rows.
        reference: As for `answers_of`.
        tables: Those of each distinct query.

    Returns:
        An array ``(replicates, numbers)``; None where an answer has too many cells to be computed exactly.
    """

    def exact(sampler: Sampler, do: Values, given: Values) -> Exact:
        return tables[sampler.query.kernel].outcome_table(do, given, sampler.query.values)

    (replicates,) = {each.replicates for each in tables.values()}
    columns: list[Array] = []
    try:
        for question in program.asked.queries:
            if not program.identifications[question.queries[0].kernel]:
                continue
            sampler, mean = program[question.name], isinstance(question.syntax, Expectation)
            for do, given in settings_of(sampler, reference, mean=mean):
                columns.append(summaries.numbers_each(exact(sampler, do, given).table, sampler, mean=mean))
        for question in program.asked.effects:
            if program.hedged(question):
                continue
            try:
                values = evaluate_each(question.syntax, partial(sampler_of, program, question), exact)
            except DofxError:
                values = np.array([np.nan])
            columns.append(np.broadcast_to(values, replicates)[:, None])
    except NotExactError:
        return None
    return np.concatenate(columns, axis=1) if columns else np.empty((replicates, 0))


def sampler_of(program: CompiledProgram, question: Question, leaf: Leaf) -> Sampler:
    """The fitted sampler of a part of an effect."""
    kernel = query_of(leaf, program.asked.graph).kernel
    return program.sampler_for(replace(kernel, limits=question.limits))


def _effect_answer(program: CompiledProgram, question: Question, rows: int, seed: int) -> EffectAnswer:
    text, hedged = question.text, program.hedged(question)
    if hedged:
        return EffectAnswer(question.name, text, hedged)

    try:
        find = partial(sampler_of, program, question)
        estimate = evaluate(question.syntax, find, rows=rows, seed=seed)
    except DofxError as error:
        return EffectAnswer(question.name, text, faults=error.diagnostics)
    unseen = worst(each for query in question.queries for each in _unseen(program, query))
    return EffectAnswer(question.name, text, estimate=estimate, unseen=unseen)


def _unseen(program: CompiledProgram, query: Query) -> tuple[Unseen, ...]:
    fixed = query.values if query.plain else {}
    roles = (query.interventions, query.conditions)
    do, given = ({name: fixed[name] for name in names if name in fixed} for names in roles)
    return program.sampler_for(query).unseen(do, given)
