"""Directed mixed graphs, acyclic but for admitted feedback; latent confounders are projected to ``<->``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...grammar.checks.errors import edge_to_itself
from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.edge.arguments import public
from .cycles import acyclified, levels_in, loops_in, refuse_cycles
from .holes import Indicators, refuse_effects_of_holes, with_columns
from .reach import closure, reached_from, union
from .refusals import names_of, pairs_of, refuse_crowd, refuse_names
from .varset import Order, VarSet, bits

if TYPE_CHECKING:
    import networkx as nx

    from .origin import Origin

_DENSE = 50


class ADMG:
    """A causal graph over observed variables.

    Args:
        nodes: The variables. The endpoints of edges are added after them.
        directed: Pairs (cause, effect).
        bidirected: Pairs that share an unobserved cause.
        feedback: Variables that may form cycles, or several sets of them, each of which holds the cycles that it
            admits. Sets that share a variable count as one.

    Raises:
        DofxError: On a self-loop or a cycle that is not admitted, and on a name with a character that cannot be shown.

    Inside, a set of nodes is a bit mask over `nodes`; outside, it is names.

    References:
        Richardson (2003), "Markov properties for acyclic directed mixed graphs".

    >>> graph = ADMG(["x", "m", "y"], [("x", "m"), ("m", "y")], [("x", "y")])
    >>> [list(district) for district in graph.districts()]
    [['x', 'y'], ['m']]
    """

    origin: Origin | None = None
    """The graph that this one is the projection of, if it is one: it names the hidden variables."""
    selected: tuple[str, ...] = ()
    """Variables that decide which units the data hold."""

    exposures: tuple[str, ...] = ()
    """Variables that the graph's source marks as exposures: what it asks the effect of."""

    outcomes: tuple[str, ...] = ()
    """Variables that the graph's source marks as outcomes: what it asks the effect on."""

    @public()
    def __init__(
        self,
        nodes: Iterable[object] = (),
        directed: Iterable[tuple[object, object]] = (),
        bidirected: Iterable[tuple[object, object]] = (),
        feedback: Iterable[object] = (),
    ) -> None:
        directed, bidirected = pairs_of(directed), pairs_of(bidirected)
        names = names_of(nodes, "nodes")
        names += names_of((end for edge in directed for end in edge), "directed")
        names += names_of((end for edge in bidirected for end in edge), "bidirected")
        names = with_columns(names)
        self.order = Order(dict.fromkeys(names))
        refuse_names(self.order.names)
        index = self.order.index
        size = len(index)
        self.parent_masks, self.child_masks, self.sibling_masks = [0] * size, [0] * size, [0] * size
        for cause, effect in directed:
            a, b = index[str(cause)], index[str(effect)]
            self.child_masks[a] |= 1 << b
            self.parent_masks[b] |= 1 << a
        for one, other in bidirected:
            a, b = index[str(one)], index[str(other)]
            self.sibling_masks[a] |= 1 << b
            self.sibling_masks[b] |= 1 << a
        for i in range(size):
            if (self.child_masks[i] | self.sibling_masks[i]) >> i & 1:
                raise DofxError(edge_to_itself(self.nodes[i]))
        refuse_cycles(self.order, self.parent_masks, self.cycles, feedback)
        refuse_effects_of_holes(self)

    @classmethod
    def _from_masks(cls, order: Order, parents: list[int], children: list[int], siblings: list[int]) -> ADMG:
        graph = cls.__new__(cls)
        graph.order = order
        graph.parent_masks, graph.child_masks, graph.sibling_masks = parents, children, siblings
        return graph

    # ── by name ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def nodes(self) -> tuple[str, ...]:
        """The observed variables, in the order declared."""
        return self.order.names

    @cached_property
    def holes(self) -> Indicators:
        """The columns that each indicator ``missing(...)`` decides about, by the name of its node.

        A column that was projected out is left out.

        >>> dict(ADMG([], [("age", "missing(income)")]).holes)
        {'missing(income)': ('income',)}
        """
        return Indicators.among(self.order.names, self.order.index)

    @cached_property
    def indicators(self) -> int:
        """The mask of the nodes that decide whether a row shows a column."""
        return self.order.mask(self.holes)

    @cached_property
    def directed(self) -> tuple[tuple[str, str], ...]:
        """The directed edges (cause, effect), ordered by cause, then effect."""
        names = self.nodes
        refuse_crowd(*self.sizes)
        return tuple((names[i], names[j]) for i, row in enumerate(self.child_masks) for j in bits(row))

    @cached_property
    def bidirected(self) -> tuple[tuple[str, str], ...]:
        """The bidirected edges, each once, its ends in the order declared."""
        names = self.nodes
        refuse_crowd(*self.sizes)
        rows = enumerate(self.sibling_masks)
        return tuple((names[i], names[j]) for i, row in rows for j in bits(row >> i << i))

    @property
    def feedback(self) -> tuple[tuple[str, ...], ...]:
        """The sets of variables that are on cycles together, each an equilibrium."""
        return tuple(tuple(self.order.set(loop)) for loop in self.cycles)

    @property
    def latent(self) -> tuple[str, ...]:
        """Names that the graph's source gave to variables which are not observed, and are projected out."""
        return self.origin.latent if self.origin else ()

    @cached_property
    def sizes(self) -> tuple[int, int]:
        """The numbers of directed and of bidirected edges, counted without listing them."""
        directed, doubled = (sum(map(int.bit_count, rows)) for rows in (self.child_masks, self.sibling_masks))
        return directed, doubled // 2

    @public()
    def parents(self, *names: str) -> VarSet:
        """The direct causes of some variables."""
        return self.order.set(self.parents_of(self.order.mask(names)))

    @public()
    def children(self, *names: str) -> VarSet:
        """The direct effects of some variables."""
        return self.order.set(union(self.child_masks, self.order.mask(names)))

    @public()
    def ancestors(self, *names: str) -> VarSet:
        """The variables with a directed path to one of `names`, themselves included."""
        return self.order.set(self.ancestors_of(self.order.mask(names)))

    @public()
    def descendants(self, *names: str) -> VarSet:
        """The variables that one of `names` has a directed path to, themselves included."""
        return self.order.set(closure(self.child_masks, self.order.mask(names), self.all))

    def districts(self) -> tuple[VarSet, ...]:
        """The districts (c-components): what bidirected paths connect, ordered by first member."""
        return tuple(self.order.set(mask) for mask in self.districts_in(self.all))

    def topological_order(self) -> tuple[str, ...]:
        """The variables with every cause before its effects (but for cycles), by level, ties as declared."""
        return tuple(self.nodes[i] for i in sorted(range(len(self.nodes)), key=self.levels.__getitem__))

    @public()
    def is_separated(self, x: Iterable[str], y: Iterable[str], given: Iterable[str] = ()) -> bool:
        """Whether `x` and `y` are m-separated by `given`; in a graph with cycles, whether they are σ-separated."""
        from .separation import separated

        return separated(self.acyclic, self.order.mask(x), self.order.mask(y), self.order.mask(given))

    # ── by mask ──────────────────────────────────────────────────────────────────────────────────────────

    @property
    def all(self) -> int:
        """The mask of every node."""
        return (1 << len(self.order.names)) - 1

    @cached_property
    def levels(self) -> list[int]:
        """The length of the longest directed path into each node; what is on cycles together has one level."""
        found = self._levels
        return self.acyclic.levels if found is None else found

    @cached_property
    def _levels(self) -> list[int] | None:
        return levels_in(self.parent_masks, self.child_masks)

    @cached_property
    def cycles(self) -> tuple[int, ...]:
        """The masks of variables that are on cycles together: strongly connected components of several members."""
        return loops_in(self.child_masks) if self._levels is None else ()

    @cached_property
    def acyclic(self) -> ADMG:
        """The acyclification, which implies the same independences; the graph itself where it has no cycles."""
        if not self.cycles:
            return self
        graph = ADMG._from_masks(self.order, *acyclified(*self._rows, self.cycles))
        graph.origin = self.origin
        return graph

    def ancestors_of(self, mask: int, within: int | None = None) -> int:
        """Ancestors of a set, itself included, in the subgraph over `within`."""
        if within is not None:
            return closure(self.parent_masks, mask, within)
        found, left = 0, mask & self.all
        while left:
            found |= reached_from(self.parent_masks, left.bit_length() - 1, self._known_ancestors)
            left &= ~found
        return found

    @cached_property
    def _known_ancestors(self) -> dict[int, int]:
        return {}

    def parents_of(self, mask: int) -> int:
        """The union of the parents of a set's members (members may be among them)."""
        return union(self.parent_masks, mask)

    def children_of(self, mask: int) -> int:
        """The union of the children of a set's members (members may be among them)."""
        return union(self.child_masks, mask)

    def siblings_of(self, mask: int) -> int:
        """The union of the siblings of a set's members (members may be among them)."""
        return union(self.sibling_masks, mask)

    def district_of(self, mask: int, within: int) -> int:
        """What bidirected paths inside `within` connect to a set."""
        return closure(self.sibling_masks, mask, within)

    def districts_in(self, within: int) -> list[int]:
        """The districts of the subgraph over `within`, ordered by lowest member."""
        found = []
        while within:
            district = self.district_of(within & -within, within)
            found.append(district)
            within &= ~district
        return found

    # ── other graphs from this one ───────────────────────────────────────────────────────────────────────

    def subgraph(self, keep: int, order: Iterable[int] | None = None) -> ADMG:
        """The subgraph over a mask, its nodes in `order` (positions in this graph) if one is given."""
        positions = list(bits(keep)) if order is None else list(order)
        new = {old: i for i, old in enumerate(positions)}
        size = len(self.nodes)
        places = [size - 1 - old for old in reversed(positions)]

        def row(old_row: int) -> int:
            kept = old_row & keep
            if kept.bit_count() > _DENSE + size // 8:  # faster as binary digits, highest first
                digits = f"{kept:0{size}b}"
                return int("".join([digits[place] for place in places]), 2)
            mask = 0
            for old in bits(kept):
                mask |= 1 << new[old]
            return mask

        rows = ([row(masks[old]) for old in positions] for masks in self._rows)
        return ADMG._from_masks(Order(self.nodes[old] for old in positions), *rows)

    def isolate(self, keep: int) -> ADMG:
        """The subgraph over a mask with every node still at its position; the others have no edges."""
        if keep == self.all:
            return self
        rows = ([row & keep if keep >> i & 1 else 0 for i, row in enumerate(rows)] for rows in self._rows)
        return ADMG._from_masks(self.order, *rows)

    def mutilate(self, into: int = 0, out_of: int = 0) -> ADMG:
        """The graph without the edges into one set and the directed edges out of another (Pearl 1995)."""
        parents = [0 if into >> i & 1 else row & ~out_of for i, row in enumerate(self.parent_masks)]
        children = [0 if out_of >> i & 1 else row & ~into for i, row in enumerate(self.child_masks)]
        siblings = [0 if into >> i & 1 else row & ~into for i, row in enumerate(self.sibling_masks)]
        return ADMG._from_masks(self.order, parents, children, siblings)

    @property
    def _rows(self) -> tuple[list[int], list[int], list[int]]:
        return self.parent_masks, self.child_masks, self.sibling_masks

    def __eq__(self, other: object) -> bool:
        """Whether the names and edges are the same, in whatever order they were declared."""
        if not isinstance(other, ADMG):
            return NotImplemented
        if self.order != other.order:
            index = other.order.index
            if len(index) != len(self.nodes) or not all(name in index for name in self.nodes):
                return False
            other = other.subgraph(other.all, [index[name] for name in self.nodes])
        return self._rows == other._rows

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        rows = zip(self.nodes, self.parent_masks, self.sibling_masks, strict=True)
        return hash(frozenset((name, a.bit_count(), b.bit_count()) for name, a, b in rows))

    def __repr__(self) -> str:
        feedback = f", feedback={list(self.feedback)}" if self.cycles else ""
        return f"ADMG({list(self.nodes)}, {list(self.directed)}, {list(self.bidirected)}{feedback})"

    def __str__(self) -> str:
        from .convert import to_edge_text

        return to_edge_text(self)

    # ── doors out ────────────────────────────────────────────────────────────────────────────────────────

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """A MultiDiGraph; a bidirected edge is two opposite edges, their key and attribute ``bidirected``."""
        from .convert import to_networkx

        return to_networkx(self)

    def to_dagitty(self) -> str:
        """The graph in DAGitty's language."""
        from .convert import to_dagitty

        return to_dagitty(self)

    def _repr_svg_(self) -> str:
        from ..printers.graph_svg import graph_svg

        return graph_svg(self)

    def __reduce__(self) -> tuple[Any, ...]:
        about = {"origin": self.origin, "selected": self.selected}
        return ADMG, (self.nodes, self.directed, self.bidirected, self.feedback), about
