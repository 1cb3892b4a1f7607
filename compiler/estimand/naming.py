"""Names for bound variables, so that the x under a sum is never mistaken for the x of do(x)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

_PLAIN = re.compile(r"\??[^\W\d][\w\u0300-\u036f]*(\.[\w\u0300-\u036f]+)*")
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\t": r"\t"})
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_PRIMES = ("", "′", "″", "‴")


@dataclass(slots=True)
class Namer:
    """Hands out names: the first value of a variable gets its name, later ones get primes.

    >>> namer = Namer.after(["x"])
    >>> namer("m"), namer("x"), namer("x")
    ('m', "x'", "x''")
    """

    used: Counter[str] = field(default_factory=Counter)
    taken: set[str] = field(default_factory=set)

    @classmethod
    def after(cls, names: Iterable[str]) -> Namer:
        """A namer that leaves some variables' plain names to their free values."""
        taken = set(names)
        return cls(Counter(taken), taken)

    def __call__(self, variable: str) -> str:
        """The name of a new value of the variable; one that is a variable's own name is passed over."""
        while True:
            copy = self.used[variable]
            self.used[variable] += 1
            name = variable + ("'" * copy if copy <= 3 else f"'{copy}")
            if name not in self.taken:
                self.taken.add(name)
                return name


def numbered(letter: str, number: int) -> str:
    """The name of the kernel, stage or weight of that number.

    >>> numbered("Q", 12)
    'Q₁₂'
    """
    return letter + str(number).translate(_SUBSCRIPTS)


def is_plain(name: str) -> bool:
    """Whether a name can stand in a formula as it is: a letter, then letters, digits and dots inside.

    >>> is_plain("x₁"), is_plain("blood.pressure"), is_plain("1st"), is_plain("x′")
    (True, True, False, False)
    """
    return _PLAIN.fullmatch(name) is not None


def written(name: str, copy: int = 0) -> str:
    r"""A name in a formula: quoted if it is not plain, with a prime for each copy.

    >>> print(written("x"), written("x", 2), written("x", 4), written("blood pressure", 1))
    x x″ x⁽⁴⁾ "blood pressure"′
    """
    shown = name if is_plain(name) else f'"{name.translate(_ESCAPES)}"'
    return shown + (_PRIMES[copy] if copy < 4 else f"⁽{str(copy).translate(_SUPERSCRIPTS)}⁾")
