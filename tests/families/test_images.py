"""Images from end to end: bytes in and bytes out, as outcome, as condition and on the way."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image as Picture
from torch import Tensor

import dofx
from dofx.runtime.families import Family
from dofx.runtime.families.atoms import AtomsGenerator
from dofx.runtime.families.softmax import SoftmaxGenerator
from dofx.runtime.families.spline import SplineGenerator
from dofx.runtime.families.velocities.ddpm import DdpmGenerator
from dofx.runtime.families.velocities.flow_matching import FlowMatchingGenerator
from dofx.runtime.families.velocities.transport import Transport
from dofx.runtime.neural.standard_scale import Pixels
from dofx.runtime.neural.unet import UNet
from dofx.runtime.sampler import Sampler
from dofx.runtime.training.checkpoint import Checkpoint
from dofx.runtime.training.settings import FitReport, FitSettings, Progress
from dofx.runtime.variables import Image, Real, parse_type

SMALL = partial(FlowMatchingGenerator, width=8, steps=3)
over_families_of_images = pytest.mark.parametrize("family", [FlowMatchingGenerator, DdpmGenerator])


def front_door(dtype: type = np.uint8) -> dict[str, np.ndarray]:
    """Mostly x decides which half of a photo is bright, and that y; x and y have a common cause."""
    rng, rows = np.random.default_rng(0), 1_500
    cause = rng.random(rows) < 0.5
    x = rng.random(rows) < 0.2 + 0.6 * cause
    left = (np.arange(6) < 3) == (x ^ (rng.random(rows) < 0.2))[:, None]
    bright = np.where(left, 200, 50)[:, None, None, :] + rng.integers(-30, 30, (rows, 1, 6, 6))
    y = rng.random(rows) < 0.1 + 0.4 * cause + 0.4 * (bright[:, 0, :, :3].mean((1, 2)) > 125)
    return {"x": x, "photo": bright.astype(dtype), "y": y}


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    sampler = dofx.compile(
        "P(photo, y | do(x))", "x -> photo -> y; x <-> y", variables={"photo": "image(1, 6, 6)"}
    )
    assert isinstance(sampler, Sampler)
    settings = FitSettings(epochs=8, batch_size=32)
    return sampler.fit(front_door(), generators={"photo": SMALL}, settings=settings, progress=False)


def test_photos_come_out_as_they_went_in(sampler: Sampler, tmp_path: Path) -> None:
    samples = sampler.sample(300, do={"x": True}, seed=0)
    assert samples["photo"].shape == (300, 1, 6, 6)
    assert samples["photo"].dtype is torch.uint8
    assert samples.values_of("photo").dtype == np.uint8
    assert str(sampler.types["photo"]) == "image(1, 6, 6, 'uint8')"
    photos = samples["photo"].float().mean((1, 2))
    halves = torch.stack([photos[:, :3].mean(1), photos[:, 3:].mean(1)], 1)
    assert float((halves[:, 0] > halves[:, 1]).float().mean()) == pytest.approx(0.8, abs=0.1)
    torch.testing.assert_close(halves.sort(1).values.mean(0), torch.tensor([50.0, 200.0]), atol=15, rtol=0)
    sampler.save(tmp_path / "photos")
    again = dofx.load(tmp_path / "photos").sample(300, do={"x": True}, seed=0)
    assert torch.equal(again["photo"], samples["photo"])


def test_a_mediating_photo_gives_the_effect(sampler: Sampler) -> None:
    """By the photo, x changes y by 0.24; seen, by 0.48."""
    y = [sampler.sample(2_000, do={"x": x}, seed=1)["y"].double().mean() for x in (True, False)]
    assert float(y[0] - y[1]) == pytest.approx(0.24, abs=0.1)


def test_real_pixels_stay_real() -> None:
    data = front_door(np.float32)
    sampler = dofx.compile("P(photo | do(x))", "x -> photo")
    assert isinstance(sampler, Sampler)
    sampler.fit(data, generators={"photo": SMALL}, epochs=1, progress=False)
    photos = sampler.sample(50, do={"x": True}, seed=0)["photo"]
    assert photos.dtype is torch.float32
    assert data["photo"].min() <= float(photos.min())
    assert float(photos.max()) <= data["photo"].max()


@pytest.mark.parametrize("size", [(1, 1), (2, 3), (5, 7), (8, 8), (28, 28), (9, 40)])
def test_a_net_fits_images_of_any_size(size: tuple[int, int]) -> None:
    network = UNet(2, *size, beside=1, embedding=4, width=8)
    image, beside = torch.zeros(3, 2, *size), torch.zeros(3, 1, *size)
    assert network(image, torch.zeros(3, 4), beside).shape == image.shape


def test_images_without_spread_are_kept() -> None:
    pixels = Pixels(Image(2, 3, 3))
    images = torch.full((5, 2, 3, 3), 7.0)
    pixels.fit(images)
    torch.testing.assert_close(pixels.inverse(torch.randn(5, 2, 3, 3)), images)


def test_a_patch_that_was_asked_for_is_taken_kept_and_checked() -> None:
    image = Image(1, 8, 8)
    coarse = FlowMatchingGenerator(image, [image], width=8, steps=2, patch=2)
    assert isinstance(coarse.velocity.network, UNet)
    assert coarse.velocity.network.sizes[0] == (4, 4)
    again = FlowMatchingGenerator.from_config(coarse.config())
    again.load_state_dict(coarse.state_dict())
    noise, given = coarse.noise.draw(3, torch.Generator().manual_seed(0)), torch.rand(3, 1, 8, 8)
    assert torch.equal(again(noise, given), coarse(noise, given))
    with pytest.raises(ValueError, match="does not divide 8 × 8"):
        FlowMatchingGenerator(image, [], patch=3)


@pytest.mark.parametrize("family", [SoftmaxGenerator, AtomsGenerator, SplineGenerator])
def test_what_an_image_shows_is_read(family: type[Family]) -> None:
    """Stripes, upright or not, light or dark first: each pixel by itself says nothing of which."""
    source, rows = torch.Generator().manual_seed(0), 1_500
    stripes = torch.tensor([1.0, 1.0, -1.0, -1.0]).repeat(3).expand(12, 12)
    which, sign = torch.randint(2, (2, rows), generator=source)
    images = torch.where((which == 1)[:, None, None], stripes, stripes.T) * (2 * sign - 1)[:, None, None]
    images = (images + 0.5 * torch.randn(images.shape, generator=source)).unsqueeze(1)
    finite = family is SoftmaxGenerator
    target = which if finite else 4.0 * which + torch.randn(rows, generator=source)
    generator = family(parse_type("bool") if finite else Real(), [Image(1, 12, 12)])
    generator.fit(target[:1_200], [images[:1_200]], FitSettings(epochs=20))
    with torch.no_grad():
        drawn = generator(generator.noise.draw(300, source), images[1_200:])
    right = (drawn > (0 if finite else 2)) == (which[1_200:] == 1)
    assert float(right.float().mean()) > 0.9


class Killed(Exception):
    pass


@over_families_of_images
def test_a_killed_training_goes_on_where_it_was(
    family: type[Transport], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And ends with the weights that it would have had."""
    monkeypatch.setattr(Checkpoint.__init__, "__defaults__", (0.0,))
    data = {name: torch.from_numpy(values) for name, values in front_door().items()}
    photo, x = data["photo"].float(), data["x"].long()

    def fit(progress: Progress | None, path: Path | None) -> tuple[Transport, FitReport]:
        generator = family(Image(1, 6, 6), [parse_type("bool")], width=8, steps=3)
        settings = FitSettings(epochs=4, batch_size=256, checkpoint=path, progress=progress)
        return generator, generator.fit(photo, [x], settings)

    def kill(epoch: int, epochs: int, score: float) -> None:
        if epoch == 3:
            raise Killed

    whole, report = fit(None, None)
    with pytest.raises(Killed):
        fit(kill, tmp_path / "part")
    epochs: list[int] = []
    resumed, again = fit(lambda epoch, *_: epochs.append(epoch), tmp_path / "part")
    assert epochs == [3, 4]
    assert again.score == report.score
    for ours, theirs in zip(resumed.parameters(), whole.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert not (tmp_path / "part").exists()


@pytest.mark.parametrize("left", [{}, {"live.0": torch.zeros(3)}], ids=["nothing", "another network"])
def test_a_training_starts_anew_where_the_file_on_its_way_is_of_another(
    left: dict[str, Tensor], tmp_path: Path
) -> None:
    """It used to fail, and to fail again, until somebody took the file away."""
    data = {name: torch.from_numpy(values) for name, values in front_door().items()}
    drawn = []
    for path in (tmp_path / "part", None):
        Checkpoint(path).write(left, {"epoch": 1})
        generator = FlowMatchingGenerator(Image(1, 6, 6), [parse_type("bool")], width=8, steps=3)
        settings = FitSettings(epochs=1, batch_size=256, checkpoint=path)
        generator.fit(data["photo"].float(), [data["x"].long()], settings)
        drawn.append(generator.state_dict())
    assert all(torch.equal(drawn[0][name], tensor) for name, tensor in drawn[1].items())


@over_families_of_images
def test_a_training_shows_sheets_and_is_not_changed_by_them(family: type[Transport], tmp_path: Path) -> None:
    data = {name: torch.from_numpy(values) for name, values in front_door().items()}
    photo, x = data["photo"].float(), data["x"].long()

    def fit(folder: Path | None) -> Transport:
        generator = family(Image(1, 6, 6), [parse_type("bool")], width=8, steps=3)
        generator.fit(photo, [x], FitSettings(epochs=3, batch_size=256, sheets=folder))
        return generator

    watched, alone = fit(tmp_path / "sheets"), fit(None)
    for ours, theirs in zip(watched.parameters(), alone.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    names = [f"epoch-000{epoch}.png" for epoch in (1, 2, 3)]
    assert sorted(path.name for path in (tmp_path / "sheets").iterdir()) == names
    pages = []
    for name in names:
        with Picture.open(tmp_path / "sheets" / name) as page:
            pages.append(np.asarray(page))
    assert {page.shape for page in pages} == {(8 * 7, 9 * 7, 3)}
    first, last = (page[..., 0].reshape(8, 7, 9, 7)[:, :6, :, :6] for page in pages[::2])
    assert np.array_equal(first[:, :, 0], last[:, :, 0])  # real images
    assert not np.array_equal(first[:, :, 1:], last[:, :, 1:])
    reach = float(photo.max() - photo.min())
    shown = torch.from_numpy(last[:, :, 0].reshape(8, 36).astype("float32")) / 255 * reach + photo.min()
    nearest = (shown.round()[:, None] - photo.flatten(1)).abs().amax(2).amin(1)
    assert float(nearest.max()) == 0


def test_sheets_of_a_query_lie_in_a_folder_for_each_draw(tmp_path: Path) -> None:
    sampler = dofx.compile("P(photo | do(x))", "x -> photo")
    assert isinstance(sampler, Sampler)
    settings = FitSettings(epochs=1, sheets=str(tmp_path))
    sampler.fit(front_door(), generators={"photo": SMALL}, settings=settings, progress=False)
    assert [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png")] == ["1-photo/epoch-0001.png"]


def test_a_limit_on_time_is_kept() -> None:
    data = {name: torch.from_numpy(values) for name, values in front_door().items()}
    generator = SMALL(Image(1, 6, 6), [])
    report = generator.fit(data["photo"].float(), [], FitSettings(epochs=10_000, minutes=0.01))
    assert report.epochs < 1_000
    assert report.seconds < 30


@over_families_of_images
def test_half_precision_trains(family: type[Transport]) -> None:
    photo = torch.from_numpy(front_door()["photo"]).float()
    generator = family(Image(1, 6, 6), [], width=8, steps=3)
    report = generator.fit(photo, [], FitSettings(epochs=3, batch_size=128, precision="bf16"))
    assert report.measure == "loss"
    assert report.score is not None
    assert -2 < report.score < 0
