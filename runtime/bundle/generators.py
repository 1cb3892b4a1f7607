"""The generators of a bundle: an entry of JSON for each fit, and their weights under the number of the fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from ...compiler.network.ir import Fit
from ...compiler.printers.network.text import fit_text
from ..families import Configured, generator_from_config
from ..families.capabilities import Borrowed, Splitting, trained_part
from ..families.joint import assembled, stacked_type
from ..families.rows import RowsGenerator
from ..files import require_numbers
from ..foreign.chosen import generator_at, place_of
from ..foreign.foreign import Filling
from ..variables import Finite, Image, Text, VariableType, event_shape, parse_type
from .errors import holds_no_code, other_weights

FREE_SIZE = 1 << 16
"""Options and sizes of values up to this need no weights to show for them."""


def kept_generators(
    fits: Sequence[Fit], modules: Mapping[Fit, nn.Module]
) -> tuple[list[dict[str, Any]], dict[str, Tensor]]:
    """What a bundle keeps of generators: an entry for each fit, and all weights."""
    entries: list[dict[str, Any]] = []
    state: dict[str, Tensor] = {}
    for number, fit in enumerate(fits):
        generator = trained_part(modules[fit])
        entries.append(_to_json(generator))
        if isinstance(module := modules[fit], Splitting):
            entries[-1]["draws"] = [str(type) for type in module.types]
        if not isinstance(generator, Borrowed):
            state |= {f"{number}.{name}": value for name, value in generator.state_dict().items()}
    return entries, state


@dataclass(frozen=True, slots=True)
class Kept:
    """The generators of a bundle as it keeps them.

    Args:
        folder: The bundle, for a diagnostic.
        entries: One for each fit.
        state: All weights.
        writer: The version of dofx that wrote it, where that is known.
    """

    folder: Path
    entries: Sequence[Mapping[str, Any]]
    state: Mapping[str, Tensor]
    writer: str | None

    def generators(
        self,
        fits: Sequence[Fit],
        types: Mapping[str, VariableType],
        own: Mapping[str, nn.Module | Filling],
    ) -> dict[Fit, nn.Module]:
        """What fills each fit.

        Args:
            fits: Of the network.
            types: Of its variables.
            own: Custom modules and models from other libraries, by fit or variable.

        Raises:
            DofxError: E0607 for one of `own` that is missing, E0608 for weights of another layout.
            Exception: Various, for entries that make no sense.
        """
        modules: dict[Fit, nn.Module] = {}
        for number, (fit, entry) in enumerate(zip(fits, self.entries, strict=True)):
            weights = {
                name.removeprefix(f"{number}."): value
                for name, value in self.state.items()
                if name.startswith(f"{number}.")
            }
            _require_sense(fit, entry, weights, types)
            module = _made(fit, entry, own, types)
            if not isinstance(module, Borrowed):
                _require_layout(self.folder, fit, entry, module, weights, self.writer)
                _require_numbers(fit, module, weights)
                module.load_state_dict(weights)
            modules[fit] = assembled(module, [types[name] for name in fit.targets])
        return modules


def _to_json(module: nn.Module) -> dict[str, Any]:
    if isinstance(module, Configured):
        return module.config()
    if isinstance(module, Borrowed):
        return {"foreign": module.given_again}
    return {"module": f"{type(module).__module__}.{type(module).__qualname__}"}


def _made(
    fit: Fit,
    config: Mapping[str, Any],
    own: Mapping[str, nn.Module | Filling],
    types: Mapping[str, VariableType],
) -> nn.Module:
    if "family" in config or "columns" in config:
        return generator_from_config(config)
    key = next((k for k in (fit_text(fit), *fit.targets) if k in own), None)
    found = None if key is None else generator_at(place_of(fit, types), own[key]).eval()
    if found is None or isinstance(found, Borrowed) != ("foreign" in config):
        what, how = f"a module of your own, {config.get('module')}", "it unfitted"
        if "foreign" in config:
            what, how = f"a model from another library, {config['foreign']}", "the same again"
        raise holds_no_code(fit_text(fit), what, how)
    return found


def _require_sense(
    fit: Fit, config: Mapping[str, Any], state: Mapping[str, Tensor], types: Mapping[str, VariableType]
) -> None:
    """Refuse a generator of other variables, or of a size that its weights cannot have, before it is made."""
    targets = [types[name] for name in fit.targets]
    if "columns" in config:
        kept = [parse_type(column["target"]) for column in config["columns"]]
        conditions = [types[name] for name in fit.given]
        if (
            kept != targets
            or not all(_picks(column, conditions) for column in config["columns"])
            or any(c["family"] != RowsGenerator.family for c in config["columns"])
        ):
            raise ValueError(f"the rows of {fit_text(fit)} are of other variables")
        room = max(FREE_SIZE, sum(tensor.numel() for tensor in state.values()))
        if max(_numbers([_sizes(column) for column in config["columns"]]), default=0) > room:
            raise ValueError(f"the rows of {fit_text(fit)} are larger than their weights")
        return
    if "family" not in config:
        return
    given = [types[name] for name in fit.given]
    target = targets[0] if len(targets) == 1 else stacked_type(dict(zip(fit.targets, targets, strict=True)))
    if parse_type(config["target"]) != target or [parse_type(type) for type in config["given"]] != given:
        raise ValueError(f"the generator of {fit_text(fit)} is of variables of other types")
    room = max(FREE_SIZE, sum(tensor.numel() for tensor in state.values()))
    read = () if config["family"] == RowsGenerator.family else given
    numbers = [_size(type) for type in (target, *read) if not isinstance(type, Image | Text)]
    if max([*numbers, *_numbers(_sizes(config))]) > room:
        raise ValueError(f"the generator of {fit_text(fit)} is larger than its weights")


def _picks(config: Mapping[str, Any], read: Sequence[VariableType]) -> bool:
    """Whether a generator of real rows picks them by these conditions."""
    number = config["options"].get("conditions", 0)
    return bool(number == len(read)) and [parse_type(type) for type in config["given"][:number]] == read


def _sizes(config: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a family that are sizes: `most` is a limit."""
    return {name: value for name, value in config["options"].items() if name != "most"}


