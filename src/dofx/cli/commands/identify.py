"""``dofx identify``: whether data can answer a query, and the estimand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ..options.files import FILE
from ..options.graph import graph_option
from ..options.limits import limits_of, limits_options
from ..options.programs import Named, echo_known, kernels_of, program_for

if TYPE_CHECKING:
    from ...compiler.identify.identify import Identification
    from ...compiler.model.query import Limits


@click.command()
@click.argument("query", type=FILE, required=False)
@graph_option
@limits_options
@click.option("--latex", "form", flag_value="latex", help="Print the estimand as LaTeX.")
@click.option("--json", "form", flag_value="json", help="Print all that is known, as JSON.")
@click.option("--steps", is_flag=True, help="Print the derivation too.")
@click.option("--expanded", is_flag=True, help="Write interim kernels out as quotients.")
def command(
    query: str | None,
    graph: str | None,
    only: tuple[str, ...],
    avoid: tuple[str, ...],
    form: str | None,
    steps: bool,
    expanded: bool,
) -> int:
    """Prove whether observational data can answer QUERY, and print the estimand.

    QUERY is such as "P(y | do(x), z)" with its graph in -g, or the path of a program (.cq), of which every
    query is identified. For an effect such as "E[y | do(x = 1)] - E[y | do(x = 0)]", each part is identified.
    Without QUERY, the graph's `exposure x` and `outcome y` ask for P(y | do(x)).

    \b
    dofx identify "P(y | do(x))" -g "x -> z -> y; x <-> y"
    dofx identify "P(y | do(x))" -g graph.dagitty --steps
    dofx identify "P(y[x = 1] | x = 0)" -g "x -> m -> y; x <-> y"
    dofx identify "P(y | do(x ~ rule(z)))" -g "z -> {x, y}; x -> y"
    dofx identify "P(y | do(x))" -g "z -> x; z -> y; x -> m -> y" --avoid z
    dofx identify "E[y | do(x = 1)] / E[y]" -g "z -> {x, y}; x -> y"
    dofx identify program.cq --latex

    Exit status: 0 identifiable, 1 not identifiable, 2 bad input.
    """
    found = identifications(query, graph, limits_of(only, avoid))
    if form == "json":
        echo_known(
            [
                {"names": list(named.names), **_to_json(proof)} if named.names else _to_json(proof)
                for named, proof in found
            ]
        )
    else:
        parts = []
        for named, proof in found:
            title = f"{click.style(named.title, bold=True)}\n" if named.title else ""
            parts.append(title + _text(proof, form == "latex", steps, expanded))
        click.echo("\n\n".join(parts) or "what is asked is certain: nothing has to be identified")
    return 0 if all(proof for _, proof in found) else 1


def identifications(
    query: str | None, graph: str | None, limits: Limits
) -> list[tuple[Named, Identification]]:
    """The identification of a query, without names; or those of a program's queries, each with its names."""
    from ...compiler.driver import identify
    from ...compiler.program import questions

    asked = questions(program_for(query, graph)).limited(limits)
    return [
        (named, identify(kernel, asked.graph, data=asked.data, variables=asked.declared))
        for kernel, named in kernels_of(asked, graph).items()
    ]


def _text(identification: Identification, latex: bool, steps: bool, expanded: bool) -> str:
    if identification.estimand is None:
        text = str(identification) + cures(identification)
    elif latex:
        text = identification.estimand.latex(expanded=expanded)
    else:
        text = identification.estimand.text(expanded=expanded)
    return f"{text}\n\n{identification.derivation}" if steps else text


def cures(identification: Identification) -> str:
    """What would make a query identifiable that is not, in lines of their own."""
    from ...compiler.printers.identification.text import help_texts

    return (
        "" if identification.witness is None else "".join(f"\n{text}" for text in help_texts(identification))
    )


def _to_json(identification: Identification) -> dict[str, Any]:
    from ...compiler.identify.instruments import instruments
    from ...compiler.identify.remedy import remedies
    from ...compiler.identify.verdict import NoSource
    from ...compiler.identify.worlds.conflict import Conflict

    estimand, hedge = identification.estimand, identification.hedge
    data: dict[str, Any] = {
        "query": str(identification.query),
        "verdict": identification.verdict,
        "identified": bool(identification),
        "estimand": None if estimand is None else estimand.to_json(),
        "text": None if estimand is None else str(estimand),
        "latex": None if estimand is None else estimand.latex(),
        "hedge": None,
        "remedies": [{"kind": r.kind, "variables": list(r.variables)} for r in remedies(identification)],
        "instruments": [
            {"name": each.name, "cause": each.cause, "outcome": each.outcome, "given": list(each.given)}
            for each in instruments(identification)
        ],
        "derivation": str(identification.derivation).splitlines(),
    }
    if isinstance(identification.witness, NoSource):
        lacking = identification.witness
        data["lacking"] = {"district": list(lacking.district), "complete": lacking.complete}
        data["lacking"]["reasons"] = {name: str(reason) for name, reason in lacking.reasons.items()}
    if isinstance(identification.witness, Conflict):
        clash = identification.witness
        data["conflict"] = {
            "variable": clash.variable,
            "values": list(clash.values),
            "readers": list(clash.readers),
        }
        data["conflict"]["district"] = list(clash.district)
    if hedge is not None:
        names = ("forest", "subforest", "roots", "outcomes", "interventions")
        data["hedge"] = {name: list(getattr(hedge, name)) for name in names}
        data["hedge"]["bidirected"] = [list(edge) for edge in hedge.bidirected]
    return data
