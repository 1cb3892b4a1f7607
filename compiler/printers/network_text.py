"""Sampling networks as text, the compiler's dump, and back: ``parse_network(str(network)) == network``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TypeAlias, assert_never

from ...grammar.syntax import Value
from ..model.query import Query
from ..model.text import query_text
from ..model.worlds import Constant, Event, World
from ..network.ir import (
    DataSet,
    Draw,
    Fit,
    Folded,
    Policy,
    SamplingNetwork,
    Simulated,
    Source,
    Stage,
    Wire,
    Wires,
)

_PLAIN = r"[^\W\d][\w\u0300-\u036f]*(?:\.[\w\u0300-\u036f]+)*(?:'+\d*)?"
_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_QUOTED = r'"(?:\\.|[^"\\])*"'
_TEXT = r"'(?:\\.|[^'\\])*'"
_TOKEN = re.compile(
    rf"\s*(?:(?P<name>{_PLAIN})|(?P<quoted>{_QUOTED})|(?P<text>{_TEXT})|(?P<number>{_NUMBER})"
    r"|(?P<mark>\|\||[(),|=~‖]))"
)
_ESCAPES = {"\\": r"\\", '"': r"\"", "'": r"\'", "\n": r"\n", "\r": r"\r", "\t": r"\t"}
_UNESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


_TRUTHS = ("true", "false")

LONGEST_LISTED = 12
"""How many names an abridged list spells out."""

_SHOWN = 3


def network_text(network: SamplingNetwork, *, abridged: bool = False) -> str:
    """The stages one after the other, a draw a line, under a line that says what is asked.

    ``x = x'`` is the value x′ of variable x; ``x' ~ P(x)`` draws one. ``interim Q₁(y ‖ x) do(x)`` is the
    distribution of y under do(x). ``x = 1`` and ``x = 'low'`` are values of x that the query states, and
    ``x' ~ policy g(x | z)`` draws from a policy that comes with the question. ``z, w ~ P(z, w)`` draws two
    variables together: from one real row, or by one generator. ``y ~ Q₁(y | x) folded`` is drawn from a table,
    computed from those of Q₁. Names that are not plain are quoted.

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
    return "\n".join(network_lines(network, abridged=abridged))


def network_lines(network: SamplingNetwork, *, abridged: bool = False) -> list[str]:
    """The lines of a network's text."""
    listed = _short if abridged else _joined
    stages = {stage.name for stage in network.stages}
    lines = [f"network {query_text(network.query, _name, listed)}"]
    for stage in network.stages:
        lines.append(_head(stage, stage is network.answer, listed))
        lines += [f"  {_listed(draw.ids, listed)} ~ {_call(draw, stages, listed)}" for draw in stage.draws]
    return lines


def _joined(size: int, texts: Iterator[str]) -> str:
    return ", ".join(texts)


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


def _call(draw: Draw, stages: set[str], listed: _Listed) -> str:
    match draw.source:
        case DataSet(tag):
            source = f"data {_name(tag)}" if tag in stages else _name(tag)
        case Simulated(stage) | Folded(stage):
            source = _name(stage)
        case Policy(name):
            source = f"policy {_name(name)}"
        case _:
            assert_never(draw.source)
    given = f" | {_bound(draw.given, listed)}" if draw.given else ""
    folded = " folded" if isinstance(draw.source, Folded) else ""
    return f"{source}({_listed(draw.variables, listed)}{given}){folded}"


_Listed: TypeAlias = Callable[[int, Iterator[str]], str]


def _bound(pairs: Sequence[tuple[str, Wire]], listed: _Listed) -> str:
    return listed(len(pairs), (_name(v) if v == wire else f"{_name(v)} = {_wire(wire)}" for v, wire in pairs))


def _wire(wire: Wire) -> str:
    """An id as a name, a constant as a value: a text between single marks, which a name never has."""
    if isinstance(wire, str):
        return f'"{wire}"' if wire in _TRUTHS else _name(wire)
    value = wire.value
    if isinstance(value, str):
        return "'" + "".join(_ESCAPES.get(mark, mark) if mark != '"' else mark for mark in value) + "'"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _listed(names: Sequence[str], listed: _Listed) -> str:
    return listed(len(names), map(_name, names))


