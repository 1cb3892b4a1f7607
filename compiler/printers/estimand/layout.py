"""Layout: an estimand as lines of printable pieces, bound variables renamed apart, whatever the format.

The text, LaTeX and SymPy printers read this one tree, so that they agree on names, order and abbreviations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from ....grammar.syntax.program import Value
from ...estimand.algebra import (
    Arithmetic,
    Conditional,
    Estimand,
    Expression,
    Interim,
    Kernel,
    Marginal,
    Never,
    Product,
    Same,
    Wired,
    leaves,
    mentions,
    summands,
)
from ...estimand.expand import ONE, check_size, quotient
from ...estimand.naming import numbered
from ...graph.varset import bits
from ...model.rows import Rows, Weight, data_of, rows_of
from ...model.worlds import Policy
from .pieces import (
    Asked,
    Certain,
    Defined,
    Layout,
    Line,
    Minus,
    Nothing,
    Piece,
    Pieces,
    Plus,
    Quotient,
    Stated,
    Sum,
    Term,
)
from .runs import Name, Names, Speller
from .scope import Scope, Stands

NO_VALUES: Mapping[str, Value] = {}


def layout(estimand: Estimand, *, expanded: bool = False, abridged: bool = True) -> Layout:
    """The pieces of an estimand.

    Args:
        estimand: The estimand.
        expanded: Write interim kernels out as quotients of sums; else each is defined on its own line.
        abridged: Write long runs of variables by their ends.

    Raises:
        ValueError: If it would be too long written out.
    """
    if expanded:
        check_size(estimand)
    asked = [name for name in estimand.query.inputs if name in estimand.order.index]
    spell = Speller(estimand.order, _sets(estimand), asked, abridged=abridged)
    lines = [] if expanded else [_definition(estimand, kernel, spell) for kernel in estimand.kernels]
    lines.append(_answer(estimand, spell, expanded))
    weights = weights_named(rows_of(leaf.of) for body in _bodies(estimand) for leaf in leaves(body))
    return Layout(tuple(lines), spell.example, spell.sequences, weights)


def _definition(estimand: Estimand, kernel: Kernel, spell: Speller) -> Line:
    scope = Stands.of(estimand).free(kernel.outputs.mask | kernel.inputs.mask | mentions(kernel.body))
    head = Defined(
        kernel.name, scope.names(kernel.outputs.mask, spell), scope.names(kernel.inputs.mask, spell)
    )
    own = kernel.outputs.mask | kernel.inputs.mask
    return _line(estimand, head, kernel.body, own, spell)


def _answer(estimand: Estimand, spell: Speller, expanded: bool) -> Line:
    query, mask = estimand.query, estimand.order.mask
    if not query.plain:
        own = mask(name for name in query.roles if name in estimand.order.index)
        names = Stands.of(estimand).free(own | mentions(estimand.body)).renamed(estimand.order, query.roles)
        return _line(estimand, Stated(query, names), estimand.body, own, spell, 0, expanded)
    roles = (query.outcomes, query.interventions, query.conditions)
    head = Asked(*(_valued(tuple(Name(name) for name in names), query.values) for names in roles))
    fixed = mask(query.inputs)
    own = fixed | mask(query.outcomes)
    return _line(estimand, head, estimand.body, own, spell, fixed, expanded, query.values)


def _line(
    estimand: Estimand,
    head: Asked | Stated | Defined,
    body: Expression,
    own: int,
    spell: Speller,
    fixed: int = 0,
    expanded: bool = False,
    values: Mapping[str, Value] = NO_VALUES,
) -> Line:
    kernels = {kernel.name: kernel for kernel in estimand.kernels}
    free = mentions(body) | _idle(body, kernels, expanded)
    weights = weights_named(rows_of(leaf.of) for each in _bodies(estimand) for leaf in leaves(each))
    stands = Stands.of(estimand)
    scope = stands.free(own | free)
    writer = _Writer(kernels, spell, fixed, expanded, values, stands, stands.used(own | free), weights)
    pieces = writer.pieces(body, scope)
    any = free & ~own & (writer.plain if expanded else free)
    return Line(head, pieces, scope.names(any, spell))


def _idle(body: Expression, kernels: dict[str, Kernel], deep: bool) -> int:
    """The inputs that interim kernels have, and conditionals of them do not depend on."""
    mask, seen, stack = 0, set[str](), [body]
    while stack:
        for leaf in leaves(stack.pop()):
            if leaf.kernel is not None:
                kernel = kernels[leaf.kernel]
                mask |= kernel.inputs.mask & ~leaf.given.mask
                if deep and kernel.name not in seen:
                    seen.add(kernel.name)
                    stack.append(kernel.body)
    return mask


@dataclass(slots=True)
class _Writer:
    kernels: dict[str, Kernel]
    spell: Speller
    fixed: int
    expanded: bool
    values: Mapping[str, Value]
    stands: Stands
    used: list[int]
    """For each copy, the mask of the variables of which it is in use."""
    weights: Mapping[Weight, str]
    plain: int = 0
    """The mask of the variables written with their plain names so far."""

    def pieces(self, expression: Expression, scope: Scope) -> Pieces:
        """An expression as a product, its sums last."""
        first: list[Piece] = []
        sums: list[tuple[Marginal, Scope]] = []
        stack = [(expression, scope)]
        while stack:
            node, scope = stack.pop()
            match node:
                case Conditional(targets, given, Interim(name)) if self.expanded:
                    above, below = quotient(node, self.kernels[name])
                    own = targets.mask | given.mask
                    scope = scope.within(own)
                    if below == ONE:
                        stack.append((above, scope))
                    else:
                        first.append(self._quotient(above, below, scope))
                case Conditional(of=Same()):
                    (one,), (other,) = (scope.names(s.mask, self.spell) for s in (node.targets, node.given))
                    assert isinstance(one, Name)
                    assert isinstance(other, Name)
                    first.append(Certain(one, other) if one.value is None else Certain(other, one))
                case Conditional():
                    first.append(self._term(node, scope))
                case Product(factors):
                    stack.extend((factor, scope) for factor in reversed(factors))
                case Marginal():
                    sums.append((node, scope))
                case Wired(body, wires):
                    stack.append((body, scope.wired(wires, self.spell.order, self.stands)))
                case Never():
                    first.append(Nothing())
                case Arithmetic("+"):
                    first.append(Plus(tuple(self._apart(summands(node), scope))))
                case Arithmetic(operator, left, right):
                    first.append(self._quotient(left, right, scope, Quotient if operator == "/" else Minus))
                case _:
                    assert_never(node)
        last = []
        for inner, scope in sums:
            bound = self._bind(inner.over.mask, scope)
            last.append(Sum(bound.names(inner.over.mask, self.spell), self.pieces(inner.body, bound)))
        return (*first, *last)

    def _term(self, leaf: Conditional, scope: Scope) -> Term:
        if isinstance(leaf.of, Interim):
            scope = self._as_defined(self.kernels[leaf.of.name], scope)
        plain = scope.plain(leaf.targets.mask | leaf.given.mask)
        self.plain |= plain
        order, data, rows = leaf.given.order, data_of(leaf.of), rows_of(leaf.of)
        sets = order.mask(v for v in data.sets if v in order.index) if data else 0
        targets = scope.names(leaf.targets.mask, self.spell)
        seen, done = (
            _valued(scope.names(mask, self.spell, self.fixed & plain), self.values)
            for mask in (leaf.given.mask & ~sets, leaf.given.mask & sets)
        )
        named = tuple(self.weights[weight] for weight in rows.weights)
        shift = isinstance(leaf.of, Policy) and leaf.of.rule is not None
        values = _valued(targets, self.values)
        return Term(leaf.of.name, values, seen, done, rows.shows, named, formula=shift)

    def _as_defined(self, kernel: Kernel, scope: Scope) -> Scope:
        """The scope; a stated value has the primes of its name in the kernel's definition: ``x, x′ = 1``."""
        defined = self.stands.free(kernel.outputs.mask | kernel.inputs.mask | mentions(kernel.body)).known
        known = {
            place: name
            if name.value is None or place not in defined
            else replace(name, copy=defined[place].copy)
            for place, name in scope.known.items()
        }
        return Scope(scope.copies, known)

    def _quotient(
        self, above: Expression, below: Expression, scope: Scope, kind: type[Quotient | Minus] = Quotient
    ) -> Quotient | Minus:
        return kind(*self._apart((above, below), scope))

    def _apart(self, parts: Iterable[Expression], scope: Scope) -> Iterator[Pieces]:
        """The pieces of each part; names bound in one are free to be used again in the others, and after them."""
        used = self.used
        for part in parts:
            self.used = list(used)
            yield self.pieces(part, scope)
        self.used = used

    def _bind(self, variables: int, scope: Scope) -> Scope:
        """The scope inside a sum: each variable gets the first copy that is not in use."""
        aliases = variables & self.stands.aliases
        inner = scope.without(variables)
        copies, names = dict(inner.copies), dict(inner.known)
        copy, variables = 0, variables & ~aliases
        while variables:
            if copy == len(self.used):
                self.used.append(0)
            fresh = variables & ~self.used[copy]
            self.used[copy] |= fresh
            if copy and fresh:
                copies[copy] = copies.get(copy, 0) | fresh
            variables &= ~fresh
            copy += 1
        for alias in bits(aliases):
            names[alias] = self.stands.name(alias, self.used)
        return Scope(copies, names)


