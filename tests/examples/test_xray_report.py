"""The archive of X-rays and reports: its truth, what it is drawn from, who judges, and that it runs without data."""

from __future__ import annotations

import doctest
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest
import radiology
import torch
import ward
import xray_report
from radiology import Films
from ward import Rows, Ward
from xray_judge import Judge, nearest, quoted, wording

import dofx

torch.set_num_threads(1)
FILMS, REPORTS = radiology.stand_in()
REPORT = """<eCitation><MedlineCitation><AbstractText Label="INDICATION">Pneumonia in the past.</AbstractText>
<AbstractText Label="FINDINGS">{findings}</AbstractText></MedlineCitation>
<MeSH>{headings}</MeSH></eCitation>"""


def test_examples() -> None:
    assert doctest.testmod(radiology).failed == 0


def test_the_truth_is_the_answer_of_the_estimand_and_seeing_misses_it() -> None:
    """By the formula on the joint of f, what r states, and what x shows with its view."""
    joint = np.einsum("w,wf,fs,wv->fsv", ward.WARDS, ward.FINDING, ward.STATED, ward.VIEW)
    table = np.zeros((2, 2, 4))
    for shown in range(2):
        table[:, shown, 2 * shown : 2 * shown + 2] = joint[:, shown]
    estimand = dofx.identify("P(x | do(f))", dofx.graph(ward.GRAPH)).estimand
    found = estimand.evaluate(dofx.Table("frx", table)).array(["f", "x"])
    np.testing.assert_allclose(found, ward.truth().reshape(2, 4), atol=1e-12)
    np.testing.assert_allclose(
        table.sum(1) / table.sum((1, 2))[:, None], ward.seen().reshape(2, 4), atol=1e-12
    )
    off = np.abs(ward.seen() - ward.truth()).sum((1, 2)) / 2
    np.testing.assert_allclose(off, 0.32)


def test_the_report_is_written_and_nothing_is_trained_twice() -> None:
    network = xray_report.sampler(8, "P(x | do(f))").network
    assert network.refits == 0
    assert [(fit.targets, fit.given) for fit in network.fits] == [
        (("f",), ()),
        (("r",), ("f",)),
        (("x",), ("f", "r")),
    ]


def test_a_model_without_latents_answers_what_is_seen() -> None:
    blind = xray_report.sampler(8, "P(x | do(f))", "f -> r -> x").network
    assert blind.fits == xray_report.sampler(8, "P(x | f)").network.fits


def _law(rows: Rows) -> np.ndarray:
    """How often x shows what in which view, for each f: ``(f, shown, view)``."""
    counts = np.zeros((2, 2, 2))
    np.add.at(counts, (rows.f.numpy(), rows.shown.numpy(), rows.bedside.numpy()), 1)
    return counts / counts.sum((1, 2), keepdims=True)


def test_rows_and_samples_are_those_of_the_world() -> None:
    """20,000 rows an f: a frequency is off by more than 0.016 once in 100,000 times at most."""
    world = Ward(FILMS, REPORTS, 8)
    rows = world.observed(40_000, seed=0)
    true = world.intervened(torch.arange(2).repeat_interleave(20_000), seed=1)
    assert np.abs(_law(rows) - ward.seen()).max() < 0.016
    assert np.abs(_law(true) - ward.truth()).max() < 0.016
    states = torch.tensor([radiology.stated(text) for text in rows.r])
    assert torch.equal(states, rows.shown), "a report says all that the X-ray takes from it"
    known = {image.numpy().tobytes(): cell for image, cell in zip(world.images, world.cell, strict=True)}
    cells = [known[image.numpy().tobytes()] for image in rows.x[:500]]
    assert cells == (2 * rows.shown + rows.bedside)[:500].tolist()


def test_halves_have_no_patient_in_common() -> None:
    patients = torch.arange(240) // 3
    films = Films(FILMS.images, FILMS.pneumonia, FILMS.bedside, patients)
    one, other = films.halves(0)
    assert len(one.patient) == len(other.patient) == 120
    assert not set(one.patient.tolist()) & set(other.patient.tolist())


