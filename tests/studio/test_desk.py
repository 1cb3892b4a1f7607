"""The desk behind the studio: rows in, a fit, answers with intervals, a bundle out, and nothing else."""

from __future__ import annotations

import base64
import io
import threading
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dofx
from dofx.desk.desk import Desk
from dofx.desk.work import Cancelled, Work
from dofx.grammar.edge.surface import by_surface, used_on
from dofx.runtime.fitting.progress import FitEvent
from faces.desk import faults, give, value, worked

FRONT_DOOR = """graph { x -> m -> y; x <-> y }
query risk = P(y | do(x))
effect ate = E[y | do(x = true)] - E[y | do(x = false)]
"""
DOSE = """graph { z -> {x, t, y}; x -> y; t -> y }
query level = P(y | do(x))
effect ate = E[y | do(t = true)] - E[y | do(t = false)]
"""


def front_door_rows(n: int = 3000) -> str:
    rng = np.random.default_rng(0)
    u = rng.random(n) < 0.5
    x = rng.random(n) < 0.2 + 0.6 * u
    m = rng.random(n) < 0.1 + 0.7 * x
    y = rng.random(n) < 0.1 + 0.4 * m + 0.4 * u
    rows = zip(x.astype(int), m.astype(int), y.astype(int), strict=True)
    lines = [",".join("true" if each else "false" for each in row) for row in rows]
    return "\n".join(["x,m,y", *lines])


def dose_rows(n: int = 400) -> str:
    rng = np.random.default_rng(1)
    z = rng.normal(size=n)
    x = z + rng.normal(size=n)
    t = rng.random(n) < 1 / (1 + np.exp(-z))
    y = x + t + z + rng.normal(size=n)
    lines = [
        f"{a:.4f},{b:.4f},{'true' if c else 'false'},{d:.4f}" for a, b, c, d in zip(z, x, t, y, strict=True)
    ]
    return "\n".join(["z,x,t,y", *lines])


def test_rows_are_fitted_and_asked(desk: Desk) -> None:
    assert value(give(desk, front_door_rows())) == {"P": {"file": "rows.csv", "columns": ["x", "m", "y"]}}
    value(desk.respond({"do": "fit", "text": FRONT_DOOR}))
    told = worked(desk)
    assert (told["state"], [fit["finished"] for fit in told["fits"]]) == ("done", [True] * 3)
    (query,), (effect,) = told["result"]["queries"], told["result"]["effects"]
    assert query["controls"] == [{"name": "x", "role": "do", "states": [False, True], "value": 1}]

    # the same, by the library
    rows = np.array([line.split(",") for line in front_door_rows().split("\n")[1:]]) == "true"
    compiled = dofx.compile(dofx.parse(FRONT_DOOR))
    assert isinstance(compiled, dofx.CompiledProgram)
    compiled.fit(dict(zip("xmy", rows.T, strict=True)))
    wanted = compiled.answer(dict(zip("xmy", rows.T, strict=True)), intervals="influence")
    ate = wanted["ate"]
    assert ate.interval is not None
    assert effect["value"] == pytest.approx(ate.value, abs=1e-12)
    assert effect["interval"]["low"] == pytest.approx(ate.interval.low, abs=1e-12)
    for state in (0, 1):
        answer = value(desk.respond({"do": "ask", "name": "risk", "at": {"x": state}}))
        (part,) = answer["parts"]
        assert [event["probability"] for event in part["events"]] == pytest.approx(
            compiled["risk"].distribution(do={"x": bool(state)}).array(["y"]).tolist(), abs=1e-12
        )
        assert part["intervals"][1]["low"] < part["events"][1]["probability"] < part["intervals"][1]["high"]


@pytest.mark.parametrize(
    ("file", "called"),
    [
        ("my rows.CSV", "my_rows.csv"),
        ("../../secret.csv", "secret.csv"),
        (".csv", "rows.csv"),
        ("--.csv", "rows.csv"),
        ("c:\\x\\ä.csv.gz", "ä.csv.gz"),
    ],
)
def test_rows_are_kept_under_their_own_name(desk: Desk, file: str, called: str) -> None:
    path, opened = desk.place_for(file)
    opened.close()
    assert (path.name, path.parent.parent) == (called, Path(desk._folder.name))


