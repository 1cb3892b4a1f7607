"""The graph is drawn, by mouse, keyboard and finger, in a headless Chromium."""

from __future__ import annotations

from typing import Any

from faces.studio_person import PATIENCE, Person, the_napkin


def test_the_napkin_is_drawn_with_the_mouse(person: Person) -> None:
    person.write("")
    assert person.verdict() == "? An empty page"
    box = person.page.locator("#canvas").bounding_box()
    person.tool("node")
    for name, across, down in (("x", 0.7, 0.5), ("y", 0.85, 0.7), ("z", 0.45, 0.4), ("w", 0.2, 0.6)):
        x, y = box["x"] + across * box["width"], box["y"] + down * box["height"]
        person.after(lambda x=x, y=y: person.page.mouse.click(x, y))
        assert abs(person.at(name)[0] - x) < 12
    for tool, pairs in (("arrow", ("wz", "zx", "xy")), ("arc", ("wx", "wy"))):
        person.tool(tool)
        for a, b in pairs:
            person.after(lambda a=a, b=b: person.drag(person.at(a), person.at(b)))
    person.page.select_option("select[aria-label='What does']", "x")
    person.page.select_option("select[aria-label='do to']", "y")
    person.after(lambda: person.page.click(".asker button"))
    the_napkin(person)


def test_the_napkin_is_drawn_with_the_keyboard_alone(person: Person) -> None:
    person.write("")
    page = person.page
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")  # out of the text is Escape, then Tab
    page.focus("#canvas")
    for name in "wzxy":
        page.keyboard.press("n")
        page.keyboard.type(name)
        person.after(lambda: page.keyboard.press("Enter"))
    walk = {name: i for i, name in enumerate("wzxy")}
    here = walk["y"]
    for kind, pairs in (("a", ("wz", "zx", "xy")), ("c", ("wx", "wy"))):
        for a, b in pairs:
            for target, key in ((a, kind), (b, "Enter")):
                steps = walk[target] - here
                for _ in range(abs(steps)):
                    page.keyboard.press("]" if steps > 0 else "[")
                here = walk[target]
                if key == "Enter":
                    person.after(lambda: page.keyboard.press("Enter"))
                else:
                    page.keyboard.press(key)
    for name, key in (("x", "e"), ("y", "o")):
        for _ in range(abs(walk[name] - here)):
            page.keyboard.press("]" if walk[name] > here else "[")
        here = walk[name]
        person.after(lambda key=key: page.keyboard.press(key))
    the_napkin(person)
    assert "x, exposure, causes y, is caused by z, shares an unobserved cause with w" in page.inner_text(
        "#canvas-words"
    )


def test_what_was_drawn_is_undone(person: Person) -> None:
    person.write("graph {\n  x -> y\n}\n\nquery q = P(y | do(x))\n")
    before, page = person.text(), person.page
    person.tool("arc")
    person.after(lambda: person.drag(person.at("x"), person.at("y")))
    assert person.verdict() == "✗ P(y | do(x)) is not identifiable"
    person.after(lambda: page.click("#undo"))
    assert (person.text(), person.verdict()) == (before, "✓ P(y | do(x)) is identifiable")
    person.after(lambda: page.click("#redo"))
    assert person.graph()["bidirected"] == {frozenset("xy")}
    person.tool("move")
    person.rest()
    x, y = person.at("x")
    person.drag((x, y), (x - 90, y - 120))
    moved = person.at("x")
    assert abs(moved[1] - (y - 120)) < 15
    page.focus("#canvas")
    page.keyboard.press("Control+z")
    person.until(lambda: abs(person.at("x")[1] - y) < 2)
    page.keyboard.press("Control+Shift+z")
    person.until(lambda: person.at("x") == moved)


def test_edges_and_variables_go_and_change(person: Person) -> None:
    person.write("graph {\n  a -> b -> c\n}\n\nquery q = P(c | do(b))\n")
    page = person.page
    page.mouse.click(*person.at("b"))
    assert page.inner_text("#chosen strong") == "b"
    person.after(lambda: page.click("#chosen button:has-text('Latent')"))
    assert "latent b" in person.text()
    person.after(lambda: page.click("#chosen button:has-text('Latent')"))
    page.mouse.dblclick(*person.at("b"))
    page.keyboard.type("dose")
    person.after(lambda: page.keyboard.press("Enter"))
    assert person.text() == "graph {\n  a -> dose -> c\n}\n\nquery q = P(c | do(dose))\n"
    person.rest()
    (ax, ay), (bx, by) = person.at("a"), person.at("dose")
    page.mouse.click((ax + bx) / 2, (ay + by) / 2)
    person.after(lambda: page.click("#chosen button:has-text('Turn')"))
    assert person.graph()["directed"] == {("dose", "a"), ("dose", "c")}
    page.mouse.click(*person.at("a"))
    page.focus("#canvas")
    person.after(lambda: page.keyboard.press("Delete"))
    assert person.graph()["nodes"] == {"dose", "c"}


def test_names_of_all_kinds(person: Person) -> None:
    """A name that is taken is told, and a long one is cut short on the canvas alone."""
    person.write("graph {\n  a -> b\n}\n")
    page = person.page
    page.mouse.dblclick(*person.at("b"))
    page.keyboard.type("a")
    page.keyboard.press("Enter")
    person.until(lambda: page.inner_text("#notice") == "There is a variable a already.")
    long = "pressure_in_the_morning_" + 8 * "at_rest_"
    page.mouse.dblclick(*person.at("b"))
    page.keyboard.type(f"{long} 2")
    person.after(lambda: page.keyboard.press("Enter"))
    assert person.text() == f'graph {{\n  a -> "{long} 2"\n}}\n'
    node = "name => document.getElementById('canvas')._cyreg.cy.getElementById(name)"
    assert (
        page.evaluate(f"name => ({node})(name).data('label')", f"{long} 2") == "pressure_in_the_mo…t_rest_ 2"
    )
    assert page.evaluate(f"name => ({node})(name).width()", f"{long} 2") < 300


def test_a_finger_draws(browser: Any, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    page.wait_for_selector("body[data-turn]")
    person = Person(page)
    person.write("graph { x -> y }")
    page.evaluate("scrollTo(0, 0)")
    page.tap('button[data-tool="node"]')
    box = page.locator("#canvas").bounding_box()
    person.after(lambda: page.touchscreen.tap(box["x"] + 60, box["y"] + 60))
    assert person.graph()["nodes"] == {"x", "y", "z"}
    page.tap('button[data-tool="arc"]')
    page.touchscreen.tap(*person.at("z"))
    person.after(lambda: page.touchscreen.tap(*person.at("x")))
    assert person.graph()["bidirected"] == {frozenset("zx")}
    context.close()
