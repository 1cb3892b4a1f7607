"""What sets off the diagnostics of how rows are made (E043)."""

from functools import cache

from dofx.runtime.sampler import Sampler
from worlds import FRONT_DOOR, front_door_rows


@cache
def fitted() -> Sampler:
    rows, _ = front_door_rows(200)
    return Sampler(FRONT_DOOR).fit(rows)


TRIGGERS = {
    "E0430": lambda: fitted().sample(10, do={"x": 1}, precision="float8"),
    "E0431": lambda: fitted().sample(10, do={"x": 1}, start=-1),
    "E0432": lambda: fitted().sample_to("rows.xlsx", 10, do={"x": 1}),
}
