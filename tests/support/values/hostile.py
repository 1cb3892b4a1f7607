"""Texts of many kinds and of any length, most of them wrong somewhere: what reads them must take time in proportion.

`KINDS` maps a name to what reads a text and to a function from a length n to such a text.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

from dofx.compiler.driver import identify
from dofx.compiler.graph.read import graph_of
from dofx.compiler.program import program_of, questions
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.grammar.parse import parse_effect, parse_graph, parse_query, parse_type

Reader = Callable[[str], object]


def names(n: int, stem: str = "v") -> str:
    return ", ".join(f"{stem}{i}" for i in range(n))


def lines(n: int, line: str) -> str:
    return "\n".join(line.replace("#", str(i)) for i in range(n))


def asked(text: str) -> object:
    """Identify a query on its graph; the two are separated by an ampersand."""
    query, graph = text.split("&")
    return identify(query, graph)


def program(text: str) -> object:
    return program_of(f"{text}\n")


PAIR = "graph { x -> y }\n"

KINDS: dict[str, tuple[Reader, Callable[[int], str]]] = {
    # scanners
    "unclosed comments": (parse_graph, lambda n: "dag { x -> y } " + "/* " * n),
    "stars in a comment": (parse_graph, lambda n: "dag { x -> y /" + "*" * n + "/ }"),
    "closed comments": (parse_graph, lambda n: "dag { " + "/* a */ " * n + "x -> y }"),
    "line comments": (parse_graph, lambda n: "dag { " + "// a\n" * n + "x -> y }"),
    "a string that never closes": (parse_graph, lambda n: 'dag { / "' + '\\"' * n),
    "backslashes": (parse_graph, lambda n: 'dag { / "' + "\\" * (2 * n + 1)),
    "quotation marks": (parse_graph, lambda n: "dag { /" + '"' * (2 * n + 1)),
    "blanks before a brace": (parse_graph, lambda n: "dag" + " " * n + "x -> y"),
    "blanks after a name": (parse_graph, lambda n: "x -> y" + " " * n + "?"),
    "line breaks": (parse_graph, lambda n: "x -> y" + "\n" * n + "?"),
    "blank lines": (parse_graph, lambda n: "x -> y" + " \n" * n + "?"),
    "comments before a graph": (parse_graph, lambda n: "# a\n" * n + "/ x -> y"),
    "dags": (parse_graph, lambda n: "dag " * n + "/"),
    "open brackets": (parse_query, lambda n: "P(" + "(" * n),
    "closing brackets": (parse_graph, lambda n: "graph {" + "}" * n),
    "open braces in a program": (program, lambda n: "graph {" * n),
    "queries without a graph's end": (program, lambda n: "graph { x -> y\n" + "query q = P(y)\n" * n),
    "subgraphs": (parse_graph, lambda n: "digraph { " + "subgraph { " * n + "x -> y" + " }" * n + " }"),
    # names
    "a long name": (parse_graph, lambda n: "a" * n + " -> y"),
    "a long name that is unknown": (program, lambda n: PAIR + f"query q = P({'a' * n})"),
    "a long name in LaTeX": (parse_graph, lambda n: "x_{1}" * n),
    "primes": (parse_graph, lambda n: "x" + "'" * n + " -> y"),
    "dots": (parse_graph, lambda n: "x" + ".a" * n + " -> y"),
    "a long quoted name": (parse_graph, lambda n: f'"{"a b " * n}" -> y'),
    "a long number": (parse_query, lambda n: f"P(y | do(x = {'1' * n}))"),
    "a long value": (parse_query, lambda n: f"P(y | do(x = '{'ab ' * n}'))"),
    # faults by the thousand
    "unknown names in queries": (
        program,
        lambda n: f"graph {{ {names(n)} }}\n" + lines(n, "query q# = P(w# | do(u#))"),
    ),
    "unknown names in one query": (
        program,
        lambda n: f"graph {{ {names(n)} }}\nquery q = P({names(n, 'w')})",
    ),
    "unknown names to identify": (asked, lambda n: f"P({names(n, 'w')}) & {names(n)}"),
    "unknown names in limits": (
        program,
        lambda n: f"graph {{ {names(n)}; x -> y }}\nquery q = P(y) avoiding {{{names(n, 'w')}}}",
    ),
    "unknown names in roles": (parse_graph, lambda n: f"{names(n)}\nexposure {names(n, 'w')}"),
    "unknown states": (
        program,
        lambda n: (
            f"graph {{ x -> y }}\nvariables {{ y : category({', '.join(map(repr, map(str, range(n))))}) }}\n"
            + lines(n, "query q# = P(y = 'w#')")
        ),
    ),
    "known states": (
        program,
        lambda n: (
            f"graph {{ x -> y }}\nvariables {{ y : category({', '.join(map(repr, map(str, range(n))))}) }}\n"
            + lines(n, "query q# = P(y = '#')")
        ),
    ),
    "states that are listed twice": (
        program,
        lambda n: PAIR + f"variables {{ x : category({', '.join(f'{i}.5' for i in range(n))}, 0.5) }}",
    ),
    "unknown types": (program, lambda n: PAIR + "variables {\n" + lines(n, "v# : reel") + "\n}"),
    "queries of one name": (program, lambda n: PAIR + "query q = P(y | do(x))\n" * n),
    "a query about itself": (program, lambda n: PAIR + f"query q = P(y | {', '.join(['x'] * n)})"),
    "self-loops": (graph_of, lambda n: lines(n, "v# -> v#")),
    "undecided edges": (parse_graph, lambda n: lines(n, "v# -- w#")),
    "unread attributes": (parse_graph, lambda n: "dag {\n" + lines(n, "v# [latnet]") + "\n}"),
    # syntax faults by the thousand
    "unquoted words": (program, lambda n: PAIR + lines(n, "query q# = P(y | x = low)")),
    "unquoted words in one query": (parse_query, lambda n: f"P(y | {', '.join(['x = low'] * n)})"),
    "unquoted states": (program, lambda n: f"variables {{ x : category({names(n)}) }}"),
    "unclosed queries": (program, lambda n: PAIR + lines(n, "query q# = P(y | do(x)")),
    "broken edges": (parse_graph, lambda n: lines(n, "v# => w#")),
    "broken edges on one line": (parse_graph, lambda n: "; ".join(["v => w"] * n)),
    "a broken edge and blank lines": (parse_graph, lambda n: "v => w\nx ->" + "\n" * n + "y => z"),
    "a broken edge and sets": (parse_graph, lambda n: "v => w\n" + "x -> {" * n),
    "declarations without colons": (program, lambda n: "variables {\n" + lines(n, "v# real") + "\n}"),
    "a broken query and blanks": (program, lambda n: "query q = P(y\n" + "query" + " " * n + "dag" + " " * n),
    # graphs
    "a chain": (graph_of, lambda n: " -> ".join(f"v{i}" for i in range(n))),
    "a cycle": (graph_of, lambda n: " -> ".join(f"v{i}" for i in (*range(n), 0))),
    "cycles": (graph_of, lambda n: lines(n, "a# -> b# -> a#")),
    "a path between two cycles": (
        graph_of,
        lambda n: f"{' -> '.join(f'v{i}' for i in range(n))}\na -> b -> a\nb -> v0\nv{n - 1} -> c -> d -> c",
    ),
    "edges": (graph_of, lambda n: lines(n, "v# -> w#")),
    "edges of DAGitty": (graph_of, lambda n: "dag {\n" + lines(n, "v# -> w# [beta=1]") + "\n}"),
    "latent variables": (graph_of, lambda n: lines(n, "latent u#\nu# -> {v#, w#}")),
    # expressions
    "a deep sum": (parse_effect, lambda n: " + ".join(["E[y]"] * n)),
    "minus signs": (parse_effect, lambda n: "-" * n + "1"),
    "parentheses": (parse_effect, lambda n: "(" * n + "1" + ")" * n),
    "terms": (parse_query, lambda n: f"P(y | do({names(n)}))"),
    "values of a type": (parse_type, lambda n: f"category({names(n)})"),
    "questions": (
        lambda text: questions(program_of(f"{text}\n")),
        lambda n: (
            f"graph {{ {names(n)} }}\n"
            + lines(n, "query q# = P(v# | do(v0 = 1))").replace("P(v0 |", "P(v1 |")
        ),
    ),
    "statements": (program, lambda n: PAIR + lines(n, "query q# = P(y | do(x))")),
    # worlds, policies and shifts
    "worlds": (parse_query, lambda n: f"P({', '.join(f'y{i}[x = {i}]' for i in range(n))} | x = 0)"),
    "settings of one world": (parse_query, lambda n: f"P(y[{', '.join(f'v{i} = 0' for i in range(n))}])"),
    "worlds in worlds": (parse_query, lambda n: "P(y" + "[m = m" * n + "[]" + "]" * n + ")"),
    "worlds that never close": (parse_query, lambda n: "P(y" + "[m = m" * n),
    "open values": (parse_query, lambda n: f"P({', '.join(f'y[x = ?a{i}]' for i in range(n))})"),
    "a policy that reads much": (parse_query, lambda n: f"P(y | do(x ~ g({names(n)})))"),
    "policies": (parse_query, lambda n: f"P(y | do({', '.join(f'x{i} ~ g{i}(z)' for i in range(n))}))"),
    "a policy of unknown names": (asked, lambda n: f"P(y | do(x ~ g({names(n, 'w')}))) & x -> y; {names(n)}"),
    "a long shift": (parse_query, lambda n: f"P(y | do(x = x{' + 1' * n}))"),
    "a deep shift": (parse_query, lambda n: f"P(y | do(x = {'min(' * n}x{', 1)' * n}))"),
    "a shift in brackets": (parse_query, lambda n: f"P(y | do(x = {'(' * n}x{')' * n}))"),
    "effects with a name": (parse_effect, lambda n: " + ".join(["att(y, x, 1, 0)"] * n)),
    "many mediators": (parse_effect, lambda n: f"nde(y, x, through {{{names(n)}}}, 1, 0)"),
    "a long path": (
        parse_effect,
        lambda n: f"pse(y, x, along {' -> '.join(f'v{i}' for i in range(n))}, 1, 0)",
    ),
    "unknown mediators": (
        program,
        lambda n: f"graph {{ x -> y; {names(n)} }}\neffect e = nde(y, x, through {{{names(n, 'w')}}}, 1, 0)",
    ),
    "differences of worlds": (parse_effect, lambda n: f"E[{' + '.join(['y[x = 1]'] * n)} | x = 1]"),
    # data sets, holes and cycles
    "data sets": (program, lambda n: PAIR + lines(n, "data d# sets x measures y") + "\nquery q = P(y)"),
    "data sets of one name": (program, lambda n: PAIR + "data d sets x\n" * n),
    "columns of a data set": (program, lambda n: f"graph {{ {names(n)} }}\ndata d measures {names(n)}"),
    "unknown columns": (program, lambda n: f"graph {{ {names(n)} }}\ndata d measures {names(n, 'w')}"),
    "words of a data set": (program, lambda n: PAIR + "data d" + " weights w" * n),
    "files": (program, lambda n: PAIR + "data d from " + ", ".join(["'a.csv'"] * n) + " person id"),
    "codes for holes": (program, lambda n: PAIR + f"data d holes {', '.join(map(str, range(n)))}"),
    "dates": (program, lambda n: PAIR + f"data d dates {names(n)} in years since '2000-01-01'"),
    "unknown units": (program, lambda n: PAIR + lines(n, "data d# dates x in parsecs")),
    "indicators": (graph_of, lambda n: lines(n, "v# -> missing(w#)")),
    "shared indicators": (graph_of, lambda n: f"x -> missing({names(n)})"),
    "indicators of all": (graph_of, lambda n: f"{names(n)}; x -> missing(*)"),
    "indicators of a data set": (graph_of, lambda n: lines(n, "v# -> missing(w#) in trial")),
    "unknown indicators": (graph_of, lambda n: lines(n, "missing(v#) -> w#")),
    "feedback": (graph_of, lambda n: lines(n, "feedback {a#, b#}; a# -> b# -> a#")),
    "feedback of many": (
        graph_of,
        lambda n: f"feedback {{{names(n)}}}; {' -> '.join(f'v{i}' for i in (*range(n), 0))}",
    ),
    "feedback without a cycle": (graph_of, lambda n: lines(n, "feedback {a#, b#}; a# -> b#")),
}


def read(kind: str, n: int) -> int:
    """Read a text of a kind, print what is wrong with it, and return how long that is."""
    reader, text = KINDS[kind]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            reader(text(n))
        except DofxError as error:
            return len(str(error))
    return 0
