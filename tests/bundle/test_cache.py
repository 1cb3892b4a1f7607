"""The cache: after an edit only what is new is trained, damage costs a training, and processes may share a folder."""

import errno
import subprocess
import sys
import textwrap
import warnings
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import dofx
from dofx.compiler.program import program_of, questions
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.compile import types_of
from dofx.runtime.families import Noise
from dofx.runtime.families.recipes import module_recipe
from dofx.runtime.families.softmax import SoftmaxGenerator
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.fitting import cache
from dofx.runtime.foreign import from_function
from dofx.runtime.program import CompiledProgram
from dofx.runtime.sampler import Sampler
from dofx.runtime.training import checkpoint
from dofx.runtime.training.checkpoint import DamagedEntryWarning
from dofx.runtime.training.settings import FitReport, FitSettings
from dofx.runtime.variables import Finite, Real
from models.worlds import FRONT_DOOR, NAPKIN, front_door_rows, napkin_rows
from stand_ins.stubs import Probit

ROWS, _ = front_door_rows(500)
ROWS = {**ROWS, "a": ROWS["z"] % 2, "b": 1 - ROWS["x"]}
GRAPH = "x -> z -> y; x <-> y; y -> a"
RISK = "query risk = P(y | do(x))"


def fit(graph: str, *text: str, cache: Path, rows: dict[str, np.ndarray] = ROWS) -> dict[str, bool]:
    """What fitting a program says of each generator: whether it was kept."""
    asked = questions(program_of(f"graph {{ {graph} }} {' '.join(text)}"))
    program = CompiledProgram(asked, types_of(asked.types, asked.graph.nodes)).fit(rows, cache=cache)
    return {record.fit: record.reused for record in program.report or ()}


def test_a_query_that_joins_a_program_trains_only_what_it_adds(tmp_path: Path) -> None:
    assert not any(fit(GRAPH, RISK, cache=tmp_path).values())
    again = fit(GRAPH, RISK, "query age = P(a | do(x))", cache=tmp_path)
    assert {text for text, kept in again.items() if not kept} == {"P(a | x, z)"}
    effect = fit(GRAPH, "effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]", cache=tmp_path)
    assert all(effect.values())


def test_an_edit_of_the_graph_trains_only_what_it_changes(tmp_path: Path) -> None:
    first = fit(GRAPH, RISK, cache=tmp_path)
    assert fit(f"{GRAPH}; b -> a; z -> a; b <-> a", RISK, cache=tmp_path) == dict.fromkeys(first, True)
    changed = fit(f"{GRAPH}; b -> {{z, y}}", RISK, cache=tmp_path)
    assert {text for text, kept in changed.items() if kept} == {"P(x)"}


