"""The addresses of finished generators: a folder that an earlier dofx filled stays valid, however rows are carried."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dofx
from dofx import DataSet

GRAPH = "z -> {x, y}; x -> y; x -> missing(y)"
NAPKIN = "w -> r -> x -> y; x <-> w <-> y"

KNOWN = {
    "plain": ["6d097f76a5b4aea3b6c9209f2a637be5", "f311c02c57cc9f79e4e04d7dd0739451"],
    "weighted": ["85e629f2b33353cac2b5071c522ae763", "d592bf68a3326f663fac8fc15a822864"],
    "clustered": ["6d097f76a5b4aea3b6c9209f2a637be5", "f311c02c57cc9f79e4e04d7dd0739451"],
    "refit": [
        "27fe2517e90a4437c10689b3d9fecc18",
        "4cc03d60f9c1124041abf8ea64fdb3d5",
        "5646cee71d5fa149a1ea646ef018c0fe",
        "7765594949a105d1596b872646eb0d1f",
    ],
}
"""Found when weights and clusters were still carried apart."""


def columns(names: str) -> dict[str, Any]:
    """Rows without chance: digits of their numbers in mixed bases, some of y hidden."""
    row = np.arange(240)
    found: dict[str, Any] = {name: (row // 3**place + row // 7) % 2 for place, name in enumerate(names)}
    if "z" in names:
        found["y"] = np.where(row % 5 == 2 * found["x"], np.nan, found["y"])
    return {**found, "k": row % 4, "home": row // 4}


@pytest.mark.parametrize(
    ("name", "graph", "names", "data"),
    [
        ("plain", GRAPH, "zxy", DataSet()),
        ("weighted", GRAPH, "zxy", DataSet(weights="k", cluster="home")),
        ("clustered", GRAPH, "zxy", DataSet(cluster="home")),
        ("refit", NAPKIN, "wrxy", DataSet(weights="k")),
    ],
)
def test_generators_are_found_where_they_were_left(
    name: str, graph: str, names: str, data: DataSet, tmp_path: Path
) -> None:
    sampler = dofx.compile("P(y | do(x))", graph, data=[data])
    sampler.fit(columns(names), cache=tmp_path, progress=False)
    assert sorted(path.stem for path in tmp_path.glob("*.safetensors")) == KNOWN[name]