def test_an_error_names_the_file_that_was_chosen(desk: Desk) -> None:
    encoded = base64.b64encode(b"x,y\n\x00\xff\xfe\n").decode()
    taken = {"do": "take", "name": "P", "file": "survey.csv", "base64_rows": encoded}
    (fault,) = desk.respond(taken)["faults"]
    assert fault["title"].startswith("`survey.csv`")


def test_two_pages_of_one_desk_do_not_take_each_others_answers(desk: Desk) -> None:
    value(give(desk, front_door_rows(200)))
    begun = value(desk.respond({"do": "fit", "text": FRONT_DOOR}))
    assert begun["data"]["P"]["file"] == "rows.csv"
    worked(desk)
    mine = {"do": "ask", "name": "risk", "at": {"x": 1}}
    value(desk.respond(mine | {"text": FRONT_DOOR}))
    other = {"text": FRONT_DOOR.replace("x <-> y", "x -> y")}
    for request in (
        mine,
        {"do": "bundle", "name": "risk"},
        {"do": "intervals"},
        {"do": "policy", "name": "g"},
    ):
        assert faults(desk.respond(request | other)) == ["E0420"]


def test_real_rows_give_a_range_a_histogram_and_intervals_on_request(desk: Desk) -> None:
    give(desk, dose_rows())
    value(desk.respond({"do": "fit", "text": DOSE, "epochs": 1}))
    result = worked(desk)["result"]
    (query,) = result["queries"]
    (control,) = query["controls"]
    assert control["low"] < control["seen"][0] < control["value"] < control["seen"][1] < control["high"]
    (part,) = query["at"]["parts"]
    assert sum(part["histogram"]["shares"]) == pytest.approx(1, abs=0.01)
    assert (result["more"], result["effects"][0]["interval"]) == (True, None)
    far = value(desk.respond({"do": "ask", "name": "level", "at": {"x": 99.0}}))
    assert far["unseen"]
    assert far["parts"][0]["histogram"]["low"] > part["histogram"]["high"]
    for end in (control["low"], control["high"]):
        (moved,) = value(desk.respond({"do": "ask", "name": "level", "at": {"x": end}}))["parts"]
        assert moved["histogram"]["low"] == part["histogram"]["low"]
        assert sum(moved["histogram"]["shares"]) > 0.95
    value(desk.respond({"do": "intervals"}))
    found = worked(desk)["result"]
    assert found["effects"][0]["interval"]["low"] < found["effects"][0]["value"]
    assert not found["more"]


def test_a_fit_is_cancelled_and_the_desk_goes_on(desk: Desk) -> None:
    give(desk, dose_rows())
    value(desk.respond({"do": "fit", "text": DOSE, "epochs": 100_000}))
    ends = time.monotonic() + 300
    while not value(desk.respond({"do": "work"}))["fits"] and time.monotonic() < ends:
        time.sleep(0.01)
    value(desk.respond({"do": "cancel"}))
    assert worked(desk)["state"] == "cancelled"
    assert faults(desk.respond({"do": "ask", "name": "level", "at": {"x": 0.0}})) == ["E0420"]
    give(desk, front_door_rows(200))
    value(desk.respond({"do": "fit", "text": FRONT_DOOR}))
    assert worked(desk)["state"] == "done"


def test_a_task_ends_where_python_dropped_its_exception() -> None:
    """As it drops what is raised in a finaliser."""
    began, dropped = threading.Event(), threading.Event()

    def task(work: Work) -> dict[str, str]:
        try:
            began.set()
            while True:
                time.sleep(0.001)
        except Cancelled:
            dropped.set()
        work.enter("the rest")
        return {}

    work = Work(task, "")
    began.wait()
    work.cancel()
    work.wait()
    assert dropped.is_set()
    assert work.told()["state"] == "cancelled"


