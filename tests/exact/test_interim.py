"""The hard stratum: answers that re-condition an interim kernel, and conditions that are mediators.

The cases were mined by ``tests/support/posed/mine.py``; random tests meet the first kind once in 500 draws.
"""

import pytest

from faces.cases import interim
from oracles import reference
from posed import mine
from posed.judge import judge

CHUNK = 20


def chunks(stratum: str) -> list[object]:
    count = len(interim(stratum))
    return [pytest.param(stratum, k, id=f"{stratum}-{k}") for k in range(0, count, CHUNK)]


@pytest.mark.parametrize(
    ("stratum", "start"), [chunk for stratum in mine.STRATA for chunk in chunks(stratum)]
)
def test_hard_queries(stratum: str, start: int) -> None:
    for k, (graph, query) in enumerate(interim(stratum)[start : start + CHUNK]):
        assert judge(graph, query, seed=start + k)


@pytest.mark.parametrize("stratum", mine.STRATA)
def test_strata_are_hard(stratum: str) -> None:
    wanted, _, hard = mine.STRATA[stratum]
    cases = interim(stratum)
    assert len({mine.fingerprint(graph, query) for graph, query in cases}) == len(cases) == wanted
    assert all(hard(graph, query, reference.decide(graph, query)) for graph, query in cases)
