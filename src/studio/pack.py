"""Packs what the page runs into one archive: dofx's grammar and compiler, the studio's package, and Lark.

python src/studio/pack.py build/studio.zip
"""

from __future__ import annotations

import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

FACE = Path(__file__).parents[1] / "dofx"
PARTS = ("__init__.py", "lazily.py", "grammar", "compiler", "studio")
"""What of dofx runs without torch; `emit`, which needs it, is left out."""
LEFT_OUT = ("compiler/emit", "__pycache__")
KEPT = {".py", ".lark", ".json", ".typed"}


def main(archive: Path) -> None:
    """Write the archive."""
    found = find_spec("lark")
    assert found is not None, "Lark is not installed"
    assert found.origin is not None
    lark = Path(found.origin).parent
    archive.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        for part in PARTS:
            root = FACE / part
            for path in [root] if root.is_file() else sorted(root.rglob("*")):
                _add(made, path, "dofx" / path.relative_to(FACE))
        for path in sorted(lark.rglob("*")):
            if "__pyinstaller" not in path.parts:
                _add(made, path, "lark" / path.relative_to(lark))


def _add(made: zipfile.ZipFile, path: Path, name: Path) -> None:
    text = name.as_posix()
    if path.is_file() and path.suffix in KEPT and not any(part in text for part in LEFT_OUT):
        made.writestr(zipfile.ZipInfo(text), path.read_bytes(), zipfile.ZIP_DEFLATED)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
