"""Explanations of samplers: what the compiler reports of a query, and the results of fitting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..compiler.explain.explanation import Explanation, Section
from ..compiler.network.ir import SamplingNetwork
from ..compiler.passes import root, settle
from ..compiler.passes.cost import WEIGHTS
from ..compiler.printers.network.text import fit_text
from .fitting.overrides import Key
from .foreign.chosen import Spec
from .judging.links import Links, links_grid, weakest_text
from .variables import sizes_of

if TYPE_CHECKING:
    from ..compiler.compilation import Compilation
    from .evaluation import Evaluation
    from .sampler import Sampler


def explanation_of(
    sampler: Sampler,
    *,
    judged: bool,
    rows: Any = None,
    generators: Mapping[Key, Spec] | None = None,
) -> Explanation:
    """What is known of a sampler, fitted or not.

    Args:
        sampler: The sampler; one that was loaded has a proof where compiling its query again gives its network.
        judged: Judge the generators on held-out rows, where there are any.
        rows: Rows to judge them by instead.
        generators: Those that a sampler which is not fitted is to get, as for `fit`.
    """
    types = {name: str(type) for name, type in sampler.types.items()}
    compilation = compilation_of(sampler)
    if compilation is not None:
        explanation = compilation.explanation(query=sampler.query, types=types)
    else:
        explanation = Explanation(
            sampler.query,
            estimand=sampler.estimand,
            networks=sampler.trace or (("network", sampler.network),),
            weights=WEIGHTS if sampler.origin is None else sampler.origin.weights,
            sizes=sizes_of(sampler.types),
            types=types,
        )
    known = rows is not None or (sampler.held_out is not None and sampler.held_out.judges)
    unbound = sampler.network.policies.keys() - sampler.policies.keys()
    links = sampler.links(rows) if judged and known and not unbound else None
    return replace(
        explanation,
        networks=_networks(sampler, explanation.networks, generators),
        more=sections(sampler, links),
    )


def _networks(
    sampler: Sampler, traced: tuple[tuple[str, SamplingNetwork], ...], generators: Mapping[Key, Spec] | None
) -> tuple[tuple[str, SamplingNetwork], ...]:
    """The network after each pass, then what is drawn together: as fitted, or as it would be."""
    network = sampler.network if sampler.fitted else sampler.chosen(sampler.types, generators).network
    shown = list(traced)
    if network == shown[-1][1]:
        return traced
    if len(shown) > 1 and shown[-1][0] == root.__name__:
        shown.pop()
    if len(shown) > 1 and shown[-1][0] == settle.__name__:  # members of finite types stay apart
        together = set(shown[-1][1].fits) - set(shown[-2][1].fits)
        if not together <= set(network.fits):
            shown.pop()
    if network != shown[-1][1]:
        shown.append((root.__name__, network))
    return tuple(shown)


def compilation_of(sampler: Sampler) -> Compilation | Evaluation | None:
    """What the compiler did, compiled again for a sampler that was loaded.

    None where the origin is not known, or where this version of the compiler makes another network, because the
    explanation would then describe that one.
    """
    if sampler.compilation is not None or sampler.origin is None:
        return sampler.compilation
    found = sampler.origin.compile(sampler.query)
    return found if found is not None and sampler.network in (found.network, found.separate) else None


def sections(sampler: Sampler, links: Links | None) -> tuple[Section, ...]:
    """Where each call of the graph comes from, what fitting reached, and how good its generators are."""
    found: list[Section] = []
    if sampler.fitted:
        found.append(Section("graph", sampler.module.provenance.grid))
    if sampler.report is not None:
        found.append(Section("fit", sampler.report.grid))
    if sampler.used:
        lines = [f"{fit_text(fit)}: {used}" for fit, used in sampler.used.items()]
        found.append(Section("rows", None, "\n".join(lines)))
    if sampler.agreements:
        found.append(Section("pooled rows", None, "\n".join(map(str, sampler.agreements))))
    if links is not None:
        found.append(Section("held-out rows", links_grid(links), weakest_text(links)))
    return tuple(found)
