"""How near softmax networks come to known laws, against a plain training loop by hand and boosted trees.

    python benchmarks/fitting/softmax.py            # writes benchmarks/results/softmax.md; five minutes

A gap is the mean divergence, in nats, of the true conditional distribution from the learned one, on 20,000 fresh rows.
The plain loop trains the same network on the same features by Adam: 20 passes, batches of 256, a rate of 0.001.
Times are processor times of one thread.
"""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingClassifier
from torch import Tensor, nn

from dofx.runtime.families.softmax import SoftmaxGenerator
from dofx.runtime.training.settings import FitSettings
from dofx.runtime.variables import Finite, Real, VariableType

RESULTS = Path(__file__).parents[1] / "results" / "softmax.md"
ROWS = (1_000, 10_000)
SEEDS = (0, 1)
TEST_ROWS = 20_000
READING = "\nAt 10,000 rows"
"""What is written by hand from here on is kept."""


@dataclass(frozen=True)
class Rows:
    """Rows of a world.

    Args:
        given: The conditions.
        target: The states drawn.
        truth: Their true probabilities, ``(rows, states)``.
    """

    given: list[Tensor]
    target: Tensor
    truth: Tensor


def smooth(source: torch.Generator, rows: int) -> tuple[list[Tensor], Tensor]:
    """Three states given two numbers and three states, with an interaction."""
    x, z = torch.randn(rows, generator=source), torch.randn(rows, generator=source)
    c = torch.randint(3, (rows,), generator=source)
    return [x, z, c], torch.stack([0 * x, x + 0.5 * z, torch.sin(2 * x) + 0.7 * (c == 1) - 0.5 * z * x], 1)


def turning(source: torch.Generator, rows: int) -> tuple[list[Tensor], Tensor]:
    """Two states, whose dependence on a number turns round with a state."""
    x, z = torch.randn(rows, generator=source), torch.randn(rows, generator=source)
    c = torch.randint(3, (rows,), generator=source)
    return [x, z, c], torch.stack([0 * x, 1.5 * torch.tanh(2 * x) * (c - 1) + 0.5 * z], 1)


def logistic(source: torch.Generator, rows: int) -> tuple[list[Tensor], Tensor]:
    """Two states, logistic in one number."""
    x = torch.randn(rows, generator=source)
    return [x], torch.stack([0 * x, 0.8 * x - 0.4], 1)


def sparse(source: torch.Generator, rows: int) -> tuple[list[Tensor], Tensor]:
    """Three states given five variables of four states: 1,024 combinations."""
    d = [torch.randint(4, (rows,), generator=source) for _ in range(5)]
    slopes = (0.3, -0.4, 0.3, -0.4, 0.3)
    sums = sum(slope * (column - 1.5) for slope, column in zip(slopes, d, strict=True))
    second = sums + 0.6 * ((d[0] == d[1]).float() - 0.25)
    return list(d), torch.stack([0 * second, second, 0.5 * (d[2] - 1.5)], 1)


WORLDS: dict[str, tuple[Callable[..., tuple[list[Tensor], Tensor]], list[VariableType]]] = {
    "smooth": (smooth, [Real(), Real(), Finite((0, 1, 2))]),
    "turning": (turning, [Real(), Real(), Finite((0, 1, 2))]),
    "logistic": (logistic, [Real()]),
    "sparse": (sparse, [Finite((0, 1, 2, 3))] * 5),
}


def drawn(world: str, rows: int, seed: int) -> Rows:
    source = torch.Generator().manual_seed(1_000 * list(WORLDS).index(world) + seed)
    given, logits = WORLDS[world][0](source, rows)
    truth = logits.softmax(1)
    return Rows(given, torch.multinomial(truth, 1, generator=source)[:, 0], truth)


def fresh(world: str, rows: Rows) -> SoftmaxGenerator:
    return SoftmaxGenerator(Finite(tuple(range(rows.truth.shape[1]))), WORLDS[world][1])


def by_dofx(world: str, rows: Rows, seed: int) -> Callable[[Sequence[Tensor]], Tensor]:
    generator = fresh(world, rows)
    generator.fit(rows.target, rows.given, FitSettings(seed=seed))
    return lambda given: generator.logits(rows.target, *given).softmax(1)


def by_hand(world: str, rows: Rows, seed: int) -> Callable[[Sequence[Tensor]], Tensor]:
    generator = fresh(world, rows)
    generator.fit(
        rows.target, rows.given, FitSettings(seed=seed, epochs=0)
    )  # the features, and where networks start
    network = generator.network
    torch.manual_seed(seed)
    with torch.no_grad():
        features = generator.features(rows.target, *rows.given)
    optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in range(20):
        for index in torch.randperm(len(rows.target)).split(256):
            optimiser.zero_grad()
            nn.functional.cross_entropy(network(features[index]), rows.target[index]).backward()
            optimiser.step()
    return lambda given: generator.logits(rows.target, *given).softmax(1)


def by_trees(world: str, rows: Rows, seed: int) -> Callable[[Sequence[Tensor]], Tensor]:
    def table(given: Sequence[Tensor]) -> np.ndarray:
        return np.stack([column.numpy() for column in given], 1)

    finite = [isinstance(type, Finite) for type in WORLDS[world][1]]
    model = HistGradientBoostingClassifier(
        categorical_features=finite, early_stopping=True, random_state=seed
    ).fit(table(rows.given), rows.target.numpy())
    return lambda given: torch.from_numpy(model.predict_proba(table(given)))


WAYS = {"dofx": by_dofx, "plain loop": by_hand, "boosted trees": by_trees}


def main() -> None:
    torch.set_num_threads(1)
    lines = [
        "# Softmax networks against a plain loop and boosted trees",
        "",
        f"`python benchmarks/fitting/softmax.py`, on {os.cpu_count()} cores with one thread, Python "
        f"{platform.python_version()}, torch {torch.__version__}.",
        f"Gaps in nats to the true conditional distribution, means over {len(SEEDS)} seeds; processor seconds, means "
        "over worlds and seeds. The worlds and the plain loop are described in the script.",
        "",
        f"| rows | | {' | '.join(WORLDS)} | seconds |",
        f"|---:|---|{'---:|' * (len(WORLDS) + 1)}",
    ]
    for count in ROWS:
        for way, train in WAYS.items():
            gaps, seconds = [], []
            for world in WORLDS:
                found = []
                for seed in SEEDS:
                    rows, test = drawn(world, count, seed), drawn(world, TEST_ROWS, 77)
                    start = time.process_time()
                    learned = train(world, rows, seed)
                    seconds.append(time.process_time() - start)
                    with torch.no_grad():
                        ratio = test.truth.log() - learned(test.given).log()
                    found.append(float((test.truth * ratio).sum(1).mean()))
                gaps.append(f"{mean(found):.4f}")
            lines.append(f"| {count:,} | {way} | {' | '.join(gaps)} | {mean(seconds):.2f} |")
            print(lines[-1], flush=True)
    RESULTS.parent.mkdir(exist_ok=True)
    written = RESULTS.read_text() if RESULTS.exists() else ""
    reading = written[written.find(READING) :] if READING in written else ""
    RESULTS.write_text("\n".join(lines) + "\n" + reading)


if __name__ == "__main__":
    main()
