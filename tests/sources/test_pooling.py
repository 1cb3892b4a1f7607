"""What is said to be the same conditional in two data sets is so in random models."""

import numpy as np

from dofx.compiler.identify.data_sets.pooling import same_kernel
from models.populations import Populations, Rows, problems
from posed.problems import data_of, graph_of


def conditional(model: Populations, rows: Rows, target: str, given: tuple[str, ...], seed: int) -> np.ndarray:
    """``P(target | given)`` of a data set whose arms are mixed at random."""
    names, table = model.table(rows)
    mix = np.random.default_rng(seed).uniform(0.2, 1, table.shape[: len(rows.sets)])
    table = table * mix.reshape(mix.shape + (1,) * (table.ndim - mix.ndim))
    kept = (*given, target)
    joint = table.sum(tuple(i for i, name in enumerate(names) if name not in kept))
    left = [name for name in names if name in kept]
    joint = joint.transpose([left.index(name) for name in kept])
    return np.asarray(joint / joint.sum(-1, keepdims=True))


def test_the_same_conditional_is_the_same() -> None:
    equal = apart = 0
    for _, seed, problem in problems(41, 400):
        if len(problem.data) < 2:
            continue
        rng = np.random.default_rng(seed)
        shuffled = [str(v) for v in rng.permutation(problem.nodes)]
        target, given = shuffled[0], tuple(shuffled[1 : 1 + int(rng.integers(0, 3))])
        one, other = data_of(problem)[:2]
        if not same_kernel(graph_of(problem), one, other, [target], given):
            apart += 1
            continue
        model = Populations(problem, seed)
        first, second = (
            conditional(model, rows, target, given, seed + place)
            for place, rows in enumerate(problem.data[:2])
        )
        np.testing.assert_allclose(first, second, atol=1e-9, err_msg=f"{problem} {target} {given}")
        equal += 1
    assert equal > 40
    assert apart > 100
