"""What the commands that fit have in common: their options, and how a program is compiled and fitted."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from ..errors import no_questions
from ..failures import BAD_INPUT, NOT_IDENTIFIABLE, note, report
from .files import FILE

if TYPE_CHECKING:
    from ...compiler.estimand.table import Table
    from ...compiler.program import Question, Questions
    from ...runtime.answers.answers import Answers
    from ...runtime.data.opened import Opened
    from ...runtime.program import CompiledProgram, Intervals
    from .rows import Rows

_Command = TypeVar("_Command", bound=Callable[..., Any])
_NOTED = 8
ENOUGH = 200
"""That of `runtime.answers.intervals`, which is not imported before it is used."""

MOST_REPLICATES = 100_000
"""That of `runtime.answers.replicates`, which is not imported before it is used."""


@dataclass(frozen=True, slots=True)
class Training:
    """How a program is to be fitted, as the options say."""

    data: tuple[str, ...]
    seed: int
    epochs: int | None
    device: str | None
    cache: str | None
    generators: dict[str | tuple[str, ...], str]
    engine: str = "local"
    weights: str | None = None


engine_option = click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Where the work is done: here, or on the Ray cluster of RAY_ADDRESS.",
)


def training_options(command: _Command) -> _Command:
    """Adds the options; `training_of` takes them from the command's arguments."""
    options = (
        click.option(
            "--data",
            type=FILE,
            metavar="FILE",
            multiple=True,
            help="The rows: CSV, Parquet, Arrow, .npz, or a folder of Parquet; - is CSV from stdin. "
            "Where the program declares data sets, NAME=FILE for each that names no file there.",
        ),
        click.option("--seed", default=0, show_default=True, help="Equal seeds give equal results."),
        click.option("--epochs", type=click.IntRange(min=1), help="Largest number of passes over the rows."),
        click.option("--device", metavar="NAME", help="Where to train, such as cuda."),
        click.option(
            "--cache",
            "--checkpoint",
            "cache",
            type=FILE,
            metavar="DIR",
            envvar="DOFX_CACHE",
            help="Keep finished generators in DIR, and train only missing ones; DOFX_CACHE can name DIR instead.",
        ),
        click.option(
            "--generator",
            "generators",
            multiple=True,
            metavar="NAME=FAMILY",
            help='The family for a variable or for a fit such as "P(y | x)", or of one generator for several '
            "variables: x,y=flow-matching. May be repeated.",
        ),
        engine_option,
    )
    for option in reversed(options):
        command = option(command)
    return command


