"""One kernel of what remains of a query: a copy for each variable, with its name, and with wires for what it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ....grammar.formatting.query import format_name
from ...estimand.algebra import (
    Conditional,
    Expression,
    Interim,
    Marginal,
    Product,
    Same,
    Wire,
    Wired,
    defines,
    marginal,
    product,
    reads,
    wired,
)
from ...graph.varset import Order, bits
from ...model.rule import policy_axes
from ...model.worlds import Constant
from ..blocks import Block, Blocks
from ..factors import Interims
from .components import Kept
from .copies import Axis, Copy, Known, Net, Slot
from .names import Names
from .question import Parts, Question
from .served import Served


@dataclass(slots=True)
class Build:
    """One kernel: the copies of a net that remain, each with its name and its wires.

    Args:
        question: The question.
        parts: What it was unfolded to.
        names: The names, which several kernels share.
        net: The net.
        kept: What remains of it.
        alone: Whether it is about what is given alone.
    """

    question: Question
    parts: Parts
    names: Names
    net: Net
    kept: Kept
    alone: bool = False
    symbol: dict[int | Copy, str] = field(default_factory=dict)
    """The name of the value of each variable, and of each draw of a policy."""
    chosen: dict[int, Copy] = field(default_factory=dict)
    """The copy that stands for each variable."""
    stated: dict[str, Constant] = field(default_factory=dict)
    """The names of values that the query states, with these."""
    equal: list[tuple[Axis, Known]] = field(default_factory=list)
    """Open values, each with the value that it has to have."""
    asked: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    own: frozenset[Copy] = field(init=False)
    """The copies on which what is given depends."""

    def __post_init__(self) -> None:
        self.own = frozenset(self.parts.below.copies)

    @property
    def copies(self) -> Iterator[Copy]:
        """The copies that remain: one for each variable, which is the conditions' own where they have one."""
        yield from self.chosen.values()
        yield from (copy for copy in self.net.copies if copy in self.kept.policies)

    def name(self) -> None:
        """Choose the copies and their names; axes come first, as their names are what the query calls them."""
        query, net = self.question.query, self.net
        opened = {axis.name for axis in self._axes()}
        self.names.taken.clear()
        for name, variable in query.roles.items():
            if name in opened:
                self.names.add(name, variable)
        self._choose()
        known = {self._key(copy): value for copy, value in net.fixed.items()}
        wanted = {} if self.alone else self._wanted(known)
        values = {**wanted, **known}
        for copy in self.copies:
            value = values.get(self._key(copy))
            if isinstance(value, Axis):
                self.symbol[self._key(copy)] = value.name
        for copy in self.copies:
            key = self._key(copy)
            if key not in self.symbol:
                self.symbol[key] = self.names.fresh(copy)
            value = values.get(key)
            if isinstance(value, Constant):
                self.stated[self.symbol[key]] = value
            if key in known:
                self.given.append(self.symbol[key])
            elif key in wanted:
                self.asked.append(self.symbol[key])
            if copy.policy is not None:
                self._name_axes(copy)
        self._name_indicators()

    def _choose(self) -> None:
        found: dict[int, Copy] = {}
        for copy in self.net.natural:
            if self.kept.variables >> copy.variable & 1:
                before = found.setdefault(copy.variable, copy)
                if copy in self.own and before not in self.own:
                    found[copy.variable] = copy
        self.chosen = {variable: found[variable] for variable in sorted(found)}

    def _wanted(self, known: Mapping[int | Copy, Known]) -> dict[int | Copy, Known]:
        """What is asked about and not given, with its values; where there are two, they have to be the same."""
        found: dict[int | Copy, list[Known]] = {}
        for node, value in self.question.asked:
            slot = self.net.slots[node]
            if isinstance(slot, Copy) and value is not None and slot not in self.net.fixed:
                found.setdefault(self._key(slot), []).append(self.parts.above.resolved(value))
        for key, values in found.items():
            values += [known[key]] if key in known else []
            values.sort(key=lambda value: (not isinstance(value, Constant), value not in known.values()))
            first, *others = dict.fromkeys(values)
            self.equal += [(other, first) for other in others if isinstance(other, Axis)]
        return {key: values[0] for key, values in found.items() if key not in known}

    def _axes(self) -> Iterator[Axis]:
        query = self.question.query
        yield from (Axis(name) for name in query.interventions)
        yield from (Axis(query.label(event)) for event in (*query.given, *query.asked) if event.value is None)

    @staticmethod
    def _key(copy: Copy) -> int | Copy:
        return copy if copy.policy else copy.variable

    def _name_axes(self, copy: Copy) -> None:
        """The axes of a policy's table are names too, at which its wires stand."""
        assert copy.policy is not None
        nodes = self.question.graph.nodes
        variables = (*(event.variable for event in copy.policy.reads), nodes[copy.variable])
        for axis, variable in zip(policy_axes(copy.policy, nodes[copy.variable]), variables, strict=True):
            if axis not in self.question.graph.order.index:
                self.names.aliases.setdefault(axis, variable)

    def _name_indicators(self) -> None:
        for axis, value in self._bound():
            self._other(axis.name)
            if isinstance(value, Axis):
                self.names.add(value.name, self._variable(value.name))

    def _other(self, name: str) -> str:
        """Another name for a value of the same variable, for an indicator to read."""
        variable = self._variable(name)
        if variable != name:
            return variable
        other = f"{format_name(variable)}[]"
        self.names.aliases.setdefault(other, variable)
        return other

    def _variable(self, name: str) -> str:
        return self.question.query.roles[name]

    def _bound(self) -> list[tuple[Axis, Known]]:
        """The open values that the events determine, or that are looked at one by one.

        Those that the conditions determine are left out.
        """
        above, below, single = self.parts.above, self.parts.below, self.question.bound
        bound = [(a, above.resolved(a)) for a in above.bound if a not in below.bound or a in single]
        return [pair for pair in dict.fromkeys([*bound, *self.equal]) if pair[::-1] not in self.equal]

    def wire(self, slot: Slot) -> Wire:
        """The constant or the name through which a mechanism reads a value."""
        match slot:
            case Constant():
                return slot
            case Axis():
                found = self.parts.below.resolved(slot)
                return found if isinstance(found, Constant) else found.name
            case Copy():
                return self.symbol[self._key(slot)]

    def wires(self, district: int) -> dict[str, Wire]:
        """What stands for each variable that the c-factor of a district is about."""
        nodes, found = self.question.graph.nodes, dict[str, Wire]()
        variables = tuple(bits(district))
        members = [self.chosen[variable] for variable in variables]
        for copy in sorted(members, key=lambda copy: copy not in self.own):
            for parent, slot in zip(copy.parents, copy.reads, strict=True):
                found.setdefault(nodes[parent], self.wire(slot))
        return {**found, **{nodes[variable]: self.symbol[variable] for variable in variables}}

    def agree(self, districts: Iterable[int]) -> bool:
        """Whether several districts need each variable at one value, so that they may be computed together."""
        found: dict[str, Wire] = {}
        for district in districts:
            for variable, wire in self.wires(district).items():
                if found.setdefault(variable, wire) != wire:
                    return False
        return True

    def kernel(self, order: Order, blocks: Served) -> Blocks:
        """The product of all c-factors and policies, wired."""
        return Blocks(order, [*self._wired(order, blocks), *self._policies(order)])

    def joint(self, kernel: Blocks) -> Expression:
        """The probability of all that is asked and given, at the values that the query states."""
        order = kernel.order
        return wired(kernel.marginal(order.mask([*self.asked, *self.given])), self.stated, order)

    def conditional(
        self, kernel: Blocks, interims: Interims, simplified: Callable[[Expression], Expression]
    ) -> list[Expression]:
        """The probability of what is asked given the rest, at the values that the query states; 1 as no factor."""
        order = kernel.order
        asked, given = order.mask(self.asked), order.mask(self.given)
        if not asked:
            return []
        body = _conditioned(kernel, asked, given, interims, simplified) if given else kernel.marginal(asked)
        return [wired(body, self.stated, order)]

    def _wired(self, order: Order, blocks: Served) -> Iterator[Block]:
        for districts, block in blocks:
            wires: dict[str, Wire] = {}
            for district in districts:
                wires |= self.wires(district)
            factors = {}
            for variable, factor in block.factors.items():
                inside = block.hidden >> variable & 1
                place = variable if inside else order.index[self.symbol[variable]]
                factors[place] = wired(factor, wires, order)
            yield Block(block.hidden, factors)

    def _policies(self, order: Order) -> Iterator[Block]:
        nodes = self.question.graph.nodes
        for copy in self.copies:
            if copy.policy is not None:
                axes = policy_axes(copy.policy, nodes[copy.variable])
                leaf = Conditional(order.of(axes[-1]), order.of(*axes[:-1]), copy.policy)
                wires = dict(zip(axes, map(self.wire, copy.reads), strict=False))
                wires[axes[-1]] = self.symbol[copy]
                yield Block(0, {order.index[self.symbol[copy]]: wired(leaf, wires, order)})

    def indicators(self, order: Order) -> Iterator[Expression]:
        """Factors that are 1 where an open value equals the value that the events determine, and 0 elsewhere."""
        query = self.question.query
        outcomes = {query.label(event) for event in query.asked if event.value is None}
        outcomes -= {query.label(event) for event in query.given}
        for axis, value in self._bound():
            name = axis.name
            other = self._other(name)
            wire: Wire = value if isinstance(value, Constant) else value.name
            if name in outcomes:
                leaf = Conditional(order.of(name), order.of(other), Same())
                yield wired(leaf, {other: wire}, order)
            else:
                leaf = Conditional(order.of(other), order.of(name), Same())
                yield wired(leaf, {other: wire}, order)


