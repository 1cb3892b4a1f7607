"""What a refusal says where there are several data sets, and what declarations are refused."""

import pytest

import dofx
from dofx import DataSet, DofxError
from dofx.compiler.identify.data_sets.supplies import c_factor
from dofx.compiler.identify.factors import Interims
from dofx.compiler.identify.remedy import remedies
from dofx.compiler.identify.verdict import NoSource

GRAPH = "age -> {dose, outcome}; dose -> marker -> outcome; dose <-> outcome"
QUERY = "P(outcome | do(dose))"


def test_each_data_set_has_its_reason() -> None:
    data = [
        DataSet("survey"),
        DataSet("lab", sets=["dose"], differs=["outcome", "dose"]),
        DataSet("clinic", sets=["outcome"]),
        DataSet("diary", measures=["age", "dose"]),
        DataSet("register", keeps=["outcome"]),
    ]
    found = dofx.identify(QUERY, GRAPH.replace("-> marker ->", "->"), data=data)
    assert found.verdict == "not identified"
    assert found.hedge is None
    assert isinstance(found.witness, NoSource)
    assert {name: str(reason) for name, reason in found.witness.reasons.items()} == {
        "survey": "dose, outcome are confounded in it",
        "lab": "it differs at outcome",
        "clinic": "it sets outcome",
        "diary": "it does not measure outcome",
        "register": "the selection of its rows depends on dose, outcome",
    }
    assert list(found.witness.district) == ["outcome"]
    assert not found.witness.complete
    assert "no derivation found" in str(found)
    assert hash(found.witness) == hash(found.witness)


def test_a_complete_theory_says_that_there_is_no_other_way() -> None:
    found = dofx.identify(QUERY, "dose -> outcome; dose <-> outcome", data=[DataSet("survey"), DataSet("s2")])
    assert isinstance(found.witness, NoSource)
    assert found.witness.complete
    assert "is not identifiable" in str(found)
    assert "no other computation" in str(found)


def test_the_nearest_repairs() -> None:
    data = [
        DataSet("lab", sets=["dose"], measures=["outcome"], differs=["age"]),
        DataSet("survey", measures=["dose"]),
    ]
    graph = "age -> outcome; dose -> outcome; dose <-> outcome"
    found = dofx.identify(QUERY, graph, data=data)
    assert [str(remedy) for remedy in remedies(found)] == [
        "obtain lab from a population that does not differ at age",
        "add an experiment on dose that measures outcome",
    ]
    more = dofx.identify(QUERY, graph, data=[DataSet("lab", sets=["dose"], differs=["age"]), data[1]])
    assert "measure age in survey too" in more.explain()


def test_an_experiment_measures_no_more_than_it_has_to() -> None:
    graph = "age -> {dose, outcome}; dose -> outcome; dose <-> outcome"
    for query, columns in ((QUERY, ("outcome",)), ("P(outcome | do(dose), age)", ("age", "outcome"))):
        found = dofx.identify(query, graph, data=[DataSet("survey")])
        (cure,) = [each for each in remedies(found) if each.kind == "experiment"]
        assert cure.variables == ("dose", *columns)
        for measured in (columns, *(set(columns) - {each} for each in columns)):
            trial = DataSet("trial", sets=["dose"], measures=measured)
            again = dofx.identify(query, graph, data=[DataSet("survey"), trial])
            assert bool(again) == (measured == columns)


def test_a_shift_of_what_was_randomised_is_harmless() -> None:
    trial = DataSet("trial", sets=["dose"], differs=["dose"])
    found = dofx.identify(QUERY, GRAPH, data=[trial])
    assert found
    assert "Note: trial sets dose, so that a difference there is harmless." in found.explain()


def test_a_latent_variable_stands_for_what_it_affects() -> None:
    graph = "latent gene; gene -> {dose, outcome}; dose -> marker -> outcome"
    assert dofx.identify(QUERY, graph, data=[DataSet("other", differs=["dose"]), DataSet("P2")])
    other = dofx.identify(QUERY, graph, data=[DataSet("other", sets=["dose"], differs=["gene"])])
    assert isinstance(other.witness, NoSource)
    assert str(other.witness.reasons["other"]) == "it differs at outcome"


