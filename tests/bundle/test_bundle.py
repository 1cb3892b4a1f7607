"""Bundles: the same sampler comes back, each damage is named, and a kill loses nothing."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import dofx
from dofx.compiler.model.query import Query
from dofx.compiler.printers.network.json import network_from_json, network_to_json
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.grammar.edge.outputs import TEMPORARY
from dofx.runtime.bundle.bundle import load
from dofx.runtime.sampler import Sampler
from models.worlds import FRONT_DOOR, NAPKIN, front_door_rows, napkin_rows
from stand_ins.stubs import Softmax


@pytest.fixture(scope="module")
def napkin() -> Sampler:
    rows, _ = napkin_rows(2_000)
    return Sampler(NAPKIN, query=Query.of(("y",), ("x",), (), {"x": 1})).fit(rows)


@pytest.fixture
def folder(napkin: Sampler, tmp_path: Path) -> Path:
    napkin.save(tmp_path / "bundle")
    return tmp_path / "bundle"


def code(error: pytest.ExceptionInfo[DofxError]) -> str:
    (found,) = error.value.diagnostics
    return found.code


def rewrite(folder: Path, **changes: object) -> None:
    """Change a bundle's manifest, checksum included."""
    from dofx.runtime.bundle.bundle import _body_hash

    body = json.loads((folder / "bundle.json").read_text())
    del body["sha256"]
    body.update(changes)
    (folder / "bundle.json").write_text(json.dumps({**body, "sha256": _body_hash(body)}))


def test_round_trip(napkin: Sampler, folder: Path) -> None:
    back = load(folder)
    assert back.network == napkin.network
    assert back.query == napkin.query
    assert back.types == napkin.types
    assert back.report == napkin.report
    assert torch.equal(back.sample(500, seed=1)["y"], napkin.sample(500, seed=1)["y"])
    np.testing.assert_array_equal(back.distribution().array(), napkin.distribution().array())
    assert sorted(p.suffix for p in folder.iterdir()) == [".json", ".safetensors"]


def test_few_real_rows_come_back(tmp_path: Path) -> None:
    """Fewer than a generator of rows would keep."""
    values = np.random.default_rng(0).normal(size=50)
    sampler = dofx.compile("P(z)", "z -> y").fit({"z": values, "y": values})
    assert [record.family for record in sampler.report or ()] == ["rows"]
    sampler.save(tmp_path)
    assert torch.equal(load(tmp_path).sample(9, seed=1)["z"], sampler.sample(9, seed=1)["z"])