class Steps(nn.Module):
    """A generator of one's own with an option that no weight shows."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.noise, self.steps = Noise((), "normal"), steps
        self.register_buffer("taken", torch.zeros(()))

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        return noise + cast(Tensor, self.taken)

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
        self.taken = torch.tensor(float(self.steps))
        return FitReport(None, 1, len(target), 0.0)


class Longer(Steps):
    """The same, with other code."""

    def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
        self.taken = torch.tensor(100.0)
        return FitReport(None, 1, len(target), 0.0)


def test_a_generator_of_one_s_own_is_kept_under_its_options_and_its_code(tmp_path: Path) -> None:
    def taken(module: nn.Module) -> float:
        rows = {"x": ROWS["x"], "y": np.linspace(0, 1, 500)}
        sampler = dofx.compile("P(y | do(x))", "x -> y")
        sampler.fit(rows, generators={"y": module}, cache=tmp_path, progress=False)
        return float(sampler.module.state_dict()["generators.y_given_x.taken"])

    assert [taken(Steps(3)), taken(Steps(3)), taken(Steps(7))] == [3, 3, 7]
    edited = type("Steps", (Longer,), {"__module__": Steps.__module__, "__qualname__": Steps.__qualname__})
    assert taken(edited(3)) == 100


def test_a_full_disk_loses_no_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where a finished generator is kept, nor an image's on its way."""
    rows = {"x": ROWS["x"][:60], "y": np.random.default_rng(0).normal(size=(60, 1, 4, 4))}

    def fitted(**options: Any) -> Sampler:
        sampler = dofx.compile("P(y | do(x))", "x -> y")
        return sampler.fit(rows, epochs=2, progress=False, **options)

    def full(path: Path, content: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    for module in (cache, checkpoint):
        monkeypatch.setattr(module, "write_atomically", full)
    monkeypatch.setattr(checkpoint.Checkpoint, "due", True)
    with pytest.warns(
        checkpoint.UnkeptWarning, match=r"cannot be written \(no space left on device\)"
    ) as told:
        sampler = fitted(cache=tmp_path)
    assert {str(warning.message).split("`")[1].rpartition(".")[2] for warning in told} == {
        "part",
        "safetensors",
    }
    assert torch.equal(
        sampler.sample(5, do={"x": 0}, seed=0)["y"], fitted().sample(5, do={"x": 0}, seed=0)["y"]
    )


def test_only_columns_that_are_read_count(tmp_path: Path) -> None:
    first = fit(GRAPH, RISK, cache=tmp_path)
    assert all(fit(GRAPH, RISK, cache=tmp_path, rows={**ROWS, "a": 1 - ROWS["a"]}).values())
    z = ROWS["z"].copy()
    z[0] = (z[0] + 1) % 3
    changed = fit(GRAPH, RISK, cache=tmp_path, rows={**ROWS, "z": z})
    assert {text for text, kept in changed.items() if kept} == {text for text in first if "z" not in text}


def test_another_family_for_one_variable_trains_that_one(tmp_path: Path) -> None:
    sampler = dofx.compile("P(y | do(x))", "x -> z -> y; x <-> y")
    sampler.fit(ROWS, cache=tmp_path)
    sampler.fit(ROWS, cache=tmp_path, generators={"z": "softmax"}, epochs=None)
    assert [record.fit for record in sampler.report or () if not record.reused] == ["P(z | x)"]


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "foreign"])
def test_a_damaged_entry_is_trained_again_with_a_warning(tmp_path: Path, damage: str) -> None:
    Sampler(FRONT_DOOR).fit(ROWS, cache=tmp_path)
    first = sorted(tmp_path.iterdir())[0]
    content = bytearray(first.read_bytes())
    content[-3] ^= 1
    broken = {"cut": content[:40], "flipped": content, "empty": b"", "foreign": b"\x00" * 100}[damage]
    first.write_bytes(bytes(broken))
    with pytest.warns(DamagedEntryWarning, match="is trained again"):
        again = Sampler(FRONT_DOOR).fit(ROWS, cache=tmp_path)
    assert sum(record.reused for record in again.report or ()) == 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert all(r.reused for r in Sampler(FRONT_DOOR).fit(ROWS, cache=tmp_path).report or ())


@pytest.mark.parametrize("damage", ["cut", "flipped", "number", "empty", "foreign"])
def test_a_training_that_was_kept_damaged_starts_again_with_a_warning(tmp_path: Path, damage: str) -> None:
    """One changed bit used to be trained on, and the result kept as if nothing had happened."""
    path = tmp_path / "address.part"
    kept = checkpoint.Checkpoint(path)
    kept.write({"live.0": torch.ones(8)}, {"epoch": 3, "score": -1.5})
    tensors, numbers = kept.read() or ({}, {})
    assert torch.equal(tensors["live.0"], torch.ones(8))
    assert numbers == {"epoch": 3, "score": -1.5}
    content = path.read_bytes()
    flipped = bytearray(content)
    flipped[-3] ^= 1
    number = content.replace(b'epoch\\": 3', b'epoch\\": 2')
    broken = {
        "cut": content[:40],
        "flipped": flipped,
        "number": number,
        "empty": b"",
        "foreign": b"\x00" * 100,
    }
    assert broken[damage] != content
    path.write_bytes(bytes(broken[damage]))
    with pytest.warns(DamagedEntryWarning, match="its training starts again"):
        assert kept.read() is None


