"""Encodes texts by the hashes of their words, for the networks that read them."""

from __future__ import annotations

import torch
from torch import Tensor, nn

BUCKETS = 1 << 13
"""Number of places that all words share; the first place means no word."""

_FACTOR, _MIX = 0x9E3779B97F4A7C1, 0x2545F4914F6CDD1D


def hashed_words(texts: Tensor) -> Tensor:
    """The place of each word of encoded texts, int32 ``(rows, most words)``, 0 after the last.

    A word is a run of letters, digits and bytes beyond ASCII; case makes no difference.

    >>> from ..variables import Text, encode
    >>> one, other = hashed_words(encode(Text(20), ["Dry cough, fever.", "a dry COUGH"])).tolist()
    >>> one[:2] == other[1:], one[2] == 0
    (True, False)
    """
    code = texts.long()
    code = torch.where((code >= 65) & (code <= 90), code + 32, code)
    inside = ((code >= 48) & (code <= 57)) | ((code >= 97) & (code <= 122)) | (code >= 128)
    before = nn.functional.pad(inside, (1, 0))[:, :-1]
    starts = inside & ~before
    word = starts.cumsum(1) * inside
    count = int(word.max()) if word.numel() else 0
    place = torch.arange(code.shape[1], device=code.device).expand_as(code)
    first = torch.where(starts, place, 0).cummax(1).values if code.shape[1] else place
    spelled = (code + 1) * ((2 * (place - first) + 1) * _FACTOR) * inside
    spelled = spelled ^ (spelled >> 31)
    sums = torch.zeros(len(code), count + 1, dtype=torch.int64, device=code.device)
    sums.scatter_add_(1, word, spelled * _MIX)
    mixed = (sums ^ (sums >> 29))[:, 1:]
    present = torch.arange(1, count + 1, device=code.device) <= word.amax(1, keepdim=True)
    return torch.where(present, mixed % (BUCKETS - 1) + 1, 0).int()


def word_counts(texts: Tensor, places: int = 64) -> Tensor:
    """How often words of each of a few places occur, float64 ``(rows, places)``, for comparing texts."""
    words = hashed_words(texts).long()
    counts = torch.zeros(len(texts), places + 1, dtype=torch.float64, device=texts.device)
    counts.scatter_add_(
        1, torch.where(words > 0, words % places + 1, 0), torch.ones_like(words, dtype=counts.dtype)
    )
    return counts[:, 1:]