def _size(type: VariableType) -> int:
    return type.cardinality if isinstance(type, Finite) else prod(event_shape(type))


def _numbers(options: Any) -> list[float]:
    """All numbers in some JSON values."""
    if isinstance(options, Mapping):
        options = list(options.values())
    if isinstance(options, list):
        return [number for value in options for number in _numbers(value)]
    return [options] if isinstance(options, int | float) else []


def _require_layout(
    folder: Path,
    fit: Fit,
    config: Mapping[str, Any],
    module: nn.Module,
    state: Mapping[str, Tensor],
    writer: str | None,
) -> None:
    """Refuse weights that the generator cannot take, saying why and what to do."""
    notes = []
    if isinstance(module, Configured) and config.get("layout", module.layout) != module.layout:
        what = f"the {module.family} of {fit_text(fit)}"
        notes.append(f"{what} has layout {config['layout']}, here it is {module.layout}")
    wanted = {name: tuple(tensor.shape) for name, tensor in module.state_dict().items()}
    found = {name: tuple(tensor.shape) for name, tensor in state.items()}
    other = [name for name in dict.fromkeys([*wanted, *found]) if wanted.get(name) != found.get(name)]
    kinds = {name: tensor.is_floating_point() for name, tensor in module.state_dict().items()}
    odd = next((name for name in kinds if not other and state[name].is_floating_point() != kinds[name]), None)
    if odd is not None:
        notes.append(f"in the generator of {fit_text(fit)}, {odd} holds numbers of another kind")
    if other:
        shapes = [f"{name} is {_shape(found.get(name))}, here {_shape(wanted.get(name))}" for name in other]
        notes.append(f"in the generator of {fit_text(fit)}, {shapes[0]}")
    if not notes:
        return
    if isinstance(module, Configured):
        notes.append(f"the bundle was written by {f'dofx {writer}' if writer else 'an earlier dofx'}")
    raise other_weights(folder, notes, isinstance(module, Configured))


def _require_numbers(fit: Fit, module: nn.Module, weights: Mapping[str, Tensor]) -> None:
    try:
        require_numbers(weights, infinite=not isinstance(module, Configured))
    except ValueError as error:
        raise ValueError(f"in the generator of {fit_text(fit)}, {error}") from None


def _shape(shape: tuple[int, ...] | None) -> str:
    return "missing" if shape is None else f"of shape {shape}"
