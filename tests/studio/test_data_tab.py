"""Rows, a fit and its answers in the page of `dofx studio`, in a headless Chromium."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dofx
from dofx.desk.page import page_with
from dofx.desk.serve import Server, fragment
from faces.studio_person import STILL, Person

SMOKING = """graph {
  smoking -> tar -> cancer
  smoking <-> cancer
}

query risk = P(cancer | do(smoking))
effect ate = E[cancer | do(smoking = true)] - E[cancer | do(smoking = false)]
"""
DOSE = """graph {
  z -> {dose, y}
  dose -> y
}

query level = P(y | do(dose))
"""


def rows_of_smoking(path: Path, n: int = 4000) -> Path:
    rng = np.random.default_rng(0)
    gene = rng.random(n) < 0.4
    smoking = rng.random(n) < 0.2 + 0.5 * gene
    tar = rng.random(n) < 0.1 + 0.75 * smoking
    cancer = rng.random(n) < 0.05 + 0.25 * tar + 0.3 * gene
    table = np.stack([smoking, tar, cancer], axis=1).astype(int)
    words = "\n".join(",".join(("false", "true")[each] for each in row) for row in table)
    path.write_text(f"smoking,tar,cancer\n{words}\n", encoding="utf-8")
    return path


def rows_of_dose(path: Path, n: int = 300) -> Path:
    rng = np.random.default_rng(1)
    z = rng.normal(size=n)
    dose = z + rng.normal(size=n)
    y = 2 * dose + z + rng.normal(size=n)
    lines = (f"{a:.4f},{b:.4f},{c:.4f}" for a, b, c in zip(z, dose, y, strict=True))
    path.write_text("\n".join(["z,dose,y", *lines]), encoding="utf-8")
    return path


@pytest.fixture
def served(page_folder: Path) -> Iterator[Server]:
    pytest.importorskip("starlette", reason="the studio's server needs the extra `studio`")
    pytest.importorskip("uvicorn", reason="the studio's server needs the extra `studio`")
    with Server(page_with("dofx-desk")) as server:
        yield server


@pytest.fixture
def seated(loaded: Any, served: Server) -> Iterator[Any]:
    page = loaded(served.address(SMOKING))
    yield page
    page.close()


def numbers(page: Any) -> list[float]:
    found = page.locator("#at [data-number]").all()
    return [float(each.get_attribute("data-number")) for each in found]


def test_rows_are_chosen_fitted_and_asked(seated: Any, tmp_path: Path, served: Server) -> None:
    page, rows = seated.page, rows_of_smoking(tmp_path / "rows.csv")
    page.click("#tab-data")
    assert page.is_disabled("#fit-rows")
    page.set_input_files(".place input", rows)
    page.wait_for_selector(".place.there")
    assert "rows.csv 3 columns, one for each variable" in " ".join(page.inner_text(".place").split())
    page.click("#fit-rows")
    page.wait_for_selector("#at .bars")

    compiled = dofx.compile(dofx.parse(SMOKING))
    assert isinstance(compiled, dofx.CompiledProgram)
    compiled.fit(str(rows))
    for state in (True, False):
        page.click(f".control [role=radio]:has-text('{str(state).lower()}')")
        wanted = compiled["risk"].distribution(do={"smoking": state}).array(["cancer"]).tolist()
        page.wait_for_function(
            "p => Math.abs(document.querySelectorAll('#at [data-number]')[1]?.dataset.number - p) < 1e-9",
            arg=wanted[1],
        )
        assert numbers(page) == pytest.approx(wanted, abs=1e-9)
        assert page.inner_text("#at .bar-of:nth-child(2) .how-much") == f"{100 * wanted[1]:.1f} %"
        assert page.inner_text("#at .bar-of:nth-child(2) .ends").startswith("[")

    page.click("#questions button:has-text('ate')")
    ate = compiled.answer(str(rows), intervals="influence")["ate"]
    assert ate.interval is not None
    assert float(page.get_attribute("#number", "data-number")) == pytest.approx(ate.value, abs=1e-9)
    assert page.inner_text("#interval") == f"[{ate.interval.low:.3f}, {ate.interval.high:.3f}]"
    here = f"http://{served.host}/{served.token}/"
    assert all(url.startswith((here, "data:", "blob:")) for url in seated.requests), seated.requests


def test_a_slider_moves_a_distribution(seated: Any, tmp_path: Path, axe: str) -> None:
    page, person = seated.page, Person(seated.page)
    person.write(DOSE)
    page.click("#tab-data")
    page.set_input_files(".place input", rows_of_dose(tmp_path / "dose.csv"))
    page.wait_for_selector(".place.there")
    page.click("#fit-rows")
    page.wait_for_selector("#at .histogram")
    middle = numbers(page)[0]
    page.click("button:has-text('Keep to compare')")
    page.focus(".slider input")
    page.keyboard.press("End")
    page.wait_for_function(
        "m => document.querySelector('#at [data-number]').dataset.number - m > 1", arg=middle
    )
    assert page.locator("#at .histogram .before").count() == 1
    page.evaluate(axe)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        page.wait_for_function(STILL)
        found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
        serious = [each for each in found if each["impact"] in ("serious", "critical")]
        assert [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in serious] == []
    page.fill("input[type=number]", "40")
    page.wait_for_selector("#at .warned")
    assert "occur in no row" in page.inner_text("#at .warned")
    person.after(lambda: page.keyboard.press("Escape") or person.write(DOSE.replace("z ->", "z  ->")))
    assert "earlier text" in page.inner_text(".older")


ADVICE = """graph {
  smoking -> tar -> cancer
  smoking -> cancer
}

