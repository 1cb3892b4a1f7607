"""What a program says and what the answer to each of its questions is: what the page shows at each keystroke."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, TypeAlias

from ..compiler.driver import identify
from ..compiler.graph.admg import ADMG
from ..compiler.identify.hedge import Hedge
from ..compiler.identify.identify import Identification
from ..compiler.model.data import ALONE, DataSet
from ..compiler.model.query import NO_LIMITS, Query
from ..compiler.model.worlds import Natural, World
from ..compiler.printers.identification.text import verdict_text
from ..compiler.program import Question, Questions, questions
from ..grammar.checks.graph import check_graph, edges, marked, variables
from ..grammar.checks.program import check
from ..grammar.diagnostics.diagnostic import Diagnostic, DofxError, Label, heard
from ..grammar.diagnostics.source import Source
from ..grammar.parse import parse
from ..grammar.syntax.data import PERSON, TIME, VARIABLES, DataStatement
from ..grammar.syntax.program import EffectStatement, Indicator, Name, Program, QueryStatement

JSON = dict[str, Any]
"""An object of JSON."""

NOTHING_ASKED = "E0309"
"""The code of a program without a question: in a page that is being written it is a state and no fault."""


def look(text: str) -> JSON:
    """What a program says, as far as it can be read.

    Args:
        text: The program.

    Returns:
        ``faults``: each fault, with offsets in UTF-16 units. ``graph``: what is drawn, None where the text cannot be
        read. ``questions``: each query and effect with its verdict; empty while there are faults.

    >>> seen = look("graph { x -> m -> y; x <-> y }  query q = P(y | do(x))")
    >>> seen["questions"][0]["verdict"], seen["questions"][0]["kernels"][0]["text"]
    ('identified', 'P(y | do(x)) = Σ_m P(m | x) Σ_x′ P(x′) P(y | x′, m)')
    """
    with heard() as warned:
        seen = _seen(text)
    seen["faults"] += _faults(dict.fromkeys(warned), text)
    return seen


def _seen(text: str) -> JSON:
    try:
        program = parse(text, "program")
    except DofxError as error:
        return {"faults": _faults(error.diagnostics, text), "graph": None, "questions": []}
    seen: JSON = {"faults": [], "graph": graph_json(program), "questions": []}
    faults = check(program)
    if faults or not program.graphs:
        seen["faults"] = _faults(faults, text)
        return seen
    try:
        asked = questions(program)
        seen["questions"] = [_question(each, asked, program) for each in _all(asked)]
    except DofxError as error:
        seen["faults"] = _faults((each for each in error.diagnostics if each.code != NOTHING_ASKED), text)
    return seen


def asked_of(text: str) -> Questions:
    """The questions of a program.

    Raises:
        DofxError: With every fault of the program.
    """
    program = parse(text, "program")
    faults = check(program)
    if faults:
        raise DofxError(faults)
    return questions(program)


def graph_json(program: Program) -> JSON:
    """The graph as it is written: its latent variables too, its roles, whether it is free of faults."""
    blocks = program.graphs
    known, latent = variables(blocks)
    directed, bidirected = [], []
    for left, arrow, right in edges(blocks):
        if arrow == "<->":
            bidirected.append((left.text, right.text))
        else:
            ends = (left.text, right.text)
            directed.append(ends if arrow == "->" else ends[::-1])
    roles = {role: list(marked(blocks, role)) for role in ("exposure", "outcome", "adjusted", "selected")}
    return {
        "nodes": list(known),
        "latent": list(latent),
        "directed": list(dict.fromkeys(directed)),
        "bidirected": _each_once(bidirected),
        "roles": roles,
        "data": [_data(each) for each in program.statements if isinstance(each, DataStatement)],
        "holes": _holes(known.values()),
        "sound": not check_graph(blocks),
    }


def _data(statement: DataStatement) -> JSON:
    """What a line of data says of its variables and of its rows; ``measures`` is None where it measures all."""
    said = {key: statement.said(word) for key, word in VARIABLES.items()}
    names = {key: [name.text for name in found or ()] for key, found in said.items()}
    measures = None if said["measures"] is None else names["measures"]
    about = {word: statement.column(word) for word in (PERSON, TIME)}
    return {**names, **about, "measures": measures, "name": statement.name.text}


def _holes(names: Iterable[Name]) -> list[tuple[str, list[str]]]:
    """Each indicator with its columns; ``missing(*)`` lists none and means each."""
    return [
        (name.text, [column.text for column in name.columns]) for name in names if isinstance(name, Indicator)
    ]


Types: TypeAlias = tuple[tuple[str, str], ...]
"""Names of variables, each with its type as text."""


@lru_cache(maxsize=256)
def proved(
    kernel: Query, graph: ADMG, data: tuple[DataSet, ...] = ALONE, types: Types = ()
) -> Identification:
    """The identification of a query, kept: most keystrokes leave graph and query as they were.

    Args:
        kernel: The query.
        graph: The graph.
        data: The data sets.
        types: Names with their types as text, as far as the verdict may depend on them; that of a sampling network
            depends on none.
    """
    return identify(kernel, graph, data=data, variables=dict(types))


def proved_of(asked: Questions, kernel: Query) -> Identification:
    """The identification of one of a program's queries, by the types that the program declares."""
    return proved(kernel, asked.graph, asked.data, tuple(asked.declared.items()))


