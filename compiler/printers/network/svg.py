"""Sampling networks as SVG: one frame per stage, its draws in the colour of the rows that they are trained on."""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from ...drawing.canvas import BOLD, Canvas, Look, box_size, text_width
from ...drawing.crowded import abridged, followed
from ...drawing.curves import Box
from ...drawing.diagram import diagram
from ...network.ir import (
    OBSERVED,
    Constant,
    DataSet,
    Draw,
    Folded,
    Policy,
    SamplingNetwork,
    Simulated,
    SomeRows,
    Stage,
)
from ..graph_svg import ARROW, CONDITION, INTERVENTION
from ..source_kinds import SourceKind, source_kind

INPUT = Look("#eceff4", "#6b768c", width=1.6, square=True)
CONDITION_INPUT = replace(CONDITION, square=True)
_ANSWER, _INTERIM = "#75809a", "#9068cc"
_MOST = 150
"""How many inputs and draws are drawn, of all stages together."""

_PADDING, _HEADING, _GAP = 18.0, 44.0, 16.0


def network_svg(network: SamplingNetwork) -> str:
    """A drawing of a sampling network, self-contained: interim stages first, each in its own frame.

    Inputs have corners, and the answer's the colours of interventions and conditions. Draws are round, dashed
    if they are sampled and dropped, and coloured by where their values come from: see `SourceKind`. Where arrows
    would be too many to follow, draws that read much say what they read in words.

    >>> from dofx.compiler.model.query import Query
    >>> answer = Stage("answer", (("x", "x"),), (Draw.of("y", "y", (("x", "x"),)),), (("y", "y"),))
    >>> "P(y | do(x))" in network_svg(SamplingNetwork(Query.of(("y",), ("x",)), (answer,)))
    True
    """
    return network_canvas(network).svg(f"Sampling network of {network.query}")


def network_canvas(network: SamplingNetwork) -> Canvas:
    """The same drawing as a part of a larger one."""
    canvas, top = Canvas(), 0.0
    drawn = _drawn(network)
    inner = [_draws(network, stage, drawn) for stage in network.stages]
    heads = [_heading(network, stage) for stage in network.stages]
    contents = [picture.high.real - picture.low.real for picture in inner]
    contents += [text_width(title, 14.0 * BOLD) + text_width(note, 12.0) + 12.0 for title, note in heads]
    width = max(contents) + 2 * _PADDING
    for stage, picture, (title, note) in zip(network.stages, inner, heads, strict=True):
        colour = _ANSWER if stage is network.answer else _INTERIM
        height = _HEADING + picture.high.imag - picture.low.imag + _PADDING
        canvas.frame(Box(complex(width / 2, top + height / 2), width, height, 12.0), colour)
        canvas.text(_PADDING, top + 25.0, title, size=14.0, weight="600", colour=colour)
        canvas.text(_PADDING + text_width(title, 14.0 * BOLD) + 12.0, top + 25.0, note)
        canvas.add(picture, complex(_PADDING, top + _HEADING) - picture.low)
        top += height + _GAP
    canvas.legend(_legend(network))
    return canvas


def _drawn(network: SamplingNetwork) -> set[str]:
    """The stages that are drawn: the answer and those just before it, as far as the boxes are not too many."""
    found, left = set[str](), _MOST
    for stage in reversed(network.stages):
        left -= len(stage.inputs) + len(stage.draws)
        if left < 0:
            break
        found.add(stage.name)
    return found


