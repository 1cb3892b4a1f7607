"""A desk: the rows of a program, its fit, and what is asked of it afterwards, as requests and responses in JSON.

It takes programs and rows as data. A program is read by the grammar, rows by the readers of CSV, Parquet and Arrow;
neither can name a file of this machine or run anything. It writes nothing but the temporary files of the rows.
"""

from __future__ import annotations

import base64
import re
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from inspect import signature
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory, mkdtemp
from typing import IO, Any

from ..compiler.model.data import ALONE
from ..compiler.program import program_of, questions
from ..grammar.diagnostics.diagnostic import DofxError, heard
from ..grammar.edge.plain import finite
from ..grammar.parse import parse
from ..grammar.syntax.program import Program
from ..runtime.compile import types_of
from ..runtime.data.opened import Opened
from ..runtime.data.shaped.shape import shaped
from ..runtime.program import CompiledProgram
from ..studio.look import JSON, faults_of
from .errors import bundle_too_large, fitted_since, no_file_of_rows, no_rows, nothing_fitted
from .shown import Shown
from .work import Work, unforeseen

KINDS = (".csv", ".tsv", ".csv.gz", ".parquet", ".arrow", ".feather")
"""How the name of a file of rows may end."""

MOST_BUNDLE = 256 << 20
"""Size of a packed bundle, at most: it is held in memory while it is handed over."""


