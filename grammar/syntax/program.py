"""The syntax tree of a causal program: what was written, and where. It knows nothing of probability."""
# ruff: noqa: RUF009  (`_span()` is a dataclass field, made here once rather than spelled out twenty times)

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from ..diagnostics.source import NOWHERE, Source, Span
from .data import DataPart as DataPart
from .data import DataStatement as DataStatement
from .query import Applied as Applied
from .query import Arithmetic as Arithmetic
from .query import Assignment as Assignment
from .query import Contrast as Contrast
from .query import Drawn as Drawn
from .query import Expectation as Expectation
from .query import Fixed as Fixed
from .query import Formula as Formula
from .query import How as How
from .query import Name as Name
from .query import Negative as Negative
from .query import Number as Number
from .query import Operation as Operation
from .query import Placeholder as Placeholder
from .query import Probability as Probability
from .query import Shorthand as Shorthand
from .query import Term as Term
from .query import Value as Value
from .query import terms_of as terms_of


def _span() -> Span:
    return field(default=NOWHERE, compare=False, repr=False)


# ── graph ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Indicator(Name):
    """``missing(a, b)``: the node of what decides whether a row shows a and b. Its text is the node's name.

    ``missing(*)`` has no columns of its own: it stands for an indicator of each column. ``missing(a) in trial`` decides
    so in that data set alone.
    """

    columns: tuple[Name, ...] = ()
    home: Name | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """One place in a chain: a name, or a set of names ``{a, b}``."""

    names: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Chain:
    """``a -> {b, c} <- d <-> e``: groups with an arrow (``->``, ``<-`` or ``<->``) between neighbours.

    A chain of one group and no arrow declares its names as variables.
    """

    groups: tuple[Group, ...]
    arrows: tuple[str, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Latents:
    """``latent a, b``: variables that exist but are not observed."""

    names: tuple[Name, ...]
    span: Span = _span()


SELECTED = "selected"


@dataclass(frozen=True, slots=True)
class Roles:
    """``exposure x``, ``outcome y`` or ``adjusted z``: what a graph's author asks about. Changes no edge.

    ``selected s`` says that s decides which units the data hold.
    """

    role: str
    names: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Feedback:
    """``feedback {a, b}``: variables that may form cycles, each cycle inside the set."""

    names: tuple[Name, ...]
    span: Span = _span()


GraphItem: TypeAlias = Chain | Latents | Roles | Feedback


@dataclass(frozen=True, slots=True)
class Attribute:
    """What DAGitty or DOT says of a variable or an edge in square brackets, such as ``latent``.

    Args:
        key: The word.
        value: What it is set to; ``true`` where nothing is said.
    """

    key: Name
    value: str = "true"


@dataclass(frozen=True, slots=True)
class GraphBlock:
    """``graph { … }``."""

    items: tuple[GraphItem, ...]
    span: Span = _span()
    notation: str = field(default="", compare=False, repr=False)
    """The word before the brace in DAGitty or DOT, such as ``dag``; empty for edge text."""
    unread: tuple[Attribute, ...] = field(default=(), compare=False, repr=False)
    """Attributes of DAGitty or DOT that nothing reads and that may have been meant for something."""


# ── variables ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class TypeSyntax:
    """``bool``, ``category(3)``, ``category('a', 'b')``, ``real``, ``real(4)``, ``image(1, 28, 28)``."""

    kind: str
    arguments: tuple[Value, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class Declaration:
    """``a, b : type``."""

    names: tuple[Name, ...]
    type: TypeSyntax
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class VariablesBlock:
    """``variables { … }``."""

    declarations: tuple[Declaration, ...]
    span: Span = _span()


# ── statements ───────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Limit:
    """``using {a, b}``: these variables and the query's own may be used. ``avoiding {c}``: c may not."""

    word: str
    names: tuple[Name, ...]
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class QueryStatement:
    """``query name = P(…)`` or ``query name = E[…]``, perhaps with limits on how it is answered."""

    name: Name
    query: Probability | Expectation
    limits: tuple[Limit, ...] = ()
    span: Span = _span()


@dataclass(frozen=True, slots=True)
class EffectStatement:
    """``effect name = E[…] - E[…]``. In it ``P(y = 1 | …)`` is a number, so its outcomes all carry values.

    Limits are meant for each of its queries.
    """

    name: Name
    expression: Arithmetic
    limits: tuple[Limit, ...] = ()
    span: Span = _span()


Statement: TypeAlias = GraphBlock | VariablesBlock | DataStatement | QueryStatement | EffectStatement


@dataclass(frozen=True, slots=True)
class Program:
    """A whole ``.cq`` file, its statements in the order written."""

    statements: tuple[Statement, ...]
    source: Source = field(default=Source(""), compare=False, repr=False)

    @property
    def graphs(self) -> tuple[GraphBlock, ...]:
        """The graph blocks, which add up to one graph."""
        return tuple(s for s in self.statements if isinstance(s, GraphBlock))

    @property
    def declarations(self) -> tuple[Declaration, ...]:
        """Every declaration of a variable's type."""
        blocks = (s for s in self.statements if isinstance(s, VariablesBlock))
        return tuple(d for block in blocks for d in block.declarations)

    @property
    def data(self) -> tuple[DataStatement, ...]:
        """The data sets that it declares."""
        return tuple(s for s in self.statements if isinstance(s, DataStatement))

    @property
    def queries(self) -> tuple[QueryStatement, ...]:
        """The named queries."""
        return tuple(s for s in self.statements if isinstance(s, QueryStatement))

    @property
    def effects(self) -> tuple[EffectStatement, ...]:
        """The named effects."""
        return tuple(s for s in self.statements if isinstance(s, EffectStatement))
