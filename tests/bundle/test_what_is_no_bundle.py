"""What is given in place of a bundle, and text that no encoding holds: each is a diagnostic that says what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

import dofx
from dofx.grammar.diagnostics.diagnostic import Diagnostic, DofxError


def refused(use: object, *given: object) -> Diagnostic:
    with pytest.raises(DofxError) as raised:
        use(*given)  # type: ignore[operator]
    return raised.value.diagnostics[0]


def rows(name: str = "x") -> dict[str, np.ndarray]:
    x = np.arange(8) % 2 == 1
    return {name: x, "y": x}


def test_a_file_in_place_of_the_folder_is_called_one(tmp_path: Path) -> None:
    folder = tmp_path / "risk"
    dofx.compile("P(y | do(x))", "x -> y").fit(rows()).save(folder)
    (manifest,) = (path for path in folder.iterdir() if path.name == "bundle.json")
    found = refused(dofx.load, manifest)
    assert found.code == "E0601"
    assert found.notes == ("it is a file, and a bundle is a folder",)
    assert found.help == (f"give its folder, `{folder}`",)
    manifest.unlink()
    found = refused(dofx.load, folder)
    assert found.help == ("saving or copying it was cut short: save or copy it again",)


@pytest.mark.parametrize("place", ['"query": "%s"', '"%s": 1', '"origin": {"graph": ["%s"]}'])
def test_half_of_a_character_in_a_manifest_is_damage(place: str, tmp_path: Path) -> None:
    """JSON can write it and no encoding can: computing the checksum used to end in a UnicodeEncodeError."""
    text = '{"format": "dofx bundle", "version": 2, %s}' % (place % "\\ud800")
    (tmp_path / "bundle.json").write_text(text)
    assert refused(dofx.load, tmp_path).code == "E0604"


@pytest.mark.parametrize("half", [chr(0xD800), "caf" + chr(0xDCE9)])
@pytest.mark.parametrize("container", [list, np.array, lambda v: np.array(v, dtype=object)])
def test_text_that_was_not_decoded_says_so(half: str, container: type) -> None:
    """A NumPy array of such texts used to hold "str values, which have no variable type: turn them into text"."""
    given = {**rows(), "x": container([half, "b"] * 4)}
    found = refused(dofx.compile("P(y | do(x))", "x -> y").fit, given)
    assert found.code == "E0407"
    assert found.title == "column `x` holds text that is not Unicode"
    assert f"U+{ord(half[-1]):04X}" in found.notes[0]
    assert "encoding" in found.help[0]


@pytest.mark.skipif(sys.platform != "linux", reason="paths are bytes on Linux alone")
@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow"])
def test_a_path_that_is_not_utf_8_is_to_be_renamed(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"caf\udce9.{suffix}"
    path.write_text("x,y\n0,1\n1,0\n")
    found = refused(dofx.compile("P(y | do(x))", "x -> y").fit, path)
    assert found.code == "E0503"
    assert found.notes == ("its path is not UTF-8",)
    assert found.help == ("rename it, or the folder that it is in",)
