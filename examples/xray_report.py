"""From a finding to a report to an X-ray: ``P(x | do(f))`` through written text, beside its exact truth.

python examples/xray_report.py [--small | --large] [--device cuda] [--seeds N ...] [--images FILE] [--steps N]
    [--out FOLDER]

``f -> r -> x; f <-> x``: a front door whose mediator is text. `ward` is the world, `radiology` has its sentences and
X-rays. Small: drawn X-rays at 8×8 and made-up sentences, to see that it runs; it needs no data. Otherwise 24×24, for
two cores. Large: 64×64 and 60,000 rows, for a GPU. Generators that the folder has are not trained again.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import radiology
import reporting
import torch
import ward
from archives import CACHE
from flows import flow_of
from numpy.typing import NDArray
from radiology import Films, Reports
from sheets import sheet
from torch import Tensor
from ward import Rows, Ward
from xray_judge import DIGITS, HEADER, Judge, Texts, nearest, quoted, wording

import dofx
from dofx.generators import Text, TextGenerator, VariableType, decode, encode

Array = NDArray[np.float64]
METHODS = {
    "truth": "floor: true samples, read the same way",
    "dofx": "dofx",
    "reports": "dofx, real reports in place of written ones",
    "films": "dofx, real X-rays in place of drawn ones",
    "seen": "P(x given f), which is DCM's answer too",
    "archive": "rows of the archive with this f",
}
SHOWN = {"archive": "archive, with f", "truth": "truth, do(f)", "dofx": "dofx, do(f)", "seen": "P(x | f)"}
FINDINGS = ("no finding", "pneumonia")
LONGEST = 120
"""Bytes of a sentence."""
PROGRAM = """
graph {{ {graph} }}
variables {{
  f : category(2)
  r : text({longest})
  x : image(1, {size}, {size})
}}
query answer = {query}
"""


@dataclass(frozen=True)
class Setting:
    """How large the experiment is.

    Args:
        size: Pixels along a side.
        rows: Rows of the archive.
        steps: Gradient steps of a generator of X-rays.
        written: Gradient steps of the generator of text.
        batch: Rows a step of the former.
        width: Channels of its U-Net at its finest level.
        patch: Pixels along the side of a patch that it takes as one place.
        solver: Steps of the flow's solver.
        tested: Samples for each finding.
        read: X-rays that the reader is trained on, with repetitions.
    """

    size: int
    rows: int
    steps: int
    written: int
    batch: int
    width: int
    patch: int
    solver: int
    tested: int
    read: int


SMALL = Setting(8, 400, 12, 12, 64, 8, 1, 2, 40, 2_400)
MIDDLE = Setting(24, 8_000, 3_000, 1_000, 64, 32, 2, 5, 4_000, 2_400)
LARGE = Setting(64, 60_000, 60_000, 10_000, 256, 96, 2, 20, 5_000, 9_600)


def sampler(size: int, query: str, graph: str = ward.GRAPH) -> dofx.Sampler:
    """A query about f, r and x, compiled."""
    compiled = dofx.compile(PROGRAM.format(graph=graph, longest=LONGEST, size=size, query=query))
    assert isinstance(compiled, dofx.Sampler)
    return compiled


def fitted(setting: Setting, query: str, rows: Rows, seed: int, device: str, cache: Path) -> dofx.Sampler:
    """The same, fitted: a flow for the X-ray, a small transformer for the report."""

    def writer(target: VariableType, given: Sequence[VariableType]) -> TextGenerator:
        generator = TextGenerator(target, given)
        generator.recipe = replace(generator.recipe, steps=setting.written)
        return generator

    compiled = sampler(setting.size, query)
    families = {"x": flow_of(setting, setting.steps), "r": writer}
    used = {name for fit in compiled.network.fits for name in fit.targets}
    generators = {name: families[name] for name in families if name in used}
    data = {"f": rows.f, "r": rows.r, "x": rows.x}
    return compiled.fit(data, generators=generators, seed=seed, device=device, cache=cache)


def generator_of(fit: dofx.Sampler, variable: str) -> torch.nn.Module:
    """What draws a variable, on the CPU; no variable but f is drawn twice."""
    (draw,) = (draw for stage in fit.network.stages for draw in stage.draws if draw.variables == (variable,))
    return fit.modules[draw.fit].cpu()


@torch.no_grad()
def called(generator: torch.nn.Module, given: Sequence[Tensor], seed: int) -> Tensor:
    """A draw for each row of the conditions."""
    noise = generator.noise.draw(len(given[0]), torch.Generator().manual_seed(seed))
    parts = zip(noise.split(500), *(values.split(500) for values in given), strict=True)
    return torch.cat([generator(*part) for part in parts])


@dataclass(frozen=True)
class Outcome:
    """What one seed gives.

    Args:
        x: X-rays of each method, half of them for each f.
        texts: Reports as written, likewise.
        judge: Who judges them.
        notes: What else was found.
    """

    x: dict[str, Tensor]
    texts: Texts
    judge: Judge
    notes: str


def outcome_of(setting: Setting, data: tuple[Films, Reports], seed: int, device: str, cache: Path) -> Outcome:
    """Trains, draws and reads under one seed, which also says whose X-rays the archive has."""
    films, others = data[0].halves(seed)
    world = Ward(films, data[1], setting.size)
    rows, f = world.observed(setting.rows, seed), torch.arange(2).repeat_interleave(setting.tested)
    seen = fitted(setting, "P(x | f)", rows, seed, device, cache)
    ours = fitted(setting, "P(x | do(f))", rows, seed, device, cache)
    print(f"seed {seed}\n{seen.report}\n{ours.report}\n", flush=True)
    other = torch.from_numpy(np.random.default_rng(seed + 400).choice(rows.f.numpy(), len(f)))
    texts = decode(Text(LONGEST), called(generator_of(ours, "r"), [f], seed + 500))
    real = encode(Text(LONGEST), world.intervened(f, seed + 100).r)
    x = {
        "truth": world.intervened(f, seed + 200).x,
        "dofx": ours.sample(len(f), do={"f": f}, seed=seed)["x"].cpu(),
        "reports": called(generator_of(ours, "x"), [other, real], seed + 600),
        "films": filed_with(rows, other, texts, seed),
        "seen": seen.sample(len(f), given={"f": f}, seed=seed)["x"].cpu(),
        "archive": filed_with(rows, f, None, seed),
    }
    judge = Judge.of(world, world.intervened(f, seed + 300).x, others, setting.read, seed)
    strangers = Ward(others, data[1], setting.size).images
    near = [nearest(images, world.images) for images in (x["dofx"], x["seen"], strangers)]
    notes = (
        f"Seed {seed}. {judge.notes(setting.tested)} The median distance to the nearest X-ray of the archive, in"
        f" grey levels of 255, is {near[0]:.1f} for dofx, {near[1]:.1f} for `P(x | f)` and {near[2]:.1f} for X-rays of"
        f" other patients. {wording(texts, data[1])}"
    )
    return Outcome(x, texts, judge, notes)


def filed_with(rows: Rows, f: Tensor, texts: Texts | None, seed: int) -> Tensor:
    """X-rays of the archive in place of drawn ones: each of a row with this f whose report states what a text does.

    A text that states nothing, and no text, get that of any row with this f.
    """
    source, found = np.random.default_rng(seed), np.empty(len(f), dtype=np.int64)
    said = [None] * len(f) if texts is None else [radiology.stated(text) for text in texts]
    asked = list(zip(f.tolist(), said, strict=True))
    for state, says in dict.fromkeys(asked):
        pool = rows.f == state if says is None else (rows.f == state) & (rows.shown == says)
        mine = [place for place, pair in enumerate(asked) if pair == (state, says)]
        found[mine] = source.choice(np.flatnonzero(pool.numpy()), len(mine))
    return rows.x[torch.from_numpy(found)]


def picture(outcome: Outcome, path: Path, lines: int = 4, columns: int = 5) -> None:
    """A sheet: the archive, the truth, dofx and `P(x | f)`, a few lines for each f."""
    blocks = {}
    for name, title in SHOWN.items():
        images = outcome.x[name]
        chosen = images.reshape(2, -1, *images.shape[1:])[:, : lines * columns]
        blocks[title] = chosen.reshape(2 * lines, columns, *images.shape[1:])
    labels = [FINDINGS[row // lines] if row % lines == 0 else "" for row in range(2 * lines)]
    sheet(blocks, labels, path)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = reporting.options(__doc__ or "", "xray_report")
    parser.add_argument("--images", type=Path, default=CACHE / "cxr_64.npz", help="X-rays, with .csv beside")
    parser.add_argument("--steps", type=int, default=None, help="gradient steps of each generator of X-rays")
    return parser


def report_of(outcomes: Sequence[Outcome], figures: Mapping[str, Array], reports: Reports) -> str:
    """All but the last line of a report."""
    lines = [
        [METHODS[name], *(reporting.spread(column, n) for column, n in zip(table.T, DIGITS, strict=True))]
        for name, table in figures.items()
    ]
    new = quoted(outcomes[0].texts, reports)
    return "\n\n".join(
        [
            reporting.table(HEADER, lines),
            *(outcome.notes for outcome in outcomes),
            f"Written for f = 0, and in no report of a radiologist: {new[0]}. For f = 1: {new[1]}.",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> dict[str, Array]:
    """Every method under every seed, a report and a sheet of samples; returns figures ``(seeds, 5)``."""
    started, command = time.perf_counter(), parser()
    options = command.parse_args(arguments)
    setting = SMALL if options.small else LARGE if options.large else MIDDLE
    setting = replace(setting, steps=options.steps or setting.steps)
    try:
        data = radiology.stand_in() if options.small else radiology.real(options.images)
    except RuntimeError as error:
        command.error(str(error))
    cache = options.out / f"generators-{setting.steps}"
    outcomes = [outcome_of(setting, data, seed, options.device, cache) for seed in options.seeds]
    figures = {name: np.array([each.judge.figures(each.x[name]) for each in outcomes]) for name in METHODS}
    flags = reporting.flags(options) + (f" --steps {options.steps}" if options.steps else "")
    command_line, seeds = f"examples/xray_report.py{flags}", reporting.named(options.seeds)
    last = reporting.footer(command_line, seeds, started, options.device)
    if not options.small and not radiology.are_reported(options.images):
        last += " The X-rays are not those of the committed report."
    report = report_of(outcomes, figures, data[1]) + f"\n\n{last}"
    print(report)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "xray_report.md").write_text(report + "\n")
    picture(outcomes[0], options.out / "xray_report.png")
    return figures


if __name__ == "__main__":
    main()
