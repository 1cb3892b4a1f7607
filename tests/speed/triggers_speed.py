"""What sets off the diagnostics of how rows are made (E043)."""

from functools import cache

import torch

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.runtime.sampler import Sampler
from dofx.runtime.training.settings import FitSettings
from models.worlds import FRONT_DOOR, front_door_rows


@cache
def fitted() -> Sampler:
    rows, _ = front_door_rows(200)
    return Sampler(FRONT_DOOR).fit(rows)


def narrow() -> object:
    network = SamplingNetwork(Query.of(("y",)), (Stage("answer", (), (Draw.of("y", "y"),), (("y", "y"),)),))
    sampler = Sampler(network, types={"y": "category(200)"}).fit({"y": list(range(200))})
    return sampler.folded(torch.int8)


def other_query() -> object:
    rows, _ = front_door_rows(200)
    return fitted().bootstrap(rows, 2).effect("E[y | x = 1]")


TRIGGERS = {
    "E0430": lambda: fitted().sample(10, do={"x": 1}, precision="float8"),
    "E0436": lambda: FitSettings(held_out=1.0),
    "E0437": lambda: fitted().sample(10, do={"x": 1}, device="gpu"),
    "E0431": lambda: fitted().sample(10, do={"x": 1}, start=-1),
    "E0432": lambda: fitted().sample_to("rows.xlsx", 10, do={"x": 1}),
    "E0433": narrow,
    "E0434": other_query,
}
