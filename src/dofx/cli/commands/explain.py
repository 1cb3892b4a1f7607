"""``dofx explain``: the proof of a query, what was considered, what each pass changed, and what it costs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ...grammar.edge.outputs import write_text
from ..failures import note
from ..options.files import FILE, require_file
from ..options.graph import graph_option
from ..options.limits import limits_of, limits_options, weights_option
from ..options.programs import echo_known, program_for
from ..options.rows import file_of, opened

if TYPE_CHECKING:
    from ...compiler.explain.explanation import Explanation
    from ...runtime.answers.alternatives import Alternative
    from ...runtime.answers.positivity import Positivity
    from .compile import Found

_COLOURS = {"+": "green", "-": "red"}


@click.command()
@click.argument("query", type=FILE, required=False)
@graph_option
@limits_options
@weights_option
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON, with the network after each pass.")
@click.option("--html", type=FILE, metavar="FILE", help="Write it as one self-contained page instead.")
@click.option(
    "--svg",
    type=FILE,
    metavar="FILE",
    help="Write graph, estimand and networks as one drawing instead.",
)
@click.option("--data", type=FILE, metavar="FILE", multiple=True, help="Rows to compare it with.")
def command(
    query: str | None,
    graph: str | None,
    as_json: bool,
    html: str | None,
    svg: str | None,
    data: tuple[str, ...],
    **options: Any,
) -> int:
    """Show how QUERY is proved and what it compiles to: the alternatives, each pass, and the fit plan.

    QUERY is such as "P(y | do(x), z)" with its graph in -g, or the path of a program (.cq). It may also be a
    bundle that dofx fit saved: then the result of fitting is shown, and with --data which generator is the
    weakest link.

    With --data, a query or a program is also compared with rows, and nothing is trained: for each draw it prints the
    conditions that are held, how many rows have them, and the largest density ratio. If all variables are finite,
    it prints the standard error of each exact way too, and --avoid chooses one. Where a program declares several data
    sets, the rows of each are NAME=FILE.

    The code of an error, such as E0405, is explained too.

    \b
    dofx explain "P(y | do(x))" -g "x -> m -> y; x <-> y"
    dofx explain program.cq --html appendix.html
    dofx explain program.cq --weights "refit=100, row=1"
    dofx explain program.cq --data rows.csv
    dofx explain bundle/ --data new.csv
    dofx explain E0405

    Exit status: 0 identifiable, 1 not identifiable, 2 bad input.
    """
    from ...grammar.diagnostics.explained import code_text, is_code

    if graph is None and query is not None and is_code(query):
        click.echo(code_text(query))
        return 0
    if graph is None and query is None:
        raise click.UsageError(
            "Pass a query with its graph in -g, the path of a program (.cq) or of a bundle, or the code of an error."
        )
    page, drawing = require_file(html, "a page", ".html", ".htm"), require_file(svg, "a drawing", ".svg")
    bundle = graph is None and query is not None and os.path.isdir(query)
    if query is not None and bundle:
        explanations = _of_bundle(query, data, options)
    else:
        explanations = _compiled(query, graph, options)
    _write(explanations, page, drawing, Path(query or "query").name)
    shown = _in_rows(query, graph, data, options) if data and not bundle else None
    if as_json:
        written = [_to_json(explanation) for explanation in explanations]
        echo_known(written if shown is None else [{"explanations": written, **_rows_json(shown)}])
    elif html is None and svg is None:
        _print(explanations, shown)
    return 0 if all(map(_identified, explanations)) else 1


def _write(explanations: list[Explanation], page: Path | None, drawing: Path | None, name: str) -> None:
    """Write the explanations as a page and as a drawing, where these were asked for."""
    if page is not None:
        from ...compiler.explain.page import explanations_page

        write_text(page, explanations_page(explanations, "" if len(explanations) == 1 else name))
    if drawing is not None:
        from ...compiler.explain.figure import explanations_svg

        write_text(drawing, explanations_svg(explanations) + "\n")


def _print(explanations: list[Explanation], shown: tuple[Positivity, list[Alternative]] | None) -> None:
    from ...compiler.explain.text import explanations_text

    # click takes the colours out again where there is no terminal
    click.echo("\n".join(map(_coloured, explanations_text(explanations).split("\n"))))
    if shown is not None:
        from ...runtime.answers.alternatives import alternatives_text

        click.echo(f"\n{shown[0]}" + (f"\n\n{alternatives_text(shown[1])}" if shown[1] else ""))


def _identified(explanation: Explanation) -> bool:
    """Whether a query is identifiable; the query of a bundle is."""
    return explanation.identification is None or bool(explanation.identification)


def _compiled(query: str | None, graph: str | None, options: dict[str, Any]) -> list[Explanation]:
    from .compile import compilations

    limits = limits_of(options["only"], options["avoid"])
    return [_explanation(found) for found in compilations(query, graph, limits, options["weights"])]


def _in_rows(
    query: str | None, graph: str | None, data: tuple[str, ...], options: dict[str, Any]
) -> tuple[Positivity, list[Alternative]]:
    """How many rows have the conditions of each draw, and the standard errors of the exact formulas."""
    from ...compiler.program import questions
    from ...runtime.answers.alternatives import alternatives
    from ...runtime.compile import types_of
    from ...runtime.program import CompiledProgram

    asked = questions(program_for(query, graph)).limited(limits_of(options["only"], options["avoid"]))
    types = types_of(asked.types, asked.graph.nodes)
    program = CompiledProgram(asked, types, weights=options["weights"])
    rows = opened(data, asked, query if graph is None else None)
    return program.positivity(rows), alternatives(program, rows)


def _rows_json(shown: tuple[Positivity, list[Alternative]]) -> dict[str, Any]:
    return {"positivity": shown[0].to_json(), "alternatives": [each.to_json() for each in shown[1]]}


def _of_bundle(folder: str, data: tuple[str, ...], options: dict[str, Any]) -> list[Explanation]:
    if any(options.values()):
        raise click.UsageError("A bundle is compiled already: --only, --avoid and --weights come too late.")
    from ...runtime.bundle.bundle import load

    sampler = load(folder)
    if len(data) > 1:
        raise click.UsageError("--data may be given once with a bundle.")
    if not data:
        note("--data with rows that it was not fitted on shows which generator is the weakest link")
    return [sampler.explanation(rows=file_of(data[0]) if data else None)]


def _explanation(found: Found) -> Explanation:
    from ...compiler.explain.explanation import Explanation

    known: dict[str, Any] = {"names": found.named.names, "title": found.named.title, "types": found.types}
    if found.compilation:
        return found.compilation.explanation(**known)
    return Explanation(found.proof.query, found.proof, **known)


def _coloured(line: str) -> str:
    if line.startswith(("═══", "── ")):
        return click.style(line, bold=True)
    return click.style(line, fg=_COLOURS[line[0]]) if line[:1] in _COLOURS else line


def _to_json(explanation: Explanation) -> dict[str, Any]:

    from ...compiler.passes.weights import written
    from ...compiler.printers.network.json import network_to_json

    return {
        "names": list(explanation.names),
        "query": str(explanation.query),
        "verdict": "identified" if explanation.identification is None else explanation.identification.verdict,
        "identified": _identified(explanation),
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
        "weights": written(explanation.weights),
        "plan": [
            {
                "fit": each.text,
                "draws": [{"stage": stage, "id": id} for stage, id in each.draws],
                "made": each.made,
                "cost": each.cost.total,
            }
            for each in explanation.plan
        ],
        "more": {section.title: str(section) for section in explanation.more},
    }
