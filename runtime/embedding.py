"""A sampler inside someone else's module: where gradients stop, and how finite draws get some."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from ..compiler.emit import SamplingGraph, emit
from ..compiler.network.ir import Draw, Fit, Stage
from ..compiler.printers.network.text import fit_text
from ..grammar.diagnostics.diagnostic import Diagnostic, DofxError
from .errors import not_relaxable, policy_not_relaxable
from .families.capabilities import Interrupting, Relaxable
from .families.relaxation import Relaxation
from .variables import Finite, VariableType
from .variables.constants import encoder

if TYPE_CHECKING:
    from .network_sampler import NetworkSampler


class RelaxedDraw(nn.Module):
    """A generator that draws, and reads, soft states in place of state numbers.

    Args:
        generator: Whose weights are used; they are not copied.
        relaxation: How soft.
    """

    def __init__(self, generator: nn.Module, relaxation: Relaxation) -> None:
        super().__init__()
        self.generator = generator
        self.relaxation = relaxation
        self.noise = generator.noise

    def forward(self, noise: Tensor, *given: Tensor) -> Any:
        """Soft states ``(rows, states)`` of a finite variable, values of any other."""
        if isinstance(self.generator, Relaxable):
            return self.generator.relaxed(self.relaxation, noise, *given)
        return self.generator(noise, *given)

    def extra_repr(self) -> str:
        """What torch prints of the module itself."""
        return str(self.relaxation)


def relaxed_graph(sampler: NetworkSampler, relaxation: Relaxation) -> SamplingGraph:
    """The graph of a fitted sampler with finite draws relaxed. It shares the sampler's weights.

    Raises:
        DofxError: E0420 before `fit`, E0906 for each draw that cannot be relaxed.
    """
    draws, modules, types = sampler.network.answer.draws, sampler.modules, sampler.types
    faults = [fault for draw in draws for fault in _stiff(draw, modules[draw.fit], types)]
    if faults:
        raise DofxError(dict.fromkeys(faults))
    fits = dict.fromkeys(draw.fit for draw in draws)
    soft: dict[Fit, nn.Module] = {fit: RelaxedDraw(modules[fit], relaxation) for fit in fits}
    return emit(sampler.network, soft, encoder(types)).eval()


def gradient_cuts(
    stage: Stage, modules: Mapping[Fit, nn.Module], types: Mapping[str, VariableType]
) -> dict[str, tuple[str, ...]]:
    """For each real input, the draws at which its gradient stops, in words; only inputs with any."""
    cuts: dict[str, tuple[str, ...]] = {}
    for name, id in stage.inputs:
        if not isinstance(types.get(name), Finite):
            found = tuple(_cuts_after(id, stage.draws, modules, types))
            cuts |= {id: found} if found else {}
    return cuts


def _cuts_after(
    name: str, draws: Sequence[Draw], modules: Mapping[Fit, nn.Module], types: Mapping[str, VariableType]
) -> list[str]:
    carries, found = {name}, []
    for draw in draws:
        if carries.isdisjoint(draw.reads):
            continue
        text = f"draw {draw.id} ~ {fit_text(draw.fit)}"
        ends = [id for name, id in draw.outputs if isinstance(types[name], Finite)]
        found += [text] if ends else []
        carries.update(id for id in draw.ids if id not in ends)
        generator = modules[draw.fit]
        if isinstance(generator, Interrupting) and generator.gradient_stop is not None:
            found.append(f"{generator.gradient_stop} in {text}")
    return found


def _stiff(draw: Draw, generator: nn.Module, types: Mapping[str, VariableType]) -> list[Diagnostic]:
    """Why a draw cannot be relaxed."""
    finite = [name for name in draw.fit.variables if isinstance(types[name], Finite)]
    if isinstance(generator, Relaxable) or not finite:
        return []
    text = f"{draw.id} ~ {fit_text(draw.fit)}"
    if draw.fit.policy is not None:
        return list(policy_not_relaxable(text, draw.fit.policy.name, finite[0]).diagnostics)
    error = not_relaxable(text, type(generator).__name__, finite[0] in draw.variables, finite[0])
    return list(error.diagnostics)
