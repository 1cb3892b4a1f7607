"""The demonstration behind `make demo`: causal queries answered from real rows, beside the truth.

python examples/demo.py [--quick]
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import hidden
import lalonde
import numpy as np
import pandas as pd
from hidden import Answer, Case
from lalonde import Earnings
from rich.console import Console
from rich.progress import track
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

import dofx
from dofx.compiler.network.ir import Folded

PICTURE = Path("out") / "lalonde.png"
SEEDS = range(1, 5)
T = TypeVar("T")
console = Console(width=max(100, Console().width), highlight=False)


def main() -> None:
    """Both parts, and how long they took."""
    quick = "--quick" in sys.argv[1:]
    started = time.perf_counter()
    training(quick)
    for case in (hidden.FRONT_DOOR, hidden.NAPKIN):
        network(case, rows=2_000 if quick else 20_000, epochs=2 if quick else None)
    console.print(f"\nDone in {time.perf_counter() - started:.0f} seconds.")


def training(quick: bool) -> None:
    """LaLonde's data: a program, its proof, its network, its fit, its answer."""
    heading("Job training and earnings (LaLonde 1986)")
    console.print(Syntax(lalonde.PROGRAM.read_text(), "bash", theme="ansi_light", background_color="default"))
    program = dofx.compile(lalonde.PROGRAM)
    for name in ("without", "everyone"):
        say("proved", f"{name} is identifiable:")
        plain(str(program[name].estimand), 4)
    say("because", "of these steps, in the case of those who were trained:")
    plain(str(dofx.identify("P(re78[treat = 0] | treat = 1)", program.asked.graph).derivation), 2)
    data = lalonde.observed()
    say("training", f"on {len(data):,} observed rows:")
    program.fit(data, epochs=2 if quick else None)
    plain(str(program.report), 4)
    say("compiled", "to sampling networks; a row that is picked is real, and nothing is trained for it:")
    plain("\n".join(str(sampler.network) for sampler in program.samplers), 4)
    rows = 2_000 if quick else 40_000
    trained = lalonde.of_the_trained(program, data, rows)
    everyone = lalonde.of_everyone(program["everyone"], rows)
    answer, again = program.answer(data)["trained"], list[float]()
    if not quick:
        say("training", f"anew with {len(SEEDS)} more seeds, and on parts of the rows, for the error")
        again = [answer.value, *(lalonde.refitted(data, seed) for seed in counted(SEEDS, "seeds"))]
        answer = program.answer(data, intervals="influence")["trained"]
    say("answered", "from simulated rows, with the same noise in both arms:")
    console.print(effects(data, trained, again, answer, everyone))
    if again:
        console.print(
            f"The second line is the mean of {len(again)} fits, which give {min(again):+,.0f} to {max(again):+,.0f}.\n"
            "The third corrects generators by rows that they were not trained on. No error here knows of\n"
            "causes that nobody measured."
        )
    console.print(
        "The experiment recruited people like the trained, so the effect on the trained is the one to\n"
        "compare. The effect on everyone is about people of whom few resemble the 185 trained; no\n"
        "experiment answers that."
    )
    lalonde.picture(trained, everyone, PICTURE)
    say("drawn", str(PICTURE))


def effects(
    data: pd.DataFrame, trained: Earnings, again: list[float], answer: Any, everyone: Earnings
) -> Table:
    """The effect of training: naive, by dofx, and true."""
    naive, truth = lalonde.compared(data), lalonde.compared(lalonde.experiment())
    table = answers("earnings in 1978, dollars", "trained", "untrained", "effect", "error")

    def line(name: str, effect: float, error: float | None, earnings: Earnings, style: str = "") -> None:
        means = (f"{earnings.trained.mean():,.0f}", f"{earnings.untrained.mean():,.0f}")
        table.add_row(name, *means, f"{effect:+,.0f}", f"± {error:,.0f}" if error else "", style=style)

    line("naive: the trained less the others", naive.effect, naive.error, naive)
    line("dofx: the effect on the trained", float(np.mean(again or [answer.value])), None, trained, "bold")
    if again:
        line("dofx: the same, corrected", answer.value, answer.standard_error, trained, "bold")
    line("truth: the randomised experiment", truth.effect, truth.error, truth)
    line("dofx: everyone in the rows", everyone.effect, None, everyone)
    return table


def network(case: Case, rows: int, epochs: int | None) -> None:
    """A published network with hidden nodes: the same steps, with the exact truth at the end."""
    heading(f"{case.title} in {case.network.upper()}: {case.about}")
    full = hidden.load(case)
    observed = tuple(case.observed)
    latent = len(full.ancestors(observed)) - len(observed)
    console.print(f"Of the {len(full.states)} nodes {len(observed)} are observed:")
    plain("\n".join(f"{name:<15} {meaning}" for name, meaning in case.observed.items()), 4)
    console.print(f"Their {latent} other ancestors are latent and projected out; <-> is what they leave:")
    graph = full.graph(observed)
    plain(str(dofx.graph(graph)), 4)
    sampler = hidden.compiled(case, full)
    say("proved", f"{case.query} is identifiable:")
    plain(str(sampler.estimand), 4)
    say("because", "of these steps:")
    plain(str(dofx.identify(case.query, graph).derivation), 2)
    compiled = sampler.network
    folded = sum(isinstance(fit.source, Folded) for fit in compiled.fits)
    computed = f", and {folded} computed from them" if folded else ""
    trained = len(compiled.fits) - folded
    say("compiled", f"to {trained} generators, {compiled.refits} on simulated rows{computed}:")
    plain(str(sampler.network), 4)
    answer = hidden.answer(case, full, sampler, rows, epochs=epochs)
    say("trained", f"on {rows:,} rows:")
    plain(str(sampler.report), 4)
    say("answered", "exactly, from the generators; the distance is total variation to the truth:")
    console.print(distributions(case, answer))
    console.print(
        f"Over all states of {case.x}, as often as they occur, the distance is "
        f"[bold]{answer.distance(answer.estimate):.3f}[/] for dofx,\n{answer.distance(answer.seen):.3f} for what is "
        f"seen, and {answer.distance(answer.trial):.3f} for a randomised trial of as many rows: chance alone."
    )


def distributions(case: Case, answer: Answer) -> Table:
    """The outcome's distribution under a few interventions: true, by dofx, and as seen."""
    labels = [re.sub(r"(\d+)_(\d+)[a-z_]+", r"\1.\2", state) for state in answer.outcomes]
    table = answers(f"do({case.x})", "", *labels, "distance")
    shown = {"truth": answer.truth, "dofx": answer.estimate, "seen": answer.seen}
    last = len(answer.states) - 1
    for i in sorted({round(last * share / 3) for share in range(4)}):
        for name, values in shown.items():
            numbers = [f"{p:.3f}" for p in values[i]]
            distance = "" if name == "truth" else f"{answer.distances(values)[i]:.3f}"
            state = answer.states[i] if name == "truth" else ""
            table.add_row(state, name, *numbers, distance, style="bold" if name == "dofx" else "")
    return table


def answers(first: str, *numbers: str) -> Table:
    """An empty table of numbers."""
    table = Table(first, box=None, pad_edge=False, padding=(0, 1))
    for name in numbers:
        table.add_column(name, justify="right" if name else "left")
    return table


def counted(items: Iterable[T], what: str, total: int | None = None) -> Iterable[T]:
    """The items, under a progress bar that goes away."""
    return track(items, what, total, console=console, transient=True, disable=not console.is_terminal)


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
