"""Texts that people write, and what becomes of them by slips; and texts that grow."""

from __future__ import annotations

import random
from collections.abc import Callable

Random = random.Random

QUERIES = (
    "P(y | do(x))",
    "P(y | do(x), z)",
    "P(y, z | do(x = 1))",
    "E[y | do(x = 1)] - E[y | do(x = 0)]",
    "E[y | do(x = 1), z = 'a'] / E[y]",
    "P(y | do(x)) avoiding {z}",
    "P(y | do(x)) using {z}",
    "P(y)",
    "P(y[x = 1] | x = 0)",
    "E[y[x = 1, m = m[x = 0]]] - E[y]",
    "E[y[x = 1] - y[x = 0] | x = 1]",
    "P(y[m = m[]], z)",
    "P(y | do(x ~ g(z)))",
    "P(y[x ~ g(x, z)] | x = 0)",
    "P(y | do(x = min(x + 1, 5)))",
    "E[y | do(x = 0.9 * x)]",
    "P(y[x = ?a], y[x = ?b])",
    "att(y, x, 1, 0)",
    "nde(y, x, through m, 1, 0)",
    "cde(y, x, holding m = 0, 1, 0) / ate(y = 1, x, 1, 0 | z = 1)",
    "pse(y, x, along x -> m -> y, 1, 0)",
)
GRAPHS = (
    "x -> z -> y; x <-> y",
    "z -> {x, y}; x -> y",
    "w <-> x; w <-> y; w -> r -> x -> y",
    "latent u; u -> {x, y}; x -> y",
    "dag { x [exposure] y [outcome] z [latent] x -> y z -> {x y} }",
    'digraph g { x -> y [label="a"]; z -> x; z -> y; }',
    "x -> y; y <- z; x -- y",
    "z -> {x, m, y}; x -> m -> y; x -> y",
    "x -> y; z -> missing(y); missing(z)",
    "x -> y; z -> {x, y}; missing(x, z); others -> missing(*)",
    "feedback {z, y}; x -> z -> y -> z",
)
PROGRAMS = (
    "graph { x -> z -> y; x <-> y }\nquery risk = P(y | do(x))\neffect ate = E[y | do(x = 1)] - E[y | do(x = 0)]",
    "# a comment\ngraph {\n  z -> {x, y}\n  x -> y\n}\nvariables { x : bool  y : real  z : category('a', 'b') }\n"
    "query q = P(y | do(x), z)",
    "graph { latent u; u -> {x, y}; x -> y }\nquery lost = P(y | do(x)) avoiding {z}",
    "graph { z -> {x, y}; x -> y; x <-> y }\ndata P measures z\n"
    "data trial sets x measures z, y differs at z keeps by x "
    "weights w cluster c holes -99, 'NA'\nquery q = P(y | do(x))",
    "graph { z -> {x, y}; x -> y; z -> missing(y) }\ndata P from 'rows.csv' holes -1\n"
    "effect gain = att(y, x, 1, 0)\neffect rule = E[y | do(x ~ g(z))] - E[y]",
    "graph { feedback {z, y}; x -> z -> y -> z }\nquery settled = P(y | do(x))",
)
TYPES = ("bool", "real", "real(3)", "category(3)", "category('a', 'b')", "image(1, 4, 4)", "text", "text(5)")
WEIGHTS = ("refit = 100, row = 1", "refit=2", "")
ALL = (*QUERIES, *GRAPHS, *PROGRAMS, *TYPES, *WEIGHTS)
PIECES = (
    *(
        "->",
        "<-",
        "<->",
        "--",
        "-",
        "|",
        "∣",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
        ":",
        "=",
        "==",
        "'",
        '"',
        "#",
        "/*",
    ),
    *(
        "P",
        "E",
        "do",
        "graph",
        "query",
        "effect",
        "latent",
        "variables",
        "using",
        "avoiding",
        "category",
        "dag",
        "digraph",
        "feedback",
        "missing",
        "others",
        "data",
        "sets",
        "measures",
        "differs at",
        "keeps by",
        "weights",
        "cluster",
        "holes",
        "through",
        "along",
        "holding",
        "att",
        "min",
        "m[x = 0]",
        "?a",
        "x ~ g(z)",
    ),
    *(
        "x",
        "y",
        "z",
        "x′",
        "0",
        "1",
        "-1",
        "1e999",
        "9" * 40,
        "\n",
        "\t",
        "\r",
        " ",
        "\x00",
        "\u202e",
        "\ud800",
        "é",
        "中",
        "//",
    ),
    *(
        "*",
        "+",
        "/",
        "^",
        "%",
        "~",
        "\\",
        "Σ",
        "∑",
        "⫫",
        "$",
        "@",
        "<!--",
        "true",
        "false",
        "none",
        "inf",
        "nan",
    ),
)


