"""A network with its generators, emitted as the torch.fx graph that calls them."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

import torch
from torch import nn

from ..compiler.emit import SamplingGraph, emit
from ..compiler.model.query import Query
from ..compiler.network.ir import Fit, SamplingNetwork
from .embedding import gradient_cuts
from .exact.under_policies import followed_modules
from .policies import Policies, policy_modules
from .sampling.few_rows import FewTables, few_tables
from .sampling.running import GraphRunner, device_of
from .training.precision import Precision
from .variables import VariableType
from .variables.constants import encoder

if TYPE_CHECKING:
    from .faster.ways import Faster


@dataclass(frozen=True, slots=True)
class Emitted:
    """A network that can be run. It is never changed: other generators or policies make another.

    Args:
        graph: The graph, in evaluation mode: ``graph(noise, do, given)`` on encoded values.
        modules: The generators by fit, those of interim stages and of policies included.
        network: The network.
        types: The types that they encode.
    """

    graph: SamplingGraph
    modules: Mapping[Fit, nn.Module]
    network: SamplingNetwork
    types: Mapping[str, VariableType]
    _few: list[FewTables | None] = field(default_factory=list, repr=False)

    @classmethod
    def of(
        cls,
        network: SamplingNetwork,
        modules: Mapping[Fit, nn.Module],
        types: Mapping[str, VariableType],
        policies: Policies,
    ) -> Emitted:
        """A network filled with generators and policies.

        Args:
            network: The network.
            modules: A generator for each fit but those of policies.
            types: The types that they encode.
            policies: What each policy of the network is; one that is not bound yet may be left out.

        Raises:
            DofxError: E0462 for something that cannot be the policy.
        """
        filled = {**modules, **policy_modules(network, types, policies)}
        if network.following:
            filled |= followed_modules(network, filled, types)
        graph = emit(network, filled, encoder(types))
        graph.meta["cuts"] = gradient_cuts(network.answer, filled, types)
        graph.eval()
        return cls(graph, filled, network, types)

    @property
    def device(self) -> torch.device:
        """Where it is."""
        return device_of(self.graph)

    def runner(
        self, seed: int, device: torch.device | None, precision: Precision, faster: Faster | None
    ) -> GraphRunner:
        """What makes the rows of a seed.

        Args:
            seed: Of the noise.
            device: Where it is moved to before; None leaves it where it is.
            precision: Of matrix products.
            faster: A faster way to run it that was found, which serves the device and the precision it was found for.
        """
        place = device or self.device
        if place != self.device:
            self.graph.to(place)
        if precision != "float32" or (
            faster and (faster.device != device_of(self.graph) or faster.device.type != place.type)
        ):
            faster = None
        return GraphRunner(self.graph, seed, place, precision, faster)

    def few(self, query: Query) -> FewTables | None:
        """What makes few rows fast where all generators are tables, found once; else None.

        Args:
            query: The query, whose text may fix values of inputs.
        """
        if not self._few:
            self._few.append(few_tables(self.graph, self.network, self.types, query.values))
        return self._few[0]

    def on_cpu(self) -> dict[Fit, nn.Module]:
        """The modules, or copies of them where one is on a GPU; what several share, their copies share."""
        modules = dict(self.modules)
        tensors = (t for m in modules.values() for t in chain(m.parameters(), m.buffers()))
        if all(t.device.type == "cpu" for t in tensors):
            return modules
        return {fit: module.cpu() for fit, module in deepcopy(modules).items()}
