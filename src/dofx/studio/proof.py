"""Why the answer to a question is what it is: the steps of its proof, what would help, what the graph implies."""

from __future__ import annotations

from ..compiler.graph.implications import implications
from ..compiler.identify.derivation import Step
from ..compiler.identify.instruments import instruments
from ..compiler.identify.remedy import Remedy, all_remedies_tried, remedies
from ..compiler.model.query import Query
from ..compiler.printers.identification.steps import step_text
from ..compiler.printers.identification.text import ESTIMATED
from ..grammar.parse import parse
from ..grammar.syntax.program import Program
from .cures import edits_of
from .look import JSON, asked_of, kernel_of, proved_of

_MOST_TESTED = 60
"""A graph with more variables has thousands of independences, and nobody reads them."""


def proof(text: str, name: str, kernel: int = 0) -> JSON:
    """The steps of a proof, and what would help where it fails.

    Args:
        text: The program.
        name: The question.
        kernel: Which of its queries, counted from 0.

    Returns:
        ``steps`` and ``remedies``, each with the ``edits`` of the program that it stands for, None where it stands for
        none; ``hopeless``, whether no single remedy would help; ``instruments`` that estimate
        the effect with a further assumption, and ``estimators``, who does so.

    Raises:
        DofxError: With every fault of the program.

    >>> found = proof("graph { x -> y; x <-> y }  query q = P(y | do(x))", "q")
    >>> [(each["kind"], each["variables"]) for each in found["remedies"]]
    [('measure', ['x', 'y']), ('randomise', ['x'])]
    """
    asked = asked_of(text)
    found = proved_of(asked, kernel_of(asked, name, kernel))
    cures = remedies(found)
    program = parse(text, "program")
    return {
        "steps": [_step(step) for step in found.derivation],
        "remedies": [_remedy(each, program, name, found.query) for each in cures],
        "hopeless": not found and not cures and all_remedies_tried(found),
        "instruments": [str(each) for each in instruments(found)],
        "estimators": " ".join(line.strip() for line in ESTIMATED),
    }


def implied(text: str) -> JSON:
    """The conditional independences that data can contradict.

    Args:
        text: The program.

    Raises:
        DofxError: With every fault of the program.
    """
    asked = asked_of(text)
    if len(asked.graph.nodes) > _MOST_TESTED:
        return {"independences": [], "refused": f"the graph has more than {_MOST_TESTED} variables"}
    found = implications(asked.graph)
    return {
        "independences": [
            {"text": str(each), "first": each.first, "second": each.second, "given": list(each.given)}
            for each in found
        ],
        "refused": "",
    }


def _step(step: Step) -> JSON:
    return {
        "text": step_text(step),
        "line": step.rule.line,
        "meaning": step.rule.meaning,
        "variables": list(step.variables),
        "graph": list(step.graph),
        "groups": [list(group) for group in step.groups],
        "kernel": step.kernel,
    }


def _remedy(remedy: Remedy, program: Program, question: str, query: Query) -> JSON:
    edits = edits_of(remedy, program, question, query)
    return {"kind": remedy.kind, "variables": list(remedy.variables), "text": str(remedy), "edits": edits}
