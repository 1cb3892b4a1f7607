"""Edits of the graph, against a model of it: two sets of edges and a set of latent names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dofx.grammar.checks.program import check
from dofx.grammar.parse import parse
from dofx.studio.edit import ACTIONS, edit
from dofx.studio.look import graph_json

GALLERY = sorted((Path(__file__).parents[2] / "src" / "studio" / "gallery").glob("*.cq"))
ROLES = ("exposure", "outcome")


def model(text: str) -> dict[str, Any]:
    graph = graph_json(parse(text))
    return {
        "nodes": set(graph["nodes"]),
        "latent": set(graph["latent"]),
        "directed": {tuple(pair) for pair in graph["directed"]},
        "bidirected": {frozenset(pair) for pair in graph["bidirected"]},
        **{role: set(graph["roles"][role]) for role in ROLES},
    }


def expected(before: dict[str, Any], action: str, names: list[str]) -> dict[str, Any]:
    after = {key: set(value) for key, value in before.items()}
    match action, names:
        case "add", [a]:
            after["nodes"].add(a)
        case "connect", [a, b]:
            after["directed"].add((a, b))
        case "disconnect", [a, b]:
            after["directed"].discard((a, b))
        case "confound", [a, b]:
            after["bidirected"].add(frozenset((a, b)))
        case "unconfound", [a, b]:
            after["bidirected"].discard(frozenset((a, b)))
        case "remove", [a]:
            for key in ("nodes", "latent", *ROLES):
                after[key].discard(a)
            after["directed"] = {pair for pair in after["directed"] if a not in pair}
            after["bidirected"] = {pair for pair in after["bidirected"] if a not in pair}
        case "randomise", [a]:
            after["directed"] = {pair for pair in after["directed"] if pair[1] != a}
            after["bidirected"] = {pair for pair in after["bidirected"] if a not in pair}
        case "hide", [a]:
            after["latent"].add(a)
        case "observe", [a]:
            after["latent"].discard(a)
        case "give_role", [role, a]:
            after[role].add(a)
        case "take_role", [role, a]:
            after[role].discard(a)
    return after


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, list[str]]:
    a, b = draw(st.permutations(["x", "y", "z", "u"]))[:2]
    one = draw(st.sampled_from(["remove", "randomise", "hide", "observe"]))
    two = draw(st.sampled_from(["connect", "disconnect", "confound", "unconfound"]))
    role = draw(st.sampled_from(["give_role", "take_role"]))
    return draw(st.sampled_from([(one, [a]), (two, [a, b]), (role, [draw(st.sampled_from(ROLES)), a])]))


STARTS = (
    "",
    "graph {}",
    "graph { x -> y -> z; u <-> {x, y}; latent u }  # a chain",
    "# a chain\ngraph {\n  x -> {y, z} <- u  # sets\n\n  latent u\n  exposure x; outcome y, z\n}\n\nquery q = P(y)\n",
    "graph { {x, u} -> y }\ngraph {\n  y -> z\n  z <-> x }",
    "dag { x [exposure] u [latent] u -> {x y}  z }",
)


@given(st.sampled_from(STARTS), st.lists(edits(), max_size=6))
def test_the_graph_is_what_was_done_to_it(text: str, done: list[tuple[str, list[str]]]) -> None:
    text = edit(text, "add", ["x"])
    for name in "yzu":
        text = edit(text, "add", [name])
    for action, names in done:
        before = model(text)
        known = [name for name in names if name not in ROLES]
        if not before["nodes"].issuperset(known):
            continue
        text = edit(text, action, names)
        assert model(text) == expected(before, action, names), text


@pytest.mark.parametrize("file", GALLERY, ids=lambda file: file.stem)
def test_comments_and_questions_stay(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    name = graph_json(parse(text))["nodes"][0]
    for action in ("randomise", "hide"):
        edited = edit(text, action, [name])
        assert edited.startswith(text.split("\n", 1)[0])
        assert edited.endswith(text[text.index("query") :])


def test_a_name_changes_wherever_it_stands() -> None:
    text = "graph { x -> y; latent u }\nvariables { x : bool }\nquery x = P(y | do(x = true), x)  # of x\n"
    assert edit(text, "rename", ["x", "the dose"]) == (
        'graph { "the dose" -> y; latent u }\nvariables { "the dose" : bool }\n'
        'query x = P(y | do("the dose" = true), "the dose")  # of x\n'
    )
    assert edit(text, "rename", ["x", "y"]) == text


def test_renaming_leaves_policies_and_values_what_they_are() -> None:
    text = "graph { x -> y; z -> x }  query q = P(y[x ~ x(z, x)] | z = 'x')  query r = P(y | do(x = z, y = z[x]))"
    assert edit(text, "rename", ["x", "the dose"]) == (
        'graph { "the dose" -> y; z -> "the dose" }  query q = P(y["the dose" ~ x(z, "the dose")] | z = \'x\')'
        '  query r = P(y | do("the dose" = z, y = z["the dose"]))'
    )
    assert edit(text, "rename", ["z", "1st"]).endswith('P(y | do(x = ("1st"), y = "1st"[x]))')


def test_a_common_cause_is_named() -> None:
    text = edit("graph {\n  x -> y\n  x <-> y\n}\n", "name_cause", ["y", "x", "severity"])
    assert text == "graph {\n  x -> y\n  severity -> {y, x}\n}\n"


def test_a_question_is_added_under_a_name_that_is_free() -> None:
    text = edit("graph { x -> y }", "ask", ["y", "x"])
    text = edit(text, "ask", ["y", "x"])
    program = parse(text)
    assert not check(program)
    assert [query.name.text for query in program.queries] == ["effect_of_x", "effect_of_x_2"]


def test_every_action_has_words() -> None:
    assert all(action.__doc__ for action in ACTIONS.values())