def _valued(names: Names, values: Mapping[str, Value]) -> Names:
    """The names with the values that the query states; a bound copy of a variable has none."""
    if not values:
        return names
    return tuple(
        replace(name, value=values.get(name.variable)) if isinstance(name, Name) and not name.copy else name
        for name in names
    )


def _bodies(estimand: Estimand) -> Iterator[Expression]:
    """Everything that an estimand says, in the order printed."""
    yield from (kernel.body for kernel in estimand.kernels)
    yield estimand.body


def weights_named(rows: Iterable[Rows]) -> dict[Weight, str]:
    """The weights of some rows, and the weights that these read, each with a name: w₁, w₂, … in the order read."""
    found: dict[Weight, str] = {}

    def read(weight: Weight) -> None:
        if weight not in found:
            for inner in weight.among.weights:
                read(inner)
            found[weight] = numbered("w", len(found) + 1)

    for each in rows:
        for weight in each.weights:
            read(weight)
    return found


def _sets(estimand: Estimand) -> Iterator[int]:
    """The masks of all sets in an estimand."""
    stack: list[Expression] = [estimand.body]
    for kernel in estimand.kernels:
        yield from (kernel.outputs.mask, kernel.inputs.mask)
        stack.append(kernel.body)
    while stack:
        match stack.pop():
            case Conditional(targets, given):
                yield from (targets.mask, given.mask)
            case Product(factors):
                stack.extend(factors)
            case Marginal(over, body):
                yield over.mask
                stack.append(body)
            case Wired(body):
                stack.append(body)
            case Never(over):
                yield over.mask
            case Arithmetic(_, left, right):
                stack += (left, right)
