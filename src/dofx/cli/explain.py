"""``dofx explain``: the derivation of a query, then its sampling network as lowered and after each pass."""

from __future__ import annotations

import click

from .graph import graph_option
from .limits import limits_of, limits_options


@click.command()
@click.argument("query")
@graph_option
@limits_options
@click.option("--json", "as_json", is_flag=True, help="Print the network after each pass as JSON.")
def command(
    query: str, graph: str | None, only: tuple[str, ...], avoid: tuple[str, ...], as_json: bool
) -> int:
    """Show how QUERY is proved, and what it compiles to after each pass.

    QUERY is such as "P(y | do(x), z)" with its graph in -g, or the path of a program (.cq).

    \b
    dofx explain "P(y | do(x))" -g "x -> m -> y; x <-> y"
    dofx explain program.cq

    Exit status: 0 identifiable, 1 not identifiable, 2 bad input.
    """
    from ..compiler.network.codec import network_to_json
    from .compile import compilations

    found = compilations(query, graph, limits_of(only, avoid))
    parts: list[str] = []
    data: list[dict[str, object]] = []
    for names, proof, compilation in found:
        title = click.style(f"═══ {', '.join(names)}", bold=True) + "\n" if names else ""
        parts.append(title + proof.explain())
        trace = compilation.trace if compilation else ()
        parts += [f"{click.style(f'── {stage}', bold=True)}\n{network}" for stage, network in trace]
        stages = [{"pass": stage, "network": network_to_json(network)} for stage, network in trace]
        data.append({"names": list(names), "query": str(proof.query), "stages": stages})
    if as_json:
        import json

        click.echo(json.dumps(data if graph is None else data[0], ensure_ascii=False, indent=2))
    else:
        click.echo("\n\n".join(parts))
    return 0 if all(proof for _, proof, _ in found) else 1
