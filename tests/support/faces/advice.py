"""What a reader of the language advises where a text has a fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dofx.grammar.diagnostics.diagnostic import DofxError


def advice(reader: Callable[[str], object], text: str) -> str:
    """The help of the first fault, which there must be."""
    with pytest.raises(DofxError) as caught:
        reader(text)
    return "; ".join(caught.value.diagnostics[0].help)
