"""What sets off the diagnostics of engines (E044)."""

import tempfile
from dataclasses import replace
from functools import cache
from pathlib import Path

from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.engines import engine_of
from dofx.runtime.sampler import Sampler
from models.worlds import FRONT_DOOR, front_door_rows


@cache
def fitted() -> Sampler:
    rows, _ = front_door_rows(200)
    return Sampler(FRONT_DOOR).fit(rows)


def other_rows() -> object:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "rows"
        fitted().sample_to(folder, 10, do={"x": 1}, seed=1)
        try:
            return fitted().sample_to(folder, 10, do={"x": 0}, seed=2)
        except DofxError as error:
            (found,) = error.diagnostics
            return replace(found, title=found.title.replace(f"{place}/", ""))


TRIGGERS = {
    "E0440": lambda: engine_of("rya"),
    "E0441": other_rows,
}
