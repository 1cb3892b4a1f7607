"""A front door whose mediator is an image: what a garment's catalogue entry does to how often it is sent back.

python examples/fashion_front_door.py [--small | --large] [--device cuda] [--seeds N ...] [--out FOLDER]

The world, ``c -> x -> n; c <-> n``: a customer, of one of three kinds that nobody records, orders from a category c
of the catalogue. What is sent is now and then of another category; x is its photograph, from Fashion-MNIST. Whether it
is kept, exchanged or sent back, n, depends on what the garment is and on the kind of customer. Nothing of the rows
says what the photographs show.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import glyphs
import image_measures
import numpy as np
import readout
import reporting
import torch
from flows import flow_of
from glyphs import STATES, Glyphs
from numpy.typing import NDArray
from sheets import sheet
from torch import Tensor

import dofx

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
    data = {name: rows[name] for name in "cxn"}
    compiled = sampler(setting.size, "P(n | do(c))")
    return compiled.fit(data, generators={"x": flow_of(setting, setting.steps)}, seed=seed, device=device)


def answer(fit: dofx.Sampler, tested: int, seed: int = 1) -> Array:
    """``P(n | do(c))`` as sampled, ``(c, n)``."""
    c = torch.arange(STATES).repeat_interleave(tested)
    n = fit.sample(len(c), do={"c": c}, seed=seed)["n"].reshape(STATES, tested)
    return np.stack([image_measures.frequencies(part, FATES) for part in n])


def answer_of_real(fit: dofx.Sampler, rows: Mapping[str, Tensor], tested: int, seed: int = 1) -> Array:
    """The same with photographs of the rows in place of drawn ones: what is left is not the images' fault."""
    (draw,) = (draw for stage in fit.network.stages for draw in stage.draws if draw.variables == ("n",))
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


@dataclass(frozen=True)
class Run:
    """One seed: what was fitted, and how far off it is.

    Args:
        fit: ``P(n | do(c))``.
        minutes: Of a processor core, for training.
        distances: Total variation to the truth for each c, by where an answer is from.
        taken_for: What a reader takes photographs for, drawn ones and the rows' own: total variation to the truth
            given c.
        legible: The share of other photographs that the reader is right about; the distance of the front door for
            one who sees no more, its mean and the worst c.
        sheet: Photographs seen with each c, and drawn given c.
    """

    fit: dofx.Sampler
    minutes: float
    distances: dict[str, Array]
    taken_for: tuple[float, float]
    legible: tuple[float, float, float]
    sheet: dict[str, Tensor]


def run(setting: Setting, photographs: tuple[Glyphs, Glyphs], seed: int, device: str) -> Run:
    """Trains, samples and judges, with photographs for the rows and others to ask the reader about."""
    rows = observed(photographs[0], setting.size, setting.rows, seed)
    started = time.process_time()
    fit = fitted(setting, rows, device, seed)
    minutes = (time.process_time() - started) / 60
    exact, each = truth(), setting.rows // STATES
    found = {
        "dofx": answer(fit, setting.tested, seed + 1),
        "dofx, with photographs of the rows": answer_of_real(fit, rows, setting.tested, seed + 1),
        "P(n given c), counted in the rows; DCM's answer too": counted(rows),
        "a randomised trial of as many rows": np.random.default_rng(seed).multinomial(each, exact) / each,
    }
    distances = {name: np.abs(table - exact).sum(1) / 2 for name, table in found.items()}
    reader = readout.trained(rows["x"], [rows["garment"]], [STATES], epochs=3)
    made, c = drawn(fit, 200)
    drawn_for, own_for = (
        float(np.abs(_shares(labels, reader.cells(x)) - SENT).sum(1).mean() / 2)
        for x, labels in ((made, c), (rows["x"], rows["c"]))
    )
    sheets = {
        "seen with c": torch.stack([rows["x"][rows["c"] == k][:9] for k in range(STATES)]),
        "drawn given c": made.unflatten(0, (STATES, -1))[:, :9],
    }
    return Run(
        fit, minutes, distances, (drawn_for, own_for), legible(reader, photographs[1], setting.size), sheets
    )


