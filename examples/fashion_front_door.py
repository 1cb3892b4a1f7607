"""A front door whose mediator is an image: what a garment's catalogue entry does to how often it is sent back.

python examples/fashion_front_door.py [--small | --large] [--device cuda] [--out FOLDER]

The world, ``c -> x -> n; c <-> n``: a customer, of one of three kinds that nobody records, orders from a category c
of the catalogue. What is sent is now and then of another category; x is its photograph, from Fashion-MNIST. Whether it
is kept, exchanged or sent back, n, depends on what the garment is and on the kind of customer. Nothing of the rows
says what the photographs show.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import glyphs
import image_measures
import numpy as np
import readout
import reporting
import torch
from glyphs import STATES, Glyphs
from numpy.typing import NDArray
from sheets import sheet
from torch import Tensor

import dofx
from dofx.runtime.generators.flow_matching import FlowMatchingGenerator
from dofx.runtime.variables import VariableType

Array = NDArray[np.float64]
GARMENTS = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")
KINDS, FATES = 3, 3
WRONG = 0.2
"""How often what is sent is picked from the whole catalogue at random."""
PROGRAM = """
graph {{ c -> x -> n; c <-> n }}
variables {{
  c : category(10)
  n : category(3)
  x : image(1, {size}, {size})
}}
query answer = {query}
"""


def _tables() -> tuple[Array, Array]:
    """``P(c | kind)``, each kind with a part of the catalogue that it prefers, and ``P(n | garment, kind)``."""
    preferred = np.arange(STATES) * KINDS // STATES == np.arange(KINDS)[:, None]
    ordered = 0.75 * preferred / preferred.sum(1, keepdims=True) + 0.25 / STATES
    garments = np.random.default_rng(0).dirichlet(np.full(FATES, 0.5), size=STATES)
    return ordered, 0.5 * garments[:, None] + 0.4 * np.eye(KINDS) + 0.1 / FATES


ORDERED, FATE = _tables()
SENT = (1 - WRONG) * np.eye(STATES) + WRONG / STATES
KIND = np.full(KINDS, 1 / KINDS)


def truth() -> Array:
    """``P(n | do(c))``, by enumeration: ``(c, n)``."""
    return np.einsum("k,cg,gkn->cn", KIND, SENT, FATE)


def seen() -> Array:
    """``P(n | c)``."""
    joint = np.einsum("k,kc,cg,gkn->cn", KIND, ORDERED, SENT, FATE)
    return joint / joint.sum(1, keepdims=True)


def limit(taken_for: Array) -> Array:
    """What the front door gives, ``(c, n)``, if a photograph tells no more than what it is taken for.

    Where it leaves the garment open, c tells of the garment besides, and that is a way past the front door.

    Args:
        taken_for: ``P(taken for | garment)``, ``(10, 10)``.
    """
    joint = np.einsum("k,kc,cg,gx,gkn->cxn", KIND, ORDERED, SENT, taken_for, FATE)
    estimand = dofx.identify("P(n | do(c))", dofx.graph("c -> x -> n; c <-> n")).estimand
    return estimand.evaluate(dofx.Table("cxn", joint)).array(["c", "n"])


def observed(photographs: Glyphs, size: int, rows: int, seed: int) -> dict[str, Tensor]:
    """Rows of the world, and ``garment``, which is for the judge alone."""
    source = np.random.default_rng(seed)
    images = glyphs.resized(photographs.images, size)
    kind = source.integers(KINDS, size=rows)
    c = _drawn(ORDERED[kind], source)
    garment = _drawn(SENT[c], source)
    n = _drawn(FATE[garment, kind], source)
    pools = [np.flatnonzero(photographs.labels.numpy() == g) for g in range(STATES)]
    chosen = np.empty(rows, dtype=np.int64)
    for g, pool in enumerate(pools):
        mine = garment == g
        chosen[mine] = source.choice(pool, mine.sum())
    x = images[torch.from_numpy(chosen)].unsqueeze(1).float() / 255
    return {"c": torch.from_numpy(c), "x": x, "n": torch.from_numpy(n), "garment": torch.from_numpy(garment)}


def _drawn(rows: Array, source: np.random.Generator) -> NDArray[np.int64]:
    picked = source.random((len(rows), 1))
    found: NDArray[np.int64] = (rows.cumsum(1) < picked).sum(1).clip(max=rows.shape[1] - 1)
    return found


@dataclass(frozen=True)
class Setting:
    """How large the experiment is.

    Args:
        size: Pixels along a side.
        rows: Observational rows.
        steps: Gradient steps of the image generator.
        batch: Rows a step.
        width: Channels of the U-Net at its finest level.
        patch: Pixels along the side of a patch that it takes as one place.
        solver: Steps of the flow's solver.
        tested: Samples for each state of c.
    """

    size: int
    rows: int
    steps: int
    batch: int
    width: int
    patch: int
    solver: int
    tested: int


SMALL = Setting(8, 500, 12, 64, 8, 1, 2, 20)
MIDDLE = Setting(16, 20_000, 2_500, 64, 32, 2, 5, 500)
LARGE = Setting(28, 60_000, 30_000, 256, 96, 2, 20, 5_000)


def sampler(size: int, query: str) -> dofx.Sampler:
    """A query about c, x and n, compiled."""
    compiled = dofx.compile(PROGRAM.format(size=size, query=query))
    assert isinstance(compiled, dofx.Sampler)
    return compiled


def fitted(setting: Setting, rows: Mapping[str, Tensor], device: str, seed: int = 0) -> dofx.Sampler:
    """``P(n | do(c))``, fitted: a flow for the photograph, a softmax network for the rest."""

    def flow(target: VariableType, given: Sequence[VariableType]) -> FlowMatchingGenerator:
        options = {"width": setting.width, "steps": setting.solver, "patch": setting.patch}
        generator = FlowMatchingGenerator(target, given, **options)
        generator.images = replace(generator.images, steps=setting.steps, batch_size=setting.batch)
        return generator

    data = {name: rows[name] for name in "cxn"}
    compiled = sampler(setting.size, "P(n | do(c))")
    return compiled.fit(data, generators={"x": flow}, seed=seed, device=device)


def answer(fit: dofx.Sampler, tested: int, seed: int = 1) -> Array:
    """``P(n | do(c))`` as sampled, ``(c, n)``."""
    c = torch.arange(STATES).repeat_interleave(tested)
    n = fit.sample(len(c), do={"c": c}, seed=seed)["n"].reshape(STATES, tested)
    return np.stack([image_measures.frequencies(part, FATES) for part in n])


def answer_of_real(fit: dofx.Sampler, rows: Mapping[str, Tensor], tested: int, seed: int = 1) -> Array:
    """The same with photographs of the rows in place of drawn ones: what is left is not the images' fault."""
    (draw,) = (draw for stage in fit.network.stages for draw in stage.draws if draw.variable == "n")
    generator, source = fit.modules[draw.fit].cpu(), torch.Generator().manual_seed(seed)
    found = []
    for state in range(STATES):
        mine = torch.nonzero(rows["c"] == state).flatten()
        x = rows["x"][mine[torch.randint(len(mine), (tested,), generator=source)]]
        c = rows["c"][torch.randint(len(rows["c"]), (tested,), generator=source)]
        with torch.no_grad():
            n = generator(generator.noise.draw(tested, source), c, x)
        found.append(image_measures.frequencies(n, FATES))
    return np.stack(found)


