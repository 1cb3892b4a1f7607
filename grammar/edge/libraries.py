"""Libraries that dofx does without until it is asked for what they do, and how to install one that is missing."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..diagnostics.diagnostic import DofxError
from .errors import not_installed

EXTRAS = {
    "anywidget": "notebook",
    "diffusers": "images",
    "matplotlib": "plots",
    "onnx": "onnx",
    "onnxscript": "onnx",
    "pyro": "pyro",
    "ray": "ray",
    "starlette": "studio",
    "transformers": "text",
    "uvicorn": "studio",
}
"""The extra of dofx that brings a library, by the library's module."""


def library(name: str) -> Any:
    """A library, imported.

    Raises:
        DofxError: E0429 where it is not installed.
    """
    try:
        return import_module(name)
    except ImportError:
        raise missing(name) from None


def missing(name: str) -> DofxError:
    """The error for a library that is not installed.

    >>> missing("onnx").diagnostics[0].help
    ("install it with `pip install -e '.[onnx]'` in a clone of dofx's repository",)
    >>> missing("polars").diagnostics[0].help
    ('install it with `pip install polars`',)
    """
    return not_installed(name, _how(name))


def _how(name: str) -> str:
    extra = EXTRAS.get(name)
    if extra is None:
        return f"`pip install {name}`"
    return f"`pip install -e '.[{extra}]'` in a clone of dofx's repository"
