"""What sets off the diagnostics of programs and of the command line."""

from collections.abc import Callable

from click.testing import CliRunner

import dofx
from dofx.cli.commands.draw import command as draw
from dofx.cli.options.training import chosen
from dofx.compiler.check import check
from dofx.compiler.compilation import Compilation
from dofx.compiler.driver import compile_query
from dofx.compiler.passes.weights import weights_of
from dofx.compiler.program import program_of, questions
from dofx.grammar.edge.files import system_fault

PROGRAM = "graph { x -> y } query risk = P(y | do(x))"


def drawing_in_a_strange_file() -> object:
    result = CliRunner().invoke(draw, ["-g", "x -> y", "-o", "graph.gif"])
    assert result.exception is not None
    raise result.exception


def long_chain(graph: str) -> Compilation:
    return compile_query("P(v19 | do(v0))", graph, passes=())


TRIGGERS: dict[str, Callable[[], object]] = {
    "E0206": lambda: dofx.compile(dofx.parse(PROGRAM), "x -> y"),  # type: ignore[call-overload]
    "E0309": lambda: dofx.compile("graph { x -> y }"),
    "E0310": lambda: weights_of("refits = 10"),
    "E0311": lambda: weights_of({"refit": -1}),
    "E0801": lambda: system_fault(PermissionError(13, "Permission denied", "bundle/bundle.json")),
    "E0802": lambda: chosen(questions(program_of(PROGRAM)), ["rsk"], "query"),
    "E0804": lambda: check(long_chain(" -> ".join(f"v{i}" for i in range(20)))),
    "E0803": drawing_in_a_strange_file,
    "E0806": lambda: dofx.compile("P(y | do(x))", "x -> y", passes="see, fold{cell=4096}"),
}
