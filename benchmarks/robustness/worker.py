"""One batch of calls in one process, so that a crash of the interpreter is seen from outside.

    python benchmarks/robustness/worker.py KIND SEED CALLS [--only N] [--coverage FILE]

A kind may be several, `texts,frames`: they take turns.

Prints one line of JSON: what the calls ended in, and what left that is no exception of dofx. The same seed makes the
same calls, so that a call which was found can be made again alone: ``--only N`` makes the first N and shows the last.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import faulthandler
import inspect
import io
import itertools
import json
import os
import random
import re
import sys
import tempfile
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[2] / "src" / "dofx"
READS_INPUT = ("grammar", "runtime/variables", "runtime/data", "cli")
"""The code that reads what callers write: its branches are counted."""
SIGNATURE = re.compile(
    r"unexpected keyword argument|missing \d+ required|takes .*positional argument|multiple values for"
)
STATUSES = ("answered", "not identifiable", "refused")
"""What the exit statuses of commands stand for."""
Random = random.Random
Attempt = tuple[str, tuple[Any, ...], Callable[[], Any]]
"""The name of what is called, what the report says of the arguments, and the call."""


def by_turns(kinds: Sequence[str], rng: Random, folder: Path) -> Iterator[Attempt]:
    """Endless calls of several kinds, each in a folder of its own."""
    streams = []
    for kind in kinds:
        (own := folder / kind).mkdir()
        streams.append(attempts(kind, rng, own))
    while True:
        yield from map(next, streams)


def attempts(kind: str, rng: Random, folder: Path) -> Iterator[Attempt]:
    """Endless calls of a kind, each with a name."""
    match kind:
        case "texts":
            return texts(rng)
        case "frames":
            return frames(rng, folder)
        case "commands":
            from commands import attempts as commands

            return commands(rng, folder)
        case "surveys":
            from surveys import attempts as surveys

            return surveys(rng, folder)
        case "requests":
            from studio_requests import attempts as requests

            return requests(rng, folder)
        case _:
            return calls(rng, folder)


def texts(rng: Random) -> Iterator[Attempt]:
    """Texts after slips, read by all that read text."""
    from texts import ALL, GRAPHS, PROGRAMS, QUERIES, slip

    import dofx
    from dofx.grammar.formatting.program import format_program
    from dofx.grammar.parse import parse_graph, parse_query

    def parsed(text: str) -> None:
        dofx.parse(format_program(dofx.parse(text)))

    while True:
        query, graph, program = (slip(rng, rng.choice(pool)) for pool in (QUERIES, GRAPHS, PROGRAMS))
        yield "parse", (program,), partial(parsed, program)
        yield "parse_query", (query,), partial(parse_query, query)
        yield "parse_graph", (graph,), partial(parse_graph, graph)
        yield "graph", (graph,), partial(dofx.graph, graph)
        for pair in ((query, rng.choice(GRAPHS)), (rng.choice(QUERIES), graph)):
            yield "identify", pair, partial(dofx.identify, *pair)
        anything = slip(rng, rng.choice(ALL))
        yield "parse", (anything,), partial(dofx.parse, anything)
        yield "graph", (anything,), partial(dofx.graph, anything)
        if rng.random() < 0.2:
            yield "compile", (program,), partial(dofx.compile, program)
            for options in ({"variables": {"y": anything}}, {"weights": anything}):
                yield "compile", (options,), partial(dofx.compile, QUERIES[0], GRAPHS[0], **options)


def frames(rng: Random, folder: Path) -> Iterator[Attempt]:
    """Columns of every kind in frames of every library, read by what reads rows."""
    from held import PROGRAM, rows
    from kinds import COLUMNS, KINDS, frame, written
    from texts import TYPES

    import dofx
    from dofx.runtime.variables import encode, parse_type

    program = dofx.compile(PROGRAM)
    fitted = dofx.compile("P(y | do(x))", "x -> z -> y; x <-> y").fit(rows())
    types = [parse_type(text) for text in TYPES]
    while True:
        data = frame(rng, ("x", "z", "y"))
        unfitted = dofx.compile("P(y | do(x))", "x -> z -> y; x <-> y")
        yield "open_draws", (data,), partial(unfitted.open_draws, data)
        for _ in range(2):
            file = written(rng, folder)
            yield "open_draws", (file, file.read_bytes()[:200]), partial(unfitted.open_draws, file)
        for _ in range(12):
            pair = rng.choice(types), COLUMNS[rng.choice(tuple(COLUMNS))](rng)
            yield "encode", pair, partial(encode, *pair)
        for _ in range(6):
            do = {"x": KINDS[rng.choice(tuple(KINDS))](rng)}
            yield "sample", (2, do), partial(fitted.sample, 2, do=do, seed=0)
            yield "distribution", (do,), partial(fitted.distribution, do=do)
        if rng.random() < 0.05:
            yield "fit", (data,), partial(unfitted.fit, data, epochs=1)
            yield "program.fit", (data,), partial(program.anew().fit, data, epochs=1)
            yield "judge", (data,), partial(dofx.judge, "x -> z -> y", data)


def calls(rng: Random, folder: Path) -> Iterator[Attempt]:
    """Every public callable, with arguments that it expects and one or two that it does not."""
    from kinds import KINDS
    from surface import Choices, targets

    found = targets(folder)
    quick, choices = [target for target in found if not target.slow], Choices(folder)
    counts = {"n", "replicas", "replicates", "epochs", "rows", "simulated_rows", "start"}
    while True:
        target = rng.choice(found if rng.random() < 0.03 else quick)
        positional: list[Any] = []
        named: dict[str, Any] = {}
        taken = [p for p in target.parameters if p.name != "self"]
        odd = {p.name for p in rng.sample(taken, min(len(taken), rng.choice((0, 1, 1, 1, 2))))}
        for parameter in taken:
            kind = rng.choice(tuple(KINDS))
            value = KINDS[kind](rng) if parameter.name in odd else choices.of(parameter, rng)
            if parameter.name in counts and isinstance(value, int) and 5 < value < 10**20:
                value = -value  # a billion rows are no mistake that dofx could know
            match parameter.kind:
                case parameter.VAR_POSITIONAL:
                    positional += [value] if parameter.name in odd else []
                case parameter.VAR_KEYWORD:
                    named.update({"nonsense": value} if parameter.name in odd and rng.random() < 0.2 else {})
                case parameter.KEYWORD_ONLY:
                    named[parameter.name] = value
                case _:
                    positional.append(value)
        if any(value is inspect.Parameter.empty for value in (*positional, *named.values())):
            continue
        yield target.name, (*positional, named), partial(target.call, *positional, **named)


def told(name: str, about: tuple[Any, ...]) -> str:
    """A call in a report."""
    shown = []
    for value in about:
        try:
            shown.append(f"{type(value).__name__} {value!r:.200}")
        except Exception:
            shown.append(f"a {type(value).__name__}")
    return f"{name}({', '.join(shown)})"


def made(call: Callable[[], Any]) -> tuple[str, BaseException | None]:
    """Make a call: what it ended in, and the exception if it is not one of dofx's."""
    import dofx

    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            result = call()
            if isinstance(result, Iterator):
                collections.deque(itertools.islice(result, 3), maxlen=0)
    except dofx.DofxError:
        return "refused", None
    except dofx.NotIdentifiableError:
        return "not identifiable", None
    except TypeError as error:
        if SIGNATURE.search(str(error)):
            return "wrong signature", None
        return "left", error
    except IndexError as error:
        # A sequence says by it that it has ended.
        own = traceback.extract_tb(error.__traceback__)[-1].name
        return ("refused", None) if own == "__getitem__" else ("left", error)
    except Exception as error:
        return "left", error
    return STATUSES[result] if type(result).__name__ == "Status" else "answered", None


