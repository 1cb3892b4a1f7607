"""What a data set cannot be."""

from typing import Any

import pytest

from dofx import DataSet, DofxError


@pytest.mark.parametrize("dates", [(each for each in "xy"), [("born",)], {"born": 3}, {3: "years"}, "years"])
def test_units_of_dates_stand_by_their_columns(dates: Any) -> None:
    with pytest.raises(DofxError, match=r"E1001|E1002"):
        DataSet(dates=dates)