def kernel_of(asked: Questions, name: str, number: int) -> Query:
    """A query that a question rests on.

    Args:
        asked: The questions.
        name: The question's name.
        number: Which of its kernels, counted from 0.
    """
    question = next(each for each in _all(asked) if each.name == name)
    return question.kernels[number]


def _all(asked: Questions) -> tuple[Question, ...]:
    return (*asked.queries, *asked.effects)


def _question(question: Question, asked: Questions, program: Program) -> JSON:
    kernels = [
        _kernel(kernel, asked.graph, asked.data, tuple(asked.declared.items())) for kernel in question.kernels
    ]
    statement = next(
        (
            each
            for each in program.statements
            if isinstance(each, QueryStatement | EffectStatement) and each.name.text == question.name
        ),
        None,
    )
    return {
        "name": question.name,
        "kind": "effect" if isinstance(statement, EffectStatement) else "query",
        "written": _written(statement) or (kernels[0]["query"] if kernels else ""),
        "verdict": "identified" if all(each["verdict"] == "identified" for each in kernels) else "refused",
        "kernels": kernels,
    }


def _written(statement: QueryStatement | EffectStatement | None) -> str:
    from ..grammar.formatting.program import format_effect, format_query

    match statement:
        case QueryStatement(query=query):
            return format_query(query)
        case EffectStatement(expression=expression):
            return format_effect(expression)
        case None:
            return ""


@lru_cache(maxsize=256)
def _kernel(kernel: Query, graph: ADMG, data: tuple[DataSet, ...], types: Types) -> JSON:
    """What is known of one query, kept as its proof is."""
    proof = proved(kernel, graph, data, types)
    found: JSON = {
        "query": str(kernel.within(NO_LIMITS)),
        "verdict": "identified" if proof else "refused",
        "words": verdict_text(proof).removeprefix(f"{proof.query} is "),
        "outcomes": list(dict.fromkeys(event.variable for event in kernel.asked)),
        "interventions": _set_in(kernel),
        "conditions": list(dict.fromkeys(event.variable for event in kernel.given)),
        "worlds": _worlds(kernel),
        "text": str(proof),
        "latex": None,
        "hedge": None,
    }
    if proof.estimand is not None:
        found |= {"text": str(proof.estimand), "latex": proof.estimand.latex()}
    if proof.hedge is not None:
        found["hedge"] = _hedge(proof.hedge)
    return found


def _set_in(query: Query) -> list[str]:
    """The variables that some world of a query sets."""
    worlds = dict.fromkeys((query.do, *(event.world for event in (*query.asked, *query.given))))
    return list(dict.fromkeys(name for world in worlds for name, _ in world))


def _worlds(query: Query) -> dict[str, list[str]]:
    """What each variable is set to in a query to several worlds, as it is written; nothing where there is one world."""
    found: dict[str, list[str]] = {}

    def note(world: World) -> None:
        for name, how in world:
            text = str(World(((name, how),)))
            if text not in found.setdefault(name, []):
                found[name].append(text)
            if isinstance(how, Natural):
                note(how.event.world)

    if not query.plain:
        for world in (query.do, *(event.world for event in (*query.asked, *query.given))):
            note(world)
    return found


def _hedge(hedge: Hedge) -> JSON:
    return {
        "forest": list(hedge.forest),
        "subforest": list(hedge.subforest),
        "edges": [list(edge) for edge in hedge.forest_edges],
        "bidirected": [list(edge) for edge in hedge.bidirected],
        "causes": [list(names) for names in hedge.causes],
    }


def _each_once(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The pairs without those that were there before, in whichever order their ends were written."""
    found: dict[frozenset[str], tuple[str, str]] = {}
    for pair in pairs:
        found.setdefault(frozenset(pair), pair)
    return list(found.values())


def faults_of(error: DofxError, text: str) -> list[JSON]:
    """The faults that an error carries, as the page marks them."""
    return _faults(error.diagnostics, text)


def _faults(faults: Iterable[Diagnostic], text: str) -> list[JSON]:
    place = _places(text)
    return [
        {
            "code": fault.code,
            "severity": "warning" if fault.code.startswith("W") else "error",
            "title": fault.title,
            "labels": [_label(label, place) for label in _labels(fault, text)],
            "notes": list(fault.notes),
            "help": list(fault.help),
        }
        for fault in faults
    ]


def _labels(fault: Diagnostic, text: str) -> Sequence[Label]:
    """The labels of a fault, the primary one first; none where they point into another text."""
    if fault.primary is None or fault.source is None or Source(text).text != fault.source.text:
        return ()
    return (fault.primary, *fault.secondary)


def _label(label: Label, place: Sequence[int]) -> JSON:
    last = len(place) - 1
    start, end = (place[min(offset, last)] for offset in (label.span.start, label.span.end))
    return {"start": start, "end": end, "text": label.text}


def _places(text: str) -> Sequence[int]:
    """For each offset its offset in UTF-16 units, in which a browser counts."""
    if all(ord(character) <= 0xFFFF for character in text):
        return range(len(text) + 1)
    places = [0]
    for character in text:
        places.append(places[-1] + 1 + (ord(character) > 0xFFFF))
    return places
