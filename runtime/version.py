"""The version that writes into files."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def version_of_dofx() -> str:
    """The installed version, or ``unknown`` where dofx is not installed."""
    try:
        return version("dofx")
    except PackageNotFoundError:
        return "unknown"
