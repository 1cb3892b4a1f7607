"""Bundles that somebody edited, checksums included, and folders that several use at once."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load as load_weights
from safetensors.torch import save as weights_of

import dofx
from dofx import Sampler
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.bundle.bundle import _body_hash

Edit = Callable[[Any], object]
NESTED: Any = json.loads("[" * 60 + "]" * 60)


def fitted(seed: int) -> Sampler:
    rng = np.random.default_rng(0)
    rows = {"x": rng.random(60) < 0.5, "m": rng.normal(size=60), "y": rng.normal(size=(60, 2))}
    return dofx.compile("P(y | do(x))", "x -> m -> y; x <-> y").fit(rows, epochs=1, seed=seed, progress=False)


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    return fitted(0)


def edited(sampler: Sampler, folder: Path, edit: Edit) -> Path:
    sampler.save(folder)
    body = json.loads((folder / "bundle.json").read_text())
    del body["sha256"]
    edit(body)
    (folder / "bundle.json").write_text(json.dumps({**body, "sha256": _body_hash(body)}))
    return folder


def put(value: Any, *path: Any) -> Edit:
    """An edit of one place; it says where when it is printed."""

    def edit(body: Any) -> None:
        for step in path[:-1]:
            body = body[step]
        body[path[-1]] = value

    edit.__name__ = ".".join(map(str, path))
    return edit


def test_types_that_are_larger_than_weights_come_back(tmp_path: Path) -> None:
    """Long texts, of which a generator keeps nothing, and a long vector beside which others come from real rows."""
    rng = np.random.default_rng(0)
    rows = {
        "v": rng.random((9, 70_000)),
        "a": rng.random(9),
        "x": rng.random(9),
        "t": ["dry cough", "", "ok"] * 3,
    }
    types = {"t": "text(300000)"}
    sampler = dofx.compile("P(t, v, a | do(x))", "v -> a; v -> x; a -> x; x -> t", variables=types)
    sampler.fit(rows, epochs=1, progress=False).save(tmp_path)
    assert {"text", "rows"} <= {record.family for record in sampler.report or ()}
    drawn = [which.sample(4, do={"x": 0.5}, seed=0) for which in (sampler, dofx.load(tmp_path))]
    assert all(torch.equal(drawn[0][name], drawn[1][name]) for name in "tva")


@pytest.mark.parametrize(
    "edit",
    [
        put(None, "weights"),
        put({}, "weights"),
        put("../../etc/passwd", "weights", "file"),
        put("weights-" + "a" * 300 + ".safetensors", "weights", "file"),
        put(5, "weights", "file"),
        put(["m"], "query", "outcomes"),
        put([[]], "query", "interventions"),
        put([["nobody", 1]], "query", "values"),
        put([["x", NESTED]], "query", "values"),
        put("a -> b", "origin", "graph"),
        put({"row": "much"}, "origin", "weights"),
        put(1.5, "report", 0, "fit"),
        put({}, "report", 1, "report", "rows"),
        put("good", "report", 1, "report", "score"),
        put("real(1000000000)", "generators", 1, "target"),
        put(["real"], "generators", 1, "given"),
        put({}, "generators", 1, "given"),
        put([10**9], "generators", 1, "options", "hidden"),
        put([-1], "generators", 1, "options", "hidden"),
        put("category(1000000000)", "types", "x"),
        put("rows", "generators", 2, "family"),
        put([], "generators"),
        put([], "network", "stages"),
    ],
    ids=lambda edit: edit.__name__,
)
def test_an_edited_manifest_makes_no_sense(sampler: Sampler, edit: Edit, tmp_path: Path) -> None:
    """It is refused on loading, not by a traceback there, nor later by what reads of it."""
    with pytest.raises(DofxError) as raised:
        dofx.load(edited(sampler, tmp_path, edit))
    assert raised.value.diagnostics[0].code in ("E0605", "E0608")


def test_a_manifest_that_is_nested_without_end_is_damaged(sampler: Sampler, tmp_path: Path) -> None:
    sampler.save(tmp_path)
    (tmp_path / "bundle.json").write_text('{"format": ' * 100_000)
    with pytest.raises(DofxError) as raised:
        dofx.load(tmp_path)
    assert raised.value.diagnostics[0].code == "E0604"


def test_weights_of_another_kind_are_refused(sampler: Sampler, tmp_path: Path) -> None:
    """They used to be taken, rounded to whole numbers."""
    sampler.save(tmp_path)
    (path,) = tmp_path.glob("*.safetensors")
    content = weights_of({name: tensor.long() for name, tensor in load_weights(path.read_bytes()).items()})
    edited(sampler, tmp_path, put(sha256(content).hexdigest(), "weights", "sha256"))
    path.write_bytes(content)
    with pytest.raises(DofxError) as raised:
        dofx.load(tmp_path)
    assert raised.value.diagnostics[0].code == "E0608"
    assert "another kind" in raised.value.diagnostics[0].notes[0]


def test_those_who_save_and_load_at_once_wait_for_each_other(sampler: Sampler, tmp_path: Path) -> None:
    """One used to sweep away what the other was writing."""
    other = fitted(1)
    sampler.save(tmp_path)
    saves = [which.save for which in (sampler, other) for _ in range(20)]
    expected = [which.sample(5, do={"x": True}, seed=0)["y"].tolist() for which in (sampler, other)]
    with ThreadPoolExecutor(6) as pool:
        saved = [pool.submit(save, tmp_path) for save in saves]
        loaded = [pool.submit(dofx.load, tmp_path) for _ in range(20)]
        assert [done.result() for done in saved] == [None] * len(saves)
        for done in loaded:
            assert done.result().sample(5, do={"x": True}, seed=0)["y"].tolist() in expected
    assert len(list(tmp_path.iterdir())) == 2