def test_limits_take_columns_away() -> None:
    data = [DataSet("survey"), DataSet("trial", sets=["dose"])]
    assert "marker" not in str(dofx.identify(QUERY, GRAPH, data=data, avoid=["marker"]).estimand)
    assert not dofx.identify(
        QUERY, "dose -> outcome; dose <-> outcome; z -> dose", data=[DataSet("e", sets=["z"])], avoid=["z"]
    )


def test_the_plain_data_set_is_the_one_that_is_meant_without() -> None:
    one, other = (
        dofx.identify("P(y | do(x))", "x -> y; x <-> y", data=data) for data in (None, [DataSet("P")])
    )
    assert one == other
    assert one.hedge


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "there is no data set"),
        ([DataSet("a"), DataSet("a")], "two data sets are named `a`"),
        ([DataSet("a", sets=["dos"])], "did you mean `dose`?"),
        ([DataSet("a", keeps=["AGE", "what"])], "unknown variable `what`"),
    ],
)
def test_declarations_that_cannot_be(data: list[DataSet], said: str) -> None:
    with pytest.raises(DofxError, match="error") as error:
        dofx.identify(QUERY, GRAPH, data=data)
    assert said in str(error.value)


def test_a_latent_variable_is_not_measured() -> None:
    with pytest.raises(DofxError) as error:
        dofx.identify("P(y)", "latent u; u -> y", data=[DataSet("a", measures=["u", "y"])])
    assert "`u` is latent, but the data set `a` declares it" in str(error.value)


def test_a_c_factor_for_other_rooms() -> None:
    graph = dofx.ADMG([], [("x", "m"), ("m", "y")], [("x", "y")])
    names = graph.order.mask
    found = c_factor(graph, [DataSet("P2")], names(["m"]), Interims(), [])
    assert not isinstance(found, dict)
    lacking = c_factor(graph, [DataSet("P2", sets=["m"])], names(["m"]), Interims(), [])
    assert isinstance(lacking, dict)
    assert str(lacking["P2"]) == "it sets m"


def test_a_district_is_pieced_together_where_rows_were_selected() -> None:
    """Neither data set has P(a, b): one lacks b, and the other was selected on a."""
    data = [DataSet("census", measures=["a"]), DataSet("clinic", keeps=["a"])]
    found = dofx.identify("P(a, b)", "a -> b; a <-> b", data=data)
    assert str(found.estimand) == "P(a, b) = census(a) clinic(b | a)"
    assert not dofx.identify("P(a, b)", "a -> b; a <-> b", data=data[1:])
    assert not dofx.identify("P(b)", "a -> b; a <-> b", data=[data[0], DataSet("clinic", keeps=["b"])])


def test_what_leads_to_the_selection_is_summed_out() -> None:
    graph = "w1 -> x; w2 -> x -> y; w1 <-> w2; w1 <-> y"
    found = dofx.identify("P(y | do(x))", graph, data=[DataSet("clinic", keeps=["w2"])])
    assert str(found.estimand) == "P(y | do(x)) = Σ_{w2, w1} clinic(w2, w1) clinic(y | x, w2, w1)"
    assert not dofx.identify("P(y | do(x))", graph, data=[DataSet("clinic", keeps=["w1"])])


def test_a_cause_of_the_selection_is_asked_about_too() -> None:
    """Y is selected on by z2, whose own distribution another data set has."""
    data = [DataSet("clinic", keeps=["z2"]), DataSet("census", measures=["z1", "z2"])]
    found = dofx.identify("P(y | do(x))", "x -> y; x -> z1 -> z2; y <-> z2", data=data)
    assert "census(z2 | z1)" in str(found.estimand)
    assert not dofx.identify("P(y | do(x))", "x -> y; x -> z1 -> z2; y <-> z2", data=data[:1])
