"""The text of a sampling network: readable, stable, and read back to the same network."""

from collections.abc import Callable

import pytest

from dofx.compiler.model.query import Query
from dofx.compiler.network.ir import DataSet, Draw, SamplingNetwork, Simulated, Stage
from dofx.compiler.network.lower import lower
from dofx.compiler.printers.network.text import parse_network
from models.graphs import random_cases
from oracles import textbook
from posed.judge import identify, network, recipe


@pytest.mark.parametrize("name", textbook.NAMES)
def test_textbook(name: str, golden: Callable[[str, str], None]) -> None:
    """After every pass."""
    golden(f"networks/{name}.txt", str(network(*textbook.case(name))))


def test_there_and_back() -> None:
    """As lowered, and after every pass."""
    staged = 0
    for graph, query, _ in random_cases([81], 600, sizes=(4, 5, 6, 7)):
        answer = identify(graph, query)
        if answer:
            for made in (lower(answer.estimand), network(graph, query)):
                assert parse_network(str(made)) == made, recipe(graph, query)
                staged += len(made.stages) > 1
    assert staged > 3


def test_odd_names_sources_and_ids() -> None:
    odd = SamplingNetwork(
        Query.of(("do", "blood pressure"), ("do(x)", "x'"), ('a"b\\\n', "‖")),
        (
            Stage("interim", (), (), ()),
            Stage(
                "Q 1",
                (("a b", "a b"),),
                (
                    Draw.of("x''", "x'", (("a b", "a b"),), DataSet("Q 1")),
                    Draw.of("z", "z", (), DataSet("data")),
                ),
                (("x'", "x''"),),
            ),
            Stage("data", (), (), (("x'", "x'4"),)),
            Stage(
                "last",
                (("do(x)", "do(x)"), ("~", "~")),
                (
                    Draw.of("do", "do", (("~", "~"),), Simulated("Q 1")),
                    Draw.of("é\u2028", "=", (("x'", "do(x)"), ("y", "y")), DataSet("data")),
                    Draw.of("z", "z", (), Simulated("data")),
                    Draw.of("trial", "trial", (), DataSet("trial 2")),
                ),
                (("do", "do"), ("blood pressure", "~")),
            ),
        ),
    )
    assert parse_network(str(odd)) == odd


@pytest.mark.parametrize("name", ["‖", ")", "(", "|", ",", "~", "=", "do", "in", ""])
def test_names_that_are_marks(name: str) -> None:
    stage = Stage("answer", (("x", "x"),), (Draw.of(name, name, (("x", "x"),)),), ((name, name),))
    marked = SamplingNetwork(Query.of((name,), ("x",)), (stage,))
    assert parse_network(str(marked)) == marked


def test_a_data_set_of_a_trial_prints_its_tag() -> None:
    draws = (Draw.of("m", "m", (("x", "x"),), DataSet("trial")), Draw.of("y", "y", (("m", "m"),)))
    text = str(
        SamplingNetwork(Query.of(("y",), ("x",)), (Stage("answer", (("x", "x"),), draws, (("y", "y"),)),))
    )
    assert text.splitlines()[2:] == ["  m ~ trial(m | x)", "  y ~ P(y | m)"]


def test_layout_means_nothing() -> None:
    text = str(network(*textbook.case("napkin")))
    loose = "\n\n" + text.replace("\n  ", "\n").replace(", ", " ,\t").replace("‖", "||") + "\n \n"
    assert parse_network(loose) == parse_network(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: network was expected, not the end"),
        ("network Q(y)", "line 1: P was expected, not Q"),
        ("network P(y", "line 1: ) was expected, not the end"),
        ("network P(y | do(x)", "line 1: ) was expected, not the end"),
        ("network P(y) z", "line 1: the end was expected, not z"),
        ("network P(y)", "line 1: the answer is missing"),
        ("network P(y)\ny ~ P(y)", "line 2: a draw before the first stage"),
        ("network P(y)\ninterim Q(y)", "line 2: the answer is missing"),
        ("network P(y)\nanswer", "line 2: a name was expected, not the end"),
        ("network P(y)\nanswer (y)\ninterim Q(y)", "line 3: a stage after the answer"),
        ("network P(y)\nanswer (y)\n  y P(y)", "line 3: interim or answer was expected, not y"),
        ("network P(y)\n\nanswer (y)\n  y ~ P(y | )", "line 4: a name was expected, not )"),
        ("network P(y)\nanswer (y)\n  y ~ P(y) $", "line 3: '$' cannot be read"),
        ('network P(y)\nanswer (y)\n  y ~ P("y)', "line 3: '\"y)' cannot be read"),
    ],
)
def test_faults_name_their_line(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=r"line \d") as error:
        parse_network(text)
    assert str(error.value) == fault
