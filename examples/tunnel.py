"""The light tunnel: images under an intervention on its lights, beside the images of its simulator.

python examples/tunnel.py [--small]

Gamella, Peters, Bühlmann (2025), "Causal chambers as a real-world physical testbed for AI methodology", Nature
Machine Intelligence: coloured lights shine through two polarisers into a camera. causalchamber (MIT) ships a
calibrated simulator of the images (model F3). Here an operator whom nobody records sets red and blue against each
other, but for a quarter of the time, and closes the first polariser as red rises:

    operator -> {red, blue};  red -> pol_1;  {red, green, blue, pol_1, pol_2} -> image
"""

from __future__ import annotations

import contextlib
import io
import sys
import time
import warnings
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from archives import CAUSALCHAMBER
from numpy.typing import NDArray
from reporting import Array, energy_distance, footer, is_small, named, spread, table
from sheets import strips
from torch import Tensor, nn

import dofx
from dofx.generators import FlowMatchingGenerator, Noise

GRAPH = "red -> pol_1; red <-> blue; {red, green, blue, pol_1, pol_2} -> image"
SETTINGS = ("red", "green", "blue", "pol_1", "pol_2")
SIZE, FINE, GRAIN, HEEDLESS = 16, 4, 0.02, 0.25
ROWS, DRAWS, EPOCHS, SEEDS, REDS = 8_000, 1_000, 10, range(3), (40.0, 220.0)
FLOW = partial(FlowMatchingGenerator, patch=2)
PICTURE = Path("docs") / "images" / "tunnel.png"
CALIBRATED: dict[str, Any] = {
    "S": np.array(
        [
            [0.2995802, 0.06920322, 0.028159],
            [0.04017132, 0.9209918, 0.31265],
            [0.00217392, 0.2071558, 0.75763],
        ]
    ),
    "w_r": 2.65625,
    "w_g": 1.0,
    "w_b": 1.77344,
    "Tp": np.array([[0.29, 0.35, 0.33]]).T,
    "Tc": np.array([[0.02, 0.08, 0.18]]).T,
    "exposure": 2.5,
    "center_x": 0.5,
    "center_y": 0.5,
    "offset": 0,
}
"""What the simulator's tutorial gives, but for the radius and the size."""

Rows = Mapping[str, NDArray[np.float64]]


@cache
def simulator() -> Any:
    """The calibrated simulator, read from its wheel; what it prints on import is dropped."""
    sys.path.append(str(CAUSALCHAMBER.path()))
    with contextlib.redirect_stdout(io.StringIO()):
        from causalchamber.simulators.lt.image.models_f import ModelF3
    return ModelF3(**CALIBRATED, radius=0.45, image_size=SIZE * FINE)


def photographs(settings: Rows, grain: Array) -> NDArray[np.float32]:
    """Images ``(rows, 3, 16, 16)`` in [0, 1]: each pixel the mean of 16 simulated ones, and the camera's noise."""
    parts = []
    for start in range(0, len(settings["red"]), 500):
        part = {name: settings[name][start : start + 500] for name in SETTINGS}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # it crosses vectors of two dimensions
            fine = simulator()._simulate(**part, **simulator().parameters())
        parts.append(fine.reshape(-1, SIZE, FINE, SIZE, FINE, 3).mean((2, 4)).transpose(0, 3, 1, 2))
    return (np.concatenate(parts) + GRAIN * grain).clip(0, 1).astype("float32")


def settled(red: Array, blue: Array, chance: Array) -> dict[str, Array]:
    """All settings, from uniform ``chance`` ``(rows, 3)`` for those that follow or are free."""
    return {
        "red": red,
        "green": 255 * chance[:, 0],
        "blue": blue,
        "pol_1": 45 * red / 255 + 20 * chance[:, 1],
        "pol_2": 30 * chance[:, 2],
    }


def world(rows: int, seed: int, red: float | None = None) -> dict[str, Any]:
    """Settings and their images: as the operator leaves them, or with red set by us."""
    rng = np.random.default_rng(seed)
    warm = rng.beta(0.6, 0.6, rows)
    own = 255 * (0.75 * warm + 0.25 * rng.random(rows))
    heedless = rng.random(rows) < HEEDLESS
    blue = 255 * (0.75 * np.where(heedless, rng.random(rows), 1 - warm) + 0.25 * rng.random(rows))
    settings = settled(own if red is None else np.full(rows, red), blue, rng.random((rows, 3)))
    return {**settings, "image": photographs(settings, rng.normal(size=(rows, 3, SIZE, SIZE)))}