def _name(name: str) -> str:
    if re.fullmatch(_PLAIN, name):
        return name
    return '"' + "".join(_ESCAPES.get(mark, mark) if mark != "'" else mark for mark in name) + '"'


def source_text(fit: Fit) -> str:
    """The name of the distribution whose conditional is fitted.

    >>> source_text(Fit.of("y", ["x"]))
    'P'
    """
    match fit.source:
        case DataSet(name) | Simulated(name) | Folded(name) | Policy(name):
            return name
        case _:
            assert_never(fit.source)


def fit_text(fit: Fit, *, abridged: bool = False) -> str:
    """The conditional that a generator is trained for, a long list of conditions perhaps abridged.

    >>> fit_text(Fit(("x", "y"), ("z",)))
    'P(x, y | z)'
    """
    listed = _short if abridged else _joined
    given = f" | {listed(len(fit.given), iter(fit.given))}" if fit.given else ""
    return f"{source_text(fit)}({listed(len(fit.targets), iter(fit.targets))}{given})"


def parse_network(text: str) -> SamplingNetwork:
    """The network that a text describes; blank lines and indentation mean nothing.

    Raises:
        ValueError: On the first line that cannot be read, with its number.

    >>> network = parse_network("network P(y | do(x))\\nanswer (y ‖ x)\\n  y ~ P(y | x)")
    >>> network.draws == (Draw.of("y", "y", (("x", "x"),)),)
    True
    """
    lines = [_Line(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    first, *rest = lines or [_Line(1, "")]
    query = first.query()
    earlier: set[str] = set()
    found: list[tuple[Stage, list[Draw]]] = []
    answered = False
    for line in rest:
        if line.is_draw:
            if not found:
                raise line.fault("a draw before the first stage")
            found[-1][1].append(line.draw(earlier))
            continue
        title, stage = line.stage()
        if answered:
            raise line.fault("a stage after the answer")
        answered = title == "answer"
        earlier.update(previous.name for previous, _ in found[-1:])
        found.append((stage, []))
    if not answered:
        raise lines[-1].fault("the answer is missing")
    return SamplingNetwork(query, tuple(replace(stage, draws=tuple(draws)) for stage, draws in found))


class _Line:
    """A line of the text, read from left to right."""

    def __init__(self, number: int, text: str) -> None:
        self.number = number
        self.tokens: list[tuple[str, str]] = []
        self.place = 0
        position, text = 0, text.rstrip()
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self.fault(f"{text[position:].strip()[:20]!r} cannot be read")
            kind = str(match.lastgroup)
            value = match[kind]
            quoted = kind in ("quoted", "text")
            self.tokens.append((kind, _unquoted(value) if quoted else value.replace("||", "‖")))
            position = match.end()
        self.tokens.append(("end", ""))

    def fault(self, what: str) -> ValueError:
        return ValueError(f"line {self.number}: {what}")

    @property
    def is_draw(self) -> bool:
        return ("mark", "~") in self.tokens

    def at(self, mark: str) -> bool:
        """Whether a mark comes next; it is passed over if so."""
        found = self.tokens[self.place] == ("mark", mark)
        self.place += found
        return found

    def expect(self, mark: str) -> None:
        if not self.at(mark):
            found = self.tokens[self.place][1] or "the end"
            raise self.fault(f"{mark or 'the end'} was expected, not {found}")

    def name(self) -> str:
        kind, value = self.tokens[self.place]
        if kind not in ("name", "quoted"):
            raise self.fault(f"a name was expected, not {value or 'the end'}")
        self.place += 1
        return value

    def word(self, *words: str) -> str:
        """One of a few words."""
        kind, value = self.tokens[self.place]
        if kind != "name" or value not in words:
            raise self.fault(f"{' or '.join(words)} was expected, not {value or 'the end'}")
        self.place += 1
        return value

    def end(self) -> None:
        kind, value = self.tokens[self.place]
        if kind != "end":
            raise self.fault(f"the end was expected, not {value}")

    def names(self) -> tuple[str, ...]:
        found = [self.name()]
        while self.at(","):
            found.append(self.name())
        return tuple(found)

    def terms(self, values: dict[str, Value]) -> tuple[str, ...]:
        """Names, each perhaps with a value, which is put into `values`."""
        found: list[str] = []
        while not found or self.at(","):
            found.append(self.name())
            if self.at("="):
                values[found[-1]] = self.value()
        return tuple(found)

    def value(self) -> Value:
        kind, text = self.tokens[self.place]
        self.place += 1
        if kind in ("quoted", "text"):
            return text
        if kind == "number":
            return int(text) if text.lstrip("-").isdigit() else float(text)
        if kind == "name" and text in ("true", "false"):
            return text == "true"
        raise self.fault(f"a value was expected, not {text or 'the end'}")

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """``x, y = y'`` as pairs of variable and id."""
        found: list[tuple[str, str]] = []
        while not found or self.at(","):
            variable = self.name()
            found.append((variable, self.name() if self.at("=") else variable))
        return tuple(found)

    def wires(self) -> Wires:
        """``x, y = y', z = 1`` as pairs of variable and wire."""
        found: list[tuple[str, Wire]] = []
        while not found or self.at(","):
            variable = self.name()
            found.append((variable, self.wire() if self.at("=") else variable))
        return tuple(found)

    def wire(self) -> Wire:
        kind, text = self.tokens[self.place]
        is_value = kind in ("text", "number") or (kind == "name" and text in _TRUTHS)
        return Constant(self.value()) if is_value else self.name()

    def query(self) -> Query:
        """``network P(y | do(x), z)``."""
        self.word("network")
        self.word("P")
        self.expect("(")
        values: dict[str, Value] = {}
        outcomes = self.terms(values)
        interventions: tuple[str, ...] = ()
        conditions: tuple[str, ...] = ()
        if self.at("|"):
            more = True
            if self.tokens[self.place : self.place + 2] == [("name", "do"), ("mark", "(")]:
                self.place += 2
                interventions = self.terms(values)
                self.expect(")")
                more = self.at(",")
            conditions = self.terms(values) if more else ()
        self.expect(")")
        self.end()
        return Query.of(outcomes, interventions, conditions, values)

    def stage(self) -> tuple[str, Stage]:
        """``interim Q₁(y ‖ x) do(x)`` or ``answer (y ‖ x)``: which of the two, and the stage."""
        title = self.word("interim", "answer")
        name = title if self.at("(") else self.name()
        if self.tokens[self.place - 1] != ("mark", "("):
            self.expect("(")
        outputs = () if self.tokens[self.place] in (("mark", "‖"), ("mark", ")")) else self.pairs()
        inputs = self.pairs() if self.at("‖") else ()
        self.expect(")")
        world = None
        if self.tokens[self.place][0] != "end":
            self.word("do")
            self.expect("(")
            world = World.setting(() if self.tokens[self.place] == ("mark", ")") else self.names())
            self.expect(")")
        self.end()
        return title, Stage(name, inputs, (), outputs, world)

    def draw(self, stages: set[str]) -> Draw:
        """``ids ~ source(variables | given)``, perhaps ``folded``."""
        ids = self.names()
        self.expect("~")
        source = self.source(stages)
        self.expect("(")
        variables = self.names()
        given = self.wires() if self.at("|") else ()
        self.expect(")")
        if isinstance(source, Policy):
            source = Policy(source.name, tuple(Event(variable) for variable, _ in given))
        if len(ids) != len(variables):
            raise self.fault(f"{len(ids)} values were named for {len(variables)} variables")
        if isinstance(source, Simulated) and self.tokens[self.place][0] != "end":
            self.word("folded")
            source = Folded(source.stage)
        self.end()
        return Draw(tuple(zip(variables, ids, strict=True)), given, source)

    def source(self, stages: set[str]) -> Source:
        """A data set, or an earlier stage; ``data Q₁`` is the data set where a stage has that name too.

        ``policy g`` is a policy.
        """
        name = self.name()
        if name == "policy" and self.tokens[self.place][0] != "mark":
            return Policy(self.name())
        if name == "data" and self.tokens[self.place][0] != "mark":
            return DataSet(self.name())
        return Simulated(name) if name in stages else DataSet(name)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda match: _UNESCAPES.get(match[1], match[1]), text[1:-1])
