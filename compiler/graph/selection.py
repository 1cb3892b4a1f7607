"""Selected data: whether what decided which units are in the data may bias what is asked of them."""

from __future__ import annotations

from collections.abc import Iterable

from ...grammar.diagnostics.diagnostic import Diagnostic, DofxError
from .admg import ADMG
from .errors import selected_rows
from .origin import origin_of
from .separation import separated


def refuse_selected(graph: ADMG, variables: Iterable[str], asked: str) -> None:
    """Refuse to ask about variables where the selection of the data may bias the answer.

    An answer is computed from the distribution of the variables that it is about and of their causes. In selected
    data that is the distribution given the selection, which is the same where the selection is m-separated from all
    of them. This condition is sufficient and not necessary: in doubt, a query is refused.

    Args:
        graph: The graph. What is selected is looked up in the whole graph from which it was projected.
        variables: What is asked about.
        asked: The same in words.

    Raises:
        DofxError: E0208.

    References:
        Bareinboim, Tian, Pearl (2014), "Recovering from selection bias in causal and statistical inference".

    >>> graph = ADMG([], [("x", "y"), ("x", "s")])
    >>> graph.selected = ("s",)
    >>> try:
    ...     refuse_selected(graph, ["x", "y"], "P(y | do(x))")
    ... except DofxError as error:
    ...     print(error.diagnostics[0].title)
    the selection of the data may bias P(y | do(x))
    """
    whole = origin_of(graph).graph
    if not whole.selected:
        return
    order = whole.order
    causes = whole.ancestors_of(order.mask(name for name in variables if name in order.index))
    biased = [
        name
        for name in whole.selected
        if order.mask([name]) & causes or not separated(whole.acyclic, order.mask([name]), causes, 0)
    ]
    if biased:
        raise DofxError(_refusal(asked, biased))


def _refusal(asked: str, names: list[str]) -> Diagnostic:
    listed = " and ".join(f"`{name}`" for name in names)
    return selected_rows(asked, listed)
