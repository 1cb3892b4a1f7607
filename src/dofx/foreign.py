"""Models of other libraries as generators, and samplers as models of other libraries.

`pyro_model` and `observed` need Pyro: ``pip install 'dofx[pyro]'``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazily import lazily

if TYPE_CHECKING:
    from .runtime.adapters.classifiers import from_classifier as from_classifier
    from .runtime.adapters.distributions import from_distribution as from_distribution
    from .runtime.adapters.distributions import from_flow as from_flow
    from .runtime.adapters.functions import from_function as from_function
    from .runtime.adapters.functions import from_sampler as from_sampler
    from .runtime.adapters.language import from_language_model as from_language_model
    from .runtime.adapters.pipelines import from_pipeline as from_pipeline
    from .runtime.adapters.pyro import observed as observed
    from .runtime.adapters.pyro import pyro_model as pyro_model

_HOMES = {
    "from_classifier": ".runtime.adapters.classifiers",
    "from_distribution": ".runtime.adapters.distributions",
    "from_flow": ".runtime.adapters.distributions",
    "from_function": ".runtime.adapters.functions",
    "from_language_model": ".runtime.adapters.language",
    "from_pipeline": ".runtime.adapters.pipelines",
    "from_sampler": ".runtime.adapters.functions",
    "observed": ".runtime.adapters.pyro",
    "pyro_model": ".runtime.adapters.pyro",
}
"""Where each name lives."""

__all__ = [*_HOMES]

__getattr__, __dir__ = lazily(globals(), _HOMES)
