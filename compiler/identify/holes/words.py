"""What is reported of a recovered draw: which rows it is learnt from, and why they represent all rows."""

from __future__ import annotations

from ...estimand.algebra import leaves
from ...graph.varset import bits
from ...model.rows import rows_of
from .draws import Draws
from .recovery import Level, Recovery


def words_of(draws: Draws, targets: int, given: int, recovery: Recovery) -> str:
    """A sentence without its full stop; empty for a draw that no hole touches."""
    names = draws.graph.graph.nodes
    parts = list(leaves(recovery.expression))
    shown = list(dict.fromkeys(name for leaf in parts for name in rows_of(leaf.of).shows))
    if not shown:
        return ""
    about = _listed(names, targets) + (f" | {_listed(names, given)}" if given else "")
    rows = f"the rows that show {' and '.join(shown)}"
    match recovery.level:
        case Level.ROWS:
            read = parts[0].targets.mask | parts[0].given.mask
            holes = _listed(names, draws.graph.shows(read))
            known = (*parts[0].given, *(("selected",) if draws.of.keeps else ()))
            against = f" | {', '.join(known)}" if known else ""
            return f"{about} is learnt from {rows}, because {_listed(names, targets)} ⊥ {holes}{against}"
        case Level.HELPERS:
            drawn = {name for leaf in parts for name in leaf.targets}
            helpers = ", ".join(sorted(drawn - {names[i] for i in bits(targets)}))
            return f"{about} is learnt from {rows}, with {helpers or 'more conditions'} drawn besides and summed out"
        case Level.REFIT:
            return f"{about} is a conditional of a joint distribution that is learnt from {rows}"
        case Level.WEIGHTS:
            return f"{about} is learnt from {rows}, each weighted by the inverse of the chance that it shows them"
        case Level.ODDS:
            return f"{about} is learnt from {rows}, each weighted by the rows with holes that it stands for"
        case Level.WEIGHTED_HELPERS:
            return f"{about} is learnt from {rows}, weighted, with helpers or a refit besides"


def _listed(names: tuple[str, ...], mask: int) -> str:
    return ", ".join(names[i] for i in bits(mask))
