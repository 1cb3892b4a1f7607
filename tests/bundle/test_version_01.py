"""What dofx 0.1 wrote: estimands and networks are read, and a bundle is refused with what to do."""

import json
from pathlib import Path

import pytest

import dofx
from dofx.compiler.printers.network.text import parse_network

SAVED = Path(__file__).parents[1] / "support/version_01"
FRONT_DOOR = dofx.identify("P(y | do(x))", "x -> m -> y; x <-> y").estimand


def test_an_estimand_is_read() -> None:
    assert dofx.Estimand.from_json(json.loads((SAVED / "estimand.json").read_text("utf-8"))) == FRONT_DOOR


def test_a_network_is_read() -> None:
    network = parse_network((SAVED / "network.txt").read_text("utf-8"))
    sampler = dofx.compile("P(y | do(x))", "x -> m -> y; x <-> y")
    assert isinstance(sampler, dofx.Sampler)
    assert network == sampler.network


def test_a_bundle_is_refused_with_what_to_do() -> None:
    with pytest.raises(dofx.DofxError, match="earlier dofx") as error:
        dofx.load(SAVED / "bundle")
    assert [fault.code for fault in error.value.diagnostics] == ["E0602"]
    assert "fit and save again" in str(error.value)
