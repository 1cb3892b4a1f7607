"""Units in which dates are counted, such as ``days since 2000-01-01``."""

from __future__ import annotations

from datetime import UTC, datetime

UNITS = {
    "seconds": 1,
    "minutes": 60,
    "hours": 3_600,
    "days": 86_400,
    "weeks": 604_800,
    "months": 2_629_746,
    "years": 31_556_952,
}
"""Seconds of each unit. A year is 365.2425 days, the mean of the calendar, and a month is a twelfth of it."""

SINCE = "since"
START = datetime(1970, 1, 1, tzinfo=UTC)
"""From when dates are counted, where nobody says."""


def unit_of(text: str) -> tuple[int, datetime] | None:
    """The seconds of a unit, and the instant from which it counts; None for a text that says no such thing.

    >>> unit_of("days since 2000-01-01")
    (86400, datetime.datetime(2000, 1, 1, 0, 0, tzinfo=datetime.timezone.utc))
    >>> unit_of("fortnights") is None, unit_of("days since yesterday") is None
    (True, True)
    """
    word, since, start = text.partition(f" {SINCE} ")
    instant = start_of(start) if since else START
    return None if word not in UNITS or instant is None else (UNITS[word], instant)


def start_of(text: str) -> datetime | None:
    """The instant that a date names, in UTC where it names no other zone; None for no date."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
