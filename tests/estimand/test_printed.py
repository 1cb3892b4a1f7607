"""What the printers write: the textbooks' formulas, with no more terms than the literature's."""

import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import dofx
from dofx.compiler.estimand.algebra import Conditional, Estimand, Interim, Kernel, Product
from dofx.compiler.graph.varset import Order
from dofx.compiler.model.data import OBSERVED
from dofx.compiler.network.lower import lower
from dofx.compiler.printers.estimand.layout import layout
from dofx.compiler.printers.estimand.pieces import Asked, Layout, Pieces, Quotient, Sum, Term
from models.graphs import Query, random_cases
from models.oracle import random_model
from oracles import formulas, textbook
from posed.judge import agree, identify, recipe


def pieces(product: Pieces) -> list[Any]:
    """Every piece, outer ones first."""
    found: list[Any] = []
    for piece in product:
        found.append(piece)
        match piece:
            case Sum(_, body):
                found += pieces(body)
            case Quotient(above, below):
                found += pieces(above) + pieces(below)
            case Term():
                pass
    return found


def size(estimand: Any) -> tuple[int, int]:
    """Probability terms and sums, written out."""
    body = pieces(layout(estimand, expanded=True).lines[-1].body)
    return sum(isinstance(p, Term) for p in body), sum(isinstance(p, Sum) for p in body)


@pytest.mark.parametrize("name", textbook.NAMES)
def test_textbook(name: str, golden: Callable[[str, str], None]) -> None:
    """Text, LaTeX, both with kernels written out, SymPy, and the network that samples it."""
    estimand = textbook.estimand(name)
    parts = [estimand.text(), estimand.text(expanded=True), estimand.latex(), estimand.latex(expanded=True)]
    parts += [str(estimand.sympy()), str(lower(estimand))]
    golden(f"printed/{name}.txt", "\n\n".join(dict.fromkeys(parts)))


@pytest.mark.parametrize(
    ("name", "terms", "sums"),
    [
        ("back-door", 2, 1),
        ("front-door", 3, 2),
        ("front-door-covariate", 4, 2),
        ("m-bias", 1, 0),
        ("napkin", 4, 2),
        ("verma", 2, 1),
        ("sequential-plan", 2, 1),
    ],
)
def test_no_longer_than_the_literature(name: str, terms: int, sums: int) -> None:
    assert size(textbook.estimand(name)) == (terms, sums)


def test_verbatim() -> None:
    front_door = textbook.estimand("front-door")
    assert str(front_door) == "P(y | do(x)) = Σ_z P(z | x) Σ_x′ P(x′) P(y | x′, z)"
    assert front_door.text() == front_door.text(expanded=True) == str(front_door)
    napkin = textbook.estimand("napkin")
    assert str(napkin).splitlines() == [
        "Q₁(x, y ‖ r) = Σ_w P(w) P(x, y | w, r)",
        "P(y | do(x)) = Q₁(y | x)    for any r",
    ]
    assert napkin.text(expanded=True) == (
        "P(y | do(x)) = (Σ_w P(w) P(x, y | w, r)) / (Σ_w P(w) P(x | w, r))    for any r"
    )
    assert napkin.latex(expanded=True) == (
        r"P(y \mid \operatorname{do}(x)) = \frac{\sum_{w} P(w) \, P(x, y \mid w, r)}"
        r"{\sum_{w} P(w) \, P(x \mid w, r)} \qquad \text{for any } r"
    )


@pytest.mark.parametrize("expanded", [False, True])
def test_bound_names_are_apart(expanded: bool) -> None:
    """On a line, no name is bound twice in scope of itself, or free and bound."""
    for graph, query, _ in random_cases([31], 600, sizes=(4, 5, 6, 7)):
        answer = identify(graph, query)
        if answer:
            check_names(layout(answer.estimand, expanded=expanded), recipe(graph, query))


def check_names(page: Layout, note: str) -> None:
    for line in page.lines:
        head = line.head
        own = (
            head.outcomes + head.interventions + head.conditions
            if isinstance(head, Asked)
            else head.outputs + head.inputs
        )
        check_scopes(line.body, {*own, *line.any}, note)


def check_scopes(product: Pieces, known: set[Any], note: str) -> set[Any]:
    """Sums reach to the end of the line or bracket, so a name bound by one is known in all that follow."""
    known = set(known)
    for piece in product:
        match piece:
            case Term(_, targets, given):
                assert {*targets, *given} <= known, note
                assert max(Counter((*targets, *given)).values()) == 1, note
            case Sum(over, body):
                assert not known & {*over}, note
                known = check_scopes(body, known | {*over}, note)
            case Quotient(above, below):
                check_scopes(above, known, note)
                check_scopes(below, known, note)
    return known


def as_formula(text: str) -> str:
    """The right-hand side of a text in the notation of `formulas`."""
    body = text.split(" = ", 1)[1].split("    for any ")[0]
    body = re.sub(r"⁽(.)⁾", lambda m: "'" * "⁰¹²³⁴⁵⁶⁷⁸⁹".index(m[1]), body)
    body = body.replace("″", "''").replace("‴", "'''").replace("′", "'")
    body = re.sub(r"Σ_\{(.*?)\}", r"sum<\1>", body)
    body = re.sub(r"Σ_([\w']+)", r"sum<\1>", body)
    return body.replace("[", "(").replace("]", ")").replace("<", "[").replace(">", "]")


