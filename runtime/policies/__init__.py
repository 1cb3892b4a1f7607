"""Policies: rules for what a variable is set to, which come with the question and are never trained."""

from __future__ import annotations

from .binding import Policies, PolicySource, named_policies, policy_modules, require_given, require_policies
from .generators import Unbound

__all__ = [
    "Policies",
    "PolicySource",
    "Unbound",
    "named_policies",
    "policy_modules",
    "require_given",
    "require_policies",
]