def counted(rows: Mapping[str, Tensor]) -> Array:
    """``P(n | c)`` as it is in the rows, ``(c, n)``."""
    table = np.zeros((STATES, FATES))
    np.add.at(table, (rows["c"].numpy(), rows["n"].numpy()), 1)
    return table / table.sum(1, keepdims=True).clip(1)


def main(arguments: Sequence[str] | None = None) -> dict[str, Array]:
    """Trains, samples, judges, and writes a report and a sheet of samples; returns distances for each c."""
    started = time.perf_counter()
    options = reporting.options(__doc__ or "", "fashion_front_door").parse_args(arguments)
    setting = SMALL if options.small else LARGE if options.large else MIDDLE
    photographs, tested = (
        (glyphs.scans(),) * 2 if options.small else (glyphs.fashion(), glyphs.fashion(train=False))
    )
    rows = observed(photographs, setting.size, setting.rows, seed=0)
    fit = fitted(setting, rows, options.device)
    minutes = (time.perf_counter() - started) / 60
    reader, exact = readout.trained(rows["x"], [rows["garment"]], [STATES], epochs=3), truth()
    trial = np.random.default_rng(0).multinomial(setting.rows // STATES, exact) / (setting.rows // STATES)
    found = {
        "dofx": answer(fit, setting.tested),
        "dofx, with photographs of the rows": answer_of_real(fit, rows, setting.tested),
        "P(n given c), counted in the rows; DCM's answer too": counted(rows),
        "a randomised trial of as many rows": trial,
    }
    distances = {name: np.abs(table - exact).sum(1) / 2 for name, table in found.items()}
    floor = np.mean([image_measures.sampling_floor(row, setting.tested) for row in exact])
    lines = [
        reporting.table(
            ["", "TV to the truth, mean", "worst c"],
            [[name, f"{d.mean():.3f}", f"{d.max():.3f}"] for name, d in distances.items()],
        ),
        f"By chance alone {setting.tested} true samples are {floor:.3f} from the truth; `P(n | c)` itself is"
        f" {(np.abs(seen() - exact).sum(1) / 2).mean():.3f} from it.",
        mediators(fit, rows, reader, options.out),
        legible(reader, tested, setting.size),
        reporting.footer(
            f"examples/fashion_front_door.py{reporting.flags(options)}", "seed 0", started, options.device
        ),
    ]
    report = f"{fit.report}\n\nTrained in {minutes:.1f} minutes.\n\n" + "\n\n".join(lines)
    print(report)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "fashion_front_door.md").write_text(report + "\n")
    return distances