@pytest.mark.parametrize(
    ("place", "reason"),
    [("file", "file exists"), ("file/kept", "not a directory"), ("shut", "permission denied")],
)
def test_a_folder_that_cannot_be_used_is_reported_before_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, reason: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "shut").mkdir(0o500)

    def refuse(dir: Path) -> None:  # whoever runs the tests may be allowed everything
        raise PermissionError(13, "Permission denied", str(dir / "tmp0"))

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    monkeypatch.setattr("dofx.runtime.fitting.fit.run_jobs", None)
    with pytest.raises(DofxError) as error:
        Sampler(FRONT_DOOR).fit(ROWS, cache=tmp_path / place)
    (found,) = error.value.diagnostics
    assert (found.code, found.notes) == ("E0801", (reason,))
    assert found.title.startswith(f"`{tmp_path / place}`")


def test_a_full_folder_need_not_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Sampler(FRONT_DOOR).fit(ROWS, cache=tmp_path)
    monkeypatch.setattr("tempfile.TemporaryFile", None)
    assert all(record.reused for record in Sampler(FRONT_DOOR).fit(ROWS, cache=tmp_path).report or ())


def test_what_hangs_on_a_model_from_elsewhere_has_no_unfinished_file(tmp_path: Path) -> None:
    """It has no address, and under another's it would go on from another training."""
    seen: dict[str, Path | None] = {}

    class Seeing(Probit):
        def fit(self, target: Tensor, given: Sequence[Tensor], settings: FitSettings) -> FitReport:
            seen[self.name] = settings.checkpoint
            return super().fit(target, given, settings)

        def __init__(self, name: str, conditions: int) -> None:
            super().__init__(conditions)
            self.name = name

    elsewhere = from_function(lambda noise, given: given["r"], noise="uniform")
    generators = {
        "P(x | w, r)": elsewhere,
        "P(y | w, r, x)": Seeing("direct", 3),
        "Q₁(y | x)": Seeing("refit", 1),
    }
    rows, _ = napkin_rows(200)
    Sampler(NAPKIN).fit(rows, generators=generators, cache=tmp_path, simulated_rows=100)
    assert seen["direct"] is not None
    assert seen["direct"].parent == tmp_path
    assert seen["refit"] is None


def test_the_layout_of_a_family_is_part_of_the_address(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sampler(FRONT_DOOR).fit(ROWS, cache=tmp_path)
    monkeypatch.setattr(TableGenerator, "layout", TableGenerator.layout + 1)
    assert not any(record.reused for record in Sampler(FRONT_DOOR).fit(ROWS, cache=tmp_path).report or ())


def test_how_a_family_trains_is_part_of_the_address(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = SoftmaxGenerator(Finite((0, 1)), [Real()])
    before = module_recipe(generator)
    monkeypatch.setattr(SoftmaxGenerator, "recipe", replace(SoftmaxGenerator.recipe, learning_rate=0.5))
    assert module_recipe(generator) != before
    assert "recipes" not in module_recipe(TableGenerator(Finite((0, 1)), []))


@pytest.mark.long
def test_processes_may_share_a_folder(tmp_path: Path) -> None:
    program = f"""
        import sys
        sys.path.insert(0, {str(Path(__file__).parents[1] / "support")!r})
        from models.worlds import FRONT_DOOR, front_door_rows
        from dofx.runtime.sampler import Sampler
        rows, _ = front_door_rows(500)
        sys.stdin.readline()
        for seed in range(4):
            Sampler(FRONT_DOOR).fit(rows, cache={str(tmp_path)!r}, seed=seed)
    """
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program)]
    both = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    for process in both:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in both:
        _, errors = process.communicate(timeout=120)
        assert not process.returncode, errors
    assert len(list(tmp_path.iterdir())) == 12
    rows, _ = front_door_rows(500)
    assert all(r.reused for r in Sampler(FRONT_DOOR).fit(rows, cache=tmp_path, seed=3).report or ())
