"""The result of fitting, as records and as text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from ...compiler.drawing.grid import Grid
from ..training.settings import FitReport


@dataclass(frozen=True, slots=True)
class FitRecord:
    """One fitted generator.

    Args:
        fit: The conditional, such as ``P(y | x)``.
        family: The generator's family, or its class.
        source: The source of its rows: ``P``, or the name of the stage from which they were simulated.
        report: The report of its training.
        reused: Whether it comes from the cache of an earlier fit.
    """

    fit: str
    family: str
    source: str
    report: FitReport
    reused: bool = False


@dataclass(frozen=True, slots=True)
class FitSummary:
    """The records of all generators of a network, in the order fitted.

    >>> print(FitSummary((FitRecord("P(y | x)", "table", "P", FitReport(-0.6931, 1, 1000, 0.002)),)))
    fit       family   rows  epochs   score  seconds
    P(y | x)  table   1,000       1  -0.693     0.00
    """

    records: tuple[FitRecord, ...]

    @property
    def seconds(self) -> float:
        """Time of all trainings, also of the generators that come from the cache."""
        return sum(record.report.seconds for record in self.records)

    def to_json(self) -> list[dict[str, Any]]:
        """Plain data that are the same for equal fits: everything but the times and the use of the cache."""
        return [_without(asdict(record)) for record in self.records]

    def circumstances(self) -> list[dict[str, Any]]:
        """The rest, as plain data: the values that differ between two runs of the same fit."""
        return [{"reused": record.reused, "seconds": record.report.seconds} for record in self.records]

    @staticmethod
    def from_json(data: list[dict[str, Any]], circumstances: list[dict[str, Any]]) -> FitSummary:
        """The summary that `to_json` and `circumstances` wrote.

        Raises:
            Exception: Various errors, for data that are not such a summary.
        """
        records = []
        for record, of_run in zip(data, circumstances, strict=True):
            report = FitReport(**record["report"], seconds=float(of_run["seconds"]))
            records.append(FitRecord(**{**record, "report": report, "reused": bool(of_run["reused"])}))
        found = FitSummary(tuple(records))
        str(found)
        return found

    def __iter__(self) -> Iterator[FitRecord]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)

    @property
    def grid(self) -> Grid:
        """A line for each generator."""
        heading = ("fit", "family", "rows", "epochs", "score", "seconds")
        return Grid(heading, tuple(map(_cells, self.records)), "llrrrr")

    def __str__(self) -> str:
        return str(self.grid)


def _without(record: dict[str, Any]) -> dict[str, Any]:
    """A record without the values that differ from run to run."""
    report = {name: value for name, value in record["report"].items() if name != "seconds"}
    return {name: value for name, value in record.items() if name != "reused"} | {"report": report}


def _cells(record: FitRecord) -> tuple[str, str, str, str, str, str]:
    report = record.report
    score = "" if report.score is None else f"{report.score:.3f}"
    score += "" if report.measure == "log-likelihood" or report.score is None else f" {report.measure}"
    epochs = str(report.epochs) if report.epochs else "exact" if report.rows else "as given"
    seconds = "kept" if record.reused else f"{report.seconds:.2f}"
    return record.fit, record.family, f"{report.rows:,}", epochs, score, seconds
