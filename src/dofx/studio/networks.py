"""How a question is sampled: its network after each pass, with its drawing and cost, and the alternatives."""

from __future__ import annotations

from ..compiler.drawing.grid import Grid
from ..compiler.driver import compile_query
from ..compiler.explain.considered import Considered
from ..compiler.explain.difference import Line, network_lines
from ..compiler.explain.plan import amount, considered_grid, plan_grid
from ..compiler.graph.projection import project
from ..compiler.model.query import Query
from ..compiler.printers.network.svg import network_svg
from ..compiler.program import Questions
from .look import JSON, asked_of, kernel_of, proved

MOST_FORMULAS = 12
"""Of how many alternatives it is said what they compute: each takes a proof."""

LOWERED = "the estimand, line by line"


def networks(text: str, name: str, kernel: int = 0) -> JSON:
    """The sampling network of a question after each pass that changed it.

    Args:
        text: The program.
        name: The question.
        kernel: Which of its queries, counted from 0.

    Returns:
        ``stages``, ``considered`` and ``plan``; all empty where the query is not identifiable.

    Raises:
        DofxError: With every fault of the program.

    >>> found = networks("graph { x -> m -> y; x <-> y }  query q = P(y | do(x))", "q")
    >>> print(found["stages"][-1]["lines"][-1]["text"])
      y ~ P(y | x = x', m)
    """
    asked = asked_of(text)
    query = kernel_of(asked, name, kernel)
    found = proved(query, asked.graph, asked.data)
    if not found:
        return {"stages": [], "considered": None, "plan": None}
    compiled = compile_query(query, asked.graph, data=asked.data, sizes=asked.sizes, states=asked.states)
    explanation = compiled.explanation()
    words = {step.name: step for step in explanation.passes}
    stages = []
    for stage, network in compiled.trace:
        step = words.get(stage)
        stages.append(
            {
                "name": stage,
                "words": step.words if step else LOWERED,
                "cost": amount(explanation.cost(network)),
                "lines": [_line(line) for line in (step.lines if step else network_lines(network))],
                "svg": network_svg(network),
            }
        )
    return {
        "stages": stages,
        "considered": _with_formulas(considered_grid(compiled.considered), compiled.considered, query, asked),
        "plan": _grid(plan_grid(explanation.plan, compiled.network, {})),
    }


def _line(line: Line) -> JSON:
    return {"mark": line.mark, "text": line.text}


def _with_formulas(grid: Grid, considered: tuple[Considered, ...], query: Query, asked: Questions) -> JSON:
    """The alternatives with what each of them computes, such as another adjustment set; of the first few."""

    def formula(each: Considered) -> str:
        graph = project(asked.graph, asked.graph.order.mask(each.left_out))
        found = proved(query, graph, asked.data) if each.cost else None
        return str(found.estimand).removeprefix(f"{found.query} = ") if found and found.estimand else ""

    told = [formula(each) for each in considered[:MOST_FORMULAS]]
    told += [""] * (len(considered) - len(told))
    rows = tuple((row[0], text, *row[1:]) for row, text in zip(grid.rows, told, strict=True))
    return _grid(Grid((grid.heading[0], "computes", *grid.heading[1:]), rows, "l" + grid.alignment))


def _grid(grid: Grid) -> JSON:
    return {"heading": grid.heading, "rows": grid.rows, "alignment": grid.alignment}
