"""Compiling queries and programs: what is returned, what is shared, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest

import dofx
from dofx.compiler.driver import NotIdentifiableError
from dofx.compiler.network.ir import Fit, Simulated
from dofx.compiler.network.pool import pool
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.program import CompiledProgram
from dofx.runtime.sampler import Sampler
from dofx.runtime.variables import Finite, Real
from models.worlds import front_door_rows, napkin_rows

FRONT_DOOR = "x -> z -> y; x <-> y"
PROGRAM = """
graph { x -> z -> y; x <-> y }
variables { x, Y : category(2) }
query risk  = P(y | do(x))
query again = P(Y | do(x = 1))
query seen  = P(z | x)
effect ate  = E[y | do(x = 1)] - E[y | do(x = 0)]
effect risk1 = P(y = 1 | do(x = 1))
"""
PART_LOST = """
graph { x -> y; x <-> y; y -> w }
query lost  = P(y | do(x))
query kept  = P(w | do(y))
effect gone = E[w | do(y = 1)] + E[y | do(x = 1)]
effect none = E[y | do(x = 1)]
"""


def codes(error: pytest.ExceptionInfo[DofxError]) -> list[str]:
    return [diagnostic.code for diagnostic in error.value.diagnostics]


def test_a_query_and_its_graph_make_a_sampler() -> None:
    rows, truth = front_door_rows(20_000)
    sampler = dofx.compile("P(y | do(x))", FRONT_DOOR).fit(rows)
    np.testing.assert_allclose(sampler.distribution().array(), truth, atol=0.03)
    assert str(sampler.estimand).startswith("P(y | do(x)) = ")
    assert sampler.trace[0][0] == "lower"


def test_the_passes_may_be_chosen() -> None:
    sampler = dofx.compile("P(y | do(x))", "z -> {x, y}; x -> y", passes=())
    assert [name for name, _ in sampler.trace] == ["lower"]


def test_a_program_of_one_query_makes_a_sampler(tmp_path: Path) -> None:
    text = "graph { X -> Y } variables { x : real } query risk = P(y | do(x = 0.5))"
    (tmp_path / "one.cq").write_text(text)
    for source in (text, dofx.parse(text), tmp_path / "one.cq", str(tmp_path / "one.cq")):
        sampler = dofx.compile(source)
        assert isinstance(sampler, Sampler)
        assert sampler.query.values == {"X": 0.5}
        assert sampler.types == {"X": Real()}


def test_types_that_are_passed_come_before_declared_ones() -> None:
    text = "graph { X -> Y } variables { X : real; Y : bool } query risk = P(Y | do(X))"
    sampler = dofx.compile(text, variables={"x": "category(3)"})
    assert sampler.types == {"X": Finite((0, 1, 2)), "Y": Finite((False, True))}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("P(y | do(x))",), ["E0205"]),
        (("graph { x -> y } query a = P(y)", "x -> y"), ["E0206"]),
        (("E[y | do(x = 1)] - 2",), ["E0205"]),
        ((None,), ["E0205"]),
        ((None, "x -> y"), ["E0309"]),
        (("E[y | do(x = 1)] -", "x -> y"), ["E0101"]),
        (("effect a = E[y | do(x)]", "x -> y"), ["E0308"]),
        (("query a = P(u)", "x -> y"), ["E0301"]),
        ((dofx.parse("graph { x -> y } query a = P(y)"), "x -> y"), ["E0206"]),
        (("query a = P(y)",), ["E0205"]),
        (("graph { x -> y }",), ["E0309"]),
        (("graph { x -> y } query a = P(u | do(y, y))",), ["E0301", "E0305"]),
        (("nowhere.cq",), ["E0501"]),
        (("P(yy | do(x))", "x -> y"), ["E0301"]),
    ],
)
def test_bad_input_is_refused(arguments: tuple[object, ...], expected: list[str]) -> None:
    with pytest.raises(DofxError) as error:
        dofx.compile(*arguments)
    assert codes(error) == expected


def test_types_of_nothing_are_refused() -> None:
    with pytest.raises(DofxError) as error:
        dofx.compile("P(y | do(x))", FRONT_DOOR, variables={"yy": "real", "x": "rael"})
    assert codes(error) == ["E0301", "E0401"]


def test_a_query_that_is_not_identifiable_raises_with_its_hedge() -> None:
    with pytest.raises(NotIdentifiableError) as error:
        dofx.compile("P(y | do(x))", "x -> y; x <-> y")
    assert error.value.identification.hedge is not None


@pytest.fixture(scope="module")
def program() -> CompiledProgram:
    compiled = dofx.compile(PROGRAM)
    assert isinstance(compiled, CompiledProgram)
    return compiled.fit(front_door_rows(5_000)[0])


def test_a_program_holds_its_queries_by_name(program: CompiledProgram) -> None:
    assert list(program) == ["risk", "again", "seen"]
    assert program["again"].query.values == {"x": 1}
    assert program["again"].distribution().names == ("y",)
    assert program.identified
    assert program.fitted
    with pytest.raises(KeyError):
        program["ate"]


def test_equal_queries_are_compiled_once_and_generators_trained_once(program: CompiledProgram) -> None:
    assert len(program.identifications) == 2
    assert program.report is not None
    assert [record.fit for record in program.report] == ["P(x)", "P(z | x)", "P(y | x, z)"]
    seen = program["seen"].modules[Fit.of("z", ("x",))]
    assert program["risk"].modules[Fit.of("z", ("x",))] is seen
    assert program["again"].modules[Fit.of("z", ("x",))] is seen


def test_fitting_together_is_fitting_alone(program: CompiledProgram) -> None:
    rows, _ = front_door_rows(5_000)
    alone = dofx.compile("P(y | do(x))", FRONT_DOOR).fit(rows).distribution().array()
    np.testing.assert_array_equal(program["risk"].distribution().array(), alone)


def test_an_interim_stage_that_two_queries_share_is_one() -> None:
    napkin = "w -> r -> x -> y; x <-> w <-> y"
    networks = [dofx.compile(query, napkin).network for query in ("P(y | do(x))", "P(y | do(x, w))")]
    shared = pool([networks[0], networks[0], *networks[1:]])
    interims = [stage for stage in shared.network.stages if not stage.name.startswith("answer")]
    assert len(interims) == len({stage.draws for stage in interims})
    assert [fit.source for fit in shared.fits[0].values()] == [fit.source for fit in shared.fits[1].values()]
    rows, _ = napkin_rows(2_000)
    text = f"graph {{ {napkin} }} query a = P(y | do(x)) query b = P(y | do(x, w)) query c = P(x, y | do(r))"
    program = dofx.compile(text).fit(rows, exact_refits=False)
    for name, query in (("a", "P(y | do(x))"), ("b", "P(y | do(x, w))"), ("c", "P(x, y | do(r))")):
        alone = dofx.compile(query, napkin).fit(rows, exact_refits=False)
        np.testing.assert_array_equal(program[name].distribution().array(), alone.distribution().array())
        refits = [fit for fit in program[name].modules if isinstance(fit.source, Simulated)]
        assert len(refits) == alone.network.refits


def test_answers_are_those_of_the_samplers(program: CompiledProgram) -> None:
    answers = program.answer()
    risk, again, _ = answers.queries
    table = program["risk"].distribution().array()
    for state, setting in enumerate(risk.settings):
        assert setting.do == {"x": state}
        (chances,) = setting.outcomes.parts
        np.testing.assert_allclose([p for _, p in chances.events], table[state])  # type: ignore[union-attr]
    assert [setting.do for setting in again.settings] == [{}]
    ate, risk1 = answers.effects
    assert ate.value == pytest.approx(table[1, 1] - table[0, 1])
    assert float(risk1) == pytest.approx(table[1, 1])
    assert json.loads(json.dumps(answers.to_json()))["queries"][1]["query"] == "P(y | do(x = 1))"


def test_what_is_not_identifiable_is_an_answer_too() -> None:
    program = dofx.compile(PART_LOST)
    assert isinstance(program, CompiledProgram)
    assert not program.identified
    assert "is not identifiable" in program.explain()
    with pytest.raises(NotIdentifiableError):
        program["lost"]
    with pytest.raises(DofxError) as error:
        program.answer()
    assert codes(error) == ["E0420"]
    rng = np.random.default_rng(0)
    answers = program.fit({name: rng.integers(0, 2, 200) for name in "xyw"}).answer()
    assert not answers.identified
    assert [bool(query.identification) for query in answers.queries] == [False, True]
    assert [len(effect.hedged) for effect in answers.effects] == [1, 1]
    assert [effect.estimate for effect in answers.effects] == [None, None]
    for answer in answers.effects:
        with pytest.raises(NotIdentifiableError):
            float(answer)


def test_a_program_without_an_identifiable_query_needs_no_data() -> None:
    program = dofx.compile("graph { x -> y; x <-> y } effect e = E[y | do(x = 1)]")
    assert isinstance(program, CompiledProgram)
    assert not program.fit({}).answer().identified


WORDS = """
graph { x -> y }
effect mean = E[y | do(x = 1)]
effect state = P(y = "blue" | do(x = 7))
query value = P(y | do(x = 7))
"""


def test_values_are_refused_before_anything_is_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dofx.runtime.sampler.Sampler.fit", lambda *a, **k: pytest.fail("trained"))
    program = dofx.compile(WORDS)
    with pytest.raises(DofxError) as error:
        program.fit({"x": [0, 1] * 50, "y": ["red", "green"] * 50})
    assert codes(error) == ["E0403", "E0427", "E0403"]
    titles = [diagnostic.title for diagnostic in error.value.diagnostics]
    assert "`x` in value" in titles[0]
    assert "no mean" in titles[1]


def test_an_effect_without_a_value_leaves_the_other_answers() -> None:
    text = "graph { x -> y } query seen = P(y) effect bad = 1 / (E[y] - E[y]) effect good = E[y]"
    program = dofx.compile(text)
    assert isinstance(program, CompiledProgram)
    answers = program.fit({"x": [0, 1] * 50, "y": [0, 1] * 50}).answer()
    bad, good = answers.effects
    assert [fault.code for fault in bad.faults] == ["E0428"] == [fault.code for fault in answers.faults]
    assert "no value: the effect divides by zero" in str(answers)
    assert good.value == 0.5
    with pytest.raises(DofxError) as error:
        float(bad)
    assert codes(error) == ["E0428"]
    assert len(answers.queries) == 1


def test_fitting_again_starts_afresh() -> None:
    program = dofx.compile("graph { x -> y } query seen = P(y | x) query all = P(y)")
    assert isinstance(program, CompiledProgram)
    program.fit({"x": [0, 1] * 50, "y": [0, 1] * 50})
    program.fit({"x": ["a", "b"] * 50, "y": ["c", "d"] * 50})
    assert program.types == {"x": Finite(("a", "b")), "y": Finite(("c", "d"))}
    assert program["seen"].types == program.types
