"""Tensor contraction of kernels: the one place where probabilities are multiplied and summed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from math import prod
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from opt_einsum import contract as einsum

Array: TypeAlias = NDArray[np.float64]
Operand: TypeAlias = tuple[Array, tuple[Hashable, ...]]
"""An array and the label of each of its axes; equal labels are multiplied along, then summed or kept."""


def contract(operands: Sequence[Operand], output: Sequence[Hashable]) -> Array:
    """The product of the operands, summed over every label that `output` does not name.

    The order of the sums follows opt_einsum's path, so no intermediate is larger than it must be. A label that
    `output` names twice has two axes, and entries where they differ are zero.

    Raises:
        ValueError: If an output label is on no operand.
    """
    number: dict[Hashable, int] = {}
    arguments: list[object] = []
    for array, labels in operands:
        arguments += [array, [number.setdefault(label, len(number)) for label in labels]]
    missing = [label for label in output if label not in number]
    if missing:
        raise ValueError(f"nothing to contract over {missing}")
    if not operands:
        return np.ones(())
    numbers = [number[label] for label in output]
    if len(set(numbers)) < len(numbers):
        sizes = {
            label: size for array, labels in operands for label, size in zip(labels, array.shape, strict=True)
        }
        for place, label in enumerate(output):
            if label in output[:place]:
                numbers[place] = len(number) + place
                arguments += [np.eye(sizes[label]), [number[label], numbers[place]]]
    contracted: Array = np.asarray(einsum(*arguments, numbers))
    return contracted


def normalised(joint: Array, targets: int) -> Array:
    """``P(targets | rest)`` from a joint with that many target axes first; 0 where ``P(rest) = 0``."""
    total = joint.sum(axis=tuple(range(targets)), keepdims=True)
    shares: Array = np.divide(joint, total, out=np.zeros_like(joint), where=total > 0)
    return shares


def arbitrary(shape: Sequence[int]) -> Array:
    """Positive numbers, hardly two of them alike."""
    size = prod(shape)
    return np.asarray(0.5 + np.arange(1, size + 1) * 0.6180339887498949 % 1.0, np.float64).reshape(shape)
