"""The verifier of sampling networks, run at stage borders always and around every pass in tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from .ir import Data, Draw, SamplingNetwork, Source, Stage


class InvalidNetworkError(AssertionError):
    """A sampling network that breaks its own rules: a fault of dofx, not of its user."""


def verify(network: SamplingNetwork) -> SamplingNetwork:
    """The network itself, once every rule holds.

    Raises:
        InvalidNetworkError: With every rule broken, one a line.
    """
    faults = list(_faults(network))
    if faults:
        raise InvalidNetworkError("\n".join(faults))
    return network


def _faults(network: SamplingNetwork) -> Iterator[str]:
    earlier: dict[str, Stage] = {}
    for stage in network.stages:
        if stage.name in earlier:
            yield f"two stages are named {stage.name}"
        yield from _stage_faults(stage, earlier)
        earlier[stage.name] = stage
    if tuple(variable for variable, _ in network.answer.outputs) != network.outcomes:
        yield "the answer's outputs are not the query's outcomes"
    strange = set(network.inputs) - {*network.interventions, *network.conditions}
    if strange:
        yield f"the answer reads {', '.join(sorted(strange))}, which the query does not supply"


@dataclass(slots=True)
class _Row:
    """The draws of a real row so far."""

    source: Source
    ids: set[str] = field(default_factory=set)
    variables: set[str] = field(default_factory=set)

    def add(self, draw: Draw) -> None:
        self.ids.add(draw.id)
        self.variables.add(draw.variable)


def _row_faults(draw: Draw, rows: dict[str, _Row], where: str) -> Iterator[str]:
    """What is wrong with the real row that a draw is taken from; `rows` has those so far."""
    if draw.row is None:
        rows[draw.id] = _Row(draw.source)
        rows[draw.id].add(draw)
    elif draw.row not in rows:
        yield f"{where}: no earlier draw is the first of the row of {draw.row}"
    else:
        row = rows[draw.row]
        if draw.source != row.source or not isinstance(draw.source, Data):
            yield f"{where}: it is of another source than {draw.row}, or of no data"
        if draw.variable in row.variables:
            yield f"{where}: {draw.variable} is in the row of {draw.row} already"
        if not row.ids.issuperset(draw.reads):
            yield f"{where}: it reads what is not in the row of {draw.row}"
        row.add(draw)


def _stage_faults(stage: Stage, earlier: dict[str, Stage]) -> Iterator[str]:
    known = {name: name for name in stage.inputs}
    rows: dict[str, _Row] = {}
    for draw in stage.draws:
        where = f"{stage.name}: draw {draw.id}"
        if draw.id in known:
            yield f"{where}: the id is taken"
        for variable, id in draw.given:
            if id not in known:
                yield f"{where}: reads {id} before it is drawn"
            elif known[id] != variable:
                yield f"{where}: {id} is a value of {known[id]}, not of {variable}"
        variables = [draw.variable, *draw.fit.given]
        if len(set(variables)) < len(variables):
            yield f"{where}: a variable stands twice"
        if not isinstance(draw.source, Data):
            inner = earlier.get(draw.source.stage)
            if inner is None:
                yield f"{where}: no earlier stage is named {draw.source.stage}"
            elif set(variables) - {*inner.inputs, *dict(inner.outputs)}:
                yield f"{where}: {inner.name} does not have all of {', '.join(variables)}"
        yield from _row_faults(draw, rows, where)
        known[draw.id] = draw.variable
    unread = set(stage.fixed or ()) - set(stage.inputs)
    if unread:
        yield f"{stage.name}: {', '.join(sorted(unread))} is fixed, but not among the inputs"
    for variable, id in stage.outputs:
        if known.get(id) != variable:
            yield f"{stage.name}: output {variable} is not {id}"
