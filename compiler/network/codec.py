"""Sampling networks as JSON values, and back."""

from __future__ import annotations

from typing import Any

from .ir import Data, Draw, Folded, SamplingNetwork, Simulated, Source, Stage
from .verify import InvalidNetworkError, verify


def network_to_json(network: SamplingNetwork) -> dict[str, Any]:
    """A network as JSON values.

    >>> stage = Stage("answer", (), (Draw("y", "y"),), (("y", "y"),))
    >>> network = SamplingNetwork(("y",), (), (), (stage,))
    >>> network_from_json(network_to_json(network)) == network
    True
    """
    return {
        "outcomes": list(network.outcomes),
        "interventions": list(network.interventions),
        "conditions": list(network.conditions),
        "stages": [_stage_to_json(stage) for stage in network.stages],
    }


def network_from_json(data: Any) -> SamplingNetwork:
    """The network that `network_to_json` wrote, verified.

    Raises:
        ValueError: If the values are not those of a sound network.
    """
    try:
        outcomes, interventions, conditions = (
            _texts(data[key]) for key in ("outcomes", "interventions", "conditions")
        )
        stages = tuple(_stage_from_json(stage) for stage in data["stages"])
        return verify(SamplingNetwork(outcomes, interventions, conditions, stages))
    except KeyError as error:
        raise ValueError(f"the network has no {error}") from None
    except (IndexError, TypeError, InvalidNetworkError) as error:
        raise ValueError(f"the network is not sound: {error}") from None


def _stage_to_json(stage: Stage) -> dict[str, Any]:
    draws = [
        {
            "id": draw.id,
            "variable": draw.variable,
            "given": [list(pair) for pair in draw.given],
            "source": _source_to_json(draw.source),
            **({} if draw.row is None else {"row": draw.row}),
        }
        for draw in stage.draws
    ]
    outputs = [list(pair) for pair in stage.outputs]
    fixed = {} if stage.fixed is None else {"fixed": list(stage.fixed)}
    return {"name": stage.name, "inputs": list(stage.inputs), "draws": draws, "outputs": outputs, **fixed}


def _stage_from_json(data: Any) -> Stage:
    draws = tuple(
        Draw(
            _text(d["id"]),
            _text(d["variable"]),
            _pairs(d["given"]),
            _source_from_json(d["source"]),
            _text(d["row"]) if "row" in d else None,
        )
        for d in data["draws"]
    )
    fixed = _texts(data["fixed"]) if "fixed" in data else None
    return Stage(_text(data["name"]), _texts(data["inputs"]), draws, _pairs(data["outputs"]), fixed)


def _source_to_json(source: Source) -> dict[str, str]:
    match source:
        case Data(tag):
            return {"data": tag}
        case Simulated(stage):
            return {"stage": stage}
        case Folded(stage):
            return {"folded": stage}


def _source_from_json(data: Any) -> Source:
    if "folded" in data:
        return Folded(_text(data["folded"]))
    return Data(_text(data["data"])) if "data" in data else Simulated(_text(data["stage"]))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a name")
    return value


def _texts(values: Any) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(f"{values!r} is not a list")
    return tuple(_text(value) for value in values)


def _pairs(values: Any) -> tuple[tuple[str, str], ...]:
    pairs = []
    for value in values:
        first, second = _texts(value) if len(value) == 2 else ((), ())
        pairs.append((_text(first), _text(second)))
    return tuple(pairs)
