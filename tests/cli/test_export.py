"""``dofx export``: from a bundle to one file."""

import hashlib
import json
from pathlib import Path

import torch

from dofx.cli.commands.export import FORMATS
from dofx.runtime.export import FORMATS as ALL
from faces.shop import dofx


def test_export_writes_a_file_and_says_what_it_takes(shop: Path, tmp_path: Path) -> None:
    path = tmp_path / "risk.pt2"
    result = dofx("export", "bundle", "-o", path)
    assert result.exit_code == 0, result.output
    assert "  do_x  int64 (rows)  do x: 0, 1\n" in result.stdout
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert result.stdout.endswith(f"pt2 in {path}\nsha256 {digest}\n")
    program = torch.export.load(str(path)).module()
    assert program(*(torch.rand(4) for _ in range(3)), torch.zeros(4, dtype=torch.int64))["y"].shape == (4,)


def test_export_prints_json(shop: Path, tmp_path: Path) -> None:
    result = dofx("export", "bundle", "-o", tmp_path / "risk", "--format", "pt2", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["query"] == "P(y | do(x))"


def test_export_refuses_what_it_does_not_know(shop: Path, tmp_path: Path) -> None:
    result = dofx("export", "bundle", "-o", tmp_path / "risk.jpg")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "error[E0903]" in result.stderr
    assert dofx("export", "nowhere", "-o", tmp_path / "risk.pt2").exit_code == 2
    assert not list(tmp_path.iterdir())
    assert FORMATS == ALL


def test_a_folder_is_no_file_to_write(shop: Path) -> None:
    for folder in ("", ".", "..", "/", "bundle"):
        result = dofx("export", "bundle", "-o", folder, "--format", "pt2")
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"error[E0801]: `{folder and Path(folder)}`" in result.stderr
