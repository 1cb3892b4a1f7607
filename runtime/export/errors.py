"""What can be wrong with exported samplers: a function for each error."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ...grammar.edge.surface import by_surface
from ..variables.faults import fault


def no_compiler(error: BaseException) -> DofxError:
    """An AOTInductor package needs a C++ compiler, and none is found."""
    return fault(
        "E0902",
        "an AOTInductor package needs a C++ compiler, and there is none",
        notes=(str(error).partition("\n")[0],),
        help=(
            "install g++ or clang++, or name one in the environment variable CXX",
            by_surface(
                "format='pt2' and format='onnx' need none", "--format pt2 and --format onnx need none"
            ),
        ),
    )


def does_not_fit(library: str, version: str, torch: str, error: BaseException) -> DofxError:
    """A library that torch needs for an export is of a release that this torch does not work with."""
    return fault(
        "E0907",
        f"{library} {version} does not work with torch {torch}",
        notes=(str(error).partition("\n")[0],),
        help=(f"install a newer release: pip install --upgrade onnx {library}",),
    )


def no_format(asked: str | None, path: Path, formats: Sequence[str], near: str | None) -> DofxError:
    """A sampler is to be exported to an unknown format, or to a file whose name fits no format."""
    what = f"`{asked}` is not a format to export to" if asked else f"the name `{path.name}` gives no format"
    hint = (
        f"did you mean `{near}`?"
        if near
        else f"end the name in .pt2, .aoti.pt2 or .onnx, or {by_surface('pass format', 'give --format')}"
    )
    return fault("E0903", what, notes=(f"formats are {', '.join(formats)}",), help=(hint,))


def not_exported(path: Path, reason: str) -> DofxError:
    """A file was not written by `Sampler.export`."""
    return fault(
        "E0904",
        f"`{path}` is not a usable exported sampler",
        (reason,),
        ("give a file that Sampler.export wrote",),
    )


def not_aoti(path: Path, format: str) -> DofxError:
    """An exported sampler has another format than a compiled package."""
    return fault(
        "E0904",
        f"`{path}` is not a usable exported sampler",
        (f"it is of format {format}",),
        ("give a package that was exported to the format aoti, whose name ends in .aoti.pt2",),
    )


def other_machine(path: Path, reasons: Sequence[str]) -> DofxError:
    """A package was compiled for another machine."""
    return fault(
        "E0904", f"`{path}` is not a usable exported sampler", reasons, ("export it again on this machine",)
    )


def no_input(role: str, name: str, names: Sequence[str], near: str | None) -> Diagnostic:
    """A value is passed for an input that does not exist."""
    help = (f"did you mean `{near}`?" if near else f"leave `{name}` out",)
    known = f"its inputs of {role} are {', '.join(names)}" if names else f"it has no inputs of {role}"
    return _taken(f"`{name}` is not an input of {role}", known, help)


def missing(port: str, dtype: str, shape: str) -> Diagnostic:
    """An input has no value."""
    return _taken(f"{port} is missing", f"it takes {dtype} {shape}")


def no_tensor(port: str, found: type) -> Diagnostic:
    """The value of an input is not a tensor."""
    return _taken(f"{port} is not a tensor", f"it is of {found.__name__}")


def other_dtype(port: str, found: str, dtype: str) -> Diagnostic:
    """The value of an input has another dtype."""
    return _taken(f"{port} has dtype {found}", f"it takes {dtype}")


def other_shape(port: str, found: str, shape: str) -> Diagnostic:
    """The value of an input has another shape."""
    return _taken(f"{port} has shape {found}", f"it takes {shape}")


def other_device(port: str, found: str, device: str) -> Diagnostic:
    """The value of an input is on another device."""
    return _taken(f"{port} is on {found}", f"the package runs on {device}")


def no_rows(port: str) -> Diagnostic:
    """The value of an input has no rows."""
    return _taken(f"{port} has no rows")


def no_states(port: str, highest: int) -> Diagnostic:
    """The value of a finite input has numbers that are not states."""
    return _taken(f"{port} has numbers that are not states", f"states run from 0 to {highest}")


def unequal_rows(rows: Mapping[str, int]) -> Diagnostic:
    """The values of inputs have unequal numbers of rows."""
    listed = ", ".join(f"{port} has {count:,}" for port, count in rows.items())
    return _taken("inputs have unequal numbers of rows", listed)


def _taken(title: str, note: str = "", help: tuple[str, ...] = ()) -> Diagnostic:
    return Diagnostic("E0905", title, notes=(note,) if note else (), help=help)


def not_exportable(artefact: str, reason: str) -> DofxError:
    """A sampler cannot be exported as a whole."""
    return fault("E0901", f"this sampler cannot be exported to {artefact}", notes=(reason,))


def draw_not_exportable(draw: str, fit: str, artefact: str, generator: str, reason: str) -> DofxError:
    """A draw cannot be exported, because of its generator."""
    return fault(
        "E0901",
        f"draw {draw} ~ {fit} cannot be exported to {artefact}",
        notes=(f"its generator, {generator}: {reason}",),
        help=(
            by_surface(
                f'give it another generator: fit(data, generators={{"{fit}": ...}})',
                f'fit it again with another generator: --generator "{fit}=FAMILY"',
            ),
        ),
    )


def policy_not_exportable(draw: str, fit: str, artefact: str, policy: str, reason: str) -> DofxError:
    """A draw cannot be exported, because of the policy that it follows."""
    return fault(
        "E0901",
        f"draw {draw} ~ {fit} cannot be exported to {artefact}",
        notes=(f"it follows the policy {policy}: {reason}",),
        help=(f'give the policy as a dofx.Table or a torch module: following({{"{policy}": ...}})',),
    )
