"""A team: processes that train one generator together, each on its share of every batch.

All processes start with the same weights and see the same batches. Their gradients are summed before each step, so
their weights stay the same. The result equals the result of a single process, up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TypeAlias

import torch
from torch import Tensor, nn

Loss: TypeAlias = Callable[[Tensor], Tensor]
"""A function from an index of rows ``(batch,)`` to their losses ``(batch,)``."""


@dataclass(frozen=True, slots=True)
class Team:
    """The place of a process in its team; by default the team has one process.

    Args:
        rank: The number of the process, from 0.
        size: The number of processes. If it is larger than one, torch's default process group connects them.

    >>> weight = nn.Linear(1, 1, bias=False)
    >>> Team().backward(lambda rows: rows * weight.weight.squeeze(), torch.tensor([1.0, 3.0]), weight)
    >>> weight.weight.grad
    tensor([[2.]])
    """

    rank: int = 0
    size: int = 1

    def start(self, network: nn.Module) -> None:
        """Give every member the weights of the first."""
        if self.size > 1:
            for tensor in (*network.parameters(), *network.buffers()):
                torch.distributed.broadcast(tensor.detach(), 0)

    def backward(self, loss: Loss, batch: Tensor, network: nn.Module) -> None:
        """Set the gradients of a network to those of the mean loss of a batch ``(rows,)``."""
        if self.size == 1:
            torch.autograd.backward(loss(batch).mean())
            return
        share = batch[self.rank :: self.size]
        if len(share):
            torch.autograd.backward(loss(share).sum() / len(batch))
        trained = [parameter for parameter in network.parameters() if parameter.requires_grad]
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in trained]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        torch.distributed.all_reduce(flat)
        parts = torch.split(flat, [gradient.numel() for gradient in gradients])
        for parameter, part in zip(trained, parts, strict=True):
            parameter.grad = part.view_as(parameter)

    def agree(self, score: float) -> float:
        """The first member's score, so that all stop at the same time."""
        if self.size == 1:
            return score
        agreed = torch.tensor([score], dtype=torch.float64)
        if torch.distributed.get_backend() == "nccl":
            agreed = agreed.cuda()
        torch.distributed.broadcast(agreed, 0)
        return float(agreed)


_TEAM: ContextVar[Team] = ContextVar("team", default=Team())  # noqa: B039 - it is frozen


def team() -> Team:
    """The team that this process trains in."""
    return _TEAM.get()


@contextmanager
def joined(member: Team) -> Iterator[None]:
    """A scope in which generators are trained by a team."""
    token = _TEAM.set(member)
    try:
        yield
    finally:
        _TEAM.reset(token)
