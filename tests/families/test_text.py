"""Text: written given anything, read by what is drawn given it, taken from rows, saved, and refused by export."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.answers.summaries import Wordings
from dofx.runtime.answers.tables import answer_tables
from dofx.runtime.families.text import TextGenerator
from dofx.runtime.families.velocities.flow_matching import FlowMatchingGenerator
from dofx.runtime.neural.hashed_words import hashed_words
from dofx.runtime.neural.text_pieces import Pieces
from dofx.runtime.sampler import Sampler
from dofx.runtime.training.settings import FitSettings
from dofx.runtime.variables import Finite, Real, Text, encode, parse_type

RNG = np.random.default_rng(0)
ILL = RNG.random(800) < 0.5
REPORT = np.where(ILL, "dry cough", "clear lungs").astype(object) + np.where(
    RNG.random(800) < 0.3, ", smokes.", "."
)
ROWS = {"ill": ILL, "report": REPORT.tolist(), "treated": ILL ^ (RNG.random(800) < 0.1)}
GRAPH = "ill -> report -> treated"
TYPES = {"report": "text(40)"}


@pytest.fixture(scope="module")
def writer() -> Sampler:
    sampler = dofx.compile("P(report | do(ill))", GRAPH, variables=TYPES)
    return sampler.fit(ROWS, epochs=30, progress=False)


def test_reports_follow_what_is_set(writer: Sampler) -> None:
    texts = writer.sample(1_000, do={"ill": True}, seed=0).values_of("report")
    share = {text: (texts == text).mean() for text in ("dry cough, smokes.", "dry cough.")}
    assert share["dry cough, smokes."] == pytest.approx(0.3, abs=0.08)
    assert sum(share.values()) > 0.97
    (record,) = writer.report or ()
    entropy = -0.3 * math.log(0.3) - 0.7 * math.log(0.7)
    assert record.report.score == pytest.approx(-entropy, abs=0.15)


def test_answers_tell_the_common_texts() -> None:
    text = f"graph {{ {GRAPH} }} variables {{ report: text(40) }} query r = P(report, treated | do(ill))"
    program = dofx.compile(f"{text} query s = P(ill)").fit(ROWS, epochs=1, progress=False)
    assert isinstance(program, dofx.CompiledProgram)
    (answer, _) = program.answer(n=200, seed=0).queries
    for setting in answer.settings:
        written = program["r"].sample(200, do=setting.do, seed=0).values_of("report").tolist()
        part = setting.outcomes.parts[-1]
        assert isinstance(part, Wordings)
        assert all(written.count(found) == round(200 * share) for found, share in part.texts)
        assert max(map(written.count, written)) == round(200 * part.texts[0][1])
        assert part.to_json()["texts"][0]["text"] == part.texts[0][0]
    *_, table = answer_tables(answer)
    assert table.row_count == sum(
        len(setting.outcomes.parts[-1].to_json()["texts"]) for setting in answer.settings
    )


def test_a_text_is_a_function_of_its_noise(writer: Sampler) -> None:
    whole = writer.sample(400, do={"ill": False}, seed=3)
    part = writer.sample(20, do={"ill": False}, seed=3, start=190, chunk=7)
    assert part.values_of("report").tolist() == whole.values_of("report")[190:210].tolist()
    assert whole.to_pandas()["report"].tolist() == whole.to_arrow()["report"].to_pylist()


@torch.no_grad()
def test_the_density_is_that_of_what_is_written(writer: Sampler) -> None:
    """Summed over all spellings of up to `places` pieces it is 1, and one step at a time gives what one pass gives."""
    generator = TextGenerator(Text(3), [], width=8, heads=2)
    generator.fit(encode(Text(3), ["a b", "b", "a", ""]), [], FitSettings(epochs=2))
    known, places = len(generator.vocabulary), generator.noise.shape[0]
    grid = torch.cartesian_prod(*[torch.arange(known)] * places)
    ends = (grid == 0).int()
    whole = grid[(ends.cummax(1).values == ends).all(1)]  # nothing after the end
    assert float(generator._log_prob(whole, generator.features(whole)).exp().sum()) == pytest.approx(
        1, abs=1e-4
    )
    noise = torch.rand(20_000, places, generator=torch.Generator().manual_seed(0))
    drawn = generator(noise)
    lone = encode(Text(3), ["b"])
    expected = generator.log_prob(lone).exp().item()
    assert (drawn == lone).all(1).float().mean().item() == pytest.approx(expected, abs=0.015)


def test_what_is_never_written_has_no_probability(writer: Sampler) -> None:
    generator = writer.modules[writer.network.fits[0]]
    texts = encode(Text(40), ["dry cough.", "dry X", "dry cough, smokes. " * 2])
    log_prob = generator.log_prob(texts, torch.ones(3, dtype=torch.int64))  # type: ignore[operator]
    assert log_prob.isfinite().tolist() == [True, False, False]


def test_a_label_reads_text() -> None:
    sampler = dofx.compile("P(treated | report)", GRAPH, variables=TYPES).fit(ROWS, epochs=40, progress=False)
    for report, expected in (("dry cough.", 0.9), ("clear lungs, smokes.", 0.1)):
        table = sampler.distribution(given={"report": report})
        assert table.array()[1] == pytest.approx(expected, abs=0.07)
    drawn = sampler.sample(
        4, given={"report": ["dry cough.", "clear lungs.", "dry cough.", "clear lungs."]}, seed=0
    )
    assert drawn.rows == 4


def test_text_hidden_between_is_written_and_read() -> None:
    graph = "ill -> report -> treated; ill <-> treated"
    sampler = dofx.compile("P(treated | do(ill))", graph, variables=TYPES)
    sampler.fit(ROWS, generators={"report": "text"}, epochs=12, progress=False)
    assert "text" in {record.family for record in sampler.report or ()}
    shares = [
        sampler.sample(2_000, do={"ill": ill}, seed=0)["treated"].float().mean() for ill in (True, False)
    ]
    assert float(shares[0]) == pytest.approx(0.5, abs=0.1), (
        "treated follows u, not the report, where ill is set"
    )
    links = sampler.links({name: column[:80] for name, column in ROWS.items()})
    assert [link.draw for link in links] == ["ill'", "report", "treated"]


def test_a_text_without_causes_comes_from_real_rows() -> None:
    sampler = dofx.compile("P(report)", GRAPH.replace("ill ->", ""), variables=TYPES).fit(
        ROWS, progress=False
    )
    assert [record.family for record in sampler.report or ()] == ["rows"]
    assert set(sampler.sample(50, seed=0).values_of("report")) <= set(REPORT)


def test_it_is_saved_with_its_vocabulary_and_cannot_be_exported(writer: Sampler, tmp_path: Path) -> None:
    writer.save(tmp_path / "writer")
    assert '" cough"' in (tmp_path / "writer" / "bundle.json").read_text()
    again = dofx.load(tmp_path / "writer").sample(20, do={"ill": True}, seed=0)
    assert (
        again.values_of("report").tolist()
        == writer.sample(20, do={"ill": True}, seed=0).values_of("report").tolist()
    )
    with pytest.raises(DofxError, match=r"draw report ~ P\(report \| ill\) cannot be exported") as error:
        writer.export(tmp_path / "writer.pt2")
    assert "piece by piece" in error.value.diagnostics[0].notes[0]
    reader = dofx.compile("P(treated | report)", GRAPH, variables=TYPES).fit(ROWS, epochs=1, progress=False)
    with pytest.raises(DofxError, match="it reads text"):
        reader.export(tmp_path / "reader.pt2")


def test_rows_of_text_are_written_to_csv(writer: Sampler, tmp_path: Path) -> None:
    writer.sample_to(tmp_path / "rows.csv", 30, do={"ill": True}, seed=0)
    assert (tmp_path / "rows.csv").read_text().splitlines()[1].strip('"').startswith("dry cough")


def test_undeclared_text_says_how_to_declare_it() -> None:
    rows = {"note": [f"patient {i} coughs" for i in range(1_500)]}
    with pytest.raises(DofxError, match="or text"):
        dofx.compile("P(note)", "note").fit(rows)


@pytest.mark.parametrize("text", [b"", b"a", b"  two  spaces\n", "ß 肺 ü".encode(), b"x" * 50])
def test_pieces_spell_any_known_text(text: bytes) -> None:
    pieces = Pieces.learned([b"a b", "ß 肺 ü".encode(), b"two two spaces\n", b"x"])
    assert pieces.decode(pieces.encode(text)) == text
    assert Pieces(pieces.spelled).encode(text) == pieces.encode(text)


def test_words_are_distinguished_by_their_letters_in_order() -> None:
    words = hashed_words(encode(Text(60), ["abc cab bca ABC, a1 1a"]))[0].tolist()
    assert len(set(words)) == 5
    assert words[0] == words[3]
    many = hashed_words(encode(Text(8_000), " ".join(f"word{i}" for i in range(1_000))))[0]
    assert len(many.unique()) == pytest.approx(8_192 * (1 - math.exp(-1_000 / 8_192)), abs=25)


def test_a_language_model_writes_text_only() -> None:
    assert TextGenerator.refuses(Finite((0, 1)), []) == "a language model writes text, not category(2)"
    assert TextGenerator.refuses(parse_type("text"), []) is None


def test_a_vector_by_flow_matching_reads_text() -> None:
    type, notes = Text(20), ["dry cough", "clear lungs"]
    ill = torch.arange(1_000) % 2
    texts = encode(type, [notes[i] for i in ill.tolist()])
    source = torch.Generator().manual_seed(0)
    target = 4.0 * ill[:, None] + torch.randn(1_000, 2, generator=source)
    generator = FlowMatchingGenerator(Real((2,)), [type], width=32, steps=4)
    generator.fit(target, [texts], FitSettings(epochs=100))
    with torch.no_grad():
        drawn = generator(generator.noise.draw(1_000, source), texts)
    for state in (0, 1):
        torch.testing.assert_close(
            drawn[ill == state].mean(0), torch.full((2,), 4.0 * state), atol=0.4, rtol=0
        )
