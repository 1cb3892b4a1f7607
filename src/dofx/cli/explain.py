"""``dofx explain``: the proof of a query, what was considered, what each pass changed, and what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from .graph import graph_option
from .limits import limits_of, limits_options, weights_option

if TYPE_CHECKING:
    from ..compiler.explain.explanation import Explanation
    from .compile import Found

_COLOURS = {"+": "green", "-": "red"}


@click.command()
@click.argument("query")
@graph_option
@limits_options
@weights_option
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, with the network after each pass.")
def command(
    query: str,
    graph: str | None,
    only: tuple[str, ...],
    avoid: tuple[str, ...],
    weights: str | None,
    as_json: bool,
) -> int:
    """Show how QUERY is proved and what it compiles to: the alternatives, each pass, and the fit plan.

    QUERY is such as "P(y | do(x), z)" with its graph in -g, or the path of a program (.cq).

    \b
    dofx explain "P(y | do(x))" -g "x -> m -> y; x <-> y"
    dofx explain program.cq
    dofx explain program.cq --weights "refit=100, row=1"

    Exit status: 0 identifiable, 1 not identifiable, 2 bad input.
    """
    from .compile import compilations

    told = [_explanation(found) for found in compilations(query, graph, limits_of(only, avoid), weights)]
    if as_json:
        import json

        data = [_to_json(explanation) for explanation in told]
        click.echo(json.dumps(data if graph is None else data[0], ensure_ascii=False, indent=2))
    else:
        click.echo("\n\n".join(map(_text, told)))
    return 0 if all(explanation.identification for explanation in told) else 1


def _explanation(found: Found) -> Explanation:
    from ..compiler.explain.explanation import Explanation

    known: dict[str, Any] = {"names": found.names, "types": found.types}
    if found.compilation:
        return found.compilation.explanation(**known)
    return Explanation(found.proof.query, found.proof, **known)


def _text(explanation: Explanation) -> str:
    """The text, coloured: click takes the colours out again where there is no terminal."""
    return "\n".join(map(_coloured, str(explanation).split("\n")))


def _coloured(line: str) -> str:
    if line.startswith(("═══", "── ")):
        return click.style(line, bold=True)
    return click.style(line, fg=_COLOURS[line[0]]) if line[:1] in _COLOURS else line


def _to_json(explanation: Explanation) -> dict[str, Any]:
    from ..compiler.network.codec import network_to_json
    from ..compiler.network.text import fit_text

    return {
        "names": list(explanation.names),
        "query": str(explanation.query),
        "identified": bool(explanation.identification),
        "stages": [
            {"pass": name, "network": network_to_json(network), "cost": explanation.cost(network)}
            for name, network in explanation.networks
        ],
        "considered": [
            {
                "name": each.name,
                "cost": each.cost and each.cost.total,
                "takes": each.cost and str(each.cost),
                "why": each.why,
                "chosen": each.chosen,
            }
            for each in explanation.considered
        ],
        "plan": [
            {
                "fit": fit_text(each.fit),
                "draws": [{"stage": stage, "id": id} for stage, id in each.draws],
                "made": each.made,
                "cost": each.cost.total,
            }
            for each in explanation.plan
        ],
    }
