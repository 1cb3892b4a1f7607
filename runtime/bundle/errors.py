"""What can be wrong with the folder of a saved sampler: a function for each error."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.edge.surface import by_surface
from ..variables.faults import fault

_PACKED = (".zip", ".gz", ".tgz", ".tar", ".7z")


def no_bundle(folder: Path, manifest: str | None, cut: bool) -> DofxError:
    """A folder is not a bundle: there is none of that name, or it lacks the manifest, as where saving was cut short."""
    what = f"there is no folder `{folder}`" if manifest is None else f"it has no {manifest}"
    what = "it is a file, and a bundle is a folder" if folder.is_file() else what
    hint = "give a folder that a sampler was saved in"
    hint = "saving or copying it was cut short: save or copy it again" if cut else hint
    hint = f"give its folder, `{folder.parent}`" if folder.name == "bundle.json" else hint
    within = sorted(path.parent.name for path in folder.glob("*/bundle.json"))[:3]
    hint = (
        f"its bundles are {', '.join(f'`{folder / name}`' for name in within)}: give one" if within else hint
    )
    hint = "unpack it, and give the folder" if folder.suffix in _PACKED else hint
    return fault("E0601", f"`{folder}` is not a bundle", (what,), (hint,))


def other_manifest(folder: Path, manifest: str) -> DofxError:
    """The manifest in a folder is of something else."""
    return fault("E0601", f"`{folder}` is not a bundle", (f"its {manifest} describes something else",))


_AGAIN = (
    "fit and save again: equal data, settings and seed give the same generators",
    "or load it with the version that wrote it",
)


def newer(folder: Path, version: object, own: int) -> DofxError:
    """A bundle was written by a dofx that came after this one."""
    return fault(
        "E0602",
        f"`{folder}` was written by a newer dofx",
        (f"its format version is {version}, and this dofx reads versions up to {own}",),
        ("update dofx",),
    )


def earlier(folder: Path, version: int, own: int) -> DofxError:
    """A bundle was written by a dofx whose format is no longer read."""
    return fault(
        "E0602",
        f"`{folder}` was written by an earlier dofx",
        (f"its format version is {version}, and this dofx reads version {own}",),
        _AGAIN,
    )


def file_missing(folder: Path, path: Path) -> DofxError:
    """A bundle lacks one of its files."""
    return fault(
        "E0603",
        f"`{folder}` lacks its file {path.name}",
        help=("copy the bundle again, with all its files",),
    )


def other_things(folder: Path, strange: Iterable[str]) -> DofxError:
    """A folder that is to be written holds files that are not part of a bundle."""
    return fault(
        "E0606",
        f"`{folder}` holds files that are not part of a bundle",
        (f"such as {sorted(strange)[0]}",),
        ("save to a new folder",),
    )


def file_changed(path: Path) -> DofxError:
    """A file of a bundle was changed or cut short."""
    return fault(
        "E0604",
        f"{path.name} was changed or cut short",
        (f"its checksum does not match: {path}",),
        ("save or copy the bundle again",),
    )


def no_sense(folder: Path, error: Exception) -> DofxError:
    """What a bundle holds does not fit together."""
    said = str(error).partition("\n")[0] or type(error).__name__
    reason = f"it lacks {error}" if isinstance(error, KeyError) else said
    return fault(
        "E0605", f"`{folder}` holds a bundle whose parts do not fit together", (reason,), ("save it again",)
    )


def holds_no_code(fit: str, what: str, how: str) -> DofxError:
    """The module of a generator is not in the bundle and has to be passed."""
    return fault(
        "E0607",
        f"the generator of {fit} is {what}",
        ("a bundle holds no code, and loading runs none",),
        (
            by_surface(
                f'pass {how}: load(folder, generators={{"{fit}": ...}})',
                f'load it in Python, and pass {how}: dofx.load(folder, generators={{"{fit}": ...}})',
            ),
        ),
    )


def other_weights(folder: Path, notes: Sequence[str], family: bool) -> DofxError:
    """A bundle holds weights of other shapes than the module that is passed."""
    return fault(
        "E0608",
        f"`{folder}` holds weights of other shapes",
        tuple(notes),
        _AGAIN if family else ("pass a module of the shape that was saved",),
    )