def answering_options(command: _Command) -> _Command:
    """Adds the options on how effects and queries are answered."""
    options = (
        click.option(
            "-n",
            "n",
            default=100_000,
            show_default=True,
            type=click.IntRange(min=2),
            help="Rows to simulate.",
        ),
        click.option(
            "--bootstrap",
            "replicates",
            metavar="N",
            type=click.IntRange(min=2, max=MOST_REPLICATES),
            help="Fit N more times, to resampled rows, for intervals of the answers.",
        ),
        click.option(
            "--intervals",
            type=click.Choice(["influence", "bootstrap"]),
            help="Compute intervals of the answers: from the influence of each row, or by fitting again.",
        ),
        click.option("--plot", type=FILE, metavar="FILE", help="Draw the answers: .svg, .png or .pdf."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def training_of(
    options: dict[str, Any], replicates: int | None = None, intervals: Intervals | None = None
) -> Training:
    """The training that a command's options describe.

    Raises:
        click.UsageError: For a generator without a family, a device that is not there, or replicates of anything else
            than the bootstrap.
    """
    if replicates and intervals == "influence":
        raise click.UsageError("--bootstrap N goes with --intervals bootstrap.")
    generators: dict[str | tuple[str, ...], str] = {}
    for text in options["generators"]:
        name, equals, family = text.rpartition("=")
        if not equals or not name.strip():
            raise click.UsageError(f"--generator takes NAME=FAMILY, not '{text}'.")
        several = "," in name and "(" not in name
        key = tuple(part.strip() for part in name.split(",")) if several else name.strip()
        generators[key] = family.strip()
    require_device(options["device"], options["engine"])
    return Training(
        options["data"],
        options["seed"],
        options["epochs"],
        options["device"],
        options["cache"],
        generators,
        options["engine"],
        options["weights"],
    )


def compiled(asked: Questions, training: Training) -> CompiledProgram:
    """The program, compiled: each distinct query is proved once.

    Raises:
        DofxError: What is wrong with a type or a weight.
    """
    from ...runtime.compile import types_of
    from ...runtime.program import CompiledProgram

    return CompiledProgram(asked, types_of(asked.types, asked.graph.nodes), weights=training.weights)


def checked(
    program: CompiledProgram,
    training: Training,
    data: Rows,
    policies: Iterable[str],
    intervals: Intervals | None,
) -> dict[str, Table]:
    """The policies that were given, once the rows are read and nothing is wrong with them: before any output.

    Args:
        program: The program, not fitted.
        training: How it is to be fitted.
        data: The rows, which keep what was read.
        policies: Each ``name=file``.
        intervals: How intervals are to be found.

    Raises:
        click.UsageError: For a text that is not ``name=file``, or a name that is not a policy's.
        DofxError: What is wrong with the data, with a generator that was asked for, or with a policy.
    """
    from ...runtime.answers.bootstrap.answers import refuse_intervals
    from .policies import policies_of

    refuse_intervals(intervals, data)
    types = program.read(data, training.generators or None)
    return policies_of(program, policies, types)


def fitted(
    program: CompiledProgram, training: Training, data: Rows, policies: Mapping[str, Table] | None = None
) -> CompiledProgram:
    """The program, fitted to opened rows, with policies bound.

    Raises:
        DofxError: What is wrong with the data or with a generator that was asked for.
    """
    from ...runtime.data.dataset import extra_columns

    of_rows = (column for each in program.asked.data for column in each.row_columns.values())
    columns = (*program.asked.graph.nodes, *of_rows)
    with _damage_noted():
        program.fit(
            data,
            generators=training.generators or None,
            epochs=training.epochs,
            seed=training.seed,
            device=training.device,
            cache=training.cache,
            engine=training.engine,
        )
    opened = data.values() if isinstance(data, dict) else (data,)
    extra = list(
        dict.fromkeys(
            name for each in opened for name in extra_columns(each, [n for n in columns if _in_data(each, n)])
        )
    )
    if extra:
        named = [name or "one without a name" for name in extra]
        listed = ", ".join(named[:_NOTED]) + (", …" if len(named) > _NOTED else "")
        note(f"{len(extra)} column{'s' * (len(extra) > 1)} not in the graph, left unread: {listed}")
    return program.following(policies) if policies else program


@contextmanager
def _damage_noted() -> Iterator[None]:
    """A scope in which faults of the cache are printed as remarks; other warnings are passed on unchanged."""
    from ...runtime.training.checkpoint import DamagedEntryWarning, UnkeptWarning

    with warnings.catch_warnings(record=True) as caught:
        for category in (DamagedEntryWarning, UnkeptWarning):
            warnings.simplefilter("always", category)
        yield
    for warning in caught:
        if issubclass(warning.category, (DamagedEntryWarning, UnkeptWarning)):
            note(str(warning.message))
        else:
            warnings.warn_explicit(warning.message, warning.category, warning.filename, warning.lineno)


def answered(
    program: CompiledProgram,
    data: Rows,
    training: Training,
    n: int,
    replicates: int | None,
    intervals: Intervals | None,
) -> Answers:
    """The answers of a fitted program, with the intervals that were asked for: replicates ask for the bootstrap."""
    if not replicates and intervals != "bootstrap":
        return program.answer(
            None if intervals is None else data, intervals=intervals, n=n, seed=training.seed
        )
    replicates = replicates or ENOUGH
    hidden = not sys.stderr.isatty()
    with click.progressbar(length=replicates, label="bootstrap", file=sys.stderr, hidden=hidden) as bar:
        return program.answer(
            data,
            intervals="bootstrap",
            replicates=replicates,
            n=n,
            seed=training.seed,
            done=lambda _: bar.update(1),
        )


def status_of(answers: Answers) -> int:
    """The exit status of answers; what kept effects from being evaluated is printed on stderr."""
    if answers.faults:
        report(*answers.faults)
        return BAD_INPUT
    return 0 if answers.identified else NOT_IDENTIFIABLE


def chosen(asked: Questions, names: Collection[str], kind: str) -> Questions:
    """What a program asks under some names; all of a kind if there are none.

    Args:
        asked: What it asks.
        names: Names of queries, or of effects.
        kind: ``query`` or ``effect``; the other kind is left out.

    Raises:
        DofxError: E0802 for each name that is not there, and if nothing is left.
    """
    from ...grammar.checks.names import no_such

    there = asked.queries if kind == "query" else asked.effects
    known = {question.name: question for question in there}
    faults: list[Diagnostic] = []
    for name in names:
        if name not in known:
            faults += no_such(f"the program has no {kind}", name, known).diagnostics
    if not there:
        faults.append(no_questions(kind, _EXAMPLE[kind]))
    if faults:
        raise DofxError(faults)
    kept: tuple[Question, ...] = tuple(known[name] for name in names) or there
    return replace(asked, queries=kept if kind == "query" else (), effects=kept if kind == "effect" else ())


_EXAMPLE = {
    "query": "query risk = P(y | do(x))",
    "effect": "effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]",
}


def _in_data(data: Opened, name: str) -> bool:
    from ...runtime.data.reading import match_columns

    try:
        return bool(match_columns(data, [name]))
    except DofxError:
        return False


def require_device(device: str | None, engine: str = "local") -> None:
    """Refuse a device that is not there. Other machines may have what this one has not.

    Raises:
        click.UsageError: With the reason.
    """
    if device is None or engine != "local":
        return
    from ...runtime.training.devices import device_named

    try:
        device_named(device)
    except DofxError as error:
        reason = error.diagnostics[0].notes[0]
        raise click.UsageError(f"--device {device} cannot be used here: {reason}") from None