@pytest.mark.parametrize(
    ("query", "graph", "options"),
    [
        ("P(y | do(x = 1))", "x -> m -> y; x <-> y", {}),
        ("P(y | do(x))", "z -> {x, y}; x -> m -> y", {"avoid": ["z"]}),
        ("P(y | do(x))", 'z -> {x, y}; x -> m -> y; "not measured" -> m', {"weights": {"row": 100}}),
        ("P(y | do(x))", "x -> m -> y; x <-> y", {"variables": {"x": "category(2)", "m": "real"}}),
    ],
)
def test_a_bundle_knows_its_proof(query: str, graph: str, options: dict[str, Any], tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = {name: rng.integers(0, 2, 200) for name in "xzmy"}
    sampler = dofx.compile(query, graph, **options).fit(rows)
    sampler.save(tmp_path)
    back = load(tmp_path)
    assert back.compilation is None
    assert back.origin == sampler.origin
    told = str(back.explanation(judged=False))
    assert "Derivation" in told
    assert "alternative" in told
    assert told == str(sampler.explanation(judged=False))


def test_a_proof_is_given_only_for_the_network_that_it_proves(tmp_path: Path) -> None:
    """Not of one that other passes made, nor where a bundle is from before they knew their origin."""
    rng = np.random.default_rng(0)
    rows = {name: rng.integers(0, 2, 200) for name in "wrxy"}
    graph, types = "w -> r -> x -> y; x <-> w <-> y", dict.fromkeys("wrxy", "category(2)")
    sampler = dofx.compile("P(y | do(x))", graph, variables=types, passes=[]).fit(rows)
    assert "Derivation" in sampler.explain()
    sampler.save(tmp_path)
    other = load(tmp_path)
    assert other.origin is not None
    assert "Derivation" not in other.explain()
    rewrite(tmp_path, origin=None)
    old = load(tmp_path)
    assert old.origin is None
    assert "lower" in old.explain()
    assert "Derivation" not in old.explain()


def test_networks_survive_json() -> None:
    for network in (FRONT_DOOR, NAPKIN):
        assert network_from_json(json.loads(json.dumps(network_to_json(network)))) == network
    broken = network_to_json(NAPKIN)
    broken["stages"] = broken["stages"][1:]
    with pytest.raises(ValueError, match="no earlier stage is named Q₁"):
        network_from_json(broken)


def test_saving_again_replaces_the_bundle(napkin: Sampler, folder: Path) -> None:
    rows, _ = napkin_rows(2_000, seed=8)
    other = Sampler(NAPKIN).fit(rows)
    other.save(folder)
    assert len(list(folder.iterdir())) == 2
    np.testing.assert_array_equal(load(folder).distribution().array(), other.distribution().array())


@pytest.mark.parametrize("writes", [0, 1])
def test_a_save_that_is_killed_leaves_the_old_bundle(
    napkin: Sampler, folder: Path, writes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before either of the two renames that a save makes."""
    rows, _ = napkin_rows(2_000, seed=8)
    other = Sampler(NAPKIN).fit(rows)
    renames = []
    rename = Path.replace

    def dying(self: Path, target: Path) -> Path:
        if len(renames) == writes:
            raise KeyboardInterrupt
        renames.append(target)
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", dying)
        patch.setattr(Path, "unlink", lambda self, missing_ok=False: None)  # a kill cleans nothing up
        with pytest.raises(KeyboardInterrupt):
            other.save(folder)
    assert torch.equal(load(folder).sample(100, seed=0)["y"], napkin.sample(100, seed=0)["y"])
    other.save(folder)
    assert len(list(folder.iterdir())) == 2
    assert not list(folder.glob(f"*{TEMPORARY}"))


def test_a_first_save_that_is_killed_is_reported_as_such(folder: Path) -> None:
    (folder / "bundle.json").unlink()
    with pytest.raises(DofxError, match="cut short") as error:
        load(folder)
    assert code(error) == "E0601"


def test_not_a_bundle(tmp_path: Path) -> None:
    with pytest.raises(DofxError) as error:
        load(tmp_path / "nowhere")
    assert code(error) == "E0601"
    (tmp_path / "bundle.json").write_text('{"name": "something else"}')
    with pytest.raises(DofxError) as error:
        load(tmp_path)
    assert code(error) == "E0601"


def test_a_newer_version(folder: Path) -> None:
    rewrite(folder, version=99)
    with pytest.raises(DofxError, match="newer dofx") as error:
        load(folder)
    assert code(error) == "E0602"


def test_an_earlier_version(folder: Path) -> None:
    rewrite(folder, version=1)
    with pytest.raises(DofxError, match="earlier dofx") as error:
        load(folder)
    assert code(error) == "E0602"
    assert "fit and save again" in str(error.value)


def test_a_missing_file(folder: Path) -> None:
    next(folder.glob("*.safetensors")).unlink()
    with pytest.raises(DofxError) as error:
        load(folder)
    assert code(error) == "E0603"


@pytest.mark.parametrize("name", ["bundle.json", "*.safetensors"])
@pytest.mark.parametrize("damage", ["truncate", "flip"])
def test_damage(folder: Path, name: str, damage: str) -> None:
    path = next(folder.glob(name))
    content = bytearray(path.read_bytes())
    if damage == "truncate":
        content = content[: len(content) // 2]
    else:
        content[-40] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(DofxError) as error:
        load(folder)
    assert code(error) == "E0604"


@pytest.mark.parametrize(
    "changes",
    [
        {"network": {}},
        {"network": 3},
        {"generators": []},
        {"generators": [{"family": "table"}] * 4},
        {"generators": [{"family": "no such family"}] * 4},
        {"types": {"x": "bool"}},
        {"types": {"x": "bogus"}},
        {"query": None},
        {"report": [{}]},
        {"trace": [["x"]]},
    ],
)
def test_sense_is_checked(folder: Path, changes: dict[str, object]) -> None:
    rewrite(folder, **changes)
    with pytest.raises(DofxError) as error:
        load(folder)
    assert code(error) == "E0605"


def test_a_folder_of_other_things_is_left_alone(napkin: Sampler, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("…")
    with pytest.raises(DofxError) as error:
        napkin.save(tmp_path)
    assert code(error) == "E0606"
    with pytest.raises(DofxError) as error:
        napkin.save(tmp_path / "thesis.tex")
    assert code(error) == "E0606"
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_modules_of_ones_own_come_back_when_passed(tmp_path: Path) -> None:
    rows, _ = front_door_rows(500)
    sampler = Sampler(FRONT_DOOR).fit(rows, generators={"y": Softmax([2, 3, 2])})
    sampler.save(tmp_path / "bundle")
    with pytest.raises(DofxError, match=r"generators=\{\"P\(y \| x, z\)\"") as error:
        load(tmp_path / "bundle")
    assert code(error) == "E0607"
    back = load(tmp_path / "bundle", generators={"P(y | x, z)": Softmax([2, 3, 2])})
    np.testing.assert_array_equal(back.distribution().array(), sampler.distribution().array())


def test_equal_fits_have_equal_manifests_but_for_how_they_ran(tmp_path: Path) -> None:
    rows = {"x": [0, 1] * 40, "y": np.random.default_rng(0).normal(size=80)}
    bodies, said = [], []
    for name in ("first", "second", "kept"):
        sampler = dofx.compile("P(y | do(x))", "x -> y")
        sampler.fit(rows, epochs=2, progress=False, cache=tmp_path / ("a" if name == "first" else "b"))
        sampler.save(tmp_path / name)
        body = json.loads((tmp_path / name / "bundle.json").read_text())
        said.append(body.pop("run"))
        bodies.append(body)
        loaded = dofx.load(tmp_path / name)
        assert str(loaded.report) == str(sampler.report)
    assert bodies[0] == bodies[1] == bodies[2]
    assert [[fit["reused"] for fit in run] for run in said] == [[False], [False], [True]]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_weights_that_compute_nothing_are_refused(tmp_path: Path, bad: float) -> None:
    rows = {"x": [0, 1] * 40, "y": np.random.default_rng(0).normal(size=80)}
    sampler = dofx.compile("P(y | do(x))", "x -> y").fit(rows, epochs=1, progress=False)
    with torch.no_grad():
        next(sampler.module.parameters()).view(-1)[0] = bad
    sampler.save(tmp_path / "bundle")
    with pytest.raises(DofxError, match=r"in the generator of P\(y \| x\), .* holds") as error:
        dofx.load(tmp_path / "bundle")
    assert error.value.diagnostics[0].code == "E0605"
