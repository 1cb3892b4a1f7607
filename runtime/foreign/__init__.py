"""Models of other libraries as generators, and samplers as models of other libraries.

Each library is imported when an adapter first needs it. `pyro` is not imported here, because it needs Pyro itself.
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
