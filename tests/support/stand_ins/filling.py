"""A generator of someone's own model, as it stands in a network's place."""

from __future__ import annotations

from typing import Any

from dofx.runtime.foreign.foreign import Filling, Place
from dofx.runtime.variables import parse_type


def generator_of(filling: Filling, target: str, **given: str) -> Any:
    types = {name: parse_type(text) for name, text in given.items()}
    return filling.fill(Place("P(y | …)", "y", parse_type(target), types))
