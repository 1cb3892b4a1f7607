"""All that the compiler prints about a query. Run as a script, it prints as many queries' worth as it is asked for."""

from __future__ import annotations

import sys

from models.graphs import Graph, Query, random_cases
from posed.judge import identify, network


def everything(graph: Graph, query: Query) -> str:
    """Estimand, LaTeX, explanation and network; or the hedge and what is said of it."""
    answer = identify(graph, query)
    if not answer:
        return f"{answer}\n{answer.explain()}"
    return f"{answer.estimand}\n{answer.estimand.latex()}\n{answer.explain()}\n{network(graph, query)}"


if __name__ == "__main__":
    for case in random_cases([9], int(sys.argv[1]), sizes=(4, 5, 6, 7)):
        sys.stdout.write(everything(*case[:2]) + "\n\n")
