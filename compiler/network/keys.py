"""When two fits are one: keys that say what a generator is made of, whatever stages are called."""

from __future__ import annotations

import json
from hashlib import blake2b
from typing import Any

from .ir import Data, Fit, Folded, SamplingNetwork, Source


def content_hash(value: Any) -> str:
    """A hash of JSON values, 32 hexadecimal digits.

    >>> content_hash({"a": 1, "b": 2}) == content_hash({"b": 2, "a": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def fit_key(network: SamplingNetwork, fit: Fit) -> str:
    """A hash of target, conditions and source, with the program of an interim stage in place of its name."""
    return content_hash([fit.target, fit.given, source_key(network, fit.source)])


def source_key(network: SamplingNetwork, source: Source) -> str:
    """A hash of where rows come from: a data set's tag, or the program of a stage."""
    if isinstance(source, Data):
        return content_hash(["data", source.tag])
    stage = network.stage(source.stage)
    rows = [[] if d.row is None else [d.row] for d in stage.draws]
    draws = [
        [d.id, d.variable, d.given, source_key(network, d.source), *row]
        for d, row in zip(stage.draws, rows, strict=True)
    ]
    kind = "folded" if isinstance(source, Folded) else "stage"
    return content_hash([kind, stage.inputs, draws, stage.outputs])