effect gain = E[cancer | do(tar ~ advice(smoking))] - E[cancer]
"""


def test_a_policy_is_given_in_the_page(seated: Any, tmp_path: Path) -> None:
    page, person = seated.page, Person(seated.page)
    rows = rows_of_smoking(tmp_path / "rows.csv", 1000)
    person.write(ADVICE)
    person.turn_to("data")
    page.set_input_files(".place input", rows)
    page.wait_for_selector(".place.there")
    page.click("#fit-rows")
    page.wait_for_selector(".policy")
    assert page.is_disabled(".policy button >> nth=0")
    compiled = dofx.compile(dofx.parse(ADVICE))
    assert isinstance(compiled, dofx.CompiledProgram)
    compiled.fit(str(rows))

    def shows(chances: list[list[float]]) -> None:
        states = {"smoking": (False, True), "tar": (False, True)}
        table = dofx.Table(("smoking", "tar"), np.array(chances), states)
        wanted = compiled.answer(policies={"advice": table})["gain"].value
        page.wait_for_function(
            "p => Math.abs(document.querySelector('#number')?.dataset.number - p) < 1e-9", arg=wanted
        )

    page.fill(".policy input[aria-label='chance of tar = true at smoking = false']", "0.25")
    page.fill(".policy input[aria-label='chance of tar = true at smoking = true']", "1")
    page.click(".policy button >> nth=0")
    shows([[0.75, 0.25], [0, 1]])
    page.fill(".expression", "not smoking")
    page.keyboard.press("Enter")
    shows([[0, 1], [1, 0]])
    page.fill(".expression", "not smokin")
    page.keyboard.press("Enter")
    page.wait_for_selector(".problem")
    assert "did you mean `smoking`?" in page.inner_text(".problem")


def test_a_fit_is_cancelled(seated: Any, tmp_path: Path, served: Server) -> None:
    page, person = seated.page, Person(seated.page)
    person.write(DOSE)
    page.click("#tab-data")
    page.set_input_files(".place input", rows_of_dose(tmp_path / "dose.csv", 40_000))
    page.wait_for_selector(".place.there")
    page.click("#fit-rows")
    page.click("#cancel-fit")
    page.wait_for_selector("text=Cancelled")
    assert served.desk.respond({"do": "work"})["value"]["state"] == "cancelled"


DROP = """text => {
  const held = new DataTransfer();
  held.items.add(new File([text], "dropped.csv", { type: "text/csv" }));
  const about = { dataTransfer: held, bubbles: true, cancelable: true };
  for (const kind of ["dragover", "drop"])
    document.querySelector(".place").dispatchEvent(new DragEvent(kind, about));
}"""


def test_rows_are_dropped(seated: Any, served: Server) -> None:
    seated.page.click("#tab-data")
    seated.page.evaluate(DROP, "smoking,tar,cancer\ntrue,true,false\n")
    seated.page.wait_for_selector(".place.there")
    assert served.desk.respond({"do": "desk"})["value"]["data"]["P"]["file"] == "dropped.csv"


def test_several_data_sets_of_several_files_are_chosen(seated: Any, tmp_path: Path) -> None:
    page, person = seated.page, Person(seated.page)
    person.write(
        "graph { age -> {dose, y}; dose -> y; dose <-> y }\n"
        "data survey measures age person id\ndata trial sets dose measures age, y differs at age\n"
        "query q = P(y | do(dose))"
    )
    page.click("#tab-data")
    for name, rows in (("ages", "id,age\n1,0\n2,1\n"), ("sexes", "id,sex\n2,0\n1,1\n")):
        (tmp_path / f"{name}.csv").write_text(rows, encoding="utf-8")
    rows = "\n".join(f"{age},{dose},{age & dose}" for age in (0, 1) for dose in (0, 1))
    (tmp_path / "trial.csv").write_text(f"age,dose,y\n{rows}\n", encoding="utf-8")
    page.set_input_files(".place[data-set=survey] input", [tmp_path / "ages.csv", tmp_path / "sexes.csv"])
    page.wait_for_selector(".place.there[data-set=survey]")
    person.until(lambda: "ages.csv, sexes.csv 3 columns, one for each variable" in words(page, "survey"))
    assert page.is_disabled("#fit-rows")
    page.set_input_files(".place[data-set=trial] input", tmp_path / "trial.csv")
    person.until(lambda: "trial.csv 3 columns, one for each variable" in words(page, "trial"))
    page.click("#fit-rows")
    page.wait_for_selector("#at .bars")
    page.click(".control [role=radio]:has-text('1')")
    person.until(lambda: numbers(page) == pytest.approx([0.5, 0.5], abs=1e-6))


def words(page: Any, name: str) -> str:
    return " ".join(page.inner_text(f".place[data-set={name}]").split())


def test_what_is_wrong_with_rows_is_said(seated: Any, tmp_path: Path) -> None:
    page = seated.page
    page.click("#tab-data")
    (tmp_path / "rows.csv").write_text("smoking,tar\ntrue,false\n", encoding="utf-8")
    page.set_input_files(".place input", tmp_path / "rows.csv")
    page.wait_for_selector(".lacking")
    assert "none for cancer" in page.inner_text(".lacking")
    page.click("#fit-rows")
    page.wait_for_selector(".problem")
    assert "E0504" in page.inner_text(".problem")


def test_a_killed_server_loses_nothing_that_was_saved(loaded: Any, page_folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("starlette", reason="the studio's server needs the extra `studio`")
    rows = rows_of_smoking(tmp_path / "rows.csv")
    server = Server(page_with("dofx-desk")).start()
    opened = loaded(server.address(SMOKING))
    page = opened.page
    page.click("#tab-data")
    page.set_input_files(".place input", rows)
    page.wait_for_selector(".place.there")
    page.click("#fit-rows")
    page.wait_for_selector("#at .bars")
    with page.expect_download() as download:
        page.click("button:has-text('Save bundle')")
    shown = numbers(page)
    server.close()
    page.click(".control [role=radio]:has-text('false')")
    page.wait_for_selector("text=Python has stopped")
    assert Person(page).text().startswith("graph {\n  smoking -> tar")
    assert page.inner_text("#verdict").endswith("is identifiable")
    zipfile.ZipFile(io.BytesIO(Path(download.value.path()).read_bytes())).extractall(tmp_path / "bundle")
    kept = dofx.load(tmp_path / "bundle").distribution(do={"smoking": True}).array(["cancer"])
    assert kept.tolist() == pytest.approx(shown, abs=1e-9)
    opened.close("ERR_CONNECTION_REFUSED")


def test_strangers_are_refused(loaded: Any, served: Server, address: str) -> None:
    """A page of another origin that has even learnt the token, and one of the own origin that has not."""
    asking = """url => fetch(url, {method: "POST", body: '{"do": "desk"}'})
      .then(answer => String(answer.status), error => "refused")"""
    stranger = loaded(address)
    assert stranger.page.evaluate(asking, f"http://{served.host}/{served.token}/desk") == "refused"
    stranger.close("Failed to load resource", "CORS", "Content Security Policy")  # the browser reports it
    own = loaded(served.address(SMOKING))
    assert own.page.evaluate(asking, f"http://{served.host}/guessed/desk") == "404"
    assert own.page.evaluate(asking, f"http://{served.host}/{served.token}/desk") == "200"
    own.close("Failed to load resource")


def test_a_page_that_stands_alone_says_what_to_start(shared: Any, person: Person) -> None:
    shared.page.click("#tab-data")
    assert "dofx studio program.cq --data rows.csv" in shared.page.inner_text("#panel")


def test_the_address_opens_a_program(served: Server, loaded: Any) -> None:
    assert fragment(SMOKING) in served.address(SMOKING)
    opened = loaded(served.address(SMOKING))
    assert Person(opened.page).verdict() == "✓ P(cancer | do(smoking)) is identifiable"
    opened.close()
