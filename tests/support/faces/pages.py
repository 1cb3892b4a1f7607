"""Plays what a page of the documentation shows: its blocks run, in order, in the folder where one stands.

- ``cq`` blocks are saved under the name in their first line, ``# name.cq``;
- ``python`` blocks run in one namespace; a ``text`` block right after one is what it prints;
- ``console`` blocks hold lines ``$ dofx …``, each followed by what it prints.

As a script it plays a page with the dofx that is installed beside the interpreter, and needs nothing else::

    python -I tests/support/faces/pages.py README.md
"""

from __future__ import annotations

import contextlib
import difflib
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def played(page: str, ran: Callable[[str], str]) -> Iterator[str]:
    """The page with every output as it is when the blocks run; `ran` runs a command line and returns its output."""
    namespace: dict[str, Any] = {"__name__": "page"}
    printed: str | None = None
    end = 0
    for block in BLOCK.finditer(page):
        between = page[end : block.start()]
        kind, body = block[1], block[2]
        match kind:
            case "cq":
                name = body.partition("\n")[0].removeprefix("# ").partition(":")[0]
                assert name.endswith(".cq")
                Path(name).write_text(body, encoding="utf-8")
            case "python":
                with contextlib.redirect_stdout(io.StringIO()) as out:
                    exec(compile(body, "<page>", "exec"), namespace)
                printed = out.getvalue()
            case "text" if printed is not None and not between.strip():
                body = tidy(printed)
            case "console":
                body = "".join(f"$ {command}\n{tidy(ran(command))}" for command in commands(body))
        if kind != "python":
            printed = None
        yield f"{between}```{kind}\n{body}```"
        end = block.end()
    yield page[end:]


def commands(body: str) -> list[str]:
    return [line.removeprefix("$ ") for line in body.splitlines() if line.startswith("$ ")]


def tidy(text: str) -> str:
    """Without spaces at the ends of lines and empty lines at the end."""
    return "\n".join(line.rstrip() for line in text.rstrip().splitlines()) + "\n"


def steady(text: str) -> str:
    """Without what differs from run to run."""
    text = re.sub(r"\bin \d+\.\d s\b", "in 0.0 s", text)
    return re.sub(r"^(P\(.* )\d+\.\d\d$", r"\g<1>0.00", text, flags=re.MULTILINE)


def installed(command: str) -> str:
    """What a command line prints, run by the `dofx` that stands beside the interpreter."""
    program, *arguments = shlex.split(command)
    assert program == "dofx"
    line = [Path(sys.executable).parent / program, *arguments]
    run = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    assert "Traceback" not in run.stdout, run.stdout
    return run.stdout


def main(path: str) -> int:
    page = Path(path).read_text(encoding="utf-8")
    today = "".join(played(page, installed))
    lines = difflib.unified_diff(
        *(steady(text).splitlines() for text in (page, today)), path, "what it prints", lineterm=""
    )
    for line in lines:
        print(line)
    same = steady(page) == steady(today)
    print(f"{path}: {sum(1 for _ in BLOCK.finditer(page))} blocks,", "as shown" if same else "not as shown")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
