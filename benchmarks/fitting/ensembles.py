"""Training many small generators: together, one after another, and by plain torch.

    python benchmarks/fitting/ensembles.py            # writes benchmarks/results/ensembles.md; five minutes

All make the same number of passes over the same rows in batches of the same size, and look at the held-out
rows after each pass. *Plain torch* is what one would write: a perceptron or a zuko spline flow of the same
size, AdamW, batches from a `DataLoader`; *plain torch, sliced* takes batches from tensors in memory instead.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import zuko
from torch import Tensor, nn

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import Draw, SamplingNetwork, Stage
from dofx.runtime.data.dataset import read_data
from dofx.runtime.engines import Local, Task
from dofx.runtime.sampler import Sampler
from dofx.runtime.training.settings import FitSettings

RESULTS = Path(__file__).parents[1] / "results" / "ensembles.md"
ROWS, EPOCHS, BATCH, STATES = 10_000, 20, 1_024, 3
SETTINGS = FitSettings(epochs=EPOCHS, batch_size=BATCH, patience=EPOCHS)


class OneByOne(Local):
    """Each generator alone."""

    def run(self, tasks: Iterable[Task], *, ahead: int | None = None) -> Iterator[tuple[Any, Any]]:
        return super().run(replace(task, together=None) for task in tasks)


def chain(count: int) -> SamplingNetwork:
    """Real and finite variables by turns, each given the two before it."""
    names = [f"{'rf'[k % 2]}{k}" for k in range(count)]
    draws = tuple(Draw.of(n, n, tuple((p, p) for p in names[max(0, k - 2) : k])) for k, n in enumerate(names))
    return SamplingNetwork(Query.of((names[-1],)), (Stage("answer", (), draws, ((names[-1],) * 2,)),))


def rows(network: SamplingNetwork) -> dict[str, np.ndarray]:
    rng, data, before = np.random.default_rng(0), {}, np.zeros(ROWS)
    for draw in network.draws:
        value = 0.7 * before + rng.normal(size=ROWS)
        finite = draw.id.startswith("f")
        data[draw.id] = np.digitize(value, [-0.5, 0.5]) if finite else value
        before = value
    return data


def families(network: SamplingNetwork) -> dict[str, str]:
    """A table would do for a finite variable given finite ones; here all are networks."""
    return {d.id: "softmax" if d.id.startswith("f") else "spline" for d in network.draws}


# ── plain torch ──────────────────────────────────────────────────────────────────────────────────────────


def plain(
    network: SamplingNetwork, data: dict[str, np.ndarray], loader: bool, index: Tensor | None = None
) -> None:
    types = dict.fromkeys(data, None)
    dataset = read_data(
        data, list(types), {n: f"category({STATES})" if n[0] == "f" else "real" for n in data}
    )
    for draw in network.draws:
        target = dataset[draw.id]
        given = [_features(dataset[name]) for name in draw.fit.given] or [torch.ones(ROWS, 1)]
        features = torch.cat(given, dim=1)
        if index is not None:
            target, features = target[index], features[index]
        finite = draw.id.startswith("f")
        _train(
            _softmax(features.shape[1]) if finite else _spline(features.shape[1]), features, target, loader
        )


def _features(values: Tensor) -> Tensor:
    if values.dtype == torch.int64:
        return nn.functional.one_hot(values, STATES).float()
    return ((values - values.mean()) / values.std()).unsqueeze(1)


def _softmax(width: int) -> tuple[nn.Module, Callable[[Tensor, Tensor], Tensor]]:
    layers = [nn.Linear(width, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, STATES)]
    model = nn.Sequential(*layers)
    return model, lambda x, y: nn.functional.cross_entropy(model(x), y)


def _spline(width: int) -> tuple[nn.Module, Callable[[Tensor, Tensor], Tensor]]:
    flow = zuko.flows.NSF(1, width, bins=12, transforms=1, hidden_features=(64, 64), activation=nn.SiLU)
    return flow, lambda x, y: -flow(x).log_prob(y.unsqueeze(1)).mean()


def _train(
    made: tuple[nn.Module, Callable[[Tensor, Tensor], Tensor]], features: Tensor, target: Tensor, loader: bool
) -> None:
    model, loss = made
    optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3)
    order = torch.randperm(len(target))
    held, kept = order[: ROWS // 10], order[ROWS // 10 :]
    data = torch.utils.data.TensorDataset(features[kept], target[kept])
    batches = torch.utils.data.DataLoader(data, batch_size=BATCH, shuffle=True)
    for _ in range(EPOCHS):
        sliced = ((features[part], target[part]) for part in kept[torch.randperm(len(kept))].split(BATCH))
        for x, y in batches if loader else sliced:
            optimiser.zero_grad()
            loss(x, y).backward()
            optimiser.step()
        with torch.no_grad():
            loss(features[held], target[held])


# ── measuring ────────────────────────────────────────────────────────────────────────────────────────────


def seconds(run: Callable[[], object], repeats: int = 2) -> float:
    """The best of several runs."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def generators(count: int) -> dict[str, float]:
    network = chain(count)
    data, asked = rows(network), families(network)
    sampler = Sampler(network)

    def fit(engine: Local) -> None:
        sampler.fit(data, generators=asked, settings=SETTINGS, progress=False, engine=engine)

    return {
        "together": seconds(lambda: fit(Local())),
        "one by one": seconds(lambda: fit(OneByOne())),
        "sliced": seconds(lambda: plain(network, data, loader=False)),
        "loader": seconds(lambda: plain(network, data, loader=True)),
    }


def replicates(count: int, repeats: int) -> dict[str, float]:
    network = chain(count)
    data, asked = rows(network), families(network)
    sampler = Sampler(network).fit(data, generators=asked, epochs=1, progress=False)
    indices = [torch.randint(ROWS, (ROWS,)) for _ in range(repeats)]

    def one_by_one() -> None:
        for index in indices:
            resampled = {name: column[index.numpy()] for name, column in data.items()}
            Sampler(network).fit(
                resampled, generators=asked, settings=SETTINGS, progress=False, engine=OneByOne()
            )

    def by_hand(loader: bool) -> None:
        for index in indices:
            plain(network, data, loader, index)

    together = seconds(lambda: sampler.bootstrap(data, repeats, generators=asked, settings=SETTINGS))
    return {
        "together": together,
        "one by one": seconds(one_by_one, 1),
        "sliced": seconds(lambda: by_hand(False), 1),
        "loader": seconds(lambda: by_hand(True), 1),
    }


def main() -> None:
    lines = [
        "# Training many small generators",
        "",
        "`python benchmarks/fitting/ensembles.py`, "
        f"on {os.cpu_count()} cores, Python {platform.python_version()}, torch "
        f"{torch.__version__}, zuko {zuko.__version__}.",
        f"{ROWS:,} rows, {EPOCHS} passes in batches of {BATCH:,}; half of the generators are softmax networks, half "
        "spline flows, each given the two variables before it. Ratios are to dofx's own training of all together, "
        "with as many threads as cores; the target is at least 5 times plain torch.",
        "",
        "| | together | dofx one by one | plain torch | plain torch, sliced |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, run in (
        ("20 generators", lambda: generators(20)),
        ("20 replicates of 5 generators", lambda: replicates(5, 20)),
    ):
        m = run()
        base = m["together"]
        ratios = " | ".join(
            f"{m[key] / base:.1f}× ({m[key]:.1f} s)" for key in ("one by one", "loader", "sliced")
        )
        lines.append(f"| {name} | {base:.2f} s | {ratios} |")
        print(lines[-1], flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
