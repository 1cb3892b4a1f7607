"""What the tests of streams share."""

from __future__ import annotations

import numpy as np
import pytest

from values.streamed import napkin_rows


@pytest.fixture(scope="session")
def rows() -> dict[str, np.ndarray]:
    return napkin_rows()