class Desk:
    """What is on one desk: a data set for each name, and the program that was fitted last.

    Args:
        rows: Data sets that are there from the beginning, by name; ``P`` where a program declares none. A data set
            may have several files of the same people.
        cache: A folder of finished generators, as for `Sampler.fit`.
        fitted: A program that is fitted already, and its text.
    """

    def __init__(
        self,
        rows: Mapping[str, Opened | Sequence[Opened]] | None = None,
        *,
        cache: str | Path | None = None,
        fitted: tuple[str, CompiledProgram] | None = None,
    ) -> None:
        self._folder = TemporaryDirectory(prefix="dofx-studio-")
        self._rows = {
            name: [each] if isinstance(each, Opened) else [*each] for name, each in (rows or {}).items()
        }
        self._cache = cache
        self._work: Work | None = None
        self._shown: Shown | None = None
        self._asking, self._beginning = threading.Lock(), threading.Lock()
        if fitted is not None:
            self._shown = Shown(*fitted, self._sources(fitted[1]))

    def close(self) -> None:
        """End what is running, and remove the temporary files."""
        self._cancel()
        self._folder.cleanup()

    @property
    def fitted(self) -> CompiledProgram:
        """The program that was fitted last.

        Raises:
            DofxError: E0420 before that.
        """
        return self._require_shown().program

    def respond(self, request: Mapping[str, Any]) -> JSON:
        """The response to a request: ``{"value": …}``, or ``{"faults": […]}``.

        Args:
            request: ``do`` is one of `REQUESTS`, the rest are its arguments.
        """
        arguments = dict(request)
        handle = self.REQUESTS.get(str(arguments.pop("do", "")))
        if handle is None:
            return {"broken": "the request is unknown"}
        try:
            signature(handle).bind(self, **arguments)
        except TypeError as error:
            return {"broken": str(error)}
        return self.answer(partial(handle, self, **arguments), str(arguments.get("text", "")))

    @staticmethod
    def answer(find: Callable[[], Any], text: str = "") -> JSON:
        """What a function finds, or what is wrong, as a response.

        Args:
            find: The function.
            text: The program that it is about.
        """
        try:
            return {"value": finite(find())}
        except DofxError as error:
            return {"faults": faults_of(error, text)}
        except Exception as error:  # the page shows it; the desk goes on
            return {"faults": [unforeseen(error)]}

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────────────

    def place_for(self, file: str) -> tuple[Path, IO[bytes]]:
        """A new temporary file for rows, opened for writing.

        Args:
            file: What it was called. Its folders are not used, and of its name only letters, numbers, ``_`` and ``-``.

        Raises:
            DofxError: E0502 for an ending that no reader knows.
        """
        ending = next((kind for kind in KINDS if file.lower().endswith(kind)), None)
        if ending is None:
            name = PurePosixPath(file.replace("\\", "/")).name
            raise no_file_of_rows(name, tuple(KINDS))
        stem = PurePosixPath(file.replace("\\", "/")).name[: -len(ending)]
        harmless = re.sub(r"[^\w-]", "_", stem)[:60].lstrip("-") or "rows"
        path = Path(mkdtemp(dir=self._folder.name)) / f"{harmless}{ending}"  # readers name it in their errors
        return path, path.open("xb")

    def take(self, name: str, file: str, path: Path, more: bool = False) -> JSON:
        """Take a temporary file as the rows of a data set.

        Args:
            name: The data set; ``P`` where the program declares none.
            file: What it was called.
            path: Where it is, by `place_for`.
            more: Whether it is one more file of the same people; the other files stay.

        Raises:
            DofxError: If it cannot be read.
        """
        try:
            opened = Opened(str(path))
        except DofxError:
            shutil.rmtree(path.parent, ignore_errors=True)
            raise
        opened.name = (
            f"`{PurePosixPath(file.replace(chr(92), '/')).name}`"  # diagnostics say what the person calls it
        )
        there = self._rows.get(name, []) if more else []
        self._rows[name] = [*(each for each in there if each.name != opened.name), opened]
        return self._data()

    def _take(self, name: str, file: str, base64_rows: str, more: bool = False) -> JSON:
        rows = base64.b64decode(base64_rows, validate=True)
        path, opened = self.place_for(file)
        with opened:
            opened.write(rows)
        return self.take(name, file, path, more)

    def _drop(self, name: str) -> JSON:
        self._rows.pop(name, None)
        return self._data()

    def _data(self) -> JSON:
        return {
            name: {
                "file": ", ".join(Path(each.name.strip("`")).name for each in files),
                "columns": list(dict.fromkeys(column for each in files for column in each.columns)),
            }
            for name, files in self._rows.items()
        }

    def _desk(self) -> JSON:
        """What is on the desk: where a page begins that has just been opened."""
        return {
            "data": self._data(),
            "work": None if self._work is None else self._work.told(),
            "fitted": None if self._shown is None else self._shown.whole(),
        }

    # ── fitting ──────────────────────────────────────────────────────────────────────────────────────────

    def _fit(self, text: str, seed: int = 0, epochs: int | None = None) -> JSON:
        """Begin to fit a program; what is wrong with it or with its rows is found at once."""
        asked = questions(program_of_text(text))
        program = CompiledProgram(asked, types_of(asked.types, asked.graph.nodes))
        sources = self._sources(program)
        lacking = [name for name in names_of(program) if name not in self._rows]
        if lacking:
            raise DofxError([no_rows(None if asked.data == ALONE else name) for name in lacking])

        def task(work: Work) -> JSON:
            work.enter("Training")
            with heard() as warned:
                program.fit(sources, seed=seed, epochs=epochs, cache=self._cache, progress=work.hear)
            work.enter("Answering")
            told = tuple(dict.fromkeys(each.title for each in warned))
            shown = Shown(text, program, sources, remarks=told)
            found = shown.whole()
            self._shown = shown
            return found

        return self._begin(task, text) | {"data": self._data()}

    def _intervals(self, text: str | None = None) -> JSON:
        """Begin to find the intervals that take more fits."""
        shown = self._require_shown(text)

        def task(work: Work) -> JSON:
            work.enter("Training without each of five folds, twice")
            shown.find_intervals()
            return shown.whole()

        return self._begin(task, shown.text)

    def _policy(self, name: str, text: str | None = None, **given: Any) -> JSON:
        """Let a policy be something, and begin to find the answers under it; what cannot be it is found at once."""
        shown = self._require_shown(text)

        def task(work: Work) -> JSON:
            work.enter("Answering")
            return shown.whole()

        return self._begin(task, shown.text, lambda: shown.follow(name, given))

    def _begin(
        self, task: Callable[[Work], JSON], text: str, first: Callable[[], None] | None = None
    ) -> JSON:
        """End what is running, and begin something else; of two requests at once, the later one goes on.

        Args:
            task: What begins.
            text: The program that it is about.
            first: What comes before it, when nothing is running.
        """
        with self._beginning:
            self._cancel()
            if first is not None:
                first()
            self._work = Work(task, text)
            return self._work.told()

    def _told(self) -> JSON | None:
        return None if self._work is None else self._work.told()

    def _cancel(self) -> JSON | None:
        if self._work is not None:
            self._work.cancel()
            self._work.wait(10)
        return self._told()

    def _sources(self, program: CompiledProgram) -> Any:
        """The rows of each data set, those of several files joined as the program says."""
        made = dict[str, Opened]()
        for each in program.asked.data:
            files = self._rows.get(each.name)
            if files:
                made[each.name] = Opened.of(shaped(files if len(files) > 1 else files[0], each))
        return made.get(names_of(program)[0]) if program.asked.data == ALONE else made

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────

    def _ask(self, name: str, at: Mapping[str, Any], text: str | None = None) -> JSON:
        """One query at one setting of the inputs that it leaves open."""
        with self._asking:
            return self._require_shown(text).at(name, at)

    def _bundle(self, name: str, text: str | None = None) -> JSON:
        """A query's sampler as a packed folder, which `dofx.load` reads once it is unpacked."""
        shown = self._require_shown(text)
        with TemporaryDirectory(dir=self._folder.name) as folder:
            place = Path(folder) / "bundle"
            shown.program[name].save(place)
            packed = Path(shutil.make_archive(str(Path(folder) / "packed"), "zip", place))
            if packed.stat().st_size > MOST_BUNDLE:
                raise bundle_too_large()
            return {"file": f"{name}.zip", "base64": base64.b64encode(packed.read_bytes()).decode()}

    def _require_shown(self, text: str | None = None) -> Shown:
        """What was fitted last; with a text, only if it is the program with that text."""
        if self._shown is None:
            raise nothing_fitted()
        if text is not None and text != self._shown.text:
            raise fitted_since()
        return self._shown

    REQUESTS: Mapping[str, Callable[..., Any]] = {
        "desk": _desk,
        "take": _take,
        "drop": _drop,
        "fit": _fit,
        "intervals": _intervals,
        "policy": _policy,
        "work": _told,
        "cancel": _cancel,
        "ask": _ask,
        "bundle": _bundle,
    }


def program_of_text(text: str) -> Program:
    """The program in a text, which is never taken for a path.

    Raises:
        DofxError: With every fault of the program.
    """
    return program_of(parse(text, "program"))


def names_of(program: CompiledProgram) -> list[str]:
    """The data sets whose rows a program needs."""
    return [each.name for each in program.asked.data]
