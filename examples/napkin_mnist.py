"""Napkin Coloured MNIST: ``P(y | do(x))`` between images, beside its exact truth and three baselines.

python examples/napkin_mnist.py [--small | --large] [--device cuda] [--only METHOD ...] [--steps N] [--seeds N ...]
    [--out FOLDER]

Small: scikit-learn's digits at 8×8, to see that it runs. Otherwise MNIST at 12×12, for two cores. Large: 32×32 and
60,000 rows, for a GPU. Samples that the folder has of a method and a seed are judged as they are, without training.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import coloured_digits
import glyphs
import image_measures
import ncm
import numpy as np
import readout
import reporting
import torch
from coloured_digits import HALVES, SHAPE, STATES, Attributes, World
from flows import flow_of
from glyphs import Glyphs
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from sheets import sheet
from torch import Tensor

import dofx

Array = NDArray[np.float64]
CELLS = int(np.prod(SHAPE))
LABELS = STATES * HALVES
PROGRAM = """
graph {{ {graph} }}
variables {{
  w1, x, y : image(3, {size}, {size})
  w2       : category({labels})
}}
query answer = {query}
"""
METHODS = ("dofx", "block", "seen", "ncm")
NO_LATENTS = "w1 -> w2 -> x -> y"


@dataclass(frozen=True)
class Setting:
    """How large the experiment is.

    Args:
        size: Pixels along a side.
        rows: Observational rows.
        written: Digits that the world writes with, and as many others for the truth at most.
        steps: Gradient steps of each generator of dofx.
        adversarial: Steps of the neural causal model.
        batch: Rows a step.
        width: Channels of the U-Nets at their finest level.
        patch: Pixels along the side of a patch that the U-Nets take as one place.
        solver: Steps of the flow's solver.
        tested: Samples for each of the twenty settings of x.
        read: Images that the reader is trained on.
        mirrored: Whether y is mirrored, as the authors' is.
    """

    size: int
    rows: int
    written: int
    steps: int
    adversarial: int
    batch: int
    width: int
    patch: int
    solver: int
    tested: int
    read: int
    mirrored: bool = False

    def trained_for(self, steps: int | None) -> Setting:
        """The same with other steps of dofx's generators, and of the neural causal model in proportion."""
        steps = steps or self.steps
        return replace(self, steps=steps, adversarial=max(1, self.adversarial * steps // self.steps))


SMALL = Setting(8, 600, 1_000, 12, 10, 64, 8, 1, 2, 20, 600)
MIDDLE = Setting(12, 10_000, 4_000, 2_500, 4_000, 128, 32, 2, 5, 250, 12_000)
LARGE = Setting(32, 60_000, 50_000, 60_000, 100_000, 256, 96, 2, 20, 1_000, 60_000, mirrored=True)


@dataclass(frozen=True)
class Outcome:
    """Samples of y from one method under one seed, where x is set as in `tests`.

    Args:
        name: Of the method, short.
        title: Of the method, in the report.
        y: Images ``(rows, 3, size, size)``.
        minutes: Of a processor core, for training and simulation.
    """

    name: str
    title: str
    y: Tensor
    minutes: float


def sampler(setting: Setting, query: str, graph: str = coloured_digits.GRAPH) -> dofx.Sampler:
    """A query about the four variables, compiled."""
    compiled = dofx.compile(PROGRAM.format(graph=graph, size=setting.size, labels=LABELS, query=query))
    assert isinstance(compiled, dofx.Sampler)
    return compiled


def fitted(
    setting: Setting,
    query: str,
    rows: Mapping[str, Tensor],
    steps: int,
    device: str,
    seed: int = 0,
    block: bool = False,
) -> dofx.Sampler:
    """The same, fitted; every image by a flow that takes so many steps, or x and y by one of six channels."""
    compiled = sampler(setting, query)
    names: list[str | tuple[str, ...]] = [("x", "y")] if block else []
    names += [name for name in ("x", "y") if any(name in fit.targets for fit in compiled.network.fits)]
    return compiled.fit(
        rows, generators=dict.fromkeys(names, flow_of(setting, steps)), seed=seed, device=device
    )


def tests(tested: int) -> Attributes:
    """The values that x is set to: each digit in red and in green, thicknesses in equal parts."""
    kinds = torch.cartesian_prod(torch.arange(STATES), torch.arange(HALVES)).repeat_interleave(tested, 0)
    return Attributes(kinds[:, 0], kinds[:, 1], torch.arange(len(kinds)) % SHAPE[2])


def truths(x: Attributes) -> Array:
    """``P(y | do(x))`` for each of the twenty settings, ``(20, cells)``: thicknesses are averaged over."""
    table = torch.from_numpy(coloured_digits.truth()).reshape(STATES, HALVES, SHAPE[2], CELLS)
    each = table[x.digit, x.colour, x.thickness]
    return each.reshape(STATES * HALVES, -1, CELLS).mean(1).numpy()


@dataclass(frozen=True)
class Judge:
    """What samples are compared with.

    Args:
        x: Images that x is set to.
        truth: The exact distribution of what y shows, for each of the twenty settings.
        real: True samples of y for these x, written with other digits than the rows.
        reader: Reads images of y.
    """

    x: Tensor
    truth: Array
    real: Tensor
    reader: readout.Readout

    def distances(self, y: Tensor) -> tuple[Array, Array]:
        """Total variation for each setting of x: of everything y shows, and of its colour alone."""
        cells = self.reader.cells(y).reshape(len(self.truth), -1)
        found = np.stack([image_measures.frequencies(row, CELLS) for row in cells])
        colours = [table.reshape(-1, *SHAPE).sum((1, 3)) for table in (found, self.truth)]
        return np.abs(found - self.truth).sum(1) / 2, np.abs(colours[0] - colours[1]).sum(1) / 2

    def figures(self, outcome: Outcome) -> tuple[float, ...]:
        """What the report says of samples, but for their minutes."""
        joint, colour = self.distances(outcome.y)
        scale = image_measures.Scale.of(self.reader.features(self.real))
        real, made = (scale(self.reader.features(images)) for images in (self.real, outcome.y))
        pairs = [torch.cat([self.x, images], 1) for images in (self.real, outcome.y)]
        return (
            joint.mean(),
            joint.max(),
            colour.mean(),
            image_measures.frechet(real, made),
            1_000 * image_measures.kernel_distance(real, made),
            image_measures.two_sample_accuracy(*pairs),
        )

    def line(self, outcomes: Sequence[Outcome]) -> list[str]:
        """A row of the report: one method, under each seed."""
        figures = np.array([self.figures(outcome) for outcome in outcomes])
        cells = [reporting.spread(column, digits) for column, digits in zip(figures.T, DIGITS, strict=True)]
        minutes = [outcome.minutes for outcome in outcomes]
        return [outcomes[0].title, *cells, reporting.spread(minutes, 1) if any(minutes) else ""]


HEADER = ["", "TV of digit, colour and thickness", "worst x", "TV of colour"]
HEADER += ["Fréchet", "1000 KID", "C2ST", "core minutes"]
DIGITS = (3, 2, 3, 2, 1, 2)


def digits(setting: Setting) -> tuple[Glyphs, Glyphs]:
    """Digits to write the rows with, and others to write the truth with."""
    if setting.size == SMALL.size:
        scans = glyphs.scans()
        return scans.part(0, setting.written), scans.part(setting.written)
    return glyphs.mnist().part(0, setting.written), glyphs.mnist(train=False).part(0, setting.written)


def reader_of(
    world: World, setting: Setting, seed: int = 0
) -> tuple[readout.Readout, Callable[[World], str]]:
    """A reader of y trained on images of even attributes, and what it gets right in a world."""

    def images(world: World, rows: int, seed: int) -> tuple[Tensor, list[Tensor]]:
        source = torch.Generator().manual_seed(seed)
        shown = Attributes(*(torch.randint(n, (rows,), generator=source) for n in SHAPE))
        return world.y(shown, world.hands(shown.digit, source)), [shown.digit, shown.colour, shown.thickness]

    reader = readout.trained(*images(world, setting.read, seed), SHAPE, seed)

    def accuracy(other: World) -> str:
        shown, labels = images(other, setting.read // 4, seed + 1)
        right = [(a == b).float().mean().item() for a, b in zip(reader.read(shown), labels, strict=True)]
        return ", ".join(f"{100 * share:.1f} %" for share in right)

    return reader, accuracy


def methods(
    setting: Setting, rows: Mapping[str, Tensor], x: Tensor, device: str, seed: int
) -> dict[str, tuple[str, Callable[[], Tensor]]]:
    """By a short name: its title, and what trains on the rows and then samples y where x is set."""
    ours = len([fit for fit in sampler(setting, "P(y | do(x))").network.fits if fit.targets != ("w1",)])

    def by_dofx(block: bool = False) -> Tensor:
        steps = ours * setting.steps // (ours - 1) if block else setting.steps
        answer = fitted(setting, "P(y | do(x))", rows, steps, device, seed, block=block)
        print(answer.report, flush=True)
        return answer.sample(len(x), do={"x": x}, seed=seed + 1)["y"].cpu()

    def as_seen() -> Tensor:
        answer = fitted(setting, "P(y | x)", rows, ours * setting.steps, device, seed)
        return answer.sample(len(x), given={"x": x}, seed=seed + 1)["y"].cpu()

    def jointly() -> Tensor:
        model = ncm.trained(rows, LABELS, setting.adversarial, seed=seed, device=device)
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed + 1)
            return torch.cat([model.intervened(part.to(device)) for part in x.split(1_000)]).cpu()

    return {
        "dofx": ("dofx", by_dofx),
        "block": ("dofx, x and y as one block", partial(by_dofx, block=True)),
        "seen": ("P(y given x), which is DCM's answer too", as_seen),
        "ncm": ("NCM, trained jointly", jointly),
    }


def outcome_of(name: str, seed: int, title: str, method: Callable[[], Tensor], folder: Path) -> Outcome:
    """What a method gives under a seed, from the folder if it was there before."""
    path = folder / f"{name}-{seed}.safetensors"
    if path.exists():
        kept = load_file(path)
        return Outcome(name, title, kept["y"].float() / 255, float(kept["minutes"]))
    began = time.process_time()
    y = method()
    minutes = (time.process_time() - began) / 60
    folder.mkdir(parents=True, exist_ok=True)
    save_file({"y": (255 * y).round().to(torch.uint8), "minutes": torch.tensor(minutes)}, path)
    return Outcome(name, title, y, minutes)


def main(arguments: Sequence[str] | None = None) -> list[Outcome]:
    """Trains, samples, judges, and writes a report and a sheet of samples."""
    started = time.perf_counter()
    parser = reporting.options(__doc__ or "", "napkin_mnist")
    parser.add_argument("--only", nargs="*", choices=METHODS, help="some of the methods")
    parser.add_argument(
        "--steps", type=int, help="steps of each generator of dofx; the others get their share"
    )
    options = parser.parse_args(arguments)
    setting = (SMALL if options.small else LARGE if options.large else MIDDLE).trained_for(options.steps)
    train, test = (World(part, setting.size, setting.mirrored) for part in digits(setting))
    shown = tests(setting.tested)
    hand = test.hands(shown.digit, torch.Generator().manual_seed(2))
    x = test.x(shown, hand)
    outcomes = [Outcome("truth", "true samples, once more", test.intervened(shown, hand, seed=4)[0], 0)]
    for seed in options.seeds:
        run = methods(setting, train.observed(setting.rows, seed), x, options.device, seed)
        outcomes += [outcome_of(name, seed, *run[name], options.out) for name in options.only or run]
    reader, accuracy = reader_of(train, setting)
    judge = Judge(x, truths(shown), test.intervened(shown, hand, seed=3)[0], reader)
    floor = np.mean([image_measures.sampling_floor(row, setting.tested) for row in judge.truth])
    flags = reporting.flags(options) + (f" --steps {options.steps}" if options.steps else "")
    by_method = [[o for o in outcomes if o.name == name] for name in dict.fromkeys(o.name for o in outcomes)]
    lines = [
        reporting.table(HEADER, [judge.line(same) for same in by_method]),
        f"By chance alone {setting.tested} true samples are {floor:.3f} from the truth. The reader gets digit, colour"
        f" and thickness right in {accuracy(test)} of images by other hands.",
        reporting.footer(
            f"examples/napkin_mnist.py{flags}", reporting.named(options.seeds), started, options.device
        ),
    ]
    report = "\n\n".join(lines)
    print(report)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "napkin_mnist.md").write_text(report + "\n")
    picture(x, [same[0] for same in by_method], setting.tested, options.out / "napkin_mnist.png")
    return outcomes


def picture(x: Tensor, outcomes: Sequence[Outcome], tested: int, path: Path) -> None:
    """A sheet: each digit, in red and green by turns, and the first samples of each method."""
    rows = [2 * digit + digit % 2 for digit in range(STATES)]

    def first(images: Tensor, columns: int) -> Tensor:
        return images.reshape(STATES * HALVES, tested, *images.shape[1:])[rows, :columns]

    blocks = {"do(x), the first": first(x, 1)} | {outcome.name: first(outcome.y, 7) for outcome in outcomes}
    sheet(blocks, [f"{digit} {('red', 'green')[digit % 2]}" for digit in range(STATES)], path)


if __name__ == "__main__":
    main()
