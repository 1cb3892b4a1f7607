"""Conditionals of interim stages that follow a policy: computed once the policy is given, not trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np
import torch
from torch import Tensor, nn

from ...compiler.estimand.contraction import Array
from ...compiler.network.ir import Fit, SamplingNetwork
from ...compiler.printers.network.text import fit_text
from ..families.protocol import Noise
from ..families.table import TableGenerator
from ..policies import Unbound
from ..variables import Finite, VariableType
from .distribution import refitted, stage_operands
from .errors import not_computable_under_policy

MOST_CELLS = 1 << 20
"""The largest table of such a conditional."""


class NotComputed(nn.Module):
    """The place of a conditional that could not be computed: it draws nothing, and reports why.

    Args:
        error: The report.
    """

    unexportable = "it depends on a policy that was not given"

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        self.noise = Noise((), "uniform")

    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Always an error.

        Raises:
            DofxError: E0460 without the policy, E0425 if something is not finite.
        """
        raise self.error


def followed_modules(
    network: SamplingNetwork, modules: Mapping[Fit, nn.Module], types: Mapping[str, VariableType]
) -> dict[Fit, nn.Module]:
    """The generators that are made from the stages which follow a policy.

    Args:
        network: The network.
        modules: Its other generators, and its policies.
        types: Types of the variables.
    """
    fits = dict.fromkeys(draw.fit for stage in network.stages for draw in stage.draws)
    known = dict(modules)
    found: dict[Fit, nn.Module] = {}
    for fit in fits:
        if fit.interim in network.following:
            found[fit] = known[fit] = _computed(network, fit, known, types)
    return found


def _computed(
    network: SamplingNetwork, fit: Fit, modules: Mapping[Fit, nn.Module], types: Mapping[str, VariableType]
) -> nn.Module:
    assert fit.interim is not None
    stage = network.stage(fit.interim)
    waiting = (modules[draw.fit] for draw in stage.draws)
    for module in waiting:
        if isinstance(module, Unbound):
            return NotComputed(module.missing)
        if isinstance(module, NotComputed):
            return module

    def even(names: Sequence[str]) -> Array:
        sizes = [type.cardinality for type in (types[name] for name in names) if isinstance(type, Finite)]
        return np.full(sizes, 1 / prod(sizes))

    table = refitted(
        stage, fit, types, lambda part: stage_operands(part, modules, types, {}), even, MOST_CELLS
    )
    if table is None:
        return NotComputed(not_computable_under_policy(fit_text(fit)))
    generator = TableGenerator(types[fit.targets[0]], [types[name] for name in fit.given], smoothing=0.0)
    generator.set_table(torch.from_numpy(np.ascontiguousarray(table[0])))
    return generator.eval()
