"""Models of other libraries as generators, and samplers as models of other libraries.

`pyro_model` and `observed` need Pyro: ``pip install -e '.[pyro]'``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazily import lazily

if TYPE_CHECKING:
    from .runtime.foreign.classifiers import from_classifier as from_classifier
    from .runtime.foreign.distributions import from_distribution as from_distribution
    from .runtime.foreign.distributions import from_flow as from_flow
    from .runtime.foreign.functions import from_function as from_function
    from .runtime.foreign.functions import from_sampler as from_sampler
    from .runtime.foreign.language import from_language_model as from_language_model
    from .runtime.foreign.pipelines import from_pipeline as from_pipeline
    from .runtime.foreign.pyro import observed as observed
    from .runtime.foreign.pyro import pyro_model as pyro_model

_HOMES = {
    "from_classifier": ".runtime.foreign.classifiers",
    "from_distribution": ".runtime.foreign.distributions",
    "from_flow": ".runtime.foreign.distributions",
    "from_function": ".runtime.foreign.functions",
    "from_language_model": ".runtime.foreign.language",
    "from_pipeline": ".runtime.foreign.pipelines",
    "from_sampler": ".runtime.foreign.functions",
    "observed": ".runtime.foreign.pyro",
    "pyro_model": ".runtime.foreign.pyro",
}
"""Where each name lives."""

__all__ = [*_HOMES]

__getattr__, __dir__ = lazily(globals(), _HOMES)
