"""A host with a sampler inside trains under DistributedDataParallel: two processes, one set of weights."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from stand_ins.zoo import small

CHILD = """
import sys, torch, torch.distributed as dist
from torch import nn
import dofx
rank, folder, bundle = int(sys.argv[1]), sys.argv[2], sys.argv[3]
torch.set_num_threads(1)
dist.init_process_group("gloo", init_method=f"file://{folder}/meeting", rank=rank, world_size=2)

class Host(nn.Module):
    def __init__(self, sampler):
        super().__init__()
        self.sampler = sampler
        self.head = nn.Linear(2, 1)

    def forward(self, noise, do):
        rows = self.sampler(noise, do, {})
        return self.head(torch.stack([rows["z"].float(), rows["y"]], 1))

torch.manual_seed(rank)
host = nn.parallel.DistributedDataParallel(Host(dofx.load(bundle).module))
optimiser = torch.optim.SGD(host.parameters(), lr=0.05)
for step in range(3):
    noise = {"z": torch.rand(8), "y": torch.randn(8)}
    loss = (host(noise, {"x": torch.randn(8)}) - 1).square().mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
torch.save(host.module.state_dict(), f"{folder}/rank{rank}.pt")
dist.destroy_process_group()
"""


@pytest.mark.long
@pytest.mark.skipif(not torch.distributed.is_available(), reason="this torch has no torch.distributed")
def test_two_processes_agree_on_the_weights(tmp_path: Path) -> None:
    small().save(tmp_path / "bundle")
    command = [sys.executable, "-W", "ignore", "-c", CHILD]
    children = [
        subprocess.Popen(
            [*command, str(rank), str(tmp_path), str(tmp_path / "bundle")],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "GLOO_SOCKET_IFNAME": "lo"},
        )
        for rank in (0, 1)
    ]
    for child in children:
        _, said = child.communicate(timeout=120)
        assert child.returncode == 0, said
    first, second = (torch.load(tmp_path / f"rank{rank}.pt") for rank in (0, 1))
    before = small().module.state_dict()
    assert all(torch.equal(first[name], second[name]) for name in first)
    trained = [n for n in first if n.startswith("sampler.") and n.endswith(("weight", "bias"))]
    assert trained
    assert any(not torch.equal(first[name], before[name.removeprefix("sampler.")]) for name in trained)
