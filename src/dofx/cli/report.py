"""The report of `dofx run`: what was proved, what was fitted, and the answers as tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from .commands.identify import cures

if TYPE_CHECKING:
    from ..runtime.answers.influence.sensitivity import Sensitivity
    from ..runtime.program import CompiledProgram

_WIDE = 200


def console() -> Console:
    """Where the report goes: coloured on a terminal, plain elsewhere; wide tables are not cut."""
    return Console(highlight=False, soft_wrap=True, width=_WIDE)


def show_proofs(out: Console, program: CompiledProgram) -> None:
    """The estimand of each distinct query, or its hedge, under the names of what needs it."""
    for query in program.asked.kernels:
        identification = program.identifications[query]
        out.print(Text(program.asked.title(query), style="bold"))
        if identification:
            out.print(Text(_indented(str(identification.estimand))))
        else:
            out.print(Text(_indented(f"{identification}{cures(identification)}"), style="red"))
    out.print()


def show_fit(out: Console, program: CompiledProgram, *, whole: bool) -> None:
    """What fitting reached: one line, or a line for each generator."""
    report = program.report
    if not report:
        return
    if whole:
        out.print(Text(f"{report}\n", style="dim"))
        return
    new = [record for record in report if not record.reused]
    families = Counter(record.family for record in new)
    listed = ", ".join(f"{family} ×{count}" if count > 1 else family for family, count in families.items())
    rows = max((record.report.rows for record in report if record.source == "P"), default=None)
    on = "" if rows is None else f" on {rows:,} {'row' if rows == 1 else 'rows'}"
    noun = "generator" if len(new) == 1 else "generators"
    kept = f"kept {len(report) - len(new)}, " if len(new) < len(report) else ""
    fitted = f"{len(new)} {noun}" + (f" ({listed})" if new else "")
    seconds = sum(record.report.seconds for record in new)
    out.print(Text(f"{kept}fitted {fitted}{on} in {seconds:.1f} s\n", style="dim"))


def show_sensitivity(out: Console, found: Mapping[str, Sensitivity]) -> None:
    """How strong an unmeasured cause that the graph lacks would have to be, to explain each effect away."""
    out.print(Text("An unmeasured common cause that the graph lacks", style="bold"))
    for name, each in found.items():
        out.print(Text(f"  {name}: {each}"))


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