def main(arguments: Sequence[str] | None = None) -> list[Run]:
    """Every seed, and a report and a sheet of samples, which are of the first."""
    started = time.perf_counter()
    options = reporting.options(__doc__ or "", "fashion_front_door").parse_args(arguments)
    setting = SMALL if options.small else LARGE if options.large else MIDDLE
    photographs = (glyphs.scans(),) * 2 if options.small else (glyphs.fashion(), glyphs.fashion(train=False))
    runs = [run(setting, photographs, seed, options.device) for seed in options.seeds]
    lines = [
        *told(runs, setting.tested),
        reporting.footer(
            f"examples/fashion_front_door.py{reporting.flags(options)}",
            reporting.named(options.seeds),
            started,
            options.device,
        ),
    ]
    report = "\n\n".join(lines)
    print(report)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "fashion_front_door.md").write_text(report + "\n")
    sheet(runs[0].sheet, GARMENTS, options.out / "fashion_front_door.png")
    return runs


def told(runs: Sequence[Run], tested: int) -> list[str]:
    """The paragraphs of the report."""
    floor = np.mean([image_measures.sampling_floor(row, tested) for row in truth()])
    drawn_for, own_for = (
        reporting.spread(values) for values in zip(*(r.taken_for for r in runs), strict=True)
    )
    right, mean, worst = (np.array(values) for values in zip(*(r.legible for r in runs), strict=True))
    return [
        f"```text\n{runs[0].fit.report}\n```",
        f"Trained in {reporting.spread([r.minutes for r in runs], 1)} minutes of one core.",
        reporting.table(
            ["", "TV to the truth, mean", "worst c"],
            [
                [name, *(reporting.spread([f(r.distances[name]) for r in runs]) for f in (np.mean, np.max))]
                for name in runs[0].distances
            ],
        ),
        f"By chance alone {tested} true samples are {floor:.3f} from the truth; `P(n | c)` itself is"
        f" {(np.abs(seen() - truth()).sum(1) / 2).mean():.3f} from it.",
        f"What a reader takes the photographs for is {drawn_for} from the truth given c, in total variation,"
        f" where the rows' own are {own_for} from it (200 a category, and as many as there are).",
        f"The reader is right about {reporting.spread(100 * right, 0)} % of other photographs. For one who sees no"
        f" more, the front door is {reporting.spread(mean)} from the truth, {reporting.spread(worst)} for the worst c,"
        " however many rows there are.",
    ]


def legible(reader: readout.Readout, photographs: Glyphs, size: int) -> tuple[float, float, float]:
    """What share a reader gets right, and how far off the front door is by necessity for one who sees no more."""
    read = reader.cells(glyphs.resized(photographs.images, size).unsqueeze(1).float() / 255)
    taken_for = _shares(photographs.labels, read)
    off = np.abs(limit(taken_for) - truth()).sum(1) / 2
    return float(np.diag(taken_for).mean()), float(off.mean()), float(off.max())


def _shares(labels: Tensor, read: Tensor) -> Array:
    """How often each label is read as each state, ``(10, 10)``."""
    table = np.zeros((STATES, STATES))
    np.add.at(table, (labels.numpy(), read.numpy()), 1)
    return table / table.sum(1, keepdims=True).clip(1)


def drawn(fit: dofx.Sampler, count: int) -> tuple[Tensor, Tensor]:
    """Photographs as drawn, so many for each c, and c."""
    (draw,) = (draw for stage in fit.network.stages for draw in stage.draws if draw.variables == ("x",))
    generator = fit.modules[draw.fit].cpu()
    c = torch.arange(STATES).repeat_interleave(count)
    noise = generator.noise.draw(len(c), torch.Generator().manual_seed(0))
    with torch.no_grad():
        return torch.cat([generator(z, k) for z, k in zip(noise.split(500), c.split(500), strict=True)]), c


if __name__ == "__main__":
    main()
