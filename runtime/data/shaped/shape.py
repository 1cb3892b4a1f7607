"""The rows of a data set that declares persons, times or dates, as a table with one row for each person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Sized
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ....compiler.estimand.table import Table as Distribution
from ....compiler.model.data import DataSet
from ..opened import Opened
from ..reading import MadeTable, Table, match_columns, open_table
from .dates import counted
from .errors import (
    in_two_files,
    no_such_dates,
    nobody_in_common,
    not_by_person,
    not_one_value,
    one_table,
    person_and_time_twice,
    rows_of_one_person,
)
from .keys import arrow_of, key_of

OF_WHOM, OF_WHEN = "which person a row belongs to", "when a row was taken"


def shaped(source: Any, data: DataSet) -> Any:
    """The rows of a data set, made into one row for each person where it declares that; else what was given.

    Args:
        source: What `open_table` opens, or a list of such sources, which are files of the same people.
        data: The data set.

    Raises:
        DofxError: E0504 for a column that is declared and does not exist, E0505 for one that two files have, E0512 for
            several rows of one person, E0513 for rows of nobody and for files of different people, and what
            `open_table` finds.

    >>> visits = {"id": [1, 1, 2], "visit": [0, 1, 0], "pain": [3, 5, 4], "sex": ["f", "f", "m"]}
    >>> people = shaped([{"id": [2, 1], "age": [44, 61]}, visits], DataSet(person="id", time="visit"))
    >>> people.columns
    ('id', 'age', 'pain', 'sex', 'pain_0', 'pain_1', 'sex_0', 'sex_1')
    >>> {name: column.to_pylist() for name, column in people.read(["age", "sex", "pain_0", "pain_1"]).items()}
    {'age': [61, 44], 'sex': ['f', 'm'], 'pain_0': [3, 4], 'pain_1': [5, None]}
    """
    several = isinstance(source, (list, tuple))
    if isinstance(source, Distribution):
        return source
    if not (data.shaped or several) or (isinstance(source, Opened) and source.made):
        return source
    sources = list(source) if several else [source]
    if several and sources and _is_row(sources[0]):
        return source  # which `open_table` refuses, and says how to make a table of it
    if several and (data.person is None or not sources):
        raise one_table(type(source).__name__)
    tables = [each if isinstance(each, Opened) else open_table(each) for each in sources]
    return Opened(Shaped(tables, data))


def _is_row(source: Any) -> bool:
    """Whether one of several sources is a row: a record of single values, a list of them, or one number."""
    if isinstance(source, dict):
        return not any(isinstance(value, Sized) and not isinstance(value, str) for value in source.values())
    return isinstance(source, list | tuple | int | float)


@dataclass(frozen=True, slots=True)
class _Part:
    """One file.

    Args:
        table: The file.
        own: Its columns, without those of persons and times.
        person: The column of persons, if there is one.
        time: The column of times, if it has one.
        rows: The number of each row's person, int64 ``(rows,)``.
        times: The number of each row's time, int64 ``(rows,)``.
        labels: What the times are called.
    """

    table: Table
    own: tuple[str, ...]
    person: str
    time: str | None
    rows: np.ndarray
    times: np.ndarray
    labels: tuple[str, ...]


class Shaped(MadeTable):
    """A table with a row for each person of some files.

    A person who has no row in a file, or none at a time, has holes in the columns of that file or time.

    Args:
        tables: The files.
        data: What is declared of them.
    """

    def __init__(self, tables: Sequence[Table], data: DataSet) -> None:
        self.tables, self.data = tables, data
        self.name = tables[0].name if len(tables) == 1 else "the data"
        self._dates = dict(data.dates)
        known = [column for table in tables for column in table.columns]
        for column in self._dates:
            if column not in known:
                raise no_such_dates(column, known)

    @property
    def columns(self) -> Sequence[str]:
        """The columns of all files, and after those of a file with times each of them at each time."""
        return list(self._homes) if self.data.person is not None else list(self.tables[0].columns)

    def read(self, columns: Sequence[str]) -> dict[str, Any]:
        """Some columns, with a row for each person."""
        if self.data.person is None:
            raw = self.tables[0].read(columns)
            return {name: self._plain(raw[name], name) for name in columns}
        return {name: self._column(name) for name in columns}

    @cached_property
    def _homes(self) -> dict[str, tuple[_Part, str, int | None]]:
        """Where each column comes from: the file, the column there, and the number of the time."""
        assert self.data.person is not None
        found: dict[str, tuple[_Part, str, int | None]] = {}
        for part in self._parts:
            found.setdefault(part.person, (part, part.person, None))
            mine: dict[str, tuple[_Part, str, int | None]] = {name: (part, name, None) for name in part.own}
            for name in part.own:
                at = {f"{name}_{label}": (part, name, i) for i, label in enumerate(part.labels)}
                mine |= {each: home for each, home in at.items() if each not in mine}
            for name in mine:
                if name in found:
                    raise in_two_files(name, [found[name][0].table.name, part.table.name])
            found |= mine
        return found

    @cached_property
    def _people(self) -> tuple[np.ndarray, list[np.ndarray]]:
        """Everybody in any file, sorted, and the number of each row's person in each file."""
        keys = []
        for table in self.tables:
            column = self._key(table)
            keys.append(key_of(table.read([column])[column], column, table.name, OF_WHOM))
        names = [
            table.name if len({each.name for each in self.tables}) > 1 else f"table {i + 1}"
            for i, table in enumerate(self.tables)
        ]
        if len({key.dtype.kind for key in keys}) > 1:
            odd = next(i for i, key in enumerate(keys) if key.dtype.kind != keys[0].dtype.kind)
            raise nobody_in_common([names[0], names[odd]], [_some(keys[0]), _some(keys[odd])])
        for name, key in zip(names[1:], keys[1:], strict=True):
            if len(key) and len(keys[0]) and not np.isin(key, keys[0]).any():
                raise nobody_in_common([names[0], name], [_some(keys[0]), _some(key)])
        everybody = np.unique(np.concatenate(keys))
        return everybody, [np.searchsorted(everybody, key) for key in keys]

    @cached_property
    def _parts(self) -> list[_Part]:
        everybody, rows = self._people
        return [self._part(table, own, everybody) for table, own in zip(self.tables, rows, strict=True)]

    def _part(self, table: Table, rows: np.ndarray, everybody: np.ndarray) -> _Part:
        person, time = self._key(table), self._time(table)
        own = tuple(name for name in table.columns if name not in (person, time))
        if time is None:
            number = np.bincount(rows, minlength=len(everybody))
            if (number > 1).any():
                worst = int(np.flatnonzero(number > 1)[0])
                raise rows_of_one_person(str(everybody[worst]), table.name, int((number > 1).sum()))
            return _Part(table, own, person, None, rows, np.zeros(0, np.int64), ())
        raw = table.read([time])[time]
        if time in self._dates:
            raw = self._plain(raw, time)
        when = key_of(raw, time, table.name, OF_WHEN)
        labels, times = np.unique(when, return_inverse=True)
        pairs = rows * len(labels) + times
        number = np.bincount(pairs, minlength=1)
        if (number > 1).any():
            worst = int(np.flatnonzero(number > 1)[0])
            who, then = divmod(worst, len(labels))
            raise person_and_time_twice(
                str(everybody[who]), str(labels[then]), table.name, int((number > 1).sum())
            )
        return _Part(table, own, person, time, rows, times, tuple(str(label) for label in labels))

    def _key(self, table: Table) -> str:
        assert self.data.person is not None
        return match_columns(table, [self.data.person])[self.data.person]

    def _time(self, table: Table) -> str | None:
        """The column of times, if this file has it; one of the files must."""
        if self.data.time is None:
            return None
        if self.data.time in table.columns:
            return self.data.time
        if not any(self.data.time in each.columns for each in self.tables):
            return match_columns(table, [self.data.time])[self.data.time]
        return None

    def _column(self, name: str) -> Any:
        """One column, with a row for each person."""
        everybody, _ = self._people
        part, column, time = self._homes[name]
        if column == part.person:
            return everybody
        raw = part.table.read([column])[column]
        if part.time is not None and time is None:
            return self._constant(part, raw, column, everybody)
        mine = np.arange(len(part.rows)) if time is None else np.flatnonzero(part.times == time)
        return self._taken(raw, column, part.rows[mine], mine, len(everybody))

    def _constant(self, part: _Part, raw: Any, column: str, everybody: np.ndarray) -> Any:
        """A column that has the same value at all times of a person, where it has one."""
        array = self._plain(arrow_of(raw), column)
        shown = np.flatnonzero(~array.is_null().to_numpy(zero_copy_only=False))
        codes = np.unique(np.array(array.take(shown).to_pylist()), return_inverse=True)[1]
        first = np.full(len(everybody), -1)
        rows = part.rows[shown]
        first[rows[::-1]] = np.arange(len(shown))[::-1]
        apart = codes != codes[first[rows]] if len(shown) else np.zeros(0, bool)
        if apart.any():
            raise not_one_value(column, str(everybody[rows[np.flatnonzero(apart)[0]]]), part.labels)
        who = np.flatnonzero(first >= 0)
        return self._taken(array, column, who, shown[first[who]], len(everybody), plain=False)

    def _taken(
        self, raw: Any, column: str, who: np.ndarray, rows: np.ndarray, people: int, *, plain: bool = True
    ) -> Any:
        """Values of some rows, each in place of its person; the others have holes."""
        import pyarrow as pa

        if isinstance(raw, np.ndarray) and raw.ndim > 1:
            if len(who) < people:
                raise not_by_person(column)
            return raw[rows[np.argsort(who)]]
        place = np.full(people, -1)
        place[who] = rows
        array = arrow_of(raw)
        array = self._plain(array, column) if plain else array
        return array.take(pa.array(place, mask=place < 0))

    def _plain(self, raw: Any, column: str) -> Any:
        """A column whose dates are numbers."""
        if column not in self._dates:
            return raw
        return counted(arrow_of(raw), self._dates[column], column, self.data.holes)


def shaped_each(sources: Mapping[str, Any], data: Sequence[DataSet]) -> dict[str, Any]:
    """The rows of several data sets, by the name of each, made as `shaped` makes those of one."""
    by_name = {each.name: each for each in data}
    return {
        name: shaped(source, by_name[name]) if name in by_name else source for name, source in sources.items()
    }


def _some(keys: np.ndarray) -> str:
    """A few people, for a message."""
    shown = [repr(key.item()) for key in keys[:3]]
    return ", ".join(shown) + (", …" if len(keys) > 3 else "")
