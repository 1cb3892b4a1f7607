"""Words of the language that are nearly written, such as `d0(x)` where `do(x)` is meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ..expand import EFFECTS
from .world_slips import NAMED_OTHERWISE

_BAR = r"(?:[|∣│]|\\(?:mid|vert|given)\b)"
_EFFECT = rf"\b(?i:{'|'.join(EFFECTS)})\s*\([^()]*,\s*"
_REACH = 400


@dataclass(frozen=True, slots=True)
class Word:
    """A word of the language, and where it may stand.

    Args:
        text: The word.
        before: A pattern that what stands before it ends in.
        after: A pattern that what stands after it begins with.
        shown: How it is written, for the advice.
        in_graph: Whether it stands in a graph.
    """

    text: str
    before: str
    after: str
    shown: str
    in_graph: bool = False


_WORDS = (
    Word("do", rf"{_BAR}(?:[^|∣│]*,)?\s*", r"\s*\(", "do(…)"),
    *(Word(name, r"(?:^|[-+*/×·÷−(=])\s*", r"\s*\([^|∣│]*,", f"{name}(…)") for name in EFFECTS),
    *(Word(word, _EFFECT, r"\s+\w|\s*\{", word) for word in ("through", "holding", "along")),
    *(Word(word, r"[)\]}]\s*", r"\s*\{", f"{word} {{…}}") for word in ("using", "avoiding")),
    Word("missing", r"(?:^|[\n;,{>-])\s*", r"\s*\(", "missing(…)", in_graph=True),
    Word("feedback", r"(?:^|[\n;,{])\s*", r"\s*\{", "feedback {…}", in_graph=True),
)
_ADVISED = re.compile(rf"(?i:{NAMED_OTHERWISE}|do|{'|'.join(EFFECTS)})")
"""Words with an advice of their own in `slips`."""
_OF_WORD = r"[^\W\d][\w.]*"


def word_meant(text: str, offset: int, in_graph: bool) -> str | None:
    """The advice to write a word of the language, if the text at an offset nearly does.

    >>> word_meant("P(y | d0(x))", 8, in_graph=False)
    'did you mean `do(…)`?'
    >>> word_meant("P(y | z(x))", 7, in_graph=False)
    """
    for written, before, after in _words_at(text, offset):
        if _ADVISED.fullmatch(written):
            return None
        meant = [
            word.shown
            for word in _WORDS
            if word.in_graph == in_graph
            and written != word.text
            and nearly(written, word.text)
            and re.match(word.after, after)
            and re.search(rf"(?:{word.before})\Z", before)
        ]
        if meant:
            listed = " or ".join(", ".join(f"`{shown}`" for shown in meant).rsplit(", ", 1))
            advice = f"did you mean {listed}?"
            world = meant == ["do(…)"] and re.match(r"\s*\([^()]*=", after)
            return (
                f"{advice} The world of a variable stands in square brackets: `y[x = 1]`" if world else advice
            )
    return None


def nearly(one: str, other: str) -> bool:
    """Whether two words differ at most by case and by one letter that is wrong, missing, too much or swapped.

    >>> [nearly(word, "through") for word in ("thruogh", "trough", "thhrough", "throygh", "Through", "thorugh")]
    [True, True, True, True, True, True]
    >>> nearly("though", "through"), nearly("thru", "through"), nearly("", "do")
    (True, False, False)
    """
    one, other = one.lower(), other.lower()
    same = next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    left, right = one[same:], other[same:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return left[1:] == right[1:] or left[1:] == right or left == right[1:] or swapped


def _words_at(text: str, offset: int) -> Iterator[tuple[str, str, str]]:
    """The word at an offset and the one before it, each with the text before and after it."""
    near = text[max(0, offset - _REACH) : offset + _REACH]
    place = min(offset, _REACH)
    for found in re.finditer(_OF_WORD, near):
        if found.start() <= place and not near[found.end() : place].strip():
            yield found[0], near[: found.start()], near[found.end() :]
