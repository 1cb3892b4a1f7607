"""A program as Python that fits it: a script, or the cells of a notebook."""

from __future__ import annotations

import json

from ..compiler.model.data import ALONE
from ..compiler.program import Questions
from ..grammar.formatting.program import format_program
from ..grammar.parse import parse
from .look import JSON, asked_of, proved


def script(text: str) -> str:
    """Python that compiles a program, fits it and asks it.

    Raises:
        DofxError: With every fault of the program.
    """
    asked = asked_of(text)
    parts = ["import dofx", _program(text), _commented(_proofs(asked)), *_steps(asked, shown="print({})")]
    return "\n\n".join(parts) + "\n"


def notebook(text: str) -> str:
    """A notebook, in the format of Jupyter, that explains a program's proofs, fits it and shows its answers.

    Raises:
        DofxError: With every fault of the program.

    >>> cells = json.loads(notebook("graph { x -> y }  effect ate = ate(y, x, 1, 0)"))["cells"]
    >>> cells[-1]["source"]
    ['compiled.answer(rows, intervals="influence")']
    """
    asked = asked_of(text)
    words = (
        f"# A causal program\n\nWhat it asks, and what the data can answer:\n\n```text\n{_proofs(asked)}\n```"
    )
    code = (f"import dofx\n\n{_program(text)}", *_steps(asked, shown="{}"))
    cells = [_cell("markdown", words), *(_cell("code", each) for each in code)]
    about: JSON = {
        "cells": [{**cell, "id": f"cell-{number}"} for number, cell in enumerate(cells)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(about, ensure_ascii=False, indent=1) + "\n"


def _program(text: str) -> str:
    program = format_program(parse(text)).rstrip("\n")
    quoted = program.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return f'program = dofx.parse("""\n{quoted}\n""")'


def _proofs(asked: Questions) -> str:
    return "\n".join(str(proved(kernel, asked.graph, asked.data)) for kernel in asked.kernels)


def _commented(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.split("\n"))


def _steps(asked: Questions, shown: str) -> tuple[str, ...]:
    """Fitting, then asking; nothing where no query has an answer."""
    if not any(proved(kernel, asked.graph, asked.data) for kernel in asked.kernels):
        return ()
    rows = f"rows = {_rows(asked)}"
    if len(asked.queries) == 1 and not asked.effects:
        settings = ", ".join(f"{_quoted(name)}: …" for name in asked.queries[0].queries[0].interventions)
        do = f", do={{{settings.replace('…', '...')}}}" if settings else ""
        note = "  # put values in place of ..." if do else ""
        fit = f"{rows}\nsampler = dofx.compile(program).fit(rows)"
        return fit, shown.format(f"sampler.sample(10_000{do}, seed=0)") + note
    intervals = ', intervals="influence"' if asked.data == ALONE else ""
    fit = f"{rows}\ncompiled = dofx.compile(program).fit(rows)"
    return fit, shown.format(f"compiled.answer({'rows' if intervals else ''}{intervals})")


def _rows(asked: Questions) -> str:
    """The files of the rows, as Python: of each data set the one that the program names, if it does."""
    if asked.data == ALONE:
        return '"rows.csv"'
    files: dict[str, list[str]] = {}
    for name, path in asked.files:
        files.setdefault(name, []).append(_quoted(path))
    named = {name: paths[0] if len(paths) == 1 else f"[{', '.join(paths)}]" for name, paths in files.items()}
    pairs = (
        f"{_quoted(each.name)}: {named.get(each.name, _quoted(f'{each.name}.csv'))}" for each in asked.data
    )
    return f"{{{', '.join(pairs)}}}"


def _cell(kind: str, source: str) -> JSON:
    lines = source.splitlines(keepends=True)
    about: JSON = {"cell_type": kind, "metadata": {}, "source": lines}
    return {**about, "execution_count": None, "outputs": []} if kind == "code" else about


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)
