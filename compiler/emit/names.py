"""Names for what is emitted: a submodule path for each generator, and a hint for each draw's value."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Iterable

from torch import nn

from ..network.ir import OBSERVED, Draw, Fit, Policy
from ..printers.network.text import source_text

NAMESPACE = "generators"
_MOST_CONDITIONS = 4
_TAKEN = frozenset(dir(nn.Module()))  # `train`, `type`, `half`, …: a submodule may not hide them


def generator_targets(draws: Iterable[Draw]) -> dict[Fit, str]:
    """The submodule path of each distinct generator: draws of equal `Fit` share one.

    >>> x = (("x", "x"),)
    >>> draws = [Draw(x), Draw.of("y", "y", x), Draw.of("y′", "y", x)]
    >>> list(generator_targets(draws).values())
    ['generators.x', 'generators.y_given_x']
    """
    targets: dict[Fit, str] = {}
    used = set(_TAKEN)
    for fit in dict.fromkeys(draw.fit for draw in draws):
        plain = _generator_name(fit)
        name, number = plain, 1
        while name in used:
            number += 1
            name = f"{plain}_{number}"
        used.add(name)
        targets[fit] = f"{NAMESPACE}.{name}"
    return targets


def identifier(text: str) -> str:
    """A Python identifier close to `text`, in the normal form that Python's parser gives identifiers.

    >>> identifier("x′"), identifier("Q₁"), identifier("heart rate")
    ('x_prime', 'Q1', 'heart_rate')
    """
    spelled = text.replace("′", "_prime").replace("'", "_prime")
    name = re.sub(r"\W", "_", unicodedata.normalize("NFKC", spelled))
    if not name.isidentifier():
        name = f"_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name == "self" else name


def _generator_name(fit: Fit) -> str:
    parts = [*fit.targets]
    if fit.given:
        parts += ["given", *fit.given[:_MOST_CONDITIONS]]
    if len(fit.given) > _MOST_CONDITIONS:
        parts.append(f"and_{len(fit.given) - _MOST_CONDITIONS}_more")
    if isinstance(fit.source, Policy):
        parts += ["by", fit.source.name]
    elif fit.data != OBSERVED:
        parts += ["in" if fit.interim is None else "from", source_text(fit)]
    return identifier("_".join(parts))
