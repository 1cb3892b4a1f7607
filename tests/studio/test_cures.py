"""What would help is a change of the program: after its edits, the question has an answer."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from dofx.studio.edit import edit
from dofx.studio.look import look
from dofx.studio.proof import proof

BOW = "graph { age -> {x, y}; x -> y; x <-> y }\n"
ASKED = "query q = P(y | do(x))\n"


def cured(text: str, kind: str) -> str:
    """The program after the one remedy of a kind."""
    (remedy,) = [each for each in proof(text, "q")["remedies"] if each["kind"] == kind]
    return done(text, remedy)


def done(text: str, remedy: dict[str, Any]) -> str:
    for action, names in remedy["edits"]:
        text = edit(text, action, names)
    return text


def verdicts(text: str) -> list[str]:
    seen = look(text)
    assert [fault for fault in seen["faults"] if fault["severity"] == "error"] == [], text
    return [each["verdict"] for each in seen["questions"]]


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        (
            BOW + "data lab sets x differs at y, age\n" + ASKED,
            "experiment",
            "data experiment sets x measures y",
        ),
        (BOW + "data survey\n" + ASKED, "experiment", "data survey\ndata experiment sets x measures y\n"),
        (
            BOW + "data lab sets x\n  differs at y  # younger\n\n" + ASKED,
            "equal",
            "data lab sets x  # younger\n\nquery",
        ),
        (
            "graph { z -> {x, y}; x -> y }\ndata lab sets z, y differs at y, z # other people\n"
            "data diary measures x, y weights w\n" + ASKED,
            "column",
            "data diary measures x, y, z weights w\n",
        ),
        (
            "graph { x -> y }\ndata kept keeps by y, x weights w\n" + ASKED,
            "all rows",
            "data kept weights w\n",
        ),
        ("graph { x -> y }\ndata odd measures y, x differs at y, x\n" + ASKED, "survey", "x\ndata survey\n"),
        (
            "graph { s -> {x, y}; x -> y }\nquery q = P(y | do(x)) avoiding {s} # so far\n",
            "allow",
            "P(y | do(x)) # so far",
        ),
        (
            "graph { s -> {x, y}; x -> y }\nquery q = P(y | do(x)) using {x}\n",
            "allow",
            "using {x, s}",
        ),
        ("graph { x -> y; x <-> y; y -> missing(y) }\nquery q = P(y)\n", "rule out", "x <-> y; missing(y) }"),
    ],
)
def test_a_remedy_is_an_edit(text: str, kind: str, line: str) -> None:
    assert "identified" not in verdicts(text)
    after = cured(text, kind)
    assert line in after
    assert set(verdicts(after)) == {"identified"}


def test_another_question_is_asked_where_a_cycle_stands_in_the_way() -> None:
    text = "graph { season -> price -> demand -> price; feedback {price, demand} }\nquery q = P(demand | do(price))\n"
    after = cured(text, "ask")
    assert after.endswith("query effect_of_season = P(demand | do(season))\n")
    assert verdicts(after) == ["refused", "identified"]
    assert verdicts(cured(text, "randomise")) == ["identified"]


def test_what_cannot_be_edited_is_only_said() -> None:
    latent = "graph { latent u; u -> {x, y}; x -> y }\ndata lab sets x differs at u\n" + ASKED
    (equal,) = [each for each in proof(latent, "q")["remedies"] if each["kind"] == "equal"]
    assert equal["edits"] is None


def test_every_edit_of_random_programs_helps() -> None:
    """Forty graphs of four variables, with and without data sets: each remedy is taken, and the answer is there."""
    rng = random.Random(2)
    helped = set[str]()
    for _ in range(40):
        text = program(rng)
        for remedy in proof(text, "q")["remedies"]:
            if remedy["edits"] is not None:
                helped.add(remedy["kind"])
                assert verdicts(done(text, remedy))[0] == "identified", (text, remedy)
    assert helped >= {"randomise", "measure", "equal", "column", "all rows", "experiment", "survey"}


def program(rng: random.Random) -> str:
    names = ["x", "m", "y", "z"]
    rng.shuffle(names)
    pairs = list(itertools.combinations(names, 2))
    items = [f"{a} -> {b}" for a, b in pairs if rng.random() < 0.5]
    items += [f"{a} <-> {b}" for a, b in pairs if rng.random() < 0.35]
    if rng.random() < 0.4:
        items.append(f"latent u; u -> {{{', '.join(rng.choice(pairs))}}}")
    some = lambda: ", ".join(rng.sample(names, rng.randint(1, 3)))  # noqa: E731
    words = ("sets {}", "measures {}", "differs at {}", "keeps by {}")
    lines = [
        " ".join([f"data d{number}", *(each.format(some()) for each in words if rng.random() < 0.4)])
        for number in range(rng.randint(0, 2))
    ]
    return "\n".join([f"graph {{ {'; '.join([*names, *items])} }}", *lines, ASKED])
