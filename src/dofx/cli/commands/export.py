"""``dofx export``: a bundle as one file that runs without dofx."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click

from ..options.files import FILE

FORMATS = ("pt2", "aoti", "onnx")
"""As in `dofx.runtime.export`, which would load torch to print a help text."""


@click.command()
@click.argument("bundle", type=FILE)
@click.option("-o", "--output", required=True, type=FILE, metavar="FILE", help="The file to write.")
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
    what its state numbers mean; that is printed too, with the file's sha256, by which the receiver can check
    the file.

    A pt2 file and an aoti package must be trusted like code: loading them can run what they hold. Only a bundle
    (JSON and safetensors) is data.

    \b
    dofx export bundle/ -o risk.pt2
    dofx export bundle/ -o risk.aoti.pt2
    dofx export bundle/ -o risk.onnx

    Exit status: 0 written, 2 bad input.
    """
    from ...grammar.edge.outputs import require_output
    from ...runtime.export.artefact import format_of

    format_of(Path(output), format)
    require_output(output)
    from ...runtime.bundle.bundle import load
    from ...runtime.export import read_signature

    written = load(bundle).export(output, format)
    signature = read_signature(written)
    with written.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if as_json:
        click.echo(signature.text())
        click.echo(f"sha256 {digest}", err=True)  # what is printed is the signature alone
    else:
        click.echo(f"{signature}\n{signature.artefact} in {written}\nsha256 {digest}")
    return 0
