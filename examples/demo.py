"""The demonstration behind `make demo`: causal queries answered from real rows, beside the truth.

python examples/demo.py [--quick]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import hidden
import lalonde
from hidden import Case
from rich.console import Console
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

import dofx

PICTURE = Path("out") / "lalonde.png"
console = Console(width=max(100, Console().width), highlight=False)


def main() -> None:
    """Both parts, and how long they took."""
    quick = "--quick" in sys.argv[1:]
    started = time.perf_counter()
    training(quick)
    for case in (hidden.FRONT_DOOR, hidden.NAPKIN):
        network(case, rows=2_000 if quick else 20_000)
    console.print(f"\nDone in {time.perf_counter() - started:.0f} seconds.")


def training(quick: bool) -> None:
    """LaLonde's data: a program, its proof, its network, its fit, its answer."""
    heading("Job training and earnings (LaLonde 1986)")
    console.print(Syntax(lalonde.PROGRAM.read_text(), "bash", theme="ansi_light", background_color="default"))
    program = dofx.compile(lalonde.PROGRAM)
    for name in ("everyone", "alike"):
        say("proved", f"{name} is identifiable:")
        plain(str(program[name].estimand), 4)
    say("compiled", "to sampling networks, one generator a line, equal ones shared:")
    plain("\n".join(str(program[name].network) for name in ("alike", "everyone")), 4)
    data = lalonde.observed()
    say("training", f"on {len(data):,} observed rows")
    epochs = 2 if quick else None
    program.fit(data, epochs=epochs)
    plain(str(program.report), 4)
    alike = lalonde.of_the_trained(program["alike"], data, copies=2 if quick else 200)
    everyone = lalonde.of_everyone(program["everyone"], rows=400 if quick else 40_000)
    others = []
    for seed in () if quick else (1, 2):
        again = dofx.compile(lalonde.PROGRAM)["alike"].fit(data, seed=seed, epochs=epochs)
        others.append(lalonde.of_the_trained(again, data, copies=50))
    table = Table("average effect of training", "dollars", box=None, pad_edge=False, padding=(0, 3))
    table.columns[1].justify = "right"
    table.add_row("naive: the trained less the others", f"{lalonde.difference(data):+,.0f}")
    table.add_row("dofx, people like the trained", f"{alike.effect:+,.0f}", style="bold")
    for seed, other in enumerate(others, 1):
        table.add_row(f"  the same, fitted with seed {seed}", f"{other.effect:+,.0f}")
    table.add_row("truth: the randomised experiment", f"{lalonde.difference(lalonde.experiment()):+,.0f}")
    table.add_row("dofx, everyone in the rows", f"{everyone.effect:+,.0f}")
    console.print(table)
    console.print(
        "The experiment recruited people like the trained, so theirs is the line to compare. The effect\n"
        "on everyone asks about a population of whom few resemble the 185 trained; no experiment tells."
    )
    lalonde.picture(alike, everyone, data, PICTURE)
    say("drawn", str(PICTURE))


def network(case: Case, rows: int) -> None:
    """A published network with hidden nodes: the same steps, with the exact truth at the end."""
    heading(f"{case.title} in {case.network.upper()}: {case.about}")
    full = hidden.load(case)
    around = full.ancestors(case.observed)
    console.print(
        f"{len(full.states)} nodes, of which {', '.join(case.observed)} are observed;\n"
        f"their other {len(around) - len(case.observed)} ancestors are latent and projected out:"
    )
    sampler = hidden.compiled(case, full)
    assert sampler.estimand is not None
    plain(str(dofx.graph(full.graph(case.observed))), 4)
    say("proved", f"{case.query} is identifiable:")
    plain(str(sampler.estimand), 4)
    say("compiled", f"to {len(sampler.network.fits)} generators, {sampler.network.refits} on simulated rows:")
    plain(str(sampler.network), 4)
    answer = hidden.answer(case, full, sampler, rows)
    say("trained", f"on {rows:,} rows; {case.y} under do({case.x}), and total variation to the truth:")
    table = Table(case.x, "", *answer.outcomes, "distance", box=None, pad_edge=False, padding=(0, 2))
    shown = {"truth": answer.truth, "dofx": answer.estimate, "seen: P(y | x)": answer.seen}
    for i, state in enumerate(answer.states):
        for name, values in shown.items():
            numbers = [f"{p:.3f}" for p in values[i]]
            distance = "" if name == "truth" else f"{answer.distance(values)[i]:.3f}"
            style = "bold" if name == "dofx" else ""
            table.add_row(state if name == "truth" else "", name, *numbers, distance, style=style)
    console.print(table)
    if sampler.network.refits:
        console.print("Seeing is close to setting here; what is special is the generator on simulated rows.")


def heading(text: str) -> None:
    """A rule with a title."""
    console.print()
    console.rule(f"[bold]{text}", align="left")


def say(verb: str, text: str) -> None:
    """One step of the compiler, its verb set apart."""
    console.print(Text.assemble((f"{verb:>9}", "bold green"), "  ", text))


def plain(text: str, indent: int) -> None:
    """Text as it is."""
    for line in text.splitlines():
        console.print(Text(" " * indent + line), soft_wrap=True)


if __name__ == "__main__":
    main()
