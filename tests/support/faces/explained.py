"""Queries to explain: each shows something else that an explanation has to tell."""

from __future__ import annotations

from dofx.compiler.driver import NotIdentifiableError, compile_query
from dofx.compiler.explain.explanation import Explanation

CASES: dict[str, tuple[str, str, dict[str, int]]] = {
    "front-door": ("P(y | do(x))", "x -> m -> y; x <-> y", {}),
    "napkin": ("P(y | do(x))", "w -> r -> x -> y; x <-> w <-> y", {}),
    "bow": ("P(y | do(x))", "x -> y; x <-> y", {}),
    "image-avoided": ("P(y | do(x))", "scan -> x; scan -> y; x -> m -> y", {"scan": 784}),
    "conditional-refit": ("P(y | do(x), z)", "x -> m -> {z, y}; z -> y; x <-> y; x <-> z", {}),
    "conditional-seen": ("P(a | do(d, b), c)", "d -> b -> a; d <-> c <-> a", {}),
    "covariates": ("P(y | do(x))", "age -> {sex, dose, x, y}; sex -> {x, y}; dose -> {x, y}; x -> y", {}),
    "fused": (
        "P(f, d | do(b, a))",
        "d -> f; e -> f; d -> a; c -> d; a -> f; d -> e; e -> a; c <-> f; a <-> b; b <-> f; e <-> f; c <-> e",
        {},
    ),
    "two-layers": (
        "P(y1, y2 | do(x1, x2))",
        "; ".join(
            [f"c{i} -> {{x{1 + i % 2}, m{1 + i % 3}}}" for i in range(6)]
            + ["x1 -> m1 -> y1", "x2 -> {m2, m3}", "m2 -> {y1, y2}", "m3 -> y2", "y1 -> y2"]
            + ["x1 <-> y1", "c0 <-> c1 <-> c2", "c3 -> c4 -> c5", "c5 -> y2"]
        ),
        {},
    ),
}


def explained(name: str) -> Explanation:
    """The explanation of a case."""
    query, graph, sizes = CASES[name]
    try:
        return compile_query(query, graph, sizes=sizes).explanation()
    except NotIdentifiableError as error:
        return Explanation(error.identification.query, error.identification)


if __name__ == "__main__":
    print("\n\n".join(str(explained(name)) for name in CASES))
