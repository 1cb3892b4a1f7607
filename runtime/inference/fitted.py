"""A fitted sampler as a finite network that can be run backwards."""

from __future__ import annotations

from torch import nn

from ...compiler.network.ir import Fit
from ...compiler.printers.network.text import fit_text
from ..data.values import Values, read_inputs
from ..exact.distribution import NotExactError
from ..families.capabilities import Tabular, counted_by
from ..sampler import Sampler
from ..variables import Finite as FiniteType
from .backward import Column, Finite
from .law import Laws


def finite(sampler: Sampler, laws: Laws) -> Finite:
    """The tables of a fitted sampler, and the laws that they were fitted to.

    Raises:
        NotExactError: If one of its generators is not a table that counts rows.
    """
    columns = {fit: _columns(fit, module) for fit, module in sampler.modules.items()}
    return Finite(sampler.network, columns, laws, sampler.types)


def held(sampler: Sampler, do: Values, given: Values) -> dict[str, int]:
    """The state at which each input of a finite answer is held, by its id.

    Raises:
        DofxError: As `read_inputs`.
    """
    defaults = sampler.query.values
    inputs = read_inputs(sampler.network, sampler.types, do, given, defaults=defaults, rows=1)
    return {
        id: int(inputs.all[id][0])
        for variable, id in sampler.network.answer.inputs
        if isinstance(sampler.types.get(variable), FiniteType)
    }


def _columns(fit: Fit, module: nn.Module) -> tuple[Column | None, ...]:
    counted = module.as_table() if fit.is_policy and isinstance(module, Tabular) else module
    tables = (None,) if counted is None else counted_by(counted)
    given, found = fit.given, list[Column | None]()
    for target, table in zip(fit.targets, tables, strict=True):
        if table is None:
            if len(tables) > 1:
                found.append(None)
                continue
            raise NotExactError(f"{fit_text(fit)} is not a table of frequencies")
        array = table.table.detach().cpu().double().numpy()
        found.append(Column(target, given, array, table.smoothing))
        given = (*given, target)
    return tuple(found)
