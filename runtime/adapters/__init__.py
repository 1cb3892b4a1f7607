"""Adapters: models of other libraries as generators, and samplers in the clothes of other libraries.

What they need is imported when it is asked for. `pyro` stands by itself, because it needs Pyro.
"""

from .classifiers import from_classifier
from .distributions import from_distribution, from_flow
from .functions import from_function, from_sampler
from .language import from_language_model
from .pipelines import from_pipeline

__all__ = [
    "from_classifier",
    "from_distribution",
    "from_flow",
    "from_function",
    "from_language_model",
    "from_pipeline",
    "from_sampler",
]