def legible(reader: readout.Readout, photographs: Glyphs, size: int) -> str:
    """How far off the front door is by necessity for one who sees no more than a reader does."""
    read = reader.cells(glyphs.resized(photographs.images, size).unsqueeze(1).float() / 255)
    taken_for = _shares(photographs.labels, read)
    off = np.abs(limit(taken_for) - truth()).sum(1) / 2
    right, mean, worst = np.diag(taken_for).mean(), off.mean(), off.max()
    return (
        f"The reader is right about {100 * right:.0f} % of other photographs. For one who sees no more, the front door"
        f" is {mean:.3f} from the truth, {worst:.3f} for the worst c, however many rows there are."
    )


def _shares(labels: Tensor, read: Tensor) -> Array:
    """How often each label is read as each state, ``(10, 10)``."""
    table = np.zeros((STATES, STATES))
    np.add.at(table, (labels.numpy(), read.numpy()), 1)
    return table / table.sum(1, keepdims=True).clip(1)


def mediators(fit: dofx.Sampler, rows: Mapping[str, Tensor], reader: readout.Readout, folder: Path) -> str:
    """A sheet of photographs as drawn for each c, and how often a reader takes them for what c should give."""
    (draw,) = (draw for stage in fit.network.stages for draw in stage.draws if draw.variable == "x")
    generator = fit.modules[draw.fit]
    count = 200
    c = torch.arange(STATES).repeat_interleave(count)
    noise = generator.noise.draw(len(c), torch.Generator().manual_seed(0))
    with torch.no_grad():
        made = torch.cat([generator.cpu()(z, k) for z, k in zip(noise.split(500), c.split(500), strict=True)])
    pairs = ((made, c), (rows["x"], rows["c"]))
    drawn, own = (np.abs(_shares(labels, reader.cells(x)) - SENT).sum(1).mean() / 2 for x, labels in pairs)
    real = torch.stack([rows["x"][rows["c"] == k][:9] for k in range(STATES)])
    blocks = {"seen with c": real, "drawn given c": made.reshape(STATES, count, *made.shape[1:])[:, :9]}
    sheet(blocks, GARMENTS, folder / "fashion_front_door.png")
    return (
        f"What a reader takes the photographs for is {drawn:.3f} from the truth given c, in total variation,"
        f" where the rows' own are {own:.3f} from it ({count} a category, and as many as there are)."
    )


if __name__ == "__main__":
    main()
