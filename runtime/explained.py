"""Explanations of samplers: what the compiler tells of a query, and what fitting made of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..compiler.explain.explanation import Explanation, Section
from .links import Links, links_grid, weakest_text
from .variables import sizes_of

if TYPE_CHECKING:
    from .sampler import Sampler


def explanation_of(sampler: Sampler, *, judged: bool, rows: Any = None) -> Explanation:
    """What is known of a sampler, fitted or not.

    Args:
        sampler: The sampler; one that was loaded has no proof and knows of no alternatives.
        judged: Judge the generators on held-out rows, where there are any.
        rows: Rows to judge them by instead.
    """
    types = {name: str(type) for name, type in sampler.types.items()}
    if sampler.compilation is not None:
        told = sampler.compilation.explanation(query=sampler.query, types=types)
    else:
        told = Explanation(
            sampler.query,
            estimand=sampler.estimand,
            networks=sampler.trace or (("network", sampler.network),),
            sizes=sizes_of(sampler.types),
            types=types,
        )
    known = rows is not None or sampler.held_out is not None
    links = sampler.links(rows) if judged and known else None
    return replace(told, more=sections(sampler, links))


def sections(sampler: Sampler, links: Links | None) -> tuple[Section, ...]:
    """Where each call of the graph comes from, what fitting reached, and how good its generators are."""
    found: list[Section] = []
    if sampler.fitted:
        found.append(Section("graph", sampler.module.provenance.grid))
    if sampler.report is not None:
        found.append(Section("fit", sampler.report.grid))
    if links is not None:
        found.append(Section("held-out rows", links_grid(links), weakest_text(links)))
    return tuple(found)