@dataclass
class Ends:
    """How calls ended, which were made, and what left dofx, by the place at which it did."""

    ends: collections.Counter[str] = field(default_factory=collections.Counter)
    names: set[str] = field(default_factory=set)
    found: dict[str, dict[str, Any]] = field(default_factory=dict)

    def note(
        self, index: int, name: str, about: tuple[Any, ...], end: str, error: BaseException | None
    ) -> None:
        """Count a call."""
        self.ends[end] += 1
        self.names.add(name)
        if error is not None:
            first = {"count": 0, "index": index, "call": told(name, about), "error": f"{error!r:.300}"}
            self.found.setdefault(placed(error), first)["count"] += 1


def main() -> None:
    """Make the calls and print what became of them."""
    parser = argparse.ArgumentParser()
    parser.add_argument("kind")
    parser.add_argument("seed", type=int)
    parser.add_argument("calls", type=int)
    parser.add_argument("--only", type=int)
    parser.add_argument("--coverage", type=Path, help="count branches, into this file")
    parser.add_argument("--at", type=Path, help="a file that says which call is being made")
    options = parser.parse_args()
    faulthandler.enable()
    warnings.simplefilter("ignore")
    with traced(options.coverage):
        ends = played(options)
    print(json.dumps({"ends": ends.ends, "names": sorted(ends.names), "found": ends.found}))


@contextlib.contextmanager
def traced(file: Path | None) -> Iterator[None]:
    """Count the branches that are reached, into a file if one is named."""
    if file is None:
        yield
        return
    import coverage

    counter = coverage.Coverage(
        branch=True, source=[str(SOURCE / part) for part in READS_INPUT], data_file=str(file)
    )
    counter.start()
    yield
    counter.stop()
    counter.save()


def played(options: argparse.Namespace) -> Ends:
    """Make the calls in an empty folder. The one that `--only` names is printed, with what leaves it."""
    noted = Ends()
    with (
        tempfile.TemporaryDirectory() as folder,
        open(options.at or os.devnull, "w", encoding="utf-8", buffering=1) as here,
    ):
        os.chdir(folder)
        rng, kinds, place = random.Random(options.seed), options.kind.split(","), Path(folder)
        stream = by_turns(kinds, rng, place) if kinds[1:] else attempts(options.kind, rng, place)
        most = options.only or options.calls
        for index, (name, about, call) in enumerate(itertools.islice(stream, most), 1):
            here.seek(0)
            here.write(f"{index:<12}{name:<60.60}\n")
            if index == options.only:
                print(told(name, about), file=sys.stderr, flush=True)
            end, error = made(call)
            noted.note(index, name, about, end, error)
            if error is not None and index == options.only:
                traceback.print_exception(error)
        os.chdir("/")
    return noted


def placed(error: BaseException) -> str:
    """The kind of the exception and the deepest line of dofx that it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if "/dofx/" in f.filename or f.filename.startswith(str(SOURCE.parents[1]))]
    last = own[-1] if own else frames[-1]
    where = Path(last.filename)
    return f"{type(error).__name__} at {where.parent.name}/{where.name}:{last.lineno} {last.name}"


if __name__ == "__main__":
    main()
