"""How far samples are from the truth: total variation of what they show, and the distance of what they look like.

The first is the one to read. A Fréchet distance alone can hide that samples are still confounded, and what is
read off an image says nothing about its looks. None of the distances is the FID of the literature, whose features
come from Inception.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

Array = NDArray[np.float64]


def frequencies(cells: Tensor, states: int) -> Array:
    """How often each state occurs."""
    return (torch.bincount(cells.cpu(), minlength=states).double() / len(cells)).numpy()


def sampling_floor(truth: Array, rows: int, repeats: int = 200, seed: int = 0) -> float:
    """The total variation that so many true samples have on average, by chance alone."""
    flat = truth.ravel() / truth.sum()
    drawn = np.random.default_rng(seed).multinomial(rows, flat, size=repeats) / rows
    return float(np.abs(drawn - flat).sum(1).mean() / 2)


@dataclass(frozen=True)
class Scale:
    """Standardises features by the mean and spread of real ones."""

    mean: Tensor
    spread: Tensor

    @classmethod
    def of(cls, features: Tensor) -> Scale:
        """The scale of these."""
        return cls(features.mean(0), features.std(0).clamp(min=1e-6))

    def __call__(self, features: Tensor) -> Array:
        """Standardised features, ``(rows, features)``."""
        scaled: Array = ((features - self.mean) / self.spread).double().cpu().numpy()
        return scaled


def frechet(one: Array, other: Array) -> float:
    """The squared Fréchet distance of the normal laws with the means and covariances of two samples.

    References:
        Dowson and Landau (1982), The Fréchet distance between multivariate normal distributions.

    >>> one = np.random.default_rng(0).normal(size=(4_000, 2))
    >>> round(frechet(one, one + [3.0, 4.0]), 3)
    25.0
    """
    first, second = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(values.clip(0))) @ vectors.T
    crossed = np.sqrt(np.linalg.eigvalsh(root @ second @ root).clip(0)).sum()
    shift = np.square(one.mean(0) - other.mean(0)).sum()
    return float(shift + np.trace(first) + np.trace(second) - 2 * crossed)


def kernel_distance(one: Array, other: Array, size: int = 500, seed: int = 0) -> float:
    """KID: the squared maximum mean discrepancy under a cubic kernel, unbiased, averaged over subsets.

    References:
        Bińkowski, Sutherland, Arbel, Gretton (ICLR 2018), Demystifying MMD GANs, arXiv 1801.01401.
    """
    source, size = np.random.default_rng(seed), min(size, len(one), len(other))
    found = []
    for _ in range(20):
        a, b = (sample[source.choice(len(sample), size, replace=False)] for sample in (one, other))
        own = [(k.sum() - np.trace(k)) / (size * (size - 1)) for k in (_cubic(a, a), _cubic(b, b))]
        found.append(sum(own) - 2 * _cubic(a, b).mean())
    return float(np.mean(found))


def _cubic(one: Array, other: Array) -> Array:
    kernel: Array = (one @ other.T / one.shape[1] + 1) ** 3
    return kernel


def two_sample_accuracy(real: Tensor, made: Tensor, seed: int = 0, epochs: int = 6) -> float:
    """C2ST: how often a network distinguishes real images from generated ones, on held-out halves; 0.5 is a draw.

    Args:
        real: Images ``(rows, channels, size, size)``; channels may show a condition beside the sample.
        made: As many others.
        seed: Of the split, the network and its training.
        epochs: Passes.

    References:
        Lopez-Paz and Oquab (ICLR 2017), Revisiting classifier two-sample tests, arXiv 1610.06545.
    """
    source = torch.Generator().manual_seed(seed)
    pairs = [images[torch.randperm(len(images), generator=source)] for images in (real, made)]
    half = min(len(real), len(made)) // 2
    known = torch.cat([images[:half] for images in pairs])
    new = torch.cat([images[half : 2 * half] for images in pairs])
    answers = torch.arange(2).repeat_interleave(half).to(known)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        judge = _judge(known.shape[1]).to(known)
    optimiser = torch.optim.AdamW(judge.parameters(), lr=2e-3, weight_decay=1e-2)
    for _ in range(epochs):
        for batch in torch.randperm(len(known), generator=source).split(128):
            loss = F.binary_cross_entropy_with_logits(judge(known[batch]).flatten(), answers[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    with torch.no_grad():
        told = torch.cat([judge(part).flatten() > 0 for part in new.split(2_000)])
    return float((told == answers.bool()).float().mean())


def _judge(channels: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(channels, 32, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 32, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv2d(32, 64, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(2),
        nn.Flatten(),
        nn.Linear(256, 1),
    )
