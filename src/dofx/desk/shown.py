"""A fitted program as the page shows it: its questions, what can be set in them, and the answers as plain data."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np

from ..compiler.program import Question
from ..grammar.checks.names import no_such
from ..grammar.diagnostics.diagnostic import DofxError
from ..grammar.syntax.program import Value
from ..runtime.answers.answer import EffectAnswer, QueryAnswer, Setting
from ..runtime.answers.answers import Answers
from ..runtime.answers.intervals import Interval
from ..runtime.answers.querying import Quantiles
from ..runtime.answers.summaries import Chances, Moments
from ..runtime.data.values import Values
from ..runtime.fitting.report import FitRecord
from ..runtime.judging.links import weakest_text
from ..runtime.program import CompiledProgram
from ..runtime.sampler import Sampler
from ..runtime.variables import Finite, Real
from ..studio.look import JSON
from .errors import no_such_state, no_value
from .policies import plain, policies_of, policy_from, policy_json

ROWS = 20_000
"""Rows that are simulated for one setting where an answer is not exact."""

FEW = 2_000
"""Rows that are simulated to see where an outcome may lie."""

BINS = 48
_TABLE = "table"


class Shown:
    """A fitted program, and what has been found out about it.

    Args:
        text: Its text.
        program: The program, fitted.
        source: What it was fitted to, as for `CompiledProgram.fit`; without it there are no intervals.
        remarks: What was warned of while it was fitted.
    """

    def __init__(
        self, text: str, program: CompiledProgram, source: Any = None, *, remarks: tuple[str, ...] = ()
    ) -> None:
        self.text, self.program, self._source = text, program, source
        self._remarks, self._none = list(remarks), ""
        self._ranges: dict[tuple[str, str], tuple[float, float]] = {}
        families = {record.family for record in program.report or ()}
        self._exact = source is not None and families <= {_TABLE}
        self._tables = self._exact
        self._policies = policies_of(program)
        self._given: dict[str, JSON] = {}
        self._answers: Answers | None = None
        self._whole: JSON | None = None

    def whole(self) -> JSON:
        """Everything, each query at one setting of its open inputs."""
        if self._whole is None:
            self._whole = self._found()
        return self._whole

    def follow(self, name: str, given: JSON) -> None:
        """Let a policy be something: what was found out under another one is forgotten.

        Args:
            name: The policy.
            given: ``{"chances": …}``, for each combination of what it reads the probability of each state that it sets,
                or ``{"expression": …}``.

        Raises:
            DofxError: E0461 for a policy that is not asked about, E0462 or E0464 for something that cannot be it.
        """
        self.program = self.program.following({name: policy_from(name, given, self._policies, self.program)})
        self._given[name] = given
        self._tables, self._answers, self._whole = self._exact, None, None
        self._remarks = [each for each in self._remarks if each != self._none]
        self._ranges.clear()

    def find_intervals(self) -> None:
        """Find the intervals that take more fits.

        Raises:
            DofxError: What `CompiledProgram.answer` finds.
        """
        self._answers = self.program.answer(self._source, intervals="influence", n=ROWS)
        self._whole = None

    def _found(self) -> JSON:
        program = self.program
        if self._answers is None:
            effects = copy.copy(program)
            effects.asked = replace(program.asked, queries=())
            self._answers = self._answered(effects, {})
        found = self._answers
        queries = [self._query(question) for question in program.asked.queries]
        effects_json = [
            _effect(found[question.name]) | {"policies": self._followed(question)}
            for question in program.asked.effects
        ]
        more = self._source is not None and not self._tables
        missing = any(each["value"] is not None and each["interval"] is None for each in effects_json)
        return {
            "text": self.text,
            "queries": queries,
            "effects": effects_json,
            "report": [_record(record) for record in program.report or ()],
            "agreements": [str(each) for each in program.agreements],
            "remarks": self._remarks,
            "assumptions": found.assumptions(),
            "more": more and missing,
            "policies": [
                policy_json(name, draw, program.types, self._given.get(name))
                for name, draw in self._policies.items()
            ],
            "saved": [question.name for question in program.asked.queries if question.name in program],
        }

    def _followed(self, question: Question) -> list[str]:
        """The policies that a question asks about."""
        kernels = [query.kernel for query in question.queries]
        proved = [kernel for kernel in kernels if self.program.identifications[kernel]]
        names = (name for kernel in proved for name in self.program.sampler_for(kernel).network.policies)
        return list(dict.fromkeys(names))

    # ── queries ──────────────────────────────────────────────────────────────────────────────────────────

    def _query(self, question: Question) -> JSON:
        kernel = question.queries[0].kernel
        proof = self.program.identifications[kernel]
        about: JSON = {"name": question.name, "text": question.text, "verdict": proof.verdict}
        if not proof:
            return about | {"controls": [], "at": None, "weakest": None, "faults": [], "policies": []}
        sampler = self.program[question.name]
        controls, waiting = self._controls(sampler)
        about |= {"controls": controls, "waiting": waiting, "at": None, "faults": []}
        about["policies"] = self._followed(question)
        about["weakest"] = _weakest(sampler)
        if waiting:
            return about
        try:
            about["at"] = self.at(question.name, {each["name"]: each["value"] for each in controls})
        except DofxError as error:  # a policy that was not given, for one
            about["faults"] = [each.title for each in error.diagnostics]
        return about

    def _controls(self, sampler: Sampler) -> tuple[list[JSON], list[str]]:
        """What can be set in a query, each with a value to begin with, and inputs that cannot be set here."""
        query, controls, waiting = sampler.query, list[JSON](), list[str]()
        for name in (*query.interventions, *query.conditions):
            if name in query.values or name not in sampler.network.inputs:
                continue
            role = "do" if name in query.interventions else "given"
            points = self.program.reference.get(name)
            match sampler.types.get(name):
                case Finite(states):
                    listed = [plain(state) for state in states]
                    controls.append({"name": name, "role": role, "states": listed, "value": len(listed) - 1})
                case Real(()) if points:
                    controls.append({"name": name, "role": role, **_range(points)})
                case _:
                    waiting.append(name)
        return controls, waiting

    def at(self, name: str, at: Mapping[str, Any]) -> JSON:
        """The answer to a query at one setting.

        Args:
            name: The query.
            at: For each input that it leaves open the number of a state, or a number.

        Raises:
            DofxError: E0802 for a query that is not there, E0423 for an input without a value, and what sampling finds.
        """
        question = next((each for each in self.program.asked.queries if each.name == name), None)
        if question is None or name not in self.program:
            known = (each.name for each in self.program.asked.queries if each.name in self.program)
            raise no_such("the fitted program has no query", name, known)
        sampler = self.program[name]
        controls, _ = self._controls(sampler)
        reference = {each["name"]: (self._value(sampler, each, at),) for each in controls}
        one = copy.copy(self.program)
        one.asked = replace(self.program.asked, queries=(question,), effects=())
        answer = self._answered(one, reference)[name]
        assert isinstance(answer, QueryAnswer)
        setting = answer.settings[0]
        parts = setting.outcomes.to_json()
        for part, summary in zip(parts, setting.outcomes.parts, strict=True):
            part["kind"] = type(summary).__name__.lower()
            if isinstance(summary, Chances):
                for event in part["events"]:
                    event["values"] = [plain(value) for value in event["values"]]
            if isinstance(summary, Moments):
                part["histogram"] = self._histogram(name, sampler, summary.variable, setting)
        return {
            "parts": parts,
            "rows": setting.outcomes.rows,
            "unseen": [str(each) for each in setting.unseen],
            "overlaps": [str(each) for each in answer.overlaps],
            "idle": list(answer.idle),
        }

    @staticmethod
    def _value(sampler: Sampler, control: JSON, at: Mapping[str, Any]) -> Value:
        name = control["name"]
        value = at.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise no_value(name)
        if "states" not in control:
            return float(value)
        type = sampler.types[name]
        assert isinstance(type, Finite)
        if not 0 <= int(value) < len(type.states):
            raise no_such_state(name, value, len(type.states))
        state: Value = type.states[int(value)]
        return state

    def _answered(self, program: CompiledProgram, reference: Mapping[str, tuple[Value, ...]]) -> Answers:
        """The answers, with intervals where they take no more fits."""
        if self._tables:
            try:
                return program.answer(self._source, intervals="influence", reference=reference, n=ROWS)
            except DofxError as error:
                self._tables = False
                self._none = f"There are no intervals: {error.diagnostics[0].title}."
                self._remarks.append(self._none)
        return program.answer(reference=reference, n=ROWS)

    def _histogram(self, name: str, sampler: Sampler, variable: str, setting: Setting) -> JSON:
        """Shares of simulated rows in bins, which stay where they are when something else is set."""
        values = _drawn(sampler, variable, setting.do, setting.given, ROWS)
        if (name, variable) not in self._ranges:
            self._ranges[name, variable] = self._range(sampler, variable, setting)
        low, high = self._ranges[name, variable]
        if np.median(values) < low or np.median(values) > high:  # set far from what the rows show
            low, high = _spread([values])
        counts, _ = np.histogram(values, bins=BINS, range=(low, high))
        return {"low": low, "high": high, "shares": [round(float(n), 6) for n in counts / len(values)]}

    def _range(self, sampler: Sampler, variable: str, setting: Setting) -> tuple[float, float]:
        """Where an outcome lies as one input after the other goes from end to end."""
        controls, _ = self._controls(sampler)
        found = [_drawn(sampler, variable, setting.do, setting.given, FEW)]
        for control in controls:
            type = sampler.types[control["name"]]
            ends = type.states[:5] if isinstance(type, Finite) else (control["low"], control["high"])
            for end in ends:
                do, given = dict(setting.do), dict(setting.given)
                (do if control["role"] == "do" else given)[control["name"]] = end
                found.append(_drawn(sampler, variable, do, given, FEW))
        return _spread(found)


def _drawn(sampler: Sampler, variable: str, do: Values, given: Values, rows: int) -> Any:
    return sampler.sample(rows, do=do, given=given, seed=0)[variable].double().cpu().numpy()


def _spread(samples: list[Any]) -> tuple[float, float]:
    """From the least to the largest of some samples, without the farthest of each."""
    ends = [np.quantile(each, [0.002, 0.998]) for each in samples]
    low, high = float(min(end[0] for end in ends)), float(max(end[1] for end in ends))
    room = (high - low or 1.0) * 0.02
    return low - room, high + room


def _effect(answer: Any) -> JSON:
    assert isinstance(answer, EffectAnswer)
    estimate, interval = answer.estimate, answer.interval
    return {
        "name": answer.name,
        "text": answer.text,
        "verdict": next((proof.verdict for proof in answer.hedged), "identified"),
        "value": _finite(estimate.value if estimate else None),
        "error": _finite(estimate.monte_carlo_error if estimate and not estimate.corrected else None),
        "exact": bool(estimate and estimate.exact),
        "interval": None if interval is None else _interval(interval),
        "unseen": [str(each) for each in answer.unseen],
        "overlaps": [str(each) for each in answer.overlaps],
        "faults": [fault.title for fault in answer.faults],
    }


def _interval(interval: Interval) -> JSON:
    return {
        name: _finite(value) if isinstance(value, float) else value
        for name, value in interval.to_json().items()
    }


def _finite(number: float | None) -> float | None:
    """A number as JSON has it, where it is one."""
    return number if number is not None and isfinite(number) else None


def _range(points: tuple[Value, ...]) -> JSON:
    """Where a real input can be set: as far as its rows reach, and a little beyond."""
    numbers = [float(point) for point in points if isinstance(point, int | float)]
    low, high = min(numbers), max(numbers)
    room = (high - low or 1.0) * 0.2
    middle = points.quartiles[1] if isinstance(points, Quantiles) else numbers[len(numbers) // 2]
    return {"low": low - room, "high": high + room, "seen": [low, high], "value": middle}


def _weakest(sampler: Sampler) -> str | None:
    """The weakest link in words; None where there are no rows to judge by."""
    try:
        return weakest_text(sampler.links())
    except DofxError:
        return None


def _record(record: FitRecord) -> JSON:
    report = record.report
    return {
        "fit": record.fit,
        "family": record.family,
        "source": record.source,
        "reused": record.reused,
        "rows": report.rows,
        "epochs": report.epochs,
        "score": _finite(report.score),
        "seconds": round(report.seconds, 3),
    }
