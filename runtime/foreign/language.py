"""Causal language models of transformers as generators of text, deterministic in the noise of their tokens.

Needs transformers: ``pip install -e '.[text]'``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ...grammar.edge.arguments import public
from ..families.protocol import Noise
from ..neural.inverse import full_precision
from ..variables import Text
from ..variables.texts import bytes_of
from .errors import cannot_draw, not_a_language_model
from .foreign import Filling, Foreign, Given, Place, eager, mismatch
from .functions import reference

Prompt = Callable[[Given], Sequence[str]]

ROWS_AT_ONCE = 64


@public()
def from_language_model(
    model: nn.Module, tokenizer: Any, prompt: Prompt | None = None, *, most_tokens: int = 128
) -> Filling:
    """Make a generator of a pretrained causal language model of transformers, for a text.

    The model continues a prompt that is made of the conditions. Each token is drawn by the inverse CDF of the model's
    full distribution from a uniform number of its own, without temperature or top-k, which would sample a different
    conditional. `log_prob` is the log-probability of the tokens that the tokenizer returns for a text; other
    spellings are not added.

    Args:
        model: A causal language model of transformers, with ``generate``; not an encoder with a decoder.
        tokenizer: The tokenizer of the model.
        prompt: A function from conditions, ``given["x"]`` in the data's own values, to the beginnings that the model
            continues, one text per row; None starts from the model's first token and ignores the conditions.
        most_tokens: Largest number of tokens; a longer text is cut.

    Returns:
        What `fit` takes for a variable: ``fit(rows, generators={"note": from_language_model(model, tokenizer)})``.

    Raises:
        DofxError: E0411 for an object that is not a causal language model.
    """
    config = getattr(model, "config", None)
    if not hasattr(model, "generate") or getattr(config, "is_encoder_decoder", False):
        raise not_a_language_model(type(model).__name__)
    options = {"model": model, "tokenizer": tokenizer, "prompt": prompt, "most_tokens": most_tokens}
    return Filling(partial(LanguageModelGenerator, **options), f"from_language_model({reference(model)})")


class LanguageModelGenerator(Foreign):
    """Continues a prompt; see `from_language_model`."""

    family = "language model"
    unexportable = "text is written token by token, until it ends"

    def __init__(
        self, place: Place, model: nn.Module, tokenizer: Any, prompt: Prompt | None, most_tokens: int
    ) -> None:
        super().__init__(place)
        if not isinstance(place.type, Text):
            raise cannot_draw("a language model", "text", str(place.type))
        self.model, self.tokenizer, self.prompt, self.most = model, tokenizer, prompt, most_tokens
        self.noise = Noise((most_tokens,), "uniform")
        self.end = int(tokenizer.eos_token_id)
        self.start = self.end if tokenizer.bos_token_id is None else int(tokenizer.bos_token_id)

    @eager
    def forward(self, noise: Tensor, *given: Tensor) -> Tensor:
        """Encoded texts, uint8 ``(rows, length)``, from uniform noise ``(rows, most tokens)``."""
        return super().forward(noise, *given)

    def draw(self, noise: Tensor, given: Given) -> Tensor:
        """Encoded texts, uint8 ``(rows, length)``."""
        prompts = self._prompts(given)
        texts: list[str] = []
        for start in range(0, len(prompts), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            texts += self._written(prompts[part], noise[part])
        return self.taken(texts, noise) if texts else torch.zeros(0, *self._shape, dtype=torch.uint8)

    def log_prob(self, target: Tensor, *given: Tensor) -> Tensor:
        """Log-probability of the tokens of encoded texts, ``(rows,)``; minus infinity if there are too many tokens."""
        prompts = self._prompts(self.conditions(target, given))
        texts = [text.decode(errors="replace") for text in bytes_of(target)]
        found = [
            self._log_prob(prompt, text, target.device) for prompt, text in zip(prompts, texts, strict=True)
        ]
        return torch.stack(found) if found else torch.zeros(0)

    @property
    def _shape(self) -> tuple[int, ...]:
        assert isinstance(self.place.type, Text)
        return (self.place.type.length,)

    def _prompts(self, given: Given) -> list[list[int]]:
        """The tokens of each row's prompt."""
        if self.prompt is None:
            return [[self.start]] * given.rows
        texts = list(self.prompt(given))
        if len(texts) != given.rows:
            raise mismatch(self.place, f"{len(texts)} prompts", given.rows, given.device)
        return [self._tokens(text) or [self.start] for text in texts]

    def _tokens(self, text: str) -> list[int]:
        tokens: list[int] = self.tokenizer(text, add_special_tokens=False)["input_ids"]
        return tokens

    def _written(self, prompts: list[list[int]], noise: Tensor) -> list[str]:
        from transformers import GenerationConfig

        configuration: Any = GenerationConfig

        model: Any = self.model
        width = max(map(len, prompts))
        ids = torch.tensor([[self.end] * (width - len(p)) + p for p in prompts], device=noise.device)
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in prompts], device=noise.device)

        def choose(written: Tensor, scores: Tensor) -> Tensor:
            cdf = full_precision(scores).softmax(-1).cumsum(-1)[:, :-1]
            token = (noise[:, written.shape[1] - width, None] >= cdf).sum(-1, keepdim=True)
            return torch.full_like(scores, -torch.inf).scatter(-1, token, 0.0)

        settings: Any = configuration(
            do_sample=False, max_new_tokens=self.most, eos_token_id=self.end, pad_token_id=self.end
        )
        with torch.no_grad():
            found = model.generate(
                ids, attention_mask=mask, generation_config=settings, logits_processor=[choose]
            )
        return [self._text(tokens) for tokens in found[:, width:].tolist()]

    def _text(self, tokens: list[int]) -> str:
        """The text of tokens up to the end, cut to the bytes that the type allows."""
        kept = tokens[: tokens.index(self.end)] if self.end in tokens else tokens
        text: str = self.tokenizer.decode(kept, skip_special_tokens=True)
        return text.encode()[: self._shape[0]].decode(errors="ignore")

    def _log_prob(self, prompt: list[int], text: str, device: torch.device) -> Tensor:
        tokens = [*self._tokens(text), self.end]
        if len(tokens) > self.most + 1:
            return torch.tensor(-torch.inf, device=device)
        counted = tokens[: self.most]
        ids = torch.tensor([[*prompt, *counted[:-1]]], device=device)
        model: Any = self.model
        logits = full_precision(model(input_ids=ids).logits[0, len(prompt) - 1 :])
        each = logits.log_softmax(-1).gather(-1, torch.tensor(counted, device=device).unsqueeze(-1))
        total: Tensor = each.sum()
        return total
