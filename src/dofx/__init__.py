"""dofx, "do f(x)": a compiler for causal queries into PyTorch samplers.

    >>> import dofx
    >>> print(dofx.identify("P(y | do(x))", "x -> m -> y; x <-> y").estimand)
    P(y | do(x)) = Σ_m P(m | x) Σ_x′ P(x′) P(y | x′, m)

Nothing heavy is imported until it is used: identification needs no torch, no SymPy and no NetworkX.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .lazily import lazily

if TYPE_CHECKING:
    from .compiler.driver import NotIdentifiableError as NotIdentifiableError
    from .compiler.driver import identify as identify
    from .compiler.estimand.algebra import Estimand as Estimand
    from .compiler.estimand.table import Table as Table
    from .compiler.graph import read as _read
    from .compiler.graph.admg import ADMG as ADMG
    from .compiler.graph.implications import implications as implications
    from .compiler.identify.identify import Identification as Identification
    from .compiler.model.data import DataSet as DataSet
    from .compiler.model.query import Query as Query
    from .compiler.network.ir import SamplingNetwork as SamplingNetwork
    from .grammar.diagnostics.diagnostic import DofxError as DofxError
    from .grammar.parse import parse as parse
    from .grammar.syntax.program import Program as Program
    from .runtime.answers.answer import Answer as Answer
    from .runtime.bundle.bundle import load as load
    from .runtime.compile import compile as compile
    from .runtime.data.samples import Samples as Samples
    from .runtime.data.streamed.stream import Stream as Stream
    from .runtime.effect import effect as effect
    from .runtime.judging.graph import judge as judge
    from .runtime.program import CompiledProgram as CompiledProgram
    from .runtime.sampler import Sampler as Sampler

    graph = _read.graph_of

__version__ = "0.2.0"

_HOMES = {
    "ADMG": ".compiler.graph.admg",
    "Answer": ".runtime.answers.answer",
    "CompiledProgram": ".runtime.program",
    "DataSet": ".compiler.model.data",
    "DofxError": ".grammar.diagnostics.diagnostic",
    "Estimand": ".compiler.estimand.algebra",
    "Identification": ".compiler.identify.identify",
    "NotIdentifiableError": ".compiler.driver",
    "Program": ".grammar.syntax.program",
    "Query": ".compiler.model.query",
    "Sampler": ".runtime.sampler",
    "Samples": ".runtime.data.samples",
    "SamplingNetwork": ".compiler.network.ir",
    "Stream": ".runtime.data.streamed.stream",
    "Table": ".compiler.estimand.table",
    "compile": ".runtime.compile",
    "effect": ".runtime.effect",
    "graph": ".compiler.graph.read:graph_of",
    "identify": ".compiler.driver",
    "implications": ".compiler.graph.implications",
    "judge": ".runtime.judging.graph",
    "load": ".runtime.bundle.bundle",
    "parse": ".grammar.parse",
}
"""Where each public name lives, and under which name if it is another."""

__all__ = [*_HOMES]


__getattr__, __dir__ = lazily(globals(), _HOMES)
