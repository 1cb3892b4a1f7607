"""What DAGitty and DOT say in attributes, said in edge text: latents, roles, two-headed and turned edges."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from ..syntax.program import SELECTED, Attribute, Chain, Feedback, GraphItem, Latents, Name, Roles

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
    "selected": SELECTED,
    "s": SELECTED,
}
MEANT = (*_LATENT, "observed", "feedback", *_ROLES)
"""The attributes of a variable that say something of it."""

_DRAWN = frozenset(
    """
    pos beta eps bb dir id class label xlabel taillabel headlabel labelloc labeljust labelangle labeldistance
    labelfloat labelfontcolor labelfontname labelfontsize labelhref labeltarget labeltooltip labelurl shape style color
    colorscheme fillcolor fontcolor fontname fontsize fontpath gradientangle penwidth pencolor peripheries width height
    fixedsize margin nojustify orientation regular sides skew distortion image imagepos imagescale group layer
    comment tooltip url href target tailurl tailhref tailtarget tailtooltip headurl headhref headtarget headtooltip
    edgeurl edgehref edgetarget edgetooltip arrowhead arrowtail arrowsize constraint decorate minlen weight len
    lhead ltail lp xlp headclip tailclip headport tailport head_lp tail_lp samehead sametail showboxes sortv
    ordering pin rank root samplepoints rects vertices z area rankdir nodesep ranksep splines overlap cluster
    """.split()  # noqa: SIM905  (a list of words is read more easily so)
)
"""The attributes that draw a graph or measure an edge, and change nothing: Graphviz's, and DAGitty's own."""

_DOT_DEFAULTS = {"node", "edge", "graph"}
_TURNED = {"->": "<-", "<-": "->"}

_Attributes = Sequence[Attribute]


def foreign_graph(header: str, statements: Sequence[Any]) -> tuple[GraphItem, ...]:
    """The graph items of a block of DAGitty or DOT, in the order written.

    Args:
        header: The word before the brace: ``dag``, ``digraph`` and so on.
        statements: Pairs of a chain and its attributes; a subgraph is a list of them, a setting is None.
    """
    items: list[GraphItem] = []
    feedback: dict[str, list[Name]] = {}
    for chain, written in _flat(statements):
        attributes = {each.key.text.lower(): each.value for each in written}
        if chain.arrows:
            items.append(replace(chain, arrows=tuple(_directed(a, attributes) for a in chain.arrows)))
        elif not _is_default(header, chain, written):
            items += _node(chain, chain.groups[0].names, attributes)
            if attributes.get("feedback", "false") not in _NO:
                feedback.setdefault(attributes["feedback"], []).extend(chain.groups[0].names)
    return (*items, *(Feedback(tuple(names), names[0].span) for names in feedback.values()))


def unread(header: str, statements: Sequence[Any]) -> tuple[Attribute, ...]:
    """The attributes that nothing reads and that are not about how a graph is drawn.

    Args:
        header: As `foreign_graph` takes it.
        statements: Likewise.
    """
    return tuple(
        each
        for chain, written in _flat(statements)
        for each in written
        if not _is_read(each, bool(chain.arrows)) and not _is_default(header, chain, written)
    )


def _is_default(header: str, chain: Chain, attributes: _Attributes) -> bool:
    """Whether a statement of DOT sets how nodes or edges are drawn, rather than naming a variable."""
    names = chain.groups[0].names
    is_dot = header.lower().endswith("graph")
    return (
        is_dot
        and not chain.arrows
        and len(names) == 1
        and names[0].text in _DOT_DEFAULTS
        and bool(attributes)
    )


def _is_read(attribute: Attribute, on_edge: bool) -> bool:
    key = attribute.key.text.lower()
    if key in _DRAWN:
        return True
    return not on_edge and key in MEANT and (key == "feedback" or attribute.value in _YES | _NO)


def _flat(statements: Sequence[Any]) -> Iterator[tuple[Chain, _Attributes]]:
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
