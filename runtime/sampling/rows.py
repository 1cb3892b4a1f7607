"""The public ways of sampling: rows in memory, rows as a stream, rows into a file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from ...compiler.model.query import Query
from ...compiler.network.ir import SamplingNetwork
from ...grammar.edge.arguments import public
from ...grammar.edge.files import path_of
from ...grammar.edge.outputs import require_output
from ..data.samples import Samples
from ..data.values import Values, read_inputs
from ..engines import Engine, EngineSource, engine_of
from ..policies import Policies
from ..training.building import steady
from ..training.devices import device_named
from ..training.precision import Precision, deviation, precision_named
from ..variables import Finite, VariableType
from .counts import count_if_given, count_of, seed_or_fresh
from .few_rows import FewRows
from .running import Asked, Runner, run
from .settings import RowSettings
from .sizes import part_rows, require_room

if TYPE_CHECKING:
    from .writing import Advance, Written


class RowSampler(ABC):
    """The base of classes that sample rows: a fitted sampler, or its folded form.

    Attributes:
        network: The network that is sampled; its inputs take values.
        query: The query. Values fixed in its text, as in ``do(x = 1)``, are defaults of the inputs.
        types: The type of each variable.
    """

    network: SamplingNetwork
    query: Query
    types: dict[str, VariableType]

    @property
    @abstractmethod
    def module(self) -> nn.Module:
        """What makes the rows from noise: ``module(noise, do, given)`` on encoded values."""

    @abstractmethod
    def _runner(self, seed: int, device: torch.device | None, precision: Precision) -> Runner:
        """The runner that makes the rows of a seed; a device of None means the device of the sampler."""

    @abstractmethod
    def following(self, policies: Policies) -> RowSampler:
        """The sampler with policies bound."""

    def _few_rows(self) -> FewRows | None:
        """A faster way to make few rows, where there is one.

        Raises:
            DofxError: E0420 before `fit`.
        """
        return None

    @public("path", "do", "given", "policies", "seed")
    def sample(
        self,
        n: int,
        *,
        do: Values | None = None,
        given: Values | None = None,
        policies: Policies | None = None,
        seed: int | None = None,
        start: int = 0,
        device: str | torch.device | None = None,
        chunk: int | None = None,
        workers: int | None = None,
        precision: Precision = "float32",
        engine: EngineSource = None,
    ) -> Samples:
        """Draw `n` rows, in memory bounded by the size of the result.

        Args:
            n: Number of rows, at least 1.
            do: For each intervention a value, or an array of `n` values, in the data's own states.
            given: For each condition a value, or an array of `n` values, in the data's own states.
            policies: For each policy of the query a function of arrays, a torch module or a `Table`. A function that
                draws from the source of random numbers that it is given repeats its rows for equal `start` and chunk.
            seed: Equal seeds give equal rows: row i is the same for every `n`, `start`, chunk, number of
                workers and device. None draws a new seed, which the samples record.
            start: The number of the first row. ``sample(1, start=i, seed=s)`` draws row i of seed s again, alone.
            device: Where to run; None means the device of the sampler.
            chunk: Number of rows to run at once; None chooses by the size of the draws.
            workers: Number of threads; None takes torch's number of threads on a CPU, and one elsewhere.
            precision: ``tf32`` or ``bf16`` compute matrix products faster, if the hardware supports it, and less
                precisely; `precision_error` measures the effect.
            engine: Where blocks of the rows are made: ``ray``, or a `Ray` with settings, for the workers of a
                cluster; None for this process.

        Raises:
            DofxError: E0420 before `fit`, E0424 for a bad `n`, E0430 and E0431 for bad settings, E0440 for an
                unknown engine, E0460 to E0462 for policies, and see `read_inputs` for values.
        """
        if policies is not None:
            return self.following(policies).sample(
                n,
                do=do,
                given=given,
                seed=seed,
                start=start,
                device=device,
                chunk=chunk,
                workers=workers,
                precision=precision,
                engine=engine,
            )
        seed = seed_or_fresh(seed)
        usual = device is None and chunk is None and workers is None and engine is None
        few = self._few_rows() if usual and precision == "float32" else None
        rows = None if few is None else few.rows(n, start, do, given, seed)
        if rows is None:
            rows = self._sampled(
                seed, engine_of(engine), n, start, do, given, device, chunk, workers, precision
            )
        return Samples(rows, self.types, seed)

    @steady()
    def _sampled(
        self,
        seed: int,
        maker: Engine,
        n: int,
        start: int,
        do: Values | None,
        given: Values | None,
        device: str | torch.device | None,
        chunk: int | None,
        workers: int | None,
        precision: Precision,
    ) -> dict[str, Tensor]:
        """The encoded rows of `sample`, by the graph."""
        runner = self._made(seed, device if maker.in_process else None, precision)
        asked = self._asked(n, start, do, given)
        require_room(asked.stop - asked.start, self._outcome_types())
        workers, chunk = count_if_given("workers", workers), count_if_given("chunk", chunk)
        settings = RowSettings(seed, _named(device), precision, workers, chunk)
        if maker.in_process:
            return run(runner, asked, settings.workers, settings.chunk)
        from .blocks import gather

        return gather(maker, self, asked, settings, part_rows(self._outcome_types()))

    @public("path", "do", "given", "seed")
    @steady()
    def stream(
        self,
        n: int,
        *,
        do: Values | None = None,
        given: Values | None = None,
        seed: int | None = None,
        start: int = 0,
        device: str | torch.device | None = None,
        chunk: int | None = None,
        workers: int | None = None,
        precision: Precision = "float32",
    ) -> Iterator[Samples]:
        """The rows that `sample` draws, in parts of `chunk` rows, of which one is held at a time.

        Args:
            n: As for `sample`.
            do: As for `sample`.
            given: As for `sample`.
            seed: As for `sample`.
            start: As for `sample`.
            device: As for `sample`.
            chunk: Number of rows per part; None takes about two million values of all outcomes.
            workers: As for `sample`.
            precision: As for `sample`.

        Raises:
            DofxError: As `sample`, at the call rather than at the first part.
        """
        seed = seed_or_fresh(seed)
        runner = self._made(seed, device, precision)
        asked = self._asked(n, start, do, given)
        threads, size = count_if_given("workers", workers), count_if_given("chunk", chunk)
        size = size or part_rows(self._outcome_types())

        def parts() -> Iterator[Samples]:
            for first in range(asked.start, asked.stop, size):
                part = asked.part(first, min(asked.stop, first + size))
                with steady():  # left again before the caller goes on
                    rows = run(runner, part, threads, min(size, runner.chunk))
                yield Samples(rows, self.types, seed)

        return parts()

    @public("path", "do", "given", "seed")
    @steady()
    def sample_to(
        self,
        path: str | Path,
        n: int,
        *,
        do: Values | None = None,
        given: Values | None = None,
        seed: int | None = None,
        start: int = 0,
        device: str | torch.device | None = None,
        chunk: int | None = None,
        workers: int | None = None,
        precision: Precision = "float32",
        progress: bool | Advance | None = None,
        engine: EngineSource = None,
    ) -> Written:
        """Draw `n` rows into a file, which appears whole or not at all. Memory does not grow with `n`.

        A path without a suffix is a folder of Parquet files, which readers of Parquet data sets read as one table.
        If a call was killed, a second call writes the missing parts of the folder. Policies that are functions are
        compared by their code and by what they read; one that holds something without a value to compare, such as an
        open file, continues only what the same sampler began.

        Args:
            path: ``.parquet``, ``.arrow`` or ``.feather`` (the Arrow IPC format), or ``.csv``; or a folder.
            n: As for `sample`.
            do: As for `sample`.
            given: As for `sample`.
            seed: As for `sample`. None continues with the seed of a folder's parts, if there are any.
            start: As for `sample`.
            device: As for `sample`.
            chunk: As for `stream`; a part becomes a row group of the file, or a file of the folder.
            workers: As for `sample`.
            precision: As for `sample`.
            progress: True for a bar, False for none, or a function of (rows written, rows in all); None prints
                a bar if stderr is a terminal.
            engine: As for `sample`. An engine outside this process always writes a folder; its workers must
                see the folder under the same path.

        Raises:
            DofxError: As `sample`, E0432 for a file of another kind or one that cannot hold the outcomes,
                E0441 if the folder holds files that are not parts of these rows.
        """
        from .folder import is_folder, seed_of, write_folder
        from .writing import write

        path, maker = path_of(path), engine_of(engine)
        require_output(path, folder=is_folder(path, maker))
        if is_folder(path, maker):
            seed = seed_of(path) if seed is None else seed
            seed = seed_or_fresh(seed)
            self._made(seed, device if maker.in_process else None, precision)
            asked = self._asked(n, start, do, given)
            settings = RowSettings(seed, _named(device), precision, count_if_given("workers", workers))
            size = count_if_given("chunk", chunk) or part_rows(self._outcome_types())
            return write_folder(maker, self, asked, settings, path, size, progress)
        seed = seed_or_fresh(seed)
        parts = self.stream(
            n,
            do=do,
            given=given,
            seed=seed,
            start=start,
            device=device,
            chunk=chunk,
            workers=workers,
            precision=precision,
        )
        return write(path, parts, self._outcome_types(), int(n), seed, progress)

    @steady()
    def rows(self, asked: Asked, settings: RowSettings) -> Samples:
        """Draw the requested rows; a worker calls this.

        Args:
            asked: The requested rows, with encoded values.
            settings: How they are made.

        Raises:
            DofxError: E0420 before `fit`.
        """
        runner = self._made(settings.seed, settings.device, settings.precision)
        return Samples(run(runner, asked, settings.workers, settings.chunk), self.types, settings.seed)

    @public("path", "do", "given", "seed")
    def precision_error(
        self,
        precision: Precision,
        n: int = 100_000,
        *,
        do: Values | None = None,
        given: Values | None = None,
        device: str | torch.device | None = None,
    ) -> dict[str, float]:
        """The effect of a precision on the rows, measured by drawing each row twice, from the same noise.

        Args:
            precision: ``tf32`` or ``bf16``.
            n: Number of rows to compare.
            do: As for `sample`.
            given: As for `sample`.
            device: As for `sample`.

        Returns:
            For each finite outcome the share of rows whose state differs, for any other the root mean square
            difference in standard deviations of the outcome.

        Raises:
            DofxError: As `sample`.
        """
        exact, rough = (
            self.sample(n, do=do, given=given, seed=0, device=device, precision=kind).encoded
            for kind in ("float32", precision)
        )
        return {
            name: deviation(exact[name], rough[name], finite=isinstance(self.types[name], Finite))
            for name in exact
        }

    def _asked(self, n: int, start: int, do: Values | None, given: Values | None) -> Asked:
        rows = count_of("n", n, code="E0424")
        first = count_of("start", start, least=0)
        defaults = self.query.values
        inputs = read_inputs(self.network, self.types, do, given, defaults=defaults, rows=rows)
        return Asked(rows, first, inputs.do, inputs.given)

    def _made(self, seed: int, device: str | torch.device | None, precision: str) -> Runner:
        place = None if device is None else device_named(device)
        return self._runner(seed, place, precision_named(precision))

    def _outcome_types(self) -> Mapping[str, VariableType]:
        return {name: self.types[name] for name in self.network.query.outcomes}


def _named(device: str | torch.device | None) -> str | None:
    return None if device is None else str(device)
