"""What is wrong with rows that cannot be read."""

from typing import Any

import pytest

from dofx import DofxError
from dofx.grammar.diagnostics.diagnostic import Diagnostic
from dofx.runtime.data.dataset import read_data


def faults_of(source: Any, variables: list[str], types: Any = None) -> tuple[Diagnostic, ...]:
    """The diagnostics with which rows are refused."""
    with pytest.raises(DofxError) as raised:
        read_data(source, variables, types)
    return raised.value.diagnostics
