"""Why rows with holes do not answer, in words."""

from __future__ import annotations

from ..identify.verdict import Holes


def holes_text(witness: Holes) -> str:
    """The witness in words: the draw, the indicator, and the path between them."""
    arrows = witness.path.split(" ")
    if len(arrows) == 3 and arrows[1] == "->":
        hidden = arrows[0]
        why = f"whether a row shows {hidden} depends on {hidden} itself, so these rows do not represent the others"
    else:
        why = "whether a row shows its columns depends on the variable that is drawn"
    return "\n".join(
        [
            f"The answer needs the distribution of {witness.draw}, and holes hide it: {why}.",
            f"  The open path is {witness.path}.",
            "  For rows with holes no complete procedure is known: the known ones end here.",
        ]
    )