class Simulated(nn.Module):
    """``P(image | red, blue)`` by the simulator itself: what a perfect generator would draw."""

    family = "simulator"

    def __init__(self, target: Any, given: Sequence[Any]) -> None:
        super().__init__()
        self.noise = Noise((3 + 3 * SIZE * SIZE,), "normal")

    def forward(self, noise: Tensor, red: Tensor, blue: Tensor) -> Tensor:
        """Images ``(rows, 3, 16, 16)``; the noise is that of three settings and of the camera."""
        chance = torch.special.ndtr(noise[:, :3].double()).numpy()
        settings = settled(red.double().numpy(), blue.double().numpy(), chance)
        grain = noise[:, 3:].double().numpy().reshape(-1, 3, SIZE, SIZE)
        return torch.from_numpy(photographs(settings, grain))


def fitted(query: str, data: Mapping[str, Any], seed: int, epochs: int, image: Any = FLOW) -> dofx.Sampler:
    """A fitted sampler of images, by flow matching unless another generator is given."""
    types = dict.fromkeys(SETTINGS, "real") | {"image": f"image(3, {SIZE}, {SIZE})"}
    compiled = dofx.compile(query, GRAPH, variables=types)
    if image is Simulated:
        assert ("red", "blue") in [fit.given for fit in compiled.network.fits]
    return compiled.fit(data, generators={"image": image}, epochs=epochs, seed=seed, progress=False)


def colours(images: NDArray[np.float32]) -> Array:
    """The mean colour of the middle of each image, which the light fills: ``(rows, 3)``."""
    return np.asarray(images[:, :, 5:11, 5:11].mean((2, 3)), "float64")


def distance(images: NDArray[np.float32], true: NDArray[np.float32]) -> tuple[float, float]:
    """Roots of energy distances of colours and of all pixels, relative to those of unrelated true images."""
    found = []
    for one, other in ((colours(images), colours(true)), (images, true)):
        flat, target = (a.reshape(len(a), -1).astype("float64") for a in (one, other))
        scale = np.linalg.norm(target - target[::-1], axis=1).mean()
        found.append(float(np.sqrt(max(0.0, energy_distance(flat, target)) / scale)))
    return found[0], found[1]


def images_of(compiled: dofx.Sampler, red: float, draws: int, seed: int) -> NDArray[np.float32]:
    """Samples at one brightness of red, set or seen as the query says."""
    values = {"red": red}
    asked = {"do": values} if compiled.query.interventions else {"given": values}
    return compiled.sample(draws, seed=seed, **asked)["image"].numpy()


def methods(rows: int, draws: int, seed: int, epochs: int) -> dict[str, dict[float, NDArray[np.float32]]]:
    """Images under each brightness of red, by each method."""
    data = world(rows, seed)
    do, see = "P(image | do(red))", "P(image | red)"
    samplers = {
        "seen: `P(image | red)`": fitted(see, data, seed, epochs),
        "dofx: `P(image | do(red))`": fitted(do, data, seed, epochs),
        "dofx, images by the simulator": fitted(do, data, seed, epochs, Simulated),
    }
    found = {
        name: {red: images_of(compiled, red, draws, seed) for red in REDS}
        for name, compiled in samplers.items()
    }
    return found | {
        "floor: the simulator again": {red: world(draws, 1_000 + seed, red)["image"] for red in REDS}
    }


def main(arguments: list[str] | None = None) -> None:
    """Every method under every seed, and a picture of the first."""
    started = time.perf_counter()
    small = is_small(__doc__, arguments)
    torch.set_num_threads(1)
    seeds, draws = (range(1), 50) if small else (SEEDS, DRAWS)
    distances: dict[tuple[str, float], list[tuple[float, float]]] = {}
    for seed in seeds:
        found = methods(200 if small else ROWS, draws, seed, 1 if small else EPOCHS)
        for name, by_red in found.items():
            for red, images in by_red.items():
                true = world(draws, 2_000 + seed, red)["image"]
                distances.setdefault((name, red), []).append(distance(images, true))
        if seed == 0 and not small:
            brighter = {name.replace("`", ""): images[REDS[-1]][:12] for name, images in found.items()}
            strips(brighter, PICTURE)
    print("# Light tunnel: `P(image | do(red))`\n")
    print(
        "Root of the energy distance to the simulator's images, relative to that of unrelated ones: of the colour in\n"
        f"the middle, and of all pixels. {draws:,} draws; median and range over the seeds.\n"
    )
    header = ["images", *(f"red = {red:.0f}, {what}" for red in REDS for what in ("colour", "pixels"))]
    names = dict.fromkeys(name for name, _ in distances)
    lines = [
        [name, *(spread([d[part] for d in distances[name, red]]) for red in REDS for part in (0, 1))]
        for name in names
    ]
    print(table(header, lines))
    print(f"\n{footer('examples/tunnel.py', named(seeds), started)}")


if __name__ == "__main__":
    main()