def test_a_task_advises_what_fits_where_it_was_begun() -> None:
    """Its thread is not the one in which the page asked."""
    with used_on("page"):
        work = Work(
            lambda _: {"advice": [by_surface("call", "option", "button"), by_surface("call", "option")]}, ""
        )
    work.wait()
    assert work.result == {"advice": ["button", "in Python, call"]}


def test_a_bundle_is_what_the_library_loads(desk: Desk, tmp_path: Path) -> None:
    give(desk, front_door_rows(500))
    value(desk.respond({"do": "fit", "text": FRONT_DOOR}))
    worked(desk)
    packed = value(desk.respond({"do": "bundle", "name": "risk"}))
    assert packed["file"] == "risk.zip"
    zipfile.ZipFile(io.BytesIO(base64.b64decode(packed["base64"]))).extractall(tmp_path / "risk")
    loaded = dofx.load(tmp_path / "risk")
    shown = value(desk.respond({"do": "ask", "name": "risk", "at": {"x": 1}}))["parts"][0]["events"]
    assert loaded.distribution(do={"x": True}).array(["y"]).tolist() == pytest.approx(
        [event["probability"] for event in shown], abs=1e-12
    )


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ({"do": "fit", "text": "graph { x -> "}, "E0102"),
        ({"do": "fit", "text": FRONT_DOOR}, "E0508"),
        ({"do": "fit", "text": "graph { x -> y } data a sets x query q = P(y | do(x))"}, "E0508"),
        ({"do": "ask", "name": "risk", "at": {}}, "E0420"),
        ({"do": "bundle", "name": "risk"}, "E0420"),
        ({"do": "take", "name": "P", "file": "x.pkl", "base64_rows": ""}, "E0502"),
    ],
)
def test_what_is_wrong_is_a_diagnostic(desk: Desk, request_: dict[str, Any], code: str) -> None:
    assert code in faults(desk.respond(request_))


def test_a_program_names_no_file_of_this_machine(desk: Desk, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(front_door_rows(100), encoding="utf-8")
    text = f'graph {{ x -> m -> y }} data P from "{secret}" query q = P(y | do(x))'
    assert faults(desk.respond({"do": "fit", "text": text})) == ["E0508"]
    assert faults(desk.respond({"do": "fit", "text": str(secret.with_suffix(".cq"))}))


def test_requests_that_make_no_sense_are_answered(desk: Desk) -> None:
    assert "broken" in desk.respond({"do": "execute", "code": "1"})
    assert "broken" in desk.respond({"do": "fit", "nonsense": 1})
    give(desk, front_door_rows(200))
    value(desk.respond({"do": "fit", "text": FRONT_DOOR}))
    worked(desk)
    for at in ({}, {"x": None}, {"x": 7}, {"x": "true"}, {"x": float("nan")}):
        assert faults(desk.respond({"do": "ask", "name": "risk", "at": at})) == ["E0423"]
    assert faults(desk.respond({"do": "ask", "name": "other", "at": {}})) == ["E0802"]


def test_a_fault_of_dofx_reaches_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    def task(work: Work) -> dict[str, Any]:
        work.hear(FitEvent("P(y)", 0, 1, 1, 2, -0.5))
        raise RuntimeError("boom")

    work = Work(task, "text")
    work.wait(600)
    told = work.told()
    assert (told["state"], told["faults"][0]["title"]) == ("failed", "RuntimeError: boom")
    assert told["fits"][0]["scores"] == [-0.5]
    assert "boom" in capsys.readouterr().err
    assert not issubclass(Cancelled, Exception)  # so that no task swallows it


def test_of_fits_that_begin_at_once_one_goes_on() -> None:
    desk, together, running = Desk(), threading.Barrier(8), list[Work]()

    def endless(work: Work) -> dict[str, Any]:
        running.append(work)
        while True:
            work.enter("Training")
            time.sleep(0.001)

    def begin() -> None:
        together.wait()
        desk._begin(endless, "")

    threads = [threading.Thread(target=begin) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(0.05)
    assert sum(work.state == "working" for work in running) == 1
    desk.close()
    assert not any(work.state == "working" for work in running)