def _conditioned(
    kernel: Blocks, asked: int, given: int, interims: Interims, simplified: Callable[[Expression], Expression]
) -> Expression:
    """``K(asked | given)``: by clamping what is given, or by conditioning single factors; else by the kernel's name."""
    found = kernel.clamp(asked, given) or _turned(
        simplified(kernel.marginal(asked | given)), given, kernel.order
    )
    if found is not None:
        return found
    names = kernel.order.set
    needed = (given | (kernel.mentions & ~kernel.visible)) & kernel.mentions
    return Conditional(names(asked), names(needed), Interim(interims.name(kernel)))


def _turned(body: Expression, given: int, order: Order) -> Expression | None:
    """A product of conditionals given some of its variables, by conditioning the factors that define them; else None.

    ``Σ_z P(z, x) P(y | z)`` given x is ``Σ_z P(z | x) P(y | z)``. This holds if all that such a factor reads is given
    too or comes from outside: the other factors then sum to one, and only this factor has to be divided.
    """
    over, inside = (body.over.mask, body.body) if isinstance(body, Marginal) else (0, body)
    factors = _chained(list(inside.factors if isinstance(inside, Product) else (inside,)), given)
    kept: list[Expression] = []
    for factor in factors:
        if not defines(factor) & given:
            kept.append(factor)
            continue
        leaf, wires = _leaf(factor)
        if not isinstance(leaf, Conditional):
            return None
        others = sum(defines(other) for other in factors if other is not factor)
        if reads(factor) & others & ~given:
            return None
        called = {name: wires.get(name, name) for name in leaf.targets}
        if not all(isinstance(name, str) for name in called.values()):
            return None
        own = order.mask(name for name, new in called.items() if given >> order.index[str(new)] & 1)
        left = leaf.targets.mask & ~own
        if left:
            turned = Conditional(order.set(left), order.set(leaf.given.mask | own), leaf.of)
            kept.append(wired(turned, wires, order))
    return marginal(order.set(over), product(kept))


