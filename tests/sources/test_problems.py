"""Several data sets: verdicts and values of published and of random problems, through the public calls."""

import json
from pathlib import Path
from typing import Any

import pytest

import dofx
from models.populations import problems
from posed.problems import fault

CASES = json.loads((Path(__file__).parent.parent / "exact/data/data_sets.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_published(case: dict[str, Any]) -> None:
    data = [dofx.DataSet(**each) for each in case["data"]]
    found = dofx.identify(case["query"], case["graph"], data=data)
    if case.get("goal"):
        assert found or "no derivation found" in str(found)
        return
    assert bool(found) == case["identified"]
    if case.get("open"):
        assert "no derivation found" in str(found)


def test_random_problems() -> None:
    """Verdicts are those of another program, and values those of random models, to 1e-9."""
    faults, answered = [], 0
    for kind, seed, problem in problems(3, 240):
        wrong, found = fault(problem, seed)
        answered += found
        if wrong:
            faults.append(f"{kind}: {problem}: {wrong}")
    assert not faults, "\n".join(faults)
    assert 80 < answered < 160
