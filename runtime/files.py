"""Weights as bytes, and which version of dofx wrote a file."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from importlib.metadata import PackageNotFoundError, version

from safetensors.torch import save
from torch import Tensor


def weights_bytes(state: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """A state dict in safetensors format. Tensors that share memory are written once each."""
    tensors = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in state.items()}
    return save(tensors, dict(metadata) if metadata else None)


def checksum(header: str, state: Mapping[str, Tensor]) -> str:
    """The checksum of weights and of the text that is written with them, in hexadecimal digits."""
    return blake2b(header.encode() + weights_bytes(dict(sorted(state.items()))), digest_size=16).hexdigest()


def require_numbers(state: Mapping[str, Tensor], *, infinite: bool = False) -> None:
    """Refuse weights that compute nothing.

    Args:
        state: Tensors by name.
        infinite: Whether infinities are let pass, as a mask of someone's own module may hold them.

    Raises:
        ValueError: For a tensor that holds NaN, or an infinity.

    >>> import torch
    >>> require_numbers({"bias": torch.tensor([0.0, float("nan")])})
    Traceback (most recent call last):
    ValueError: bias holds NaN
    """
    for name, tensor in state.items():
        if not tensor.is_floating_point():
            continue
        if bool(tensor.isnan().any()):
            raise ValueError(f"{name} holds NaN")
        if not infinite and bool(tensor.isinf().any()):
            raise ValueError(f"{name} holds an infinite number")


def version_of_dofx() -> str:
    """The installed version, or ``unknown`` where dofx is not installed."""
    try:
        return version("dofx")
    except PackageNotFoundError:
        return "unknown"
