"""One large generator trained by several processes through Ray Train, which starts and restarts them."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from ..training.team import Team, joined
from .protocol import Resources


@dataclass(frozen=True, slots=True)
class _Failed:
    """What training raised. Ray Train would begin again at an error, which dofx's own would only repeat."""

    error: Exception


def call_together(call: Callable[..., Any], given: Resources, *arguments: Any) -> Any:
    """Make a call in a team of processes and return the first one's result. It runs as a Ray task itself.

    Args:
        call: All members make it, with the same arguments.
        given: What each member is given, and how many there are.
        arguments: Of the call, as they travel.

    Raises:
        Exception: What the call raises.
    """
    import ray
    from ray.train import FailureConfig, RunConfig, ScalingConfig
    from ray.train.torch import TorchConfig, TorchTrainer

    on_gpu = bool(given.gpus)
    each = {"CPU": given.cpus, **({"GPU": given.gpus} if on_gpu else {}), **given.custom}
    with tempfile.TemporaryDirectory() as folder:  # Ray Train keeps its own records there, and no result
        trainer = TorchTrainer(
            _member,
            train_loop_config={
                "call": call,
                "threads": max(1, int(given.cpus)),
                "arguments": [ray.put(argument) for argument in arguments],
            },
            torch_config=TorchConfig(backend="nccl" if on_gpu else "gloo"),
            scaling_config=ScalingConfig(
                num_workers=given.workers, use_gpu=on_gpu, resources_per_worker=each
            ),
            run_config=RunConfig(storage_path=folder, failure_config=FailureConfig(max_failures=3)),
        )
        returned: Any = trainer.fit().return_value
    result = pickle.loads(returned)
    if isinstance(result, _Failed):
        raise result.error
    return result


def _member(config: dict[str, Any]) -> bytes:
    """What each process of the team does. Ray Train lets a result pass that does not look like tensors."""
    import ray
    from ray.cloudpickle import dumps  # pyright: ignore[reportAttributeAccessIssue]
    from torch import distributed

    from .ray import packed, received

    torch.set_num_threads(config["threads"])
    arguments = [received(argument) for argument in ray.get(config["arguments"])]
    member = Team(distributed.get_rank(), distributed.get_world_size())
    try:
        with joined(member):
            result = packed(config["call"](*arguments))
    except Exception as error:
        distributed.destroy_process_group()  # or the others would wait for this one
        result = _Failed(error)
    pickled: bytes = dumps(result if member.rank == 0 else None)
    return pickled
