"""Published Bayesian networks with known truth: read, sample, intervene. Shares no code with dofx."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from archives import PGMPY
from numpy.typing import NDArray
from opt_einsum import contract

Array = NDArray[np.float64]

_VARIABLE = re.compile(r"variable\s+(\S+)\s*\{\s*type\s+discrete\s*\[\s*\d+\s*\]\s*\{([^}]*)\}")
_TABLE = re.compile(r"probability\s*\(\s*([^)|]+?)\s*(?:\|\s*([^)]*?))?\s*\)\s*\{([^}]*)\}")
_ROW = re.compile(r"\(([^)]*)\)(.*)", re.DOTALL)


@dataclass(frozen=True)
class BayesianNetwork:
    """A Bayesian network of finite variables.

    Args:
        states: The states of each variable.
        parents: The parents of each variable.
        tables: ``P(v | parents)``, one axis a parent and v last.
    """

    states: dict[str, tuple[str, ...]]
    parents: dict[str, tuple[str, ...]]
    tables: dict[str, Array]

    def ancestors(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The names and all their ancestors, causes first."""
        order: dict[str, None] = {}

        def visit(name: str) -> None:
            if name not in order:
                for parent in self.parents[name]:
                    visit(parent)
                order[name] = None

        for name in names:
            visit(name)
        return tuple(order)

    def graph(self, observed: tuple[str, ...]) -> str:
        """A causal graph in dofx's language: the ancestors of some variables, the others latent."""
        around = self.ancestors(observed)
        edges = [f"{{{', '.join(self.parents[v])}}} -> {v}" for v in around if self.parents[v]]
        hidden = [v for v in around if v not in observed]
        latent = [f"latent {', '.join(hidden)}"] if hidden else []
        return "\n".join([*edges, *latent])

    def sample(self, rows: int, names: tuple[str, ...], seed: int) -> dict[str, NDArray[np.str_]]:
        """Rows of some variables, by ancestral sampling; the others stay hidden."""
        rng = np.random.default_rng(seed)
        codes: dict[str, NDArray[np.int64]] = {}
        for name in self.ancestors(names):
            cumulative = self.tables[name][tuple(codes[p] for p in self.parents[name])].cumsum(-1)
            codes[name] = (rng.random((rows, 1)) > cumulative[..., :-1]).sum(-1)
        return {name: np.array(self.states[name])[codes[name]] for name in names}

    def truth(self, names: tuple[str, ...], do: tuple[str, ...] = ()) -> Array:
        """``P(names | do)`` with one axis for each of `do`, then of `names`: the truncated factorisation."""
        around = self.ancestors((*do, *names))
        label = {name: i for i, name in enumerate(around)}
        operands: list[Any] = []
        for name in around:
            if name in do:
                operands += [np.ones(len(self.states[name])), [label[name]]]
            else:
                operands += [self.tables[name], [label[p] for p in self.parents[name]] + [label[name]]]
        return np.asarray(contract(*operands, [label[name] for name in (*do, *names)], optimize="greedy"))


def load(name: str) -> BayesianNetwork:
    """A network of the repository of Scutari (bnlearn.com), as pgmpy ships it."""
    text = gzip.decompress(PGMPY.read(f"pgmpy/utils/example_models/{name}.bif.gz")).decode()
    states = {m[1]: tuple(s.strip() for s in m[2].split(",")) for m in _VARIABLE.finditer(text)}
    parents: dict[str, tuple[str, ...]] = {}
    tables: dict[str, Array] = {}
    for match in _TABLE.finditer(text):
        name = match[1]
        parents[name] = tuple(p.strip() for p in match[2].split(",")) if match[2] else ()
        table = np.zeros([len(states[v]) for v in (*parents[name], name)])
        for line in filter(None, (line.strip() for line in match[3].split(";"))):
            if line.startswith("table"):
                table[...] = _numbers(line.removeprefix("table")).reshape(table.shape)
                continue
            row = _ROW.match(line)
            assert row is not None, line
            given = zip(parents[name], row[1].split(","), strict=True)
            table[tuple(states[p].index(state.strip()) for p, state in given)] = _numbers(row[2])
        tables[name] = table / table.sum(-1, keepdims=True)
    return BayesianNetwork(states, parents, tables)


def _numbers(text: str) -> Array:
    return np.array([float(number) for number in text.split(",")])
