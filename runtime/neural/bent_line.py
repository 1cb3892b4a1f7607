"""A line with a few rounded bends, found in closed form: what a network starts from.

Each feature has its line and bends at a few of its quantiles, and pairs of features have a product, so that conditions
may act together. A network that is trained on what is left over starts near the right means, so that its random start
and the rows that its training holds out move an answer less.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

BENDS = 4
"""How many bends each feature with more than two values has, at evenly spaced quantiles."""

ROUNDING = 0.15
"""How far, in normal scores, a bend takes: an ascent along the line stops at a maximum, not at the nearest bend."""

LEAST_SPREAD = 0.05
"""The least spread around a line, in normal scores: what is sharper is left to the network."""

MOST_NUMBERS = 1 << 24
"""Most numbers of which quantiles are taken at once, which is torch's limit."""

PENALTIES = 10.0 ** torch.arange(-5, 3, dtype=torch.float64)
"""The penalties, in units of a feature's variance, among which a regression chooses."""

SHARES = ((1.0, 0.0), (0.3, 0.0), (0.0, 0.0), (1.0, 1.0), (0.3, 1.0), (0.0, 1.0))
"""By how much bends, and products, are shrunk before a regression; (0, 0) leaves straight lines."""

CHANCE = 6.0
"""By how many units of noise, as a chi-square has them, products have to be better than none."""

DEARER = 1.4
"""How much more than one a degree of freedom counts, so that a regression does not follow noise."""


