"""Diffusion pipelines as generators of images: tiny ones, not trained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.foreign import from_pipeline
from dofx.runtime.sampler import Sampler

diffusers = pytest.importorskip("diffusers")

RNG = np.random.default_rng(0)
ROWS = {"digit": RNG.integers(0, 3, 60), "scan": RNG.random((60, 1, 8, 8)).astype(np.float32)}


def tiny(classes: int | None = 3) -> Any:
    torch.manual_seed(0)
    network = diffusers.UNet2DModel(
        sample_size=8,
        in_channels=1,
        out_channels=1,
        layers_per_block=1,
        block_out_channels=(8, 8),
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
        norm_num_groups=4,
        num_class_embeds=classes,
    )
    return diffusers.DDPMPipeline(network.eval(), diffusers.DDPMScheduler(num_train_timesteps=20))


def fitted(filling: Any) -> Sampler:
    sampler = dofx.compile("P(scan | do(digit))", "digit -> scan")
    return sampler.fit(ROWS, generators={"scan": filling}, progress=False)


def by_class(given: Any) -> dict[str, Any]:
    return {"class_labels": given["digit"]}


def test_a_pipeline_draws_images_from_noise() -> None:
    sampler = fitted(from_pipeline(tiny(), by_class, steps=3))
    first, second = (sampler.sample(6, do={"digit": 2}, seed=0)["scan"] for _ in range(2))
    assert first.shape == (6, 1, 8, 8)
    assert torch.equal(first, second)
    assert 0 <= float(first.min()) < float(first.max()) <= 1
    other = sampler.sample(6, do={"digit": 0}, seed=0)["scan"]
    assert not torch.allclose(first, other), "the class matters"
    torch.testing.assert_close(
        sampler.sample(2, do={"digit": 2}, seed=0, start=3)["scan"], first[3:5], atol=1e-5, rtol=0
    )
    (record,) = sampler.report or ()
    assert (record.family, record.report.measure) == ("pipeline", "energy")
    assert "network.conv_in.weight" in dict(sampler.modules[sampler.network.fits[0]].named_parameters())


def test_it_is_ddim_without_noise_of_its_own() -> None:
    """What diffusers' own pipeline of these steps draws from the same noise."""
    pipeline = tiny(None)
    sampler = fitted(from_pipeline(pipeline, steps=4))
    noise = torch.randn(2, 1, 8, 8, generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        drawn = sampler.modules[sampler.network.fits[0]](noise, torch.zeros(2, dtype=torch.int64))
    ddim = diffusers.DDIMPipeline(pipeline.unet, pipeline.scheduler)
    ddim.set_progress_bar_config(disable=True)
    source = torch.Generator().manual_seed(3)
    expected = ddim(batch_size=2, generator=source, num_inference_steps=4, output_type="pt").images
    torch.testing.assert_close(drawn, expected)


def test_values_map_images_to_the_datas_own() -> None:
    plain, scaled = (
        fitted(from_pipeline(tiny(), by_class, steps=2, values=v)) for v in (None, lambda x: 255 * x)
    )
    images = [s.sample(3, do={"digit": 1}, seed=0)["scan"] for s in (plain, scaled)]
    torch.testing.assert_close(images[1], 255 * images[0])


def test_a_pipeline_that_takes_latents_is_called_with_noise(tmp_path: Path) -> None:
    class Latent:
        """The outline of a latent diffusion pipeline."""

        scheduler = object()

        def __init__(self) -> None:
            self.unet = tiny(None).unet
            self.components = {"unet": self.unet, "scheduler": self.scheduler}
            self.calls: list[dict[str, Any]] = []

        def set_progress_bar_config(self, **options: Any) -> None:
            pass

        def __call__(
            self, prompt: list[str], latents: Any, guidance_scale: float = 7.5, **options: Any
        ) -> Any:
            self.calls.append({"prompt": prompt, "guidance": guidance_scale, **options})
            images = latents.sigmoid() + 0.01 * torch.randn(latents.shape)
            return type("Output", (), {"images": images})

    pipeline = Latent()
    filling = from_pipeline(
        pipeline, lambda given: {"prompt": [f"a {d}" for d in given["digit"].tolist()]}, steps=5
    )
    sampler = fitted(filling)
    first, second = (sampler.sample(2, do={"digit": 2}, seed=0)["scan"] for _ in range(2))
    assert torch.equal(first, second)
    assert pipeline.calls[-1] == {
        "prompt": ["a 2", "a 2"],
        "guidance": 1.0,
        "num_inference_steps": 5,
        "output_type": "pt",
    }
    with pytest.raises(DofxError, match="Python of its own"):
        sampler.export(tmp_path / "scan.pt2")


def test_what_is_no_pipeline_is_refused() -> None:
    with pytest.raises(DofxError, match="`Linear` is not a diffusion pipeline"):
        from_pipeline(nn.Linear(1, 1))
    with pytest.raises(DofxError, match="draws an image, not category"):
        dofx.compile("P(digit)", "digit").fit(ROWS, generators={"digit": from_pipeline(tiny())})
