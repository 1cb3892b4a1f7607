"""The summaries at the head of both intermediate representations list what their classes have, and no more."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import get_args

import pytest

from dofx.compiler.estimand import nodes
from dofx.compiler.network import draws, ir


def summary(module: ModuleType) -> dict[str, str]:
    """Each line ``name = what it is`` at the head of a module, without its comment."""
    lines = re.findall(r"^    ([A-Z]\w+) += (.*?)(?: +#.*)?$", module.__doc__ or "", re.MULTILINE)
    return dict(lines)


@pytest.mark.parametrize(("module", "homes"), [(ir, (ir, draws)), (nodes, (nodes,))])
def test_the_summary_is_the_code(module: ModuleType, homes: tuple[ModuleType, ...]) -> None:
    listed = summary(module)
    own = {
        name
        for home in homes
        for name, each in vars(home).items()
        if isinstance(each, type) and is_dataclass(each) and each.__module__ == home.__name__
    }
    assert own <= listed.keys()
    for name, said in listed.items():
        what = next(vars(home)[name] for home in homes if name in vars(home))
        if isinstance(what, type) and is_dataclass(what):
            assert said.split(", ") == [each.name for each in fields(what) if each.init]
        else:
            members = {each.__name__ for each in get_args(what)}
            assert {"str" if part == "id" else part for part in said.split(" | ")} == members
