"""The studio as a notebook's widget: its page in a frame of a headless Chromium, answered by this Python."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import dofx
from dofx.notebook import Studio
from faces.studio_person import NAPKIN, PATIENCE, until

pytest.importorskip("anywidget", reason="the studio's widget needs the extra `notebook`")

from dofx.desk.widget import FRAME, START

ROWS = {"x": [0, 1, 1, 0] * 50, "m": [0, 1, 0, 0] * 50, "y": [0, 1, 1, 0] * 49 + [1, 0, 0, 1]}
HARNESS = """
async (esm) => {
  const { default: widget } = await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })));
  const heard = [];
  const model = {
    get: () => 640,
    on: (name, act) => heard.push(act),
    off: () => {},
    send: async (message) => (await window.python(message)).forEach((answer) => heard.forEach((act) => act(answer))),
  };
  const el = document.createElement("div");
  document.body.append(el);
  widget.render({ model, el });
}
"""


class Shown:
    """A widget in the page of a stand-in for a notebook."""

    def __init__(self, browser: Any, address: str, studio: Studio) -> None:
        self.studio, self.page = studio, browser.new_page()
        self.page.set_default_timeout(PATIENCE)
        self.requests: list[str] = []
        self.page.goto(f"{address}icon.svg".replace("icon.svg", "studio.js.LEGAL.txt"))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.expose_function("python", self._hear)
        self.page.evaluate(HARNESS, FRAME)
        self.frame = self.page.frame_locator("iframe")
        self.frame.locator("body[data-turn]").wait_for()

    def _hear(self, message: dict[str, Any]) -> list[dict[str, Any]]:
        sent: list[dict[str, Any]] = []
        self.studio._widget.send = sent.append
        self.studio._hear(None, message, [])
        return sent


@pytest.fixture
def shown(browser: Any, address: str) -> Iterator[Any]:
    made: list[Shown] = []

    def show(*about: Any) -> Shown:
        made.append(Shown(browser, address, Studio(*about)))
        return made[-1]

    yield show
    for each in made:
        each.page.close()
        each.studio.close()


def test_what_is_drawn_is_there_in_python(shown: Any) -> None:
    view = shown(START)
    assert "P(y | do(x)) is identifiable" in view.frame.locator("#verdict").inner_text()
    view.frame.locator(".cm-content").click()
    view.page.keyboard.press("Control+a")
    view.page.keyboard.insert_text(NAPKIN)
    view.frame.locator(".formula[aria-label^='Q']").wait_for()
    until(view.page, lambda: view.studio.text == NAPKIN)
    assert view.studio.program == dofx.parse(NAPKIN)
    assert view.requests == [each for each in view.requests if each.startswith(("data:", "blob:", "about:"))]


def test_rows_are_fitted_in_the_notebook(shown: Any) -> None:
    view = shown(dofx.parse(START), ROWS)
    view.frame.locator("#tab-data").click()
    view.frame.locator("#fit-rows").click()
    view.frame.locator("#at .bars").wait_for()
    number = view.frame.locator("#at [data-number]").nth(1).get_attribute("data-number")
    (sampler,) = view.studio.fitted.values()
    wanted = sampler.distribution(do={"x": 1}).array(["y"])
    assert float(number) == pytest.approx(wanted[1], abs=1e-9)
    assert view.frame.locator("#at .bar-of .ends").first.inner_text().startswith("[")


@pytest.mark.parametrize("named", [True, False])
def test_what_is_fitted_already_is_shown(shown: Any, named: bool) -> None:
    program = "graph { x -> m -> y; x <-> y }\nquery risk = P(y | do(x))"
    alone = dofx.compile("P(y | do(x))", "x -> m -> y; x <-> y", variables={"x": "bool"})
    fitted = dofx.compile(dofx.parse(program + "\neffect ate = ate(y, x, 1, 0)")) if named else alone
    assert isinstance(fitted, dofx.Sampler | dofx.CompiledProgram)
    rows = ROWS if named else {**ROWS, "x": [bool(each) for each in ROWS["x"]]}
    view = shown(fitted.fit(rows))
    assert ("effect ate = ate(y, x, 1, 0)" in view.studio.text) == named
    view.frame.locator("#tab-data").click()
    view.frame.locator("#at .bars").wait_for()
    sampler = fitted["risk"] if isinstance(fitted, dofx.CompiledProgram) else fitted
    number = view.frame.locator("#at [data-number]").nth(1).get_attribute("data-number")
    wanted = sampler.distribution(do={"x": 1 if named else True}).array(["y"])
    assert float(number) == pytest.approx(wanted[1], abs=1e-9)
    view.frame.locator(".control [role=radio]").first.click()
    view.page.wait_for_function("() => true")
    assert view.frame.locator(".older").count() == 0


def test_what_the_page_on_the_studio_shows_runs(page_folder: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "studio.md").read_text(encoding="utf-8")
    code = text.partition("```python\n")[2].partition("```")[0]
    scope: dict[str, Any] = {}
    with pytest.raises(dofx.DofxError, match="E0420"):
        exec(code, scope)
    assert scope["studio"].program == dofx.parse(scope["studio"].text)
    scope["studio"].close()


def test_a_cell_shows_a_widget(page_folder: Path) -> None:
    studio = Studio()
    bundle = studio._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in (bundle[0] if isinstance(bundle, tuple) else bundle)
    with pytest.raises(dofx.DofxError, match="E0420"):
        _ = studio.fitted
    with pytest.raises(dofx.DofxError, match="E0502"):
        Studio(3)
    studio.close()