def _chained(factors: list[Expression], given: int) -> list[Expression]:
    """The factors; one that defines what is given is joined to the factor of what it reads, as often as there is one.

    ``P(z) P(x′ | z)``, where x′ is a value of x, is ``P(z, x′)``, the chain rule in the variables of one world.
    """
    while (pair := _pair(factors, given)) is not None:
        factor, other, joined = pair
        factors = [joined if each is factor else each for each in factors if each is not other]
    return factors


def _pair(factors: list[Expression], given: int) -> tuple[Expression, Expression, Expression] | None:
    """A factor that defines what is given, the factor of what it reads, and both joined; None if there is none."""
    for factor in factors:
        leaf, wires = _leaf(factor)
        if not isinstance(leaf, Conditional) or not defines(factor) & given:
            continue
        for other in factors:
            cause, before = _leaf(other)
            if (
                isinstance(cause, Conditional)
                and (cause.of, cause.targets | cause.given) == (leaf.of, leaf.given)
                and before == {name: wire for name, wire in wires.items() if name in leaf.given}
            ):
                joined = Conditional(cause.targets | leaf.targets, cause.given, leaf.of)
                return factor, other, wired(joined, wires, leaf.given.order)
    return None


def _leaf(factor: Expression) -> tuple[Expression, dict[str, Wire]]:
    """What a factor reads, in its own variables, and its wires."""
    return (factor.body, dict(factor.wires)) if isinstance(factor, Wired) else (factor, {})
