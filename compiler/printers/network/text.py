"""Sampling networks as text, the compiler's dump, and back: ``parse_network(str(network)) == network``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeAlias, assert_never

from ...graph.holes import Indicators
from ...model.query import Query
from ...model.text import in_full, query_text
from ...network.ir import (
    DataSet,
    Draw,
    Fit,
    Folded,
    Policy,
    SamplingNetwork,
    Simulated,
    SomeRows,
    Stage,
    Wire,
)
from ..rows_text import rows_text
from .read import PLAIN, TRUTHS
from .read import parse_network as parse_network

_ESCAPES = {"\\": r"\\", '"': r"\"", "'": r"\'", "\n": r"\n", "\r": r"\r", "\t": r"\t"}

LONGEST_LISTED = 12
"""How many names an abridged list spells out."""

_SHOWN = 3

Described: TypeAlias = Query | Indicators | Stage | Draw
"""What a line of the text is about; a stage without its draws."""


def network_text(network: SamplingNetwork, *, abridged: bool = False) -> str:
    """The stages one after the other, one draw per line, under a line with the question.

    ``x = x'`` is the value x′ of variable x; ``x' ~ P(x)`` draws one. ``interim Q₁(y ‖ x) do(x)`` is the
    distribution of y under do(x). ``x = 1`` and ``x = 'low'`` are values of x that the query states, and
    ``x' ~ policy g(x | z)`` draws from a policy that comes with the question. ``z, w ~ P(z, w)`` draws two
    variables together: from one real row, or by one generator. ``y ~ Q₁(y | x) folded`` is drawn from a table,
    computed from those of Q₁. ``z, w ~ P(z, w | x = 1) picked`` are the values of a real row with x = 1.
    ``y ~ P(y | x; y shown)`` is drawn as in the rows that show y, and ``holes`` lists the indicators of holes. Names
    that are not plain are quoted.

    Args:
        network: The network.
        abridged: Give the first and last of long lists of names, and how many there are. Only a text that is
            not abridged can be parsed.

    >>> from dofx.compiler.model.query import Query
    >>> x, m, y = (("x", "x"),), (("m", "m"),), (("y", "y"),)
    >>> draws = (Draw(m, x), Draw.of("x'", "x"), Draw(y, (("x", "x'"), *m)))
    >>> answer = Stage("answer", x, draws, y)
    >>> print(network_text(SamplingNetwork(Query.of(("y",), ("x",)), (answer,))))
    network P(y | do(x))
    answer (y ‖ x)
      m ~ P(m | x)
      x' ~ P(x)
      y ~ P(y | x = x', m)
    """
    return "\n".join(text for text, _ in network_lines(network, abridged=abridged))


def network_lines(network: SamplingNetwork, *, abridged: bool = False) -> Iterator[tuple[str, Described]]:
    """The lines of a network's text, each with what it describes."""
    listed = _short if abridged else in_full
    stages = {stage.name for stage in network.stages}
    yield f"network {query_text(network.query, _name, listed)}", network.query
    if network.holes:
        short = abridged and len(network.holes) > LONGEST_LISTED
        some = islice(network.holes.items(), _SHOWN if short else None)
        more = f"; … ({len(network.holes):,} in all)" if short else ""
        listing = "; ".join(_hole(name, columns, listed) for name, columns in some)
        yield f"holes {listing}{more}", network.holes
    for stage in network.stages:
        yield _head(stage, stage is network.answer, listed), replace(stage, draws=())
        for draw in stage.draws:
            yield f"  {_listed(draw.ids, listed)} ~ {_call(draw, stages, listed)}", draw


def _short(size: int, texts: Iterator[str]) -> str:
    """The same, the middle of a long list left out; no more of it is looked at than is shown."""
    if size <= LONGEST_LISTED:
        return ", ".join(texts)
    return f"{', '.join(islice(texts, _SHOWN))}, … ({size:,} in all)"


def _head(stage: Stage, last: bool, listed: _Listed) -> str:
    inputs = f" ‖ {_bound(stage.inputs, listed)}" if stage.inputs else ""
    title = "answer" if last else "interim"
    name = _name(stage.name) if stage.name != title else ""
    world = "" if stage.world is None else f" do({_listed(stage.world.variables, listed)})"
    return f"{title} {name}({_bound(stage.outputs, listed)}{inputs}){world}"


def _hole(indicator: str, columns: Sequence[str], listed: _Listed) -> str:
    return _name(indicator) + (f" = {_listed(columns, listed)}" if columns else "")


def _call(draw: Draw, stages: set[str], listed: _Listed) -> str:
    match draw.source:
        case DataSet(tag) | SomeRows(DataSet(tag)):
            source = f"data {_name(tag)}" if tag in stages else _name(tag)
        case Simulated(stage) | Folded(stage):
            source = _name(stage)
        case Policy(name):
            source = f"policy {_name(name)}"
        case _:
            assert_never(draw.source)
    given = f" | {_bound(draw.given, listed)}" if draw.given else ""
    how = " folded" if draw.fit.is_folded else " picked" if draw.picked else ""
    return f"{source}({_listed(draw.variables, listed)}{given}{_rows(draw.fit, listed)}){how}"


def _rows(fit: Fit, listed: _Listed) -> str:
    return f"; {rows_text(fit.rows, _name, listed)}" if fit.rows else ""


_Listed: TypeAlias = Callable[[int, Iterator[str]], str]


def _bound(pairs: Sequence[tuple[str, Wire]], listed: _Listed) -> str:
    return listed(len(pairs), (_name(v) if v == wire else f"{_name(v)} = {_wire(wire)}" for v, wire in pairs))


def _wire(wire: Wire) -> str:
    """An id as a name, a constant as a value: a text between single marks, which a name never has."""
    if isinstance(wire, str):
        return f'"{wire}"' if wire in TRUTHS else _name(wire)
    value = wire.value
    if isinstance(value, str):
        return "'" + "".join(_ESCAPES.get(mark, mark) if mark != '"' else mark for mark in value) + "'"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _listed(names: Sequence[str], listed: _Listed) -> str:
    return listed(len(names), map(_name, names))


def _name(name: str) -> str:
    if re.fullmatch(PLAIN, name):
        return name
    return '"' + "".join(_ESCAPES.get(mark, mark) if mark != "'" else mark for mark in name) + '"'


def source_text(fit: Fit) -> str:
    """The name of the distribution whose conditional is fitted.

    >>> source_text(Fit.of("y", ["x"]))
    'P'
    """
    match fit.source:
        case DataSet(name) | SomeRows(DataSet(name)) | Simulated(name) | Folded(name) | Policy(name):
            return name
        case _:
            assert_never(fit.source)


def fit_text(fit: Fit, *, abridged: bool = False) -> str:
    """The conditional that a generator is trained for, a long list of conditions perhaps abridged.

    >>> fit_text(Fit(("x", "y"), ("z",)))
    'P(x, y | z)'
    >>> fit_text(Fit(("x", "y"), ("z",), picked=True))
    'P(x, y | z) picked'
    >>> from dofx.compiler.model.rows import Rows
    >>> fit_text(Fit(("y",), ("z",), SomeRows(DataSet("P"), Rows(("y",)))))
    'P(y | z; y shown)'
    """
    listed = _short if abridged else in_full
    given = f" | {listed(len(fit.given), iter(fit.given))}" if fit.given else ""
    targets, picked = listed(len(fit.targets), iter(fit.targets)), " picked" if fit.picked else ""
    return f"{source_text(fit)}({targets}{given}{_shown(fit, listed)}){picked}"


def _shown(fit: Fit, listed: _Listed) -> str:
    """The rows of a fit, the weights without their definitions."""
    rows = fit.rows
    parts = [f"{listed(len(rows.shows), iter(rows.shows))} shown"] if rows.shows else []
    return "".join(f"; {part}" for part in [*parts, *(["weighted"] if rows.weights else [])])
