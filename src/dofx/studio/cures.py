"""What would help, as edits of the program: after them the question has an answer."""

from __future__ import annotations

from ..compiler.identify.remedy import Remedy
from ..compiler.model.query import Query
from ..grammar.checks.graph import edges, variables
from ..grammar.syntax.program import Program
from .data_lines import differing
from .rewriting import free_name

Edits = list[tuple[str, list[str]]]
"""Names of edits with what each is about, as `edit` takes them."""


def edits_of(remedy: Remedy, program: Program, question: str, query: Query) -> Edits | None:
    """The edits that a remedy stands for; None where the program has no place for it.

    Args:
        remedy: What would help.
        program: The program.
        question: The name of the question that it would help.
        query: Its query.

    >>> from ..grammar.parse import parse
    >>> program = parse("graph { x -> y; x <-> y }  query q = P(y | do(x))")
    >>> edits_of(Remedy("measure", ("x", "y")), program, "q", Query.of(["y"], ["x"]))
    [('name_cause', ['x', 'y', 'c'])]
    """
    names = list(remedy.variables)
    match remedy.kind:
        case "randomise":
            return [("randomise", [name]) for name in names]
        case "observe":
            return [("observe", [name]) for name in names]
        case "measure" | "measure also":
            return _named_cause(program, names)
        case "allow":
            return [("allow", [question, *names])]
        case "equal":
            written = names[0] in differing(program, remedy.data)  # a latent variable may stand for it there
            return [("agree_on", [remedy.data, names[0]])] if written else None
        case "column":
            return [("measure_in", [remedy.data, names[0]])]
        case "all rows":
            return [("keep_all", [remedy.data])]
        case "experiment":
            return [("experiment_on", names)]
        case "survey":
            return [("survey_all", [])]
        case "ask":
            return [("ask_text", [str(Query.of(query.outcomes, names, query.conditions)), names[-1]])]
        case "rule out":
            cause, arrow, effect = names
            return [("disconnect" if arrow == "->" else "unconfound", [cause, effect])]
        case "unroll" | "declare":
            return None


def _named_cause(program: Program, names: list[str]) -> Edits | None:
    """The two variables that share a cause, with a name for it; a pair that is named already is seen."""
    one, other, *named = names
    written = {
        frozenset((left.text, right.text)) for left, mark, right in edges(program.graphs) if mark == "<->"
    }
    if frozenset((one, other)) not in written:
        return None
    cause = free_name("c", variables(program.graphs)[0], between="")
    return [*(("observe", [name]) for name in named), ("name_cause", [one, other, cause])]