def slip(rng: Random, text: str) -> str:
    """The text after some slips: pieces left out, doubled, put in, swapped, or of another text."""
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 8))):
        at, to = sorted((rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)))
        to = min(to, at + rng.choice((1, 1, 2, 5, 30)))
        match rng.randrange(6):
            case 0:
                text = text[:at] + text[to:]
            case 1:
                text = text[:to] + text[at:]
            case 2 | 3:
                text = text[:at] + rng.choice(PIECES) + text[at:]
            case 4:
                text = text[:at] + rng.choice(PIECES) + text[to:]
            case _:
                other = rng.choice(ALL)
                text = text[:at] + other[rng.randrange(len(other) + 1) :]
    return text


def chain(n: int) -> str:
    """A chain of n edges."""
    return " -> ".join(f"v{i}" for i in range(n + 1))


GROWING: dict[str, tuple[str, int, Callable[[int], str]]] = {
    "chain": ("graph", 2000, chain),
    "edges, one a line": ("graph", 2000, lambda n: "\n".join(f"v{i} -> v{i + 1}" for i in range(n))),
    "common causes": ("graph", 1500, lambda n: "; ".join(f"v{i} <-> v{i + 1}" for i in range(n))),
    "a group": ("graph", 2000, lambda n: f"x -> {{{', '.join(f'v{i}' for i in range(n))}}}"),
    "latent nodes": (
        "graph",
        800,
        lambda n: "; ".join(f"latent u{i}; u{i} -> {{x{i}, x{i + 1}}}" for i in range(n)),
    ),
    "DAGitty": ("graph", 1500, lambda n: f"dag {{ {' '.join(f'v{i} -> v{i + 1}' for i in range(n))} }}"),
    "DOT": ("graph", 1500, lambda n: f"digraph {{ {' '.join(f'v{i} -> v{i + 1};' for i in range(n))} }}"),
    "conditions": ("parse_query", 2000, lambda n: f"P(y | do(x), {', '.join(f'z{i}' for i in range(n))})"),
    "terms of an effect": (
        "parse",
        500,
        lambda n: f"graph {{ x -> y }}\neffect a = {' + '.join(['E[y]'] * n)}",
    ),
    "queries": (
        "parse",
        500,
        lambda n: "graph { x -> y }\n" + "\n".join(f"query q{i} = P(y | do(x))" for i in range(n)),
    ),
    "types": (
        "parse",
        1000,
        lambda n: f"graph {{ {chain(n)} }}\nvariables {{ {' '.join(f'v{i} : bool' for i in range(n))} }}",
    ),
    "labels of a type": (
        "parse",
        3000,
        lambda n: "variables { x : category(" + ", ".join(f"'a{i}'" for i in range(n)) + ") }",
    ),
    "comments": ("parse", 6000, lambda n: "# nothing\n" * n + "graph { x -> y }"),
    "unclosed comments": ("graph", 4000, lambda n: "dag { /* " * n),
    "unclosed brackets": ("parse_query", 8000, lambda n: "P(" * n),
    "an unclosed quote": ("graph", 4000, lambda n: 'dag { / "' + '\\"' * n),
    "an unclosed quote in a program": (
        "parse",
        4000,
        lambda n: "graph { x -> }\nquery a = P('" + "\\'" * n,
    ),
    "faults of DAGitty": ("graph", 1000, lambda n: "dag { " + "x -> -> y;\n" * n + "}"),
    "unclosed texts": ("graph", 4000, lambda n: "x -> 'y " * n),
    "nested brackets": ("parse", 1000, lambda n: f"graph {{ x -> y }}\neffect a = {'(' * n}E[y]{')' * n}"),
    "worlds": (
        "parse_query",
        500,
        lambda n: f"P({', '.join(f'y{i}[x = {i % 3}]' for i in range(n))} | x = 0)",
    ),
    "nested worlds": ("parse_query", 60, lambda n: "P(y" + "[m = m" * n + "]" * n + ")"),
    "a policy that reads much": (
        "parse_query",
        2000,
        lambda n: f"P(y | do(x ~ g({', '.join(f'z{i}' for i in range(n))})))",
    ),
    "indicators": ("graph", 2000, lambda n: "; ".join(f"v{i} -> missing(v{i + 1})" for i in range(n))),
    "data sets": (
        "parse",
        300,
        lambda n: "graph { x -> y }\n" + "\n".join(f"data d{i} sets x measures y" for i in range(n)),
    ),
    "codes for holes": (
        "parse",
        3000,
        lambda n: "graph { x -> y }\ndata P holes " + ", ".join(map(str, range(n))),
    ),
    "a long name": ("graph", 60000, lambda n: "x" * n + " -> y"),
    "a long number": ("parse_query", 60000, lambda n: f"P(y | do(x = {'9' * n}))"),
    "white space": ("graph", 200000, lambda n: "x ->" + " \n" * n + "y"),
    "unknown letters": ("graph", 20000, lambda n: "x -> y" + "§" * n),
    "unknown names": ("identify", 500, lambda n: f"P({', '.join(f'nobody{i}' for i in range(n))})"),
    "repeated names": ("parse_query", 2000, lambda n: f"P(y | do({', '.join(['x'] * n)}))"),
    "semicolons": ("graph", 30000, lambda n: "x -> y" + ";" * n),
}
"""By name: who reads the text, the first size, and the text of a size. The second is twice as large."""
