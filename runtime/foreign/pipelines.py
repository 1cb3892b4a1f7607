"""Diffusion pipelines of diffusers as generators of images, deterministic functions of their initial noise.

Needs diffusers: ``pip install -e '.[images]'``.

References:
    Song, Meng, Ermon (ICLR 2021): Denoising diffusion implicit models, arXiv 2010.02502.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from torch import Tensor, nn

from ...grammar.edge.arguments import public
from ..families.protocol import Noise
from ..variables import Image
from .errors import cannot_draw, not_a_pipeline
from .foreign import Filling, Foreign, Given, Place, eager, has
from .functions import reference, seeded_by

NETWORKS = ("unet", "transformer")
"""The attribute names of a pipeline's network."""

Inputs = Callable[[Given], Mapping[str, Any]]


@public()
def from_pipeline(
    pipeline: Any,
    inputs: Inputs | None = None,
    *,
    steps: int = 50,
    values: Callable[[Tensor], Tensor] | None = None,
) -> Filling:
    """Make a generator of a pretrained pipeline of diffusers, for an image.

    A pipeline whose call takes ``latents`` is called with noise as latents, and without guidance, which would
    sample a different conditional. Of any other pipeline, such as `DDPMPipeline`, dofx runs the network itself, by the
    deterministic steps of DDIM.

    Args:
        pipeline: A diffusers pipeline, with ``scheduler`` and ``unet`` or ``transformer``.
        inputs: A function from conditions, ``given["x"]`` in the data's own values, to further arguments of the call,
            with one entry per row, such as ``{"class_labels": given["digit"]}`` or ``{"prompt": [...]}``. For a
            pipeline without ``latents`` they are passed to its network.
        steps: Number of steps of the sampler.
        values: A function from images to the data's own values; by default images lie in 0 to 1, as in diffusers.

    Returns:
        What `fit` takes for a variable: ``fit(rows, generators={"scan": from_pipeline(pipeline)})``.

    Raises:
        DofxError: E0411 for an object that is not such a pipeline.

    References:
        Song, Meng, Ermon (ICLR 2021): Denoising diffusion implicit models, arXiv 2010.02502.
    """
    networks = [getattr(pipeline, name) for name in NETWORKS if has(pipeline, name, "scheduler")]
    network = next((each for each in networks if isinstance(each, nn.Module)), None)
    if network is None:
        raise not_a_pipeline(type(pipeline).__name__)
    called = "latents" in inspect.signature(type(pipeline).__call__).parameters
    kind = PipelineGenerator if called else DenoisingGenerator
    options = {"pipeline": pipeline, "network": network, "inputs": inputs, "steps": steps, "values": values}
    return Filling(partial(kind, **options), f"from_pipeline({reference(pipeline)})")


class DiffusionGenerator(Foreign):
    """The base of both kinds: noise of the network's shape, and the map from its images to the data's values."""

    family = "pipeline"

    def __init__(
        self,
        place: Place,
        network: nn.Module,
        inputs: Inputs | None,
        steps: int,
        values: Callable[[Tensor], Tensor] | None,
    ) -> None:
        super().__init__(place)
        if not isinstance(place.type, Image):
            raise cannot_draw("a diffusion pipeline", "an image", str(place.type))
        self.network, self.inputs, self.steps, self.values = network, inputs, steps, values
        self.noise = Noise(_shape(network), "normal")

    def draw(self, noise: Tensor, given: Given) -> Tensor:
        """Images ``(rows, channels, height, width)``."""
        further = dict(self.inputs(given)) if self.inputs is not None else {}
        images = self.images(noise, further)
        return self.taken(images if self.values is None else self.values(images), noise)

    def images(self, noise: Tensor, further: dict[str, Any]) -> Tensor:
        """Images between 0 and 1 from noise ``(rows, *shape)``."""
        raise NotImplementedError


class DenoisingGenerator(DiffusionGenerator):
    """Runs a pipeline's network by the deterministic steps of DDIM; see `from_pipeline`."""

    def __init__(self, place: Place, pipeline: Any, **options: Any) -> None:
        from diffusers.schedulers.scheduling_ddim import DDIMScheduler

        super().__init__(place, **options)
        steps: Any = DDIMScheduler
        self.scheduler: Any = steps.from_config(pipeline.scheduler.config)
        self.scheduler.set_timesteps(self.steps)

    def images(self, noise: Tensor, further: dict[str, Any]) -> Tensor:
        """Images between 0 and 1 from noise ``(rows, *shape)``."""
        image = noise * self.scheduler.init_noise_sigma
        for step in self.scheduler.timesteps.tolist():
            predicted = self.network(image, step, **further).sample
            image = self.scheduler.step(predicted, step, image, eta=0.0).prev_sample
        images: Tensor = (image / 2 + 0.5).clamp(0, 1)
        return images


class PipelineGenerator(DiffusionGenerator):
    """Calls a pipeline with noise as latents; see `from_pipeline`."""

    unexportable = "a pipeline runs Python of its own between the steps"

    def __init__(self, place: Place, pipeline: Any, **options: Any) -> None:
        super().__init__(place, **options)
        self.pipeline = pipeline
        self.parts = nn.ModuleList(
            part for part in pipeline.components.values() if isinstance(part, nn.Module)
        )
        pipeline.set_progress_bar_config(disable=True)
        takes = inspect.signature(type(pipeline).__call__).parameters
        self.fixed = {"guidance_scale": 1.0} if "guidance_scale" in takes else {}

    @eager
    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Images ``(rows, channels, height, width)``."""
        return super().forward(noise, *given)

    def images(self, noise: Tensor, further: dict[str, Any]) -> Tensor:
        """Images between 0 and 1 from noise ``(rows, *shape)``, which also seeds a scheduler with random steps."""
        options = {**self.fixed, "num_inference_steps": self.steps, "output_type": "pt", **further}
        with seeded_by(noise):
            images: Tensor = self.pipeline(latents=noise, **options).images
        return images


def _shape(network: Any) -> tuple[int, ...]:
    """The shape of a network's input, without the rows."""
    size = network.config.sample_size
    sides = (size, size) if isinstance(size, int) else tuple(size)
    return (network.config.in_channels, *sides)
