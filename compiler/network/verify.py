"""The verifier of sampling networks, run at stage borders always and around every pass in tests."""

from __future__ import annotations

from collections.abc import Iterator

from .ir import SamplingNetwork, Simulated, Stage


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


def _stage_faults(stage: Stage, earlier: dict[str, Stage]) -> Iterator[str]:
    known = {name: name for name in stage.inputs}
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
        if isinstance(draw.source, Simulated):
            inner = earlier.get(draw.source.stage)
            if inner is None:
                yield f"{where}: no earlier stage is named {draw.source.stage}"
            elif set(variables) - {*inner.inputs, *dict(inner.outputs)}:
                yield f"{where}: {inner.name} does not have all of {', '.join(variables)}"
        known[draw.id] = draw.variable
    unread = set(stage.fixed or ()) - set(stage.inputs)
    if unread:
        yield f"{stage.name}: {', '.join(sorted(unread))} is fixed, but not among the inputs"
    for variable, id in stage.outputs:
        if known.get(id) != variable:
            yield f"{stage.name}: output {variable} is not {id}"
