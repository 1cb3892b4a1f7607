"""Estimands evaluated on Gaussian distributions: every kernel is a quadratic form over all variables of the graph."""

from __future__ import annotations

import numpy as np

from dofx.compiler.estimand.algebra import Conditional, Estimand, Expression, Interim, Marginal, Product
from models.cyclic import Array, eliminated


def gaussian(estimand: Estimand, names: tuple[str, ...], precision: Array) -> Array:
    """What an estimand gives for a Gaussian distribution.

    Args:
        estimand: The estimand.
        names: The variables, in the order of the matrix.
        precision: The inverse of the covariance.
    """
    at = {name: i for i, name in enumerate(names)}
    kernels: dict[str, tuple[Array, frozenset[str]]] = {}

    def value(expression: Expression) -> Array:
        match expression:
            case Conditional(targets, given, source):
                whole, outputs = precision, frozenset(names)
                if isinstance(source, Interim):
                    whole, outputs = kernels[source.name]
                kept = {*targets, *given}
                joint = eliminated(whole, [at[name] for name in outputs - kept])
                return joint - eliminated(joint, [at[name] for name in targets])
            case Product(factors):
                return np.asarray(sum((value(factor) for factor in factors), np.zeros_like(precision)))
            case Marginal(over, body):
                return eliminated(value(body), [at[name] for name in over])
            case _:
                raise NotImplementedError(type(expression))

    for kernel in estimand.kernels:
        kernels[kernel.name] = value(kernel.body), frozenset(kernel.outputs)
    return value(estimand.body)
