"""Language models of transformers as generators of text: a tiny one, not trained."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import dofx
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.runtime.foreign import from_language_model
from dofx.runtime.sampler import Sampler
from dofx.runtime.variables import Text, encode

transformers = pytest.importorskip("transformers")

ROWS = {"ill": [True, False] * 40, "report": ["dry cough", "well"] * 40}


def tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    vocabulary = {"<end>": 0, "▁dry": 1, "▁cough": 2, "▁well": 3, "▁ill": 4}
    own = Tokenizer(models.WordLevel(vocabulary, unk_token="▁ill"))
    own.pre_tokenizer = pre_tokenizers.Metaspace()
    own.decoder = decoders.Metaspace()
    return transformers.PreTrainedTokenizerFast(tokenizer_object=own, eos_token="<end>")


def tiny() -> Any:
    torch.manual_seed(0)
    config = transformers.GPT2Config(
        vocab_size=5, n_positions=16, n_embd=16, n_layer=1, n_head=2, bos_token_id=0, eos_token_id=0
    )
    model = transformers.GPT2LMHeadModel(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn_like(parameter)
    return model


def fitted(filling: Any) -> Sampler:
    sampler = dofx.compile("P(report | do(ill))", "ill -> report", variables={"report": "text(40)"})
    return sampler.fit(ROWS, generators={"report": filling}, progress=False)


def by_state(given: Any) -> list[str]:
    return ["ill dry" if ill else "well" for ill in given["ill"].tolist()]


@pytest.fixture(scope="module")
def sampler() -> Sampler:
    return fitted(from_language_model(tiny(), tokenizer(), by_state, most_tokens=3))


def test_texts_are_drawn_by_the_models_own_probabilities(sampler: Sampler) -> None:
    drawn = sampler.sample(3_000, do={"ill": True}, seed=0).values_of("report").tolist()
    generator = sampler.modules[sampler.network.fits[0]]
    common = [text for text, _ in Counter(drawn).most_common(5)]
    with torch.no_grad():
        log_prob = generator.log_prob(encode(Text(40), common), torch.ones(5, dtype=torch.int64))  # type: ignore[operator]
    for text, expected in zip(common, log_prob.exp().tolist(), strict=True):
        assert drawn.count(text) / 3_000 == pytest.approx(expected, abs=0.03)
    other = sampler.sample(3_000, do={"ill": False}, seed=0).values_of("report").tolist()
    assert abs(other.count(common[0]) - drawn.count(common[0])) > 100, "the prompt matters"


def test_a_text_is_a_function_of_its_noise(sampler: Sampler) -> None:
    """Also beside prompts of other lengths, in another batch."""
    ill = [True, False] * 50
    whole = sampler.sample(100, do={"ill": ill}, seed=1).values_of("report").tolist()
    part = sampler.sample(7, do={"ill": ill[61:68]}, seed=1, start=61).values_of("report").tolist()
    assert part == whole[61:68]


def test_it_is_scored_and_named_at_export(sampler: Sampler, tmp_path: Path) -> None:
    (record,) = sampler.report or ()
    assert (record.family, record.report.measure) == ("language model", "log-likelihood")
    assert record.report.score is not None
    assert -40 < record.report.score < 0
    with pytest.raises(DofxError, match="token by token"):
        sampler.export(tmp_path / "report.pt2")


def test_without_a_prompt_it_starts_from_its_first_token() -> None:
    free = fitted(from_language_model(tiny(), tokenizer(), most_tokens=2))
    texts = [free.sample(50, do={"ill": ill}, seed=0).values_of("report").tolist() for ill in (True, False)]
    assert texts[0] == texts[1]


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(DofxError, match="`Linear` is not a causal language model"):
        from_language_model(nn.Linear(1, 1), tokenizer())
    with pytest.raises(DofxError, match="got 1 prompts"):
        fitted(from_language_model(tiny(), tokenizer(), lambda given: ["ill"]))
    filling, sampler = from_language_model(tiny(), tokenizer()), dofx.compile("P(ill)", "ill")
    with pytest.raises(DofxError, match="draws text, not bool"):
        sampler.fit(ROWS, generators={"ill": filling})
