"""Checks on a few real rows that a custom generator returns values that fit its draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ...grammar.diagnostics.diagnostic import DofxError
from ..families.capabilities import Fittable, family_name, takes_weights
from ..families.protocol import noise_of
from ..variables import Finite, default_dtype, event_shape
from .errors import no_noise, no_weights_taken
from .foreign import Place, mismatch

ROWS = 3


def check_filled(
    module: nn.Module, place: Place, given: Sequence[Tensor], device: torch.device | str
) -> None:
    """Call a generator on a few rows and check its values.

    Args:
        module: The generator, on that device, after its training if it is trained.
        place: The draw that it fills.
        given: Encoded conditions, `ROWS` rows or fewer.
        device: The device on which it runs.

    Raises:
        DofxError: E0411 if it has no `noise`, E0412 for values that do not fit its draw.
        Exception: Any error of the model, with a note that names the draw.
    """
    law = noise_of(module)
    if law is None:
        raise no_noise(place.fit, type(module).__name__)
    rows = len(given[0]) if given else ROWS
    noise = law.draw(rows, torch.Generator().manual_seed(0)).to(device)
    try:
        with torch.no_grad():
            drawn = module(noise, *(values.to(device) for values in given))
    except DofxError:
        raise
    except Exception as error:
        error.add_note(f"dofx: while filling draw {place.target} ~ {place.fit}")
        raise
    got = _strange(drawn, place, rows, noise.device)
    if got:
        raise mismatch(place, got, rows, noise.device, default_dtype(place.type))


def require_weights(fit: str, module: nn.Module) -> None:
    """Stop if a generator is to be trained on weighted rows and would ignore the weights.

    Args:
        fit: The conditional that it fills, as text.
        module: The generator. One that is not trained needs no weights.

    Raises:
        DofxError: E0415.
    """
    if isinstance(module, Fittable) and not takes_weights(module):
        raise no_weights_taken(fit, family_name(module))


def _strange(drawn: Any, place: Place, rows: int, device: torch.device) -> str | None:
    """What is wrong with the values of a generator, or None."""
    if not isinstance(drawn, Tensor):
        return type(drawn).__name__
    dtype, shape = default_dtype(place.type), (rows, *event_shape(place.type))
    if (drawn.dtype, tuple(drawn.shape), drawn.device) != (dtype, shape, device):
        sizes = ["rows" if axis == 0 and size == rows else str(size) for axis, size in enumerate(drawn.shape)]
        return f"{str(drawn.dtype).removeprefix('torch.')} of shape ({', '.join(sizes)}) on {drawn.device}"
    if isinstance(place.type, Finite) and not bool(((drawn >= 0) & (drawn < place.type.cardinality)).all()):
        return f"state numbers from {drawn.min()} to {drawn.max()}"
    if drawn.is_floating_point() and not bool(drawn.isfinite().all()):
        return "values that are not finite"
    return None
