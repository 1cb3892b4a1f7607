"""The precision of matrix products, and the error of the faster ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, TypeAlias, get_args

import torch
from torch import Tensor

from ...grammar.edge.kinds import shown
from .errors import unknown_precision

Precision: TypeAlias = Literal["float32", "tf32", "bf16"]
"""``tf32`` keeps 10 bits of each factor's fraction and needs CUDA; ``bf16`` keeps 7 bits."""


def precision_named(name: str) -> Precision:
    """The precision of that name.

    Raises:
        DofxError: E0430 if there is none.
    """
    for precision in get_args(Precision):
        if isinstance(name, str) and name == precision:
            return precision  # type: ignore[no-any-return]
    raise unknown_precision(shown(name), get_args(Precision))


@contextmanager
def computing(precision: Precision, device: torch.device) -> Iterator[None]:
    """A scope in which matrix products on a device have that precision."""
    if precision == "bf16":
        with torch.autocast(device.type, torch.bfloat16):
            yield
    elif precision == "tf32" and device.type == "cuda":
        before = torch.get_float32_matmul_precision()
        torch.set_float32_matmul_precision("high")
        try:
            yield
        finally:
            torch.set_float32_matmul_precision(before)
    else:
        yield


def deviation(exact: Tensor, rough: Tensor, finite: bool) -> float:
    """The distance between rough and exact values, both ``(rows, *event)``: see `RowSampler.precision_error`.

    >>> deviation(torch.tensor([0, 1, 1, 2]), torch.tensor([0, 1, 2, 2]), finite=True)
    0.25
    """
    if finite:
        return float((exact != rough).double().mean())
    spread = exact.double().std(0, correction=0)
    error = (rough.double() - exact.double()).square().mean(0).sqrt()
    return float((error / torch.where(spread > 0, spread, 1.0)).mean())
