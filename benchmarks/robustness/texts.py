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
)
GRAPHS = (
    "x -> z -> y; x <-> y",
    "z -> {x, y}; x -> y",
    "w <-> x; w <-> y; w -> r -> x -> y",
    "latent u; u -> {x, y}; x -> y",
    "dag { x [exposure] y [outcome] z [latent] x -> y z -> {x y} }",
    'digraph g { x -> y [label="a"]; z -> x; z -> y; }',
    "x -> y; y <- z; x -- y",
)
PROGRAMS = (
    "graph { x -> z -> y; x <-> y }\nquery risk = P(y | do(x))\neffect ate = E[y | do(x = 1)] - E[y | do(x = 0)]",
    "# a comment\ngraph {\n  z -> {x, y}\n  x -> y\n}\nvariables { x : bool  y : real  z : category('a', 'b') }\n"
    "query q = P(y | do(x), z)",
    "graph { latent u; u -> {x, y}; x -> y }\nquery lost = P(y | do(x)) avoiding {z}",
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
    "a long name": ("graph", 60000, lambda n: "x" * n + " -> y"),
    "a long number": ("parse_query", 60000, lambda n: f"P(y | do(x = {'9' * n}))"),
    "white space": ("graph", 200000, lambda n: "x ->" + " \n" * n + "y"),
    "unknown letters": ("graph", 20000, lambda n: "x -> y" + "§" * n),
    "unknown names": ("identify", 500, lambda n: f"P({', '.join(f'nobody{i}' for i in range(n))})"),
    "repeated names": ("parse_query", 2000, lambda n: f"P(y | do({', '.join(['x'] * n)}))"),
    "semicolons": ("graph", 30000, lambda n: "x -> y" + ";" * n),
}
"""By name: who reads the text, the first size, and the text of a size. The second is twice as large."""
