"""The verifier of sampling networks, run at stage borders always and around every pass in tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ..graph.holes import NO_HOLES
from ..model.rows import indicators_read, rows_from
from .ir import Constant, Draw, Policy, SamplingNetwork, Stage


class InvalidNetworkError(AssertionError):
    """A sampling network that violates the rules of its form: this is a fault of dofx, not of the user."""


def verify(network: SamplingNetwork) -> SamplingNetwork:
    """The network itself, once every rule holds.

    Raises:
        InvalidNetworkError: With every violated rule, one per line.
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
        yield from _stage_faults(stage, earlier, network)
        earlier[stage.name] = stage
    outputs = tuple(variable for variable, _ in network.answer.outputs)
    if outputs != tuple(event.variable for event in network.query.opened.asked):
        yield "the answer's outputs are not the query's outcomes"
    strange = set(network.inputs) - set(network.query.inputs)
    if strange:
        yield f"the answer reads {', '.join(sorted(strange))}, which the query does not supply"
    roles = network.query.roles
    for variable, id in network.answer.inputs:
        if roles.get(id, variable) != variable:
            yield f"the input {id} is a value of {roles[id]}, not of {variable}"


def _stage_faults(stage: Stage, earlier: dict[str, Stage], network: SamplingNetwork) -> Iterator[str]:
    known: dict[str, str] = {}
    supplied: set[tuple[str, object]] = set(stage.inputs)
    for variable, id in stage.inputs:
        if id in known:
            yield f"{stage.name}: two inputs have the id {id}"
        known[id] = variable
    for draw in stage.draws:
        where = f"{stage.name}: draw {', '.join(draw.ids)}"
        for variable, wire in () if supplied.issuperset(draw.given) else draw.given:
            if isinstance(wire, Constant):
                continue
            if wire not in known:
                yield f"{where}: reads {wire} before it is drawn"
            elif known[wire] != variable:
                yield f"{where}: {wire} is a value of {known[wire]}, not of {variable}"
        if draw.fit.data and len(set(draw.fit.variables)) < len(draw.fit.variables):
            yield f"{where}: a variable stands twice"
        yield from _source_faults(draw, where, earlier, network)
        for variable, id in draw.outputs:
            if id in known:
                yield f"{where}: the id {id} is taken"
            known[id] = variable
            supplied.add((variable, id))
    unread = set(stage.world.variables if stage.world else ()) - set(stage.input_variables)
    if unread:
        yield f"{stage.name}: {', '.join(sorted(unread))} is set in its world, but not among the inputs"
    for variable, id in stage.outputs:
        if known.get(id) != variable:
            yield f"{stage.name}: output {variable} is not {id}"


def _source_faults(
    draw: Draw, where: str, earlier: dict[str, Stage], network: SamplingNetwork
) -> Iterator[str]:
    """What is wrong with what a draw is from: it is declared, and has what the draw needs."""
    source, home = draw.source, draw.fit.data
    if draw.picked and (home is None or not draw.given):
        yield f"{where}: only rows of a data set are picked, by their conditions"
    if home is not None:
        if home not in network.data:
            yield f"{where}: no data set {home.name} is declared"
        yield from _row_faults(draw, where, network)
        return
    if isinstance(source, Policy):
        read = tuple(event.variable for event in source.reads)
        if tuple(variable for variable, _ in draw.given) != read or len(draw.outputs) != 1:
            yield f"{where}: the policy {source.name} sets one variable and reads {', '.join(read)}"
        return
    assert draw.interim is not None
    inner = earlier.get(draw.interim)
    if inner is None:
        yield f"{where}: no earlier stage is named {draw.interim}"
    elif Counter(draw.fit.variables) - Counter(name for name, _ in (*inner.inputs, *inner.outputs)):
        yield f"{where}: {inner.name} does not have all of {', '.join(draw.fit.variables)}"


def _row_faults(draw: Draw, where: str, network: SamplingNetwork) -> Iterator[str]:
    """What is wrong with the rows of a draw: each shows every column that the draw reads, and no others exist."""
    rows, data = draw.fit.rows, draw.fit.data
    if data is not None and draw.source != rows_from(data, rows):
        yield f"{where}: all rows of a data set are the data set itself"
    holes = NO_HOLES if data is None else network.holes.of(data.name)
    if hidden := set(draw.fit.variables) & holes.columns - set(rows.shows):
        yield f"{where}: its rows need not show {', '.join(sorted(hidden))}"
    if strange := set(rows.shows) - holes.columns:
        yield f"{where}: {', '.join(sorted(strange))} has no holes"
    if strange := indicators_read(rows) - holes.keys():
        yield f"{where}: {', '.join(sorted(strange))} is no indicator"
