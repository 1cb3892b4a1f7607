"""Sampling networks read from the text that `network_text` writes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from ....grammar.diagnostics.diagnostic import DofxError
from ....grammar.syntax.program import Value
from ...graph.holes import NO_HOLES, Indicators
from ...model.query import Query
from ...model.resolve import constant_of
from ...model.rows import EVERY_ROW, data_of, rows_from
from ...model.worlds import Constant, Event, Policy, World
from ...network.ir import (
    DataSet,
    Draw,
    Folded,
    SamplingNetwork,
    Simulated,
    Source,
    Stage,
    Wire,
    Wires,
)
from ..rows_text import read_rows

PLAIN = r"[^\W\d][\w\u0300-\u036f]*(?:\.[\w\u0300-\u036f]+)*(?:'+\d*)?"
_NUMBER = r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?"
_QUOTED = r'"(?:\\.|[^"\\])*"'
_TEXT = r"'(?:\\.|[^'\\])*'"
_TOKEN = re.compile(
    rf"\s*(?:(?P<name>{PLAIN})|(?P<quoted>{_QUOTED})|(?P<text>{_TEXT})|(?P<number>{_NUMBER})"
    r"|(?P<mark>\|\||[(),|=~‖;]))"
)
_UNESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


TRUTHS = ("true", "false")


def parse_network(text: str) -> SamplingNetwork:
    """The network that a text describes; blank lines and indentation mean nothing.

    Raises:
        ValueError: On the first line that cannot be read, with its number.

    >>> network = parse_network("network P(y | do(x))\\nanswer (y ‖ x)\\n  y ~ P(y | x)")
    >>> network.draws == (Draw.of("y", "y", (("x", "x"),)),)
    True
    """
    written = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    head = written[0] if written else (1, "")
    query = _worlds(head[1]) or _Line(*head).query()
    lines = [_Line(number, line) for number, line in written[1:]]
    policies = query.followed
    earlier: set[str] = set()
    found: list[tuple[Stage, list[Draw]]] = []
    answered = False
    holes = lines.pop(0).holes() if lines and lines[0].is_holes else NO_HOLES
    for line in lines:
        if line.is_draw:
            if not found:
                raise line.fault("a draw before the first stage")
            found[-1][1].append(line.draw(earlier, policies))
            continue
        title, stage = line.stage()
        if answered:
            raise line.fault("a stage after the answer")
        answered = title == "answer"
        earlier.update(previous.name for previous, _ in found[-1:])
        found.append((stage, []))
    if not answered:
        raise _Line(*(written or [head])[-1]).fault("the answer is missing")
    stages = tuple(replace(stage, draws=tuple(draws)) for stage, draws in found)
    return SamplingNetwork(query, stages, holes=holes)


def _worlds(line: str) -> Query | None:
    """The query over several worlds that a network's first line asks, if it does."""
    from ....grammar.parse import parse_query
    from ....grammar.syntax.walk import parts_of
    from ...graph.admg import ADMG
    from ...model.resolve import query_of

    word, _, text = line.strip().partition(" ")
    if word != "network" or not any(mark in text for mark in "[~?=("):
        return None
    try:
        syntax = parse_query(text)
        query = query_of(syntax, ADMG(dict.fromkeys(part.name.text for part in parts_of(syntax))))
    except DofxError:
        return None
    return None if query.plain else query


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

    @property
    def is_holes(self) -> bool:
        return self.tokens[0] == ("name", "holes") and not self.is_draw

    def holes(self) -> Indicators:
        """``holes "missing(a)" = a; "missing(b, c)" = b, c``."""
        self.word("holes")
        found: dict[str, tuple[str, ...]] = {}
        while not found or self.at(";"):
            indicator = self.name()
            found[indicator] = self.names() if self.at("=") else ()
        self.end()
        return Indicators(found)

    def at_word(self, *words: str) -> bool:
        """Whether one of a few words comes next; it is passed over if so."""
        kind, value = self.tokens[self.place]
        found = kind == "name" and value in words
        self.place += found
        return found

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
        is_value = kind in ("text", "number") or (kind == "name" and text in TRUTHS)
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

    def draw(self, stages: set[str], policies: Mapping[str, Policy]) -> Draw:
        """``ids ~ source(variables | given)``, perhaps ``folded`` or ``picked``."""
        ids = self.names()
        self.expect("~")
        source = self.source(stages)
        self.expect("(")
        variables = self.names()
        given = self.wires() if self.at("|") else ()
        rows = read_rows(self) if self.at(";") else EVERY_ROW
        self.expect(")")
        if rows:
            if not isinstance(source, DataSet):
                raise self.fault("only a data set has rows that show columns")
            source = rows_from(source, rows)
        if isinstance(source, Policy):
            read = tuple(Event(variable) for variable, _ in given)
            source = policies.get(source.name) or constant_of(source.name) or Policy(source.name, read)
        if len(ids) != len(variables):
            raise self.fault(f"{len(ids)} values were named for {len(variables)} variables")
        if isinstance(source, Simulated) and self.tokens[self.place][0] != "end":
            self.word("folded")
            source = Folded(source.stage)
        picked = data_of(source) is not None and self.at_word("picked")
        self.end()
        return Draw(tuple(zip(variables, ids, strict=True)), given, source, picked)

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
