"""JSON on standard output: for machines, which must get every name whole."""

from __future__ import annotations

import sys
from typing import Any

import click

from ..grammar.edge.plain import finite


def echo_json(value: Any) -> None:
    """Print a value as JSON, with escapes if the encoding of standard output lacks one of its characters.

    In text for people such a character is written as Python escapes it, which is not always JSON.
    """
    import json

    value = finite(value)
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=2)
    click.echo(text)
