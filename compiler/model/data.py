"""Data sets: of which population, under which regime, and of which variables the rows are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...grammar.dates import SINCE, UNITS, unit_of
from ...grammar.edge.arguments import public
from ...grammar.syntax.data import MEASURES, SAMPLED, VARIABLES
from ...grammar.syntax.query import Value
from .errors import nameless_column, nameless_data_set, no_dates, no_unit, time_of_nobody
from .worlds import World


@public()
@dataclass(frozen=True, slots=True, init=False)
class DataSet:
    """Rows of some variables, of a population, under a regime. ``P`` is the complete observational one.

    Args:
        name: Its name in estimands.
        sets: Variables that an experiment set, each of their values for some rows. They need not be measured: what a
            row was set to is known.
        measures: Variables that have a column; None for all of the graph.
        differs: Variables whose mechanism is not the mechanism of the population that the query is about. The
            unobserved causes have the same distribution in both; where that of a common cause differs, its
            children are named here.
        keeps: Variables that decided, perhaps with chance, whether a row was kept.
        weights: The column that says how much each row counts, such as the number of people that it stands for; None
            if all count the same. The column is not a variable of the graph.
        cluster: The column that says which rows were sampled together, such as those of one household; None where
            each row was sampled by itself.
        holes: Values that stand for a hole in any of its columns, such as ``-99`` or ``"NA"``, besides what the rows
            themselves say is missing.
        person: The column that identifies the person of each row, if there are several files of the same people, or
            several rows of one person; rows are then joined to one per person. None if each row is another person.
        time: The column that says when a row was taken, in files that have it: column ``v`` at time ``2`` becomes
            ``v_2``.
        dates: Columns of dates, each with the unit in which they are counted, such as ``"years"`` or
            ``"days since 2000-01-31"``; without a start they count from the beginning of 1970.

    Weights, clusters, codes of holes, persons, times and dates say how rows were sampled and written, not which
    distribution they are of: what identifies a query does not depend on them, and data sets that differ in nothing else
    are equal.

    Raises:
        DofxError: E1001 or E1002 for an argument that is not a name or a list of names, an unknown unit of dates, and
            a `time` without a `person`.

    >>> DataSet("trial", sets=["x"], measures=["m", "y"]).sets
    ('x',)
    """

    name: str
    sets: tuple[str, ...]
    measures: tuple[str, ...] | None
    differs: tuple[str, ...]
    keeps: tuple[str, ...]
    weights: str | None = field(compare=False)
    cluster: str | None = field(compare=False)
    holes: tuple[Value, ...] = field(compare=False)
    person: str | None = field(compare=False)
    time: str | None = field(compare=False)
    dates: tuple[tuple[str, str], ...] = field(compare=False)

    def __init__(
        self,
        name: str = "P",
        *,
        sets: Iterable[str] = (),
        measures: Iterable[str] | None = None,
        differs: Iterable[str] = (),
        keeps: Iterable[str] = (),
        weights: str | None = None,
        cluster: str | None = None,
        holes: Iterable[Value] = (),
        person: str | None = None,
        time: str | None = None,
        dates: Mapping[str, str] | Iterable[tuple[str, str]] = (),
    ) -> None:
        if not name:
            raise nameless_data_set()
        counted = _pairs(name, dates)
        for column in (weights, cluster, person, time, *counted):
            if column == "":
                raise nameless_column(name)
        if time is not None and person is None:
            raise time_of_nobody(name)
        for unit in counted.values():
            if unit_of(unit) is None:
                raise no_unit(unit, tuple(UNITS))
        found: dict[str, object] = {"name": name, "measures": None if measures is None else _names(measures)}
        found |= {"sets": _names(sets), "differs": _names(differs), "keeps": _names(keeps)}
        codes = (holes,) if isinstance(holes, str) else tuple(dict.fromkeys(holes))
        found |= {"weights": weights, "cluster": cluster, "holes": codes}
        found |= {"person": person, "time": time, "dates": tuple(counted.items())}
        for place, value in found.items():
            object.__setattr__(self, place, value)

    @property
    def world(self) -> World:
        """The world that the rows are of: the one in which the experiment's variables are set."""
        return World.setting(self.sets)

    @property
    def row_columns(self) -> dict[str, str]:
        """The columns that say how its rows were sampled, by the word that names each in a program.

        >>> DataSet(weights="w", cluster="household").row_columns
        {'weights': 'w', 'cluster': 'household'}
        """
        said = {word: getattr(self, word) for word in SAMPLED}
        return {word: column for word, column in said.items() if column is not None}

    @property
    def by_row(self) -> bool:
        """Whether each row was sampled by itself and counts as one."""
        return not self.row_columns

    @property
    def bare(self) -> bool:
        """Whether it declares nothing about how its rows were sampled or written."""
        return self.by_row and not self.holes and not self.shaped

    @property
    def shaped(self) -> bool:
        """Whether its rows are made from the files: joined, spread over times, or with dates that become numbers."""
        return self.person is not None or bool(self.dates)

    @property
    def design(self) -> tuple[str, ...]:
        """The variables that its design depends on: they decide which rows were kept."""
        return self.keeps

    @property
    def plain(self) -> bool:
        """Whether it is complete and observational: nothing set, all measured, no other population, no selection."""
        return self.measures is None and not (self.sets or self.differs or self.keeps)

    def __str__(self) -> str:
        """What is declared of it, as a program says it.

        >>> print(DataSet("trial", sets=["x"], measures=["x", "y"], weights="w", holes=[-99, "NA"]))
        trial sets x measures x, y weights w holes -99, "NA"
        """
        parts = [self.name]
        for place, word in VARIABLES.items():
            names = getattr(self, place)
            if names or (word == MEASURES and names is not None):
                parts.append(f"{word} {', '.join(names)}")
        parts += [f"{word} {column}" for word, column in self.row_columns.items()]
        parts += [f"holes {', '.join(map(_code, self.holes))}"] if self.holes else []
        parts += [f"person {self.person}"] if self.person else []
        parts += [f"time {self.time}"] if self.time else []
        parts += [f"dates {column} in {_unit(unit)}" for column, unit in self.dates]
        return " ".join(parts)


def observes(data: DataSet, names: Iterable[str]) -> bool:
    """Whether a data set is observational, of the target population and not selected, and measures these variables."""
    whole = data.measures is None or set(data.measures) >= set(names)
    return whole and not (data.sets or data.differs or data.keeps)


def _pairs(name: str, dates: Mapping[str, str] | Iterable[tuple[str, str]]) -> dict[str, str]:
    """Columns of dates and their units; an iterator may turn out to hold something else."""
    try:
        found = dict(dates)
    except (TypeError, ValueError):
        raise no_dates(name) from None
    if not all(isinstance(text, str) for pair in found.items() for text in pair):
        raise no_dates(name)
    return found


def _unit(unit: str) -> str:
    word, since, start = unit.partition(f" {SINCE} ")
    return f'{word} {SINCE} "{start}"' if since else word


def _code(value: Value) -> str:
    return (
        str(value).lower()
        if isinstance(value, bool)
        else f'"{value}"'
        if isinstance(value, str)
        else str(value)
    )


def _names(names: Iterable[str]) -> tuple[str, ...]:
    """Names, each once; a text names one variable, or several between commas."""
    from .query import listed

    return tuple(dict.fromkeys(listed(names)))


OBSERVED = DataSet()
"""The complete observational data set of the population that the query is about."""

ALONE = (OBSERVED,)
"""What a query may be answered with where nothing is said: the observational data set alone."""
