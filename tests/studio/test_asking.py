"""Questions are asked and mended, their hints followed, their proofs stepped through, in a headless Chromium."""

from __future__ import annotations

import json
import os

from dofx.studio.look import look
from faces.studio_cases import ASK, programs
from faces.studio_person import NAPKIN, Person

REQUIRED = os.environ.get("DOFX_STUDIO_TESTS") == "required"


def test_a_query_is_broken_and_mended(person: Person) -> None:
    person.write("graph { smoking -> tar }\nquery q = P(tar | do(smoking))")
    page = person.page
    page.keyboard.press("Control+End")
    person.after(lambda: page.keyboard.press("Backspace"))
    assert person.verdict() == "! No answer while the program has a fault"
    assert "E0102" in page.inner_text("#faults")
    assert page.is_visible("#stale")
    assert page.locator(".cm-lintRange-error").count() == 1
    person.after(lambda: page.keyboard.type(")"))
    person.press("ArrowLeft ArrowLeft")
    person.after(lambda: page.keyboard.type("k"))
    assert "E0301" in page.inner_text("#faults")
    assert "did you mean `smoking`?" in page.inner_text("#faults")
    assert page.is_hidden("#stale")
    person.after(lambda: page.keyboard.press("Backspace"))
    assert person.verdict() == "✓ P(tar | do(smoking)) is identifiable"
    assert page.is_hidden("#faults")
    person.after(lambda: page.click("#format"))
    assert person.text().startswith("graph {\n  smoking -> tar\n}\n")


def test_hints_are_followed(person: Person) -> None:
    bow = "graph {\n  x -> y\n  x <-> y\n}\n\nquery q = P(y | do(x))\n"
    page = person.page
    for words, graph in (
        ("Measure the common cause of x and y", {("x", "y"), ("c", "x"), ("c", "y")}),
        ("Randomise x", {("x", "y")}),
    ):
        person.write(bow)
        assert person.verdict() == "✗ P(y | do(x)) is not identifiable"
        hedge = (
            "() => document.getElementById('canvas')._cyreg.cy.$('.forest, .hedge').map(each => each.id())"
        )
        assert set(page.evaluate(hedge)) == {"x", "y", "arrow\nx\ny", "arc\nx\ny"}
        person.after(lambda words=words: page.click(f".help:has-text('{words}')"))
        assert person.verdict() == "✓ P(y | do(x)) is identifiable"
        assert person.graph()["directed"] == graph
        assert page.evaluate(hedge) == []


def test_a_hint_about_data_sets_writes_a_line_of_data(person: Person) -> None:
    person.write("graph { x -> y; x <-> y }\ndata survey\nquery q = P(y | do(x))")
    page = person.page
    person.after(lambda: page.click(".help:has-text('Add an experiment on x that measures y')"))
    assert "data survey\ndata experiment sets x measures y\n" in person.text()
    assert person.verdict() == "✓ P(y | do(x)) is identifiable"
    person.after(lambda: page.click("#undo"))
    assert person.verdict().startswith("✗")


def test_refusals_of_every_kind_are_reported(person: Person) -> None:
    page = person.page
    for text, words in (
        (
            "graph { z -> x -> y; x <-> y } query q = P(y | do(x))",
            "z is an instrument for the effect of x on y",
        ),
        ("graph { x -> y; x <-> y } query q = P(y[x = 1] | x = 0)", "x has two values in one district"),
        (
            "graph { x -> y; x <-> y } data trial measures x, y query q = P(y | do(x))",
            "trial: x, y are confounded",
        ),
        ("graph { x -> y } query q = P(y | x[x = 1] = 0)", "The conditions exclude each other"),
    ):
        person.write(text)
        person.until(lambda words=words: words in page.inner_text("#panel"))


def test_worlds_are_marked_on_the_canvas(person: Person) -> None:
    person.write("graph { x -> m -> y; x -> y } query q = P(y[x = 1, m = m[x = 0]])")
    node = "document.getElementById('canvas')._cyreg.cy.getElementById(name)"
    strip = f"name => decodeURIComponent({node}.data('strip') ?? '')"
    assert "x=0 · x=1" in person.page.evaluate(strip, "x")
    assert "m=m[x=0]" in person.page.evaluate(strip, "m")
    assert person.page.evaluate(strip, "y") == ""
    assert "what a world sets it to" in person.page.inner_text("#legend")


def test_the_proof_is_stepped_through(person: Person) -> None:
    person.write(NAPKIN)
    page = person.page
    page.click("#tab-proof")
    page.click("#next-step")
    page.click("#next-step")
    assert page.inner_text(".step[aria-pressed='true'] span").startswith("for Q[{y}], go on in Q[{x, y}]")
    away = "() => document.getElementById('canvas')._cyreg.cy.nodes('.away').map(node => node.id()).sort()"
    assert page.evaluate(away) == ["w", "z"]
    page.focus("#tab-proof")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector(".stage-of .picture img")
    assert page.evaluate(away) == []
    assert "y ~ Q₁(y | x)" in page.inner_text(".stage-of pre")


def test_the_browser_answers_as_the_library_does(person: Person) -> None:
    """About every published program where the page's tests are asked for, else about every eighth."""
    texts = programs()[:: 1 if REQUIRED else 8]
    assert len(texts) > 50
    answers = person.page.evaluate(ASK, [{"do": "look", "text": text} for text in texts])
    for text, answer in zip(texts, answers, strict=True):
        assert answer["value"] == json.loads(json.dumps(look(text))), text


def test_the_first_question_may_be_a_rare_one(person: Person) -> None:
    """Python's rarely used modules arrive after the first answer; a question that needs them at once waits for them."""
    text = "graph { z -> {x, y}; x -> y; z -> missing(z) }  query q = P(y | do(x))"
    (answer,) = person.page.evaluate(ASK, [{"do": "look", "text": text}])
    assert answer["value"] == json.loads(json.dumps(look(text)))
