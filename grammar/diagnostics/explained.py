"""What each code of a diagnostic stands for, with an example and what to do: for `dofx explain` and for the docs.

``python -m dofx.grammar.diagnostics.explained`` prints `docs/codes.md`. Examples are the diagnostics that tests
set off; they are kept in `examples.json`.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

from ..checks.names import did_you_mean
from .codes import CODES
from .errors import no_such_code

EXAMPLES = Path(__file__).with_name("examples.json")

_STAGES = {
    "E01": "The text cannot be read",
    "E02": "The graph",
    "E03": "Queries and effects",
    "E04": "Variables, values, generators and samplers",
    "E05": "Data",
    "E06": "Bundles",
    "E07": "Estimands handed over as data",
    "E08": "The command line",
    "E09": "Export and embedding",
    "E10": "Calls from Python",
}


def is_code(text: str) -> bool:
    """Whether a text looks like the code of a diagnostic.

    >>> is_code("E0405"), is_code("e0405"), is_code("P(y)")
    (True, True, False)
    """
    return re.fullmatch(r"[EW]\d{4}", text.upper()) is not None


@cache
def examples() -> dict[str, str]:
    """A diagnostic of each code, as it is printed."""
    found: dict[str, str] = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    return found


def code_text(code: str) -> str:
    """What a code stands for, an example, and what to do.

    Raises:
        DofxError: E0802 for a code that dofx does not have.

    >>> print(code_text("e0107").splitlines()[0])
    E0107: there is no text
    """
    code = code.upper()
    if code not in CODES:
        raise no_such_code(code, did_you_mean(code, CODES))
    kind = "warning" if code.startswith("W") else "error"
    example = examples().get(code, "")
    lines = [f"{code}: {CODES[code]}", "", f"This {kind} is printed like this; `help` says what to do:", ""]
    return "\n".join([*lines, *(f"  {line}".rstrip() for line in example.splitlines())])


def page() -> str:
    """All codes as a page of the docs."""
    parts = [
        "# Codes of errors and warnings",
        "",
        "Every diagnostic of dofx has a code, which keeps its meaning for good. `dofx explain E0405` prints what",
        "is said here of that code.",
    ]
    stage = ""
    for code, meaning in CODES.items():
        if _STAGES[f"E{code[1:3]}"] != stage:
            stage = _STAGES[f"E{code[1:3]}"]
            parts += ["", f"## {stage}"]
        parts += [
            "",
            f'<a id="{code}"></a>',
            "",
            f"### {code}: {meaning}",
            "",
            "```text",
            examples().get(code, "").rstrip(),
            "```",
        ]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    print(page(), end="")
