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
    """Wraps a training error so that Ray Train does not retry it: a deterministic error would only recur."""

    error: Exception


def call_together(call: Callable[..., Any], given: Resources, *arguments: Any) -> Any:
    """Make a call in a team of processes and return the first one's result. It runs as a Ray task itself.

    Args:
        call: The call that all members make, with the same arguments.
        given: The resources of each member, and the number of members.
        arguments: The packed arguments of the call.

    Raises:
        Exception: Any error of the call.
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
    """The task of each process of the team. The result is pickled, because Ray Train rejects tensors in results."""
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
