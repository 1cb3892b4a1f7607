"""What DAGitty and DOT say in attributes, said in edge text: latents, roles, two-headed and turned edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from .syntax import Chain, GraphItem, Latents, Name, Roles

_YES = {"true", "yes", "1"}
_NO = {"false", "no", "0"}
_LATENT = ("latent", "unobserved", "hidden", "u")
_ROLES = {
    "exposure": "exposure",
    "e": "exposure",
    "outcome": "outcome",
    "o": "outcome",
    "adjusted": "adjusted",
    "a": "adjusted",
}
_DOT_DEFAULTS = {"node", "edge", "graph"}
_TURNED = {"->": "<-", "<-": "->"}


def foreign_graph(header: str, statements: Sequence[Any]) -> tuple[GraphItem, ...]:
    """The graph items of a block of DAGitty or DOT, in the order written.

    Args:
        header: The word before the brace: ``dag``, ``digraph`` and so on.
        statements: Pairs of a chain and its attributes; a subgraph is a list of them, a setting is None.
    """
    is_dot = header.lower().endswith("graph")
    items: list[GraphItem] = []
    for chain, attributes in _flat(statements):
        if chain.arrows:
            items.append(replace(chain, arrows=tuple(_directed(a, attributes) for a in chain.arrows)))
            continue
        names = chain.groups[0].names
        if is_dot and len(names) == 1 and names[0].text in _DOT_DEFAULTS and attributes:
            continue
        items += _node(chain, names, attributes)
    return tuple(items)


def _flat(statements: Sequence[Any]) -> Iterator[tuple[Chain, dict[str, str]]]:
    """The statements with the subgraphs' own in their place. Subgraphs may nest to any depth."""
    waiting = list(reversed(statements))
    while waiting:
        statement = waiting.pop()
        if isinstance(statement, list):
            waiting.extend(reversed(statement))
        elif statement is not None:
            yield statement


def _directed(arrow: str, attributes: dict[str, str]) -> str:
    match attributes.get("dir"):
        case "both":
            return "<->"
        case "back":
            return _TURNED.get(arrow, arrow)
        case "none":
            return "--"
        case _:
            return arrow


def _node(chain: Chain, names: tuple[Name, ...], attributes: dict[str, str]) -> list[GraphItem]:
    items: list[GraphItem] = []
    if any(attributes.get(key) in _YES for key in _LATENT) or attributes.get("observed") in _NO:
        items.append(Latents(names, chain.span))
    else:
        items.append(chain)
    for key, role in _ROLES.items():
        if attributes.get(key) in _YES:
            items.append(Roles(role, names, chain.span))
    return items
