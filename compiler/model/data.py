"""Data sets: of which population, under which regime, and of which variables the rows are."""

from __future__ import annotations

from dataclasses import dataclass

from .worlds import World


@dataclass(frozen=True, slots=True)
class DataSet:
    """Rows of some variables, of a population, under a regime. ``P`` is the complete observational one.

    Args:
        name: What estimands print it as.
        sets: Variables that an experiment set, every value in turn.
        measures: Variables that have a column; None for all of the graph. Those that are set have one anyhow.
        differs: Variables whose mechanism is not the one of the population that the query is about.
        keeps: Variables on which it depends whether a row was kept.
    """

    name: str = "P"
    sets: tuple[str, ...] = ()
    measures: tuple[str, ...] | None = None
    differs: tuple[str, ...] = ()
    keeps: tuple[str, ...] = ()

    @property
    def world(self) -> World:
        """The world that the rows are of: the one in which the experiment's variables are set."""
        return World.setting(self.sets)


OBSERVED = DataSet()
"""The complete observational data set of the population that the query is about."""