def _archive(*reports: tuple[str, str]) -> bytes:
    """A ``.tgz`` of reports with headings and findings."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        for number, (headings, findings) in enumerate(reports):
            marked = "".join(f"<major>{heading}</major>" for heading in headings.split(";"))
            text = REPORT.format(findings=findings, headings=marked).encode()
            member = tarfile.TarInfo(f"reports/{number}.xml")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    return content.getvalue()


def test_sentences_say_what_their_report_s_headings_say() -> None:
    found = radiology.reports_of(
        _archive(
            ("normal", "The lungs are clear. No focal consolidation! Heart size is normal."),
            ("normal", "Patchy left opacity."),
            ("Opacity/lung/base/left;Cardiomegaly", "Patchy opacity, left base. Lungs otherwise clear."),
            ("Pneumonia", "Pneumonia in XXXX lobe. Pneumonia. " + "Opacity " * 13 + "."),
            ("Scoliosis", "The lungs are clear today."),
        )
    )
    assert found.stating == (["the lungs are clear", "no focal consolidation"], ["patchy opacity left base"])
    assert "heart size is normal . pneumonia in the past . patchy left opacity" in found.words


def test_missing_x_rays_are_reported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        xray_report.main(["--images", str(tmp_path / "none.npz")])
    assert stopped.value.code == 2
    assert "none.npz is not there; give --images FILE.npz" in capsys.readouterr().err


def test_x_rays_are_read_with_their_table(tmp_path: Path) -> None:
    path = tmp_path / "films.npz"
    np.savez(path, image=FILMS.images[:3].numpy())
    rows = ["7_0.png,pneumonia,AP", "7_1.png,no_finding,PA", "9_0.png,no_finding,AP"]
    (tmp_path / "films.csv").write_text("\n".join(["file,label,view", *rows]))
    films = radiology.films(path)
    assert torch.equal(films.images, FILMS.images[:3])
    assert [part.tolist() for part in (films.pneumonia, films.bedside, films.patient)] == [
        [1, 0, 0],
        [1, 0, 1],
        [0, 0, 1],
    ]
    assert not radiology.are_reported(path)
    (tmp_path / "films.csv").write_text("\n".join(["file,label,view", *rows[:2]]))
    with pytest.raises(RuntimeError, match=r"3 images, .* 2 rows"):
        radiology.films(path)
    (tmp_path / "films.csv").write_text("file,finding\n7_0.png,pneumonia")
    with pytest.raises(RuntimeError, match=r"films.csv do not hold what they should; give --images"):
        radiology.films(path)


def test_true_samples_are_near_the_truth_and_the_archive_is_not() -> None:
    films, others = FILMS.halves(0)
    world, f = Ward(films, REPORTS, 8), torch.arange(2).repeat_interleave(1_000)
    judge = Judge.of(world, world.intervened(f, 0).x, others, read=2_400, seed=0)
    assert judge.right().min() > 0.95
    joint, _, _ = judge.distances(world.intervened(f, 1).x).mean(1)
    confounded = xray_report.filed_with(world.observed(8_000, 0), f, None, seed=0)
    _, view, finding = judge.distances(confounded).mean(1)
    assert joint < 0.04
    assert view > 0.28
    assert finding < 0.04


def test_x_rays_of_the_archive_go_with_what_a_text_states() -> None:
    world, f = Ward(FILMS, REPORTS, 8), torch.arange(2).repeat(100)
    texts = np.array(["no opacity", "dense opacity", "", "the lungs are clear"] * 50, dtype=object)
    found = xray_report.filed_with(world.observed(4_000, 0), f, texts, seed=0)
    shown = {image.numpy().tobytes(): cell // 2 for image, cell in zip(world.images, world.cell, strict=True)}
    says = torch.tensor([shown[image.numpy().tobytes()] for image in found]).reshape(50, 4)
    assert says[:, [0, 1, 3]].unique(dim=0).tolist() == [[0, 1, 0]]
    assert len(says[:, 2].unique()) == 2


def test_written_reports_are_counted_by_what_they_state() -> None:
    texts = np.array(
        [
            "clear lung on the left",
            "no opacity at all",
            "hm",
            "opacity",
            "ground glass opacity",
            "ground glass opacity",
        ]
    )
    assert wording(texts, REPORTS) == (
        "Written reports state an opacity in 0 % and 100 %, f = 0 and 1, where 20 % and 80 % are true; 17 % state"
        " nothing. 67 % of them occur in no report of a radiologist."
    )
    assert quoted(texts, REPORTS) == ["“no opacity at all”; “hm”", "“ground glass opacity”"]


def test_the_nearest_image_is_in_grey_levels() -> None:
    known = torch.tensor([0.0, 0.5]).reshape(2, 1, 1, 1).expand(2, 1, 4, 4)
    assert nearest(known[:1] + 10 / 255, known) == pytest.approx(10, abs=1e-3)


def test_it_runs_without_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = xray_report.main(["--small", "--out", str(tmp_path)])
    assert [table.shape for table in figures.values()] == [(1, 5)] * 6
    shown = capsys.readouterr().out
    assert "P(r | f)     text" in shown
    assert (tmp_path / "xray_report.md").read_text() in shown
    assert (tmp_path / "xray_report.png").read_bytes().startswith(b"\x89PNG")
    again = xray_report.main(["--small", "--out", str(tmp_path)])
    assert "kept" in capsys.readouterr().out
    np.testing.assert_allclose(again["dofx"], figures["dofx"])
