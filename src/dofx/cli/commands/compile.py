"""``dofx compile``: the sampling network of a query, every pass checked on random models if asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import click

from ..options.files import FILE
from ..options.graph import graph_option
from ..options.limits import limits_of, limits_options, weights_option
from ..options.programs import Named, echo_known, kernels_of, program_for

if TYPE_CHECKING:
    from ...compiler.compilation import Compilation
    from ...compiler.identify.identify import Identification
    from ...compiler.model.query import Limits


class Found(NamedTuple):
    """The names of a query, its proof, what it compiled to, if it is identifiable, and the types declared."""

    named: Named
    proof: Identification
    compilation: Compilation | None
    types: dict[str, str]


@click.command()
@click.argument("query", type=FILE, required=False)
@graph_option
@limits_options
@weights_option
@click.option(
    "--passes",
    metavar="LIST",
    help="Run these passes on the ID form, with options: `see, fold{cells=4096}`. Without it all run.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the networks as JSON.")
@click.option("--verify", is_flag=True, help="Check every pass by exact denotation on random models.")
@click.option(
    "--models",
    default=3,
    show_default=True,
    type=click.IntRange(min=1),
    metavar="N",
    help="How many random models --verify takes.",
)
def command(
    query: str | None,
    graph: str | None,
    only: tuple[str, ...],
    avoid: tuple[str, ...],
    weights: str | None,
    passes: str | None,
    as_json: bool,
    verify: bool,
    models: int,
) -> int:
    """Compile QUERY to its sampling network, after all passes.

    QUERY is such as "P(y | do(x), z)" with its graph in -g, or the path of a program (.cq), of which every
    query is compiled. Without QUERY, the graph's `exposure x` and `outcome y` ask for P(y | do(x)). With --verify,
    the estimand and the network after each pass are evaluated exactly on
    random models of the same graph and compared with what the intervention does in them.

    \b
    dofx compile "P(y | do(x))" -g "x -> m -> y; x <-> y"
    dofx compile program.cq --verify
    dofx compile program.cq --avoid scan --json
    dofx compile program.cq --weights "refit=100"
    dofx compile program.cq --passes "see, blanket, prune"

    Exit status: 0 compiled, 1 not identifiable, 2 bad input, 70 if --verify finds a fault of dofx.
    """
    found = compilations(query, graph, limits_of(only, avoid), weights, passes)
    parts: list[str] = []
    data: list[dict[str, Any]] = []
    for named, proof, compilation, _ in found:
        checks = _checks(compilation, models) if compilation and verify else []
        title = click.style(named.title, bold=True) + "\n" if named.title else ""
        parts.append(title + "\n".join([str(compilation.network if compilation else proof), *checks]))
        data.append(_to_json(named.names, proof, compilation) | ({"verified": checks} if verify else {}))
    if as_json:
        echo_known(data)
    else:
        click.echo("\n\n".join(parts))
    return 0 if all(each.proof for each in found) else 1


def compilations(
    query: str | None, graph: str | None, limits: Limits, weights: str | None, passes: str | None = None
) -> list[Found]:
    """What a query compiles to; or each of a program's queries, with its names."""
    from ...compiler.compilation import Compilation
    from ...compiler.driver import compile_if_identified
    from ...compiler.program import questions
    from ...grammar.formatting.program import format_type

    program = questions(program_for(query, graph))
    types = {name: format_type(type) for name, type in program.types.items()}
    found: list[Found] = []
    for each, named in kernels_of(program, graph).items():
        result = compile_if_identified(
            each,
            program.graph,
            data=program.data,
            passes=passes,
            only=limits.only,
            avoid=limits.avoid,
            sizes=program.sizes,
            states=program.states,
            weights=weights,
        )
        if isinstance(result, Compilation):
            found.append(Found(named, result.identification, result, types))
        else:
            found.append(Found(named, result, None, types))
    return found


def _checks(compilation: Compilation, models: int) -> list[str]:
    """What was checked, in words, a line for each stage."""
    from ...compiler.check import check

    errors = check(compilation, models)
    heading = f"checked on {models} random model{'s' * (models > 1)} of the graph, largest error:"
    width = max(map(len, errors))
    return ["", heading, *(f"  {name:{width}}  {error:.1e}" for name, error in errors.items())]


def _to_json(
    names: tuple[str, ...], proof: Identification, compilation: Compilation | None
) -> dict[str, Any]:
    from ...compiler.printers.network.json import network_to_json

    considered = compilation.considered if compilation else ()
    return {
        "names": list(names),
        "query": str(proof.query),
        "verdict": proof.verdict,
        "identified": bool(proof),
        "network": network_to_json(compilation.network) if compilation else None,
        "text": str(compilation.network) if compilation else None,
        "considered": [str(each) for each in considered],
    }
