"""Takes the pictures of the studio that the documentation shows: docs/images/studio*.png.

    python src/site/pictures.py          # half a minute

The page must be built (`make studio`), and Playwright, Pillow and a Chromium be installed, as for `make studio-test`.
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import sync_playwright

from dofx.desk.page import page_with
from dofx.desk.serve import Server

IMAGES = Path(__file__).parents[2] / "docs" / "images"
NAPKIN = "graph {\n  w -> z -> x -> y\n  w <-> {x, y}\n}\n\nquery effect = P(y | do(x))\n"
SMOKING = """graph {
  smoking -> tar -> cancer
  smoking <-> cancer
}

query risk = P(cancer | do(smoking))
effect ate = ate(cancer, smoking, true, false)
"""
CARRIED = """graph {
  age -> {dose, pain}
  dose -> pain
  dose <-> pain
}

data survey measures age
data lab sets dose differs at age, pain

query q = P(pain | do(dose))
"""


def rows_of_smoking(path: Path, n: int = 4000) -> Path:
    """Rows of people whom an unobserved gene makes smoke and ill."""
    rng = np.random.default_rng(0)
    gene = rng.random(n) < 0.4
    smoking = rng.random(n) < 0.2 + 0.5 * gene
    tar = rng.random(n) < 0.1 + 0.75 * smoking
    cancer = rng.random(n) < 0.05 + 0.25 * tar + 0.3 * gene
    table = np.stack([smoking, tar, cancer], axis=1).astype(int)
    words = "\n".join(",".join(("false", "true")[each] for each in row) for row in table)
    path.write_text(f"smoking,tar,cancer\n{words}\n", encoding="utf-8")
    return path


def napkin(page: Any) -> None:
    """The estimand is there already."""
    page.wait_for_selector("#panel .formula")


def refusal(page: Any) -> None:
    """What would help, as buttons."""
    page.wait_for_selector(".help")


def answers(page: Any) -> None:
    """Rows are fitted, and one answer is kept to compare another one with it."""
    page.click("#tab-data")
    with tempfile.TemporaryDirectory() as folder:
        page.set_input_files(".place input", rows_of_smoking(Path(folder) / "smoking.csv"))
        page.wait_for_selector(".place.there")
        page.click("#fit-rows")
        page.wait_for_selector("#at .bars")
    page.click(".control [role=radio]:has-text('true')")
    page.wait_for_selector(".control [role=radio]:has-text('true')[aria-checked=true]")
    page.click("#at button:has-text('Keep to compare')")
    before = page.inner_text("#at .how-much >> nth=0")
    page.click(".control [role=radio]:has-text('false')")
    page.wait_for_function("text => document.querySelector('#at .how-much').textContent !== text", arg=before)


PICTURES: dict[str, tuple[str, Callable[[Any], None]]] = {
    "studio.png": (NAPKIN, napkin),
    "studio-data.png": (SMOKING, answers),
    "studio-no.png": (CARRIED, refusal),
}
"""Each picture with the program on the page, and what is done before it is taken."""


def taken(page: Any, address: str, act: Callable[[Any], None]) -> bytes:
    """A picture of the page at rest, in the few colours that it has."""
    page.goto("about:blank")
    page.goto(address)
    page.wait_for_selector("body[data-turn]")
    page.click(".cm-content")
    page.keyboard.press("Control+End")
    page.keyboard.press("#")  # a keystroke, so that the time that is shown is a keystroke's
    page.wait_for_function("() => document.body.dataset.turn > 1")
    page.keyboard.press("Backspace")
    page.wait_for_function("() => document.body.dataset.turn > 2")
    act(page)
    page.mouse.move(2, 2)
    page.evaluate("() => document.activeElement.blur()")
    page.wait_for_function("() => document.body.dataset.placing === '0'")
    page.wait_for_function("() => !document.getAnimations().some(each => each.playState === 'running')")
    drawn = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    packed = io.BytesIO()
    drawn.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        packed, "PNG", optimize=True
    )
    return packed.getvalue()


def main() -> None:
    """Take each picture, and say how large it is."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        for name, (text, act) in PICTURES.items():
            with Server(page_with("dofx-desk")) as server:
                page = browser.new_page(viewport={"width": 1440, "height": 768}, color_scheme="light")
                page.set_default_timeout(300_000)
                picture = taken(page, server.address(text), act)
                page.close()
            (IMAGES / name).write_bytes(picture)
            print(f"{name}: {len(picture) / 1000:.0f} kB")
        browser.close()


if __name__ == "__main__":
    main()