def _draws(network: SamplingNetwork, stage: Stage, drawn: set[str]) -> Canvas:
    """The draws of a stage and what they read, without its frame."""
    canvas = Canvas()
    if stage.name not in drawn:
        canvas.text(0, 0, f"{len(stage.draws):,} draws: too many to draw")
        return canvas
    hidden = {draw.id for draw in stage.hidden}
    named = {draw.id: _label(draw) for draw in stage.draws}
    labels = [*stage.input_ids, *named.values()]
    boxes = [(id,) for id in stage.input_ids] + [draw.ids for draw in stage.draws]
    place = {id: i for i, ids in enumerate(boxes) for id in ids}
    arrows = dict.fromkeys((place[id], place[draw.id]) for draw in stage.draws for id in draw.reads)
    shown = followed(len(labels), list(arrows))
    given = [
        abridged([*(labels[i] for i in shown.tails.get(place[draw.id], ())), *_constants(draw)])
        for draw in stage.draws
    ]
    notes = [*("" for _ in stage.inputs)]
    notes += [_note(draw, text) for draw, text in zip(stage.draws, given, strict=True)]
    looks = [*(_input(network, stage, id) for id in stage.input_ids)]
    looks += [_look(draw, draw.id in hidden) for draw in stage.draws]
    shape = diagram(
        [box_size(label, note) for label, note in zip(labels, notes, strict=True)],
        [look.square for look in looks],
        shown.arrows,
    )
    for curve in shape.arrows.values():
        canvas.curve(curve, ARROW)
    for box, look, label, note in zip(shape.boxes, looks, labels, notes, strict=True):
        canvas.box(box, look, label, note)
    return canvas


def _label(draw: Draw) -> str:
    """The draw's ids, with the primes that are printed."""
    return ", ".join(
        name + id.removeprefix(name).replace("'", "′") if id.startswith(name) else id
        for name, id in draw.outputs
    )


def _constants(draw: Draw) -> list[str]:
    """The values that the query states and the draw reads."""
    pairs = [(name, wire) for name, wire in draw.given if isinstance(wire, Constant)]
    return [f"{name} = {wire.value}" for name, wire in pairs]


def _note(draw: Draw, given: str) -> str:
    """Where a draw's values come from, and what it reads where no arrows say so."""
    parts = [_origin(draw), f"given {given}" if given else ""]
    return ", ".join(part for part in parts if part)


def _origin(draw: Draw) -> str:
    match draw.source:
        case Simulated(stage):
            return f"on {stage}"
        case Folded(stage):
            return f"from {stage}"
        case Policy(name):
            return f"by {name}"
        case DataSet(name):
            return "" if draw.source == OBSERVED else f"on {name}"
        case SomeRows(data, rows):
            whose = "" if data == OBSERVED else f" of {data.name}"
            return f"on rows{whose} that show {' and '.join(rows.shows)}" + ", weighted" * bool(rows.weights)
        case _:
            assert_never(draw.source)


def _input(network: SamplingNetwork, stage: Stage, id: str) -> Look:
    if stage is not network.answer:
        return INPUT
    return CONDITION_INPUT if id in network.query.conditions else INTERVENTION


def _look(draw: Draw, hidden: bool) -> Look:
    look = source_kind(draw.fit).look
    return replace(look, dashes="4 3") if hidden else look


def _heading(network: SamplingNetwork, stage: Stage) -> tuple[str, str]:
    if stage is network.answer:
        return str(network.query), "the answer"
    inputs = f" ‖ {', '.join(stage.input_ids)}" if stage.inputs else ""
    outputs = ", ".join(variable for variable, _ in stage.outputs)
    return f"{stage.name}({outputs}{inputs})", "interim kernel: generators further down are made from it"


def _legend(network: SamplingNetwork) -> list[tuple[Look, str]]:
    """Only what occurs in the drawing."""
    inputs = {_input(network, stage, id) for stage in network.stages for id in stage.input_ids}
    kinds = {source_kind(draw.fit) for stage in network.stages for draw in stage.draws}
    named = ((INTERVENTION, "do(…)"), (CONDITION_INPUT, "condition"), (INPUT, "input"))
    entries = [(look, text) for look, text in named if look in inputs]
    entries += [(kind.look, kind.words) for kind in SourceKind if kind in kinds]
    if any(stage.hidden for stage in network.stages):
        entries.append((Look("none", _ANSWER, dashes="4 3"), "sampled and dropped"))
    return entries
