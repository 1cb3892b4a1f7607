"""How large the tables of a contraction are, before it is computed."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from opt_einsum import contract_path

from ...compiler.estimand.contraction import Operand


def largest_table(
    operands: Sequence[Operand], output: Sequence[Hashable], leading: tuple[Hashable, ...] = ()
) -> int:
    """The number of cells of the largest intermediate table of a contraction.

    Args:
        operands: The tables, each with the labels of its axes.
        output: The labels of the axes of what is computed.
        leading: Labels of first axes that are left out of account, such as one for replicates.

    >>> import numpy as np
    >>> largest_table([(np.ones((2, 3)), ("x", "y")), (np.ones((3, 4)), ("y", "z"))], ["x", "z"])
    8
    """
    number: dict[object, int] = {}
    arguments: list[object] = []
    for array, labels in (_first(operand, leading) for operand in operands):
        arguments += [array, [number.setdefault(label, len(number)) for label in labels]]
    if not operands:
        return 1
    _, plan = contract_path(*arguments, [number[label] for label in dict.fromkeys(output)])
    return int(plan.largest_intermediate)


def _first(operand: Operand, leading: tuple[Hashable, ...]) -> Operand:
    """A table at the first entry of each leading axis."""
    array, labels = operand
    if labels[: len(leading)] != leading:
        return operand
    return array[(0,) * len(leading)], labels[len(leading) :]
