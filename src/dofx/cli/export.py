"""``dofx export``: a bundle as one file that runs without dofx."""

from __future__ import annotations

from pathlib import Path

import click

FORMATS = ("pt2", "aoti", "onnx")
"""As in `dofx.runtime.export`, which would load torch to print a help text."""


@click.command()
@click.argument("bundle")
@click.option("-o", "--output", required=True, metavar="FILE", help="The file to write.")
@click.option(
    "--format",
    "format",
    type=click.Choice(FORMATS),
    help="What to write.  [default: by the suffix, .pt2, .aoti.pt2 or .onnx]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the signature as JSON.")
def command(bundle: str, output: str, format: str | None, as_json: bool) -> int:
    """Export BUNDLE, a folder that `dofx fit` wrote, as one file that runs without dofx.

    pt2 is torch.export's format, aoti a package of machine code for this processor (it needs a C++ compiler),
    and onnx is for other runtimes. The file carries its query, its estimand, what it takes and returns, and
    what its state numbers mean; that is printed too.

    \b
    dofx export bundle/ -o risk.pt2
    dofx export bundle/ -o risk.aoti.pt2
    dofx export bundle/ -o risk.onnx
    """
    from ..runtime.export.artefact import format_of

    format_of(Path(output), format)
    from ..runtime.bundle.bundle import load
    from ..runtime.export import read_signature

    written = load(bundle).export(output, format)
    signature = read_signature(written)
    click.echo(signature.text() if as_json else f"{signature}\n{signature.artefact} in {written}")
    return 0
