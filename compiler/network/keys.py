"""Keys that identify a generator by its inputs, independent of the names of stages, so that equal fits are found."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any, assert_never

from .ir import DataSet, Fit, Folded, Policy, SamplingNetwork, Simulated, SomeRows, Source, Wires


def content_hash(value: Any) -> str:
    """A hash of JSON values, 32 hexadecimal digits.

    >>> content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def fit_key(network: SamplingNetwork, fit: Fit) -> str:
    """A hash of targets, conditions and source, with the program of an interim stage in place of its name."""
    return content_hash([_shown(fit.targets), fit.given, *_made(network, fit)])


def source_key(network: SamplingNetwork, source: Source) -> str:
    """A hash of the source of rows: the name of a data set or policy, or the program of a stage."""
    match source:
        case DataSet(name):
            return content_hash(["data", name])
        case SomeRows(data, rows):
            return content_hash(["rows", data.name, repr(rows)])
        case Policy(name):
            return content_hash(["policy", name])
        case Simulated(name):
            kind = "stage"
        case Folded(name):
            kind = "folded"
        case _:
            assert_never(source)
    stage = network.stage(name)
    draws = [
        [_shown(d.ids), _shown(d.variables), _wires(d.given), *_made(network, d.fit)] for d in stage.draws
    ]
    inputs = [id if id == variable else [variable, id] for variable, id in stage.inputs]
    return content_hash([kind, inputs, draws, stage.outputs])


def _made(network: SamplingNetwork, fit: Fit) -> list[str]:
    """The source of a fit, and whether its values are taken from real rows that have the conditions."""
    return [source_key(network, fit.source), *(["picked"] if fit.picked else [])]


def _wires(given: Wires) -> list[Any]:
    """Wires as JSON values: an id as it is, a constant in a list."""
    return [[variable, wire if isinstance(wire, str) else [wire.value]] for variable, wire in given]


def _shown(names: tuple[str, ...]) -> str | tuple[str, ...]:
    """A single name as plain text, so that the keys of fits of one variable are the same as in earlier versions."""
    return names[0] if len(names) == 1 else names