def test_the_text_means_what_the_estimand_means() -> None:
    """The expanded text, read by a reader of its own, is the truth; so is every value of idle variables."""
    read = quotients = 0
    for graph, query, seed in random_cases([32], 500, sizes=(4, 5, 6)):
        answer = identify(graph, query)
        if not answer:
            continue
        text = answer.estimand.text(expanded=True)
        model = random_model(graph, seed)
        try:
            value = formulas.evaluate(as_formula(text), graph.nodes, model.joint(), query.axes)
            agree(dofx.Table(query.axes, value), model.truth(query), query, "text")
        except Exception as error:
            error.add_note(f"{text}\n{recipe(graph, query)}")
            raise
        read += 1
        quotients += "/" in text
    assert read > 200
    assert quotients > 3


@pytest.mark.parametrize("family", [textbook.chain, textbook.two_chains, textbook.series])
def test_printed_size_is_linear(family: Callable[[int], tuple[Any, Query]]) -> None:
    """Though the factors condition on a number of names that grows with the square."""
    for n in (200, 400):
        estimand = identify(*family(n)).estimand
        assert len(str(estimand).encode()) < 40 * n
        assert len(estimand.latex()) < 80 * n


def test_a_run_is_explained() -> None:
    text = str(identify(*textbook.chain(14)).estimand)
    answer, legend = text.splitlines()
    assert answer.startswith("P(X14 | do(X1)) = Σ_{X2 … X13} P(X2 | X1) P(X4 | X1, X2, X3)")
    assert "P(X13 | X1′, X2 … X12)" in answer
    order = ", ".join(f"X{i}" for i in range(1, 15))
    assert legend == f"(X2 … X13: every variable from X2 to X13 in the order {order})"
    assert "\n" not in str(identify(*textbook.chain(9)).estimand), "nine variables are spelt out"


def test_odd_names_are_quoted() -> None:
    graph = dofx.ADMG([], [("blood pressure", "x'"), ("blood pressure", "2nd"), ("x'", "2nd")])
    query = 'P("2nd" | do("x\'"))'
    estimand = dofx.identify(query, graph).estimand
    assert str(estimand) == (
        'P("2nd" | do("x\'")) = Σ_{"blood pressure"} P("blood pressure") P("2nd" | "x\'", "blood pressure")'
    )


def doubling(kernels: int) -> Estimand:
    """Kernels that each read the one before twice."""
    order = Order("zxy")
    y, x, z, xz, none = (order.of(*names) for names in ("y", "x", "z", "xz", ""))
    chain = []
    for k in range(1, kernels + 1):
        of = Interim(f"Q{k - 1}") if k > 1 else OBSERVED
        joint = Product((Conditional(z, none, of), Conditional(x, z, of), Conditional(y, xz, of)))
        chain.append(Kernel(f"Q{k}", z | x | y, none, joint))
    return Estimand(dofx.Query.of("y", "x"), order, tuple(chain), Conditional(y, x, Interim(f"Q{kernels}")))


def test_what_grows_exponentially_is_not_written_out() -> None:
    assert len(doubling(40).text()) < 3000
    assert len(doubling(2).text(expanded=True)) < 1000
    for write in (Estimand.sympy, lambda e: e.text(expanded=True), lambda e: e.latex(expanded=True)):
        with pytest.raises(
            ValueError, match=r"up to [\d,]{30,} probability terms, more than 10,000.*kernels named"
        ):
            write(doubling(40))


@pytest.mark.parametrize(
    ("query", "graph", "text", "latex", "sympy"),
    [
        (
            "P(y[x] | x = 1)",
            "z -> x -> y; z -> y",
            "P(y[x] | x = 1) = Σ_z P(z | x = 1) P(y | z, x)",
            r"P(y_{x} \mid x = 1) = \sum_{z} P(z \mid x = 1) \, P(y \mid z, x)",
            "Sum(P(y | z, x)*P(z | x = 1), (z, 1, |z|))",
        ),
        (
            "P(y[x] | x = 1, m = 0)",
            "z -> x -> y; z -> {y, m}",
            "Q₁(m, y, x′ ‖ x) = Σ_z P(z, m) P(y | z, x) P(x′ | z)\n"
            "P(y[x] | x = 1, m = 0) = Q₁(y | m = 0, x, x′ = 1)",
            "\\begin{aligned}\n"
            r"Q_{1}(m, y, x' \parallel x) &= \sum_{z} P(z, m) \, P(y \mid z, x) \, P(x' \mid z) \\" + "\n"
            r"P(y_{x} \mid x = 1, m = 0) &= Q_{1}(y \mid m = 0, x, x' = 1)" + "\n\\end{aligned}",
            "Sum(P(x = 1 | z)*P(y | z, x)*P(z, m = 0), (z, 1, |z|))"
            "/Sum(P(x = 1 | z)*P(z, m = 0), (z, 1, |z|))",
        ),
    ],
)
def test_what_is_set_and_what_is_known_of_one_variable_have_two_names(
    query: str, graph: str, text: str, latex: str, sympy: str
) -> None:
    estimand = dofx.identify(query, graph).estimand
    assert estimand is not None
    read = Estimand.from_json(json.loads(json.dumps(estimand.to_json())))
    for each in (estimand, read):
        assert (each.text(), each.latex(), str(each.sympy())) == (text, latex, sympy)
    seen = np.random.default_rng(0).dirichlet(np.ones(24)).reshape(2, 2, 2, 3)
    zx, zm = seen.sum((2, 3)), seen.sum((1, 3))
    stratum = zx[:, 1] * zm[:, 0] / zm.sum(1) if "m = 0" in query else zx[:, 1]
    expected = np.einsum("z,zxy->xy", stratum / stratum.sum(), seen.sum(2) / zx[..., None])
    found = estimand.evaluate(dofx.Table("zxmy", seen)).array(["x", "y[x]"])
    assert np.abs(found - expected).max() < 1e-12
