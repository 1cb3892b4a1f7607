"""Problems of `populations` put to dofx through its public calls, and compared with what is true."""

from __future__ import annotations

import numpy as np

import dofx
from models.populations import Populations, Problem, decided


def graph_of(problem: Problem) -> dofx.ADMG:
    """The graph of a problem."""
    return dofx.ADMG(problem.nodes, problem.directed, problem.bidirected)


def data_of(problem: Problem) -> list[dofx.DataSet]:
    """The data sets of a problem."""
    return [
        dofx.DataSet(r.name, sets=r.sets, measures=r.measures, differs=r.differs, keeps=r.keeps)
        for r in problem.data
    ]


def identified(problem: Problem) -> dofx.Identification:
    """The answer of dofx."""
    return dofx.identify(problem.query, graph_of(problem), data=data_of(problem))


def tables_of(problem: Problem, seed: int) -> tuple[dict[str, dofx.Table], Populations]:
    """The tables of a problem's data sets in a random model, and the model."""
    model = Populations(problem, seed)
    return {rows.name: dofx.Table(*model.table(rows)) for rows in problem.data}, model


def error(problem: Problem, found: dofx.Identification, seed: int) -> float:
    """How far an estimand's value is from the truth in a random model, at most."""
    tables, model = tables_of(problem, seed)
    assert found.estimand is not None
    answer = found.estimand.evaluate(tables)
    lacking = [name for name in (*problem.x, *problem.w, *problem.y) if name not in answer.names]
    truth = model.truth((*lacking, *answer.names))
    return float(np.abs(truth - answer.array()).max())


def fault(problem: Problem, seed: int) -> tuple[str, bool]:
    """What is wrong with the answer to a problem, empty where nothing is, and whether it is identified.

    Of selected rows dofx makes more than `decided` knows of.
    """
    found = identified(problem)
    expected = decided(problem)
    more = bool(found) and any(rows.keeps for rows in problem.data)
    if bool(found) != expected and not more:
        return f"{found.verdict}, but identified is {expected}", bool(found)
    if found:
        off = error(problem, found, seed)
        if not off < 1e-9:
            return f"off by {off:.3g}: {found.estimand}", True
    return "", bool(found)
