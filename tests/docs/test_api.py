"""The page of public names lists methods and attributes that there are, each with a docstring."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

import dofx

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
MEMBERS = re.compile(
    r"^::: dofx\.(\w+)\n    options:\n(?:      \w+: \w+\n)*      members: \[([^]]+)\]", re.MULTILINE
)
LISTED = {found[1]: re.split(r",\s+", found[2]) for found in MEMBERS.finditer(PAGE)}


@pytest.mark.parametrize("kind", LISTED)
def test_members_of_a_class_are_there_and_described(kind: str) -> None:
    for name in LISTED[kind]:
        member = inspect.getattr_static(getattr(dofx, kind), name)
        assert (getattr(member, "__func__", member).__doc__ or "").strip(), name


def test_every_public_call_of_a_class_is_listed_or_inside() -> None:
    """A new method that checks its arguments is for users, and so belongs on the page."""
    inside = {
        "Sampler": {"outcome_table", "rows"},
        "CompiledProgram": {"asking", "parts", "read", "resampled"},
        "Query": {"label", "within"},
    }
    assert len(LISTED) > 5
    for kind, listed in LISTED.items():
        members = {
            name: inspect.getattr_static(getattr(dofx, kind), name) for name in dir(getattr(dofx, kind))
        }
        checked = {
            name
            for name, member in members.items()
            if hasattr(getattr(member, "__func__", member), "__wrapped__")
        }
        public = {name for name in checked if not name.startswith("_")}
        assert public - inside.get(kind, set()) <= set(listed), kind
