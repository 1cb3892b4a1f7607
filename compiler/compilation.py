"""What the compiler makes of one query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .identify.identify import Identification

if TYPE_CHECKING:
    from .explain.considered import Considered
    from .explain.explanation import Explanation
    from .network.ir import SamplingNetwork
    from .passes.context import Context


@dataclass(frozen=True, slots=True)
class Compilation:
    """What the compiler made of a query.

    Args:
        identification: The proof, with the estimand.
        network: The sampling network after every pass.
        separate: The same before the pass `root` joined draws into rows: fitting joins them once types are known.
        context: What the passes knew.
        trace: The network as lowered, then after each pass that changed it, each with the name of the stage.
        form: The proof from which the network was lowered: the proof of the alternative that was chosen.
        considered: The exact alternatives that were compared, what each costs, and which was chosen.
    """

    identification: Identification
    network: SamplingNetwork
    separate: SamplingNetwork
    context: Context
    trace: tuple[tuple[str, SamplingNetwork], ...]
    form: Identification
    considered: tuple[Considered, ...] = ()

    def explanation(self, **known: Any) -> Explanation:
        """Everything that is reported of it; `known` are further fields of `Explanation`, such as types."""
        from .explain.explanation import Explanation

        about = {
            "query": self.identification.query,
            "identification": self.identification,
            "form": None if self.form == self.identification else self.form,
            "estimand": self.form.estimand,
            "networks": self.trace,
            "considered": self.considered,
            "weights": self.context.weights,
            "sizes": self.context.sizes,
        }
        return Explanation(**{**about, **known})

    def explain(self) -> str:
        """The proof, the alternatives and why they lost, what each pass changed, and the fit plan."""
        return str(self.explanation())

    def _repr_html_(self) -> str:
        return self.explanation()._repr_html_()