class Line(nn.Module):
    """A line with rounded bends in each feature, and the spread of values around it.

    Closed forms set it, and training leaves it alone. Until it is fitted, the line is 0 and the spread 1.

    Args:
        width: The number of features.
        size: The number of values of each row.
        pairs: The pairs of features that have a product.
    """

    knots: Tensor
    firsts: Tensor
    seconds: Tensor
    weight: Tensor
    bias: Tensor
    spread: Tensor

    def __init__(self, width: int, size: int, pairs: Sequence[tuple[int, int]] = ()) -> None:
        super().__init__()
        self.width, self.products = width, len(pairs)
        self.register_buffer("knots", torch.zeros(width, BENDS))
        self.register_buffer("firsts", torch.tensor([i for i, _ in pairs], dtype=torch.int64))
        self.register_buffer("seconds", torch.tensor([j for _, j in pairs], dtype=torch.int64))
        self.register_buffer("weight", torch.zeros(size, width * (1 + BENDS) + len(pairs)))
        self.register_buffer("bias", torch.zeros(size))
        self.register_buffer("spread", torch.ones(size))

    def fit(self, features: Tensor, values: Tensor, row_weights: Tensor | None = None) -> None:
        """Set the line and the spread to a ridge regression.

        Args:
            features: ``(rows, width)``.
            values: ``(rows, size)``.
            row_weights: The weight of each row, ``(rows,)``, of mean one; None weighs all rows the same.
        """
        levels = torch.linspace(0, 1, BENDS + 2, dtype=torch.float64)[1:-1]
        columns = features.detach().cpu().double()
        some = columns[: MOST_NUMBERS // max(1, columns.shape[1])]
        self.knots = torch.quantile(some, levels, dim=0).T.to(self.knots).contiguous()
        columns = self.bent(features).cpu().double()
        weight, bias, freedom = self.regression(columns, values, row_weights)
        left = values.detach().cpu().double() - columns @ weight - bias
        square = left.square() if row_weights is None else left.square() * row_weights.cpu().double()[:, None]
        rows = len(columns)
        spread = (square.sum(0) / (rows - freedom).clamp(min=0.5 * rows)).sqrt()
        self.spread = spread.clamp(min=LEAST_SPREAD).to(self.spread)
        self.move(weight - self.weight.cpu().double().T, bias - self.bias.cpu().double())

    def regression(
        self, columns: Tensor, values: Tensor, row_weights: Tensor | None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """A regression on bent features, as `ridge` returns it."""
        return ridge(columns, values, row_weights, straight=self.width, products=self.products)

    def move(self, weight: Tensor, bias: Tensor) -> None:
        """Add to the weights, ``(width of bent features, size)``, and to the intercepts, ``(size,)``."""
        self.weight = self.weight + weight.T.to(self.weight)
        self.bias = self.bias + bias.to(self.bias)

    def bent(self, features: Tensor) -> Tensor:
        """The features, their bends and the products of pairs, ``(rows, width * (1 + BENDS) + products)``."""
        bends = F.softplus(features.unsqueeze(-1) - self.knots, beta=1 / ROUNDING).flatten(1)
        if not self.products:
            return torch.cat([features, bends], dim=1)
        products = features[:, self.firsts] * features[:, self.seconds]
        return torch.cat([features, bends, products], dim=1)

    def forward(self, features: Tensor) -> Tensor:
        """The line at some features, ``(rows, size)``."""
        return F.linear(self.bent(features), self.weight, self.bias)


def ridge(
    features: Tensor, values: Tensor, row_weights: Tensor | None = None, *, straight: int, products: int = 0
) -> tuple[Tensor, Tensor, Tensor]:
    """A ridge regression, whose penalties are chosen for each value by generalised cross-validation.

    Args:
        features: ``(rows, width)``.
        values: ``(rows, size)``.
        row_weights: The weight of each row, ``(rows,)``, of mean one; None weighs all rows the same.
        straight: The number of features, from the first, that are neither bends nor products.
        products: The number of features, from the last, that are products.

    Returns:
        Weights ``(width, size)``, intercepts ``(size,)`` and the degrees of freedom of each, ``(size,)``, in float64 on
        the CPU.

    References:
        Golub, Heath, Wahba (1979), "Generalized cross-validation as a method for choosing a good ridge parameter".
        Kim, Gu (2004), "Smoothing spline Gaussian regression: more scalable computation via efficient approximation",
        for counting degrees of freedom 1.4 times.
    """
    x, y = features.detach().cpu().double(), values.detach().cpu().double()
    rows = len(x)
    share = torch.ones(rows, dtype=torch.float64) if row_weights is None else row_weights.cpu().double()
    share = (share / rows)[:, None]
    x_mean, y_mean = (share * x).sum(0), (share * y).sum(0)
    x, y = x - x_mean, y - y_mean
    scale = (share * x.square()).sum(0).sqrt()
    scale = torch.where(scale > 1e-9, scale, torch.inf)
    gram, moment = x.T @ (share * x) / scale / scale[:, None], x.T @ (share * y) / scale[:, None]
    whole = (share * y.square()).sum(0)
    losses, found, freedoms = list[Tensor](), list[Tensor](), list[Tensor]()
    counts = torch.tensor([straight, len(scale) - straight - products, products])
    for bends, together in SHARES:
        if together and not products:
            continue
        shrink = torch.tensor([1.0, bends, together], dtype=torch.float64).repeat_interleave(counts)
        sizes, axes = torch.linalg.eigh(gram * shrink * shrink[:, None])
        sizes = sizes.clamp(min=0)
        along = axes.T @ (moment * shrink[:, None])
        shrunk = 1 / (sizes + PENALTIES[:, None])
        freedom = (sizes * shrunk).sum(1) + 1
        moved = shrunk[..., None] * along
        left = whole - (2 * moved * along - sizes[:, None] * moved.square()).sum(1)
        loss = left / (1 - DEARER * freedom / rows).clamp(min=1e-2)[:, None] ** 2
        losses.append(loss * (1 + CHANCE / rows if together else 1))
        found.append(shrink[:, None] * (axes @ moved))
        freedoms.append(freedom)
    best = torch.cat(losses).argmin(0)
    weights = torch.cat(found)[best, :, torch.arange(y.shape[1])].T / scale[:, None]
    return weights, y_mean - x_mean @ weights, torch.cat(freedoms)[best]
