"""A mediation on real rows: whether a news story about immigration acts through anxiety, and for whom.

    python examples/framing.py

Brader, Valentino and Suhay (2008) showed 265 people a news story on immigration, drawn by lot. `treat` is the story
that stresses costs and shows a Latino immigrant. `emo` is how anxious it made them, 3 to 12, and `message` whether they
then asked that a message be sent to Congress. The lot settles `treat`. What makes people anxious may also make them
write: education is adjusted for here, and is the moderator. Whatever else anxiety and the message have in common is
assumed away.

The rows ship with statsmodels, as a test of its mediation. The figures of the R package `mediation` stand beside them.

References:
    Brader, Valentino, Suhay (2008), "What triggers public opposition to immigration?", American Journal of Political
    Science 52. Tingley, Yamamoto, Hirose, Keele, Imai (2014), "mediation: R package for causal mediation analysis",
    Journal of Statistical Software 59(5).
"""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
from archives import STATSMODELS

import dofx

GRAPH = """
    treat -> emo -> message; treat -> message
    college -> {emo, message}
"""
TYPES = {"treat": "bool", "message": "bool", "college": "bool"}
TREATED = "P(message[treat = true] = true{})"
UNTREATED = "P(message[treat = false] = true{})"
MIXED = "P(message[treat = true, emo = emo[treat = false]] = true{})"
ANXIOUS = "P(message[treat = false, emo = emo[treat = true]] = true{})"
PARTS = {
    "total": "ate(message = true, treat, true, false{})",
    "direct": "nde(message = true, treat, through emo, true, false{})",
    "indirect": "nie(message = true, treat, through emo, true, false{})",
}
MORE = {
    "anxiety alone": f"{ANXIOUS} - {UNTREATED}",
    "share through emo": f"({TREATED} - {MIXED}) / ({TREATED} - {UNTREATED})",
    "total ratio": f"{TREATED} / {UNTREATED}",
    "direct ratio": f"{MIXED} / {UNTREATED}",
    "indirect ratio": f"{TREATED} / {MIXED}",
}
PUBLISHED = {"total": 0.102612, "direct": 0.017222, "indirect": 0.085390}
"""Average effects of the R package's vignette, by a linear and a probit model and the bootstrap."""


def people() -> pd.DataFrame:
    """The rows as they were published."""
    return pd.read_csv(io.BytesIO(STATSMODELS.read("statsmodels/stats/tests/results/framing.csv")))


def study() -> pd.DataFrame:
    """The rows, with anxiety in three groups: with more, or with age beside education, some groups are empty."""
    rows = people()
    return pd.DataFrame(
        {
            "treat": rows["treat"] == 1,
            "emo": pd.cut(rows["emo"], [2, 5, 8, 12], labels=False),
            "message": rows["cong_mesg"] == 1,
            "college": rows["educ"].isin(["some college", "bachelor's degree or higher"]),
        }
    )


def program(among: str = "", *, more: bool = True) -> str:
    """The effects as a program, for all or among some: `` | college = true``."""
    asked = {**PARTS, **(MORE if more else {})}
    return "\n".join(f'effect "{name}" = {text.replace("{}", among)}' for name, text in asked.items())


def answers(rows: pd.DataFrame, among: str = "", *, more: bool = True) -> dofx.Answers:
    """The effects with intervals by influence."""
    found = dofx.compile(program(among, more=more), GRAPH, variables=TYPES).fit(rows)
    return found.answer(rows, intervals="influence")


def products() -> dict[str, float]:
    """The effects by two least-squares lines: the indirect one is a product of their slopes (Baron and Kenny 1986)."""
    rows = people()
    beside = pd.get_dummies(rows[["treat", "age", "educ", "gender", "income"]], drop_first=True).astype(float)
    columns = np.column_stack([np.ones(len(rows)), beside])
    emo, message = rows["emo"].to_numpy(float), rows["cong_mesg"].to_numpy(float)
    moved = np.linalg.lstsq(columns, emo, rcond=None)[0][1]
    slopes = np.linalg.lstsq(np.column_stack([columns, emo]), message, rcond=None)[0]
    direct, indirect = float(slopes[1]), float(moved * slopes[-1])
    return {"total": direct + indirect, "direct": direct, "indirect": indirect}


def shown(found: dofx.Answers) -> list[str]:
    """Each effect with its interval, a line each."""
    lines = []
    for each in found.effects:
        assert each.interval is not None
        low, high = each.interval.low, each.interval.high
        lines.append(f"{each.name:18} {each.value:6.3f}  [{low:.3f}, {high:.3f}]")
    return lines


def main() -> None:
    """Print the effects for all and by a moderator, beside two other ways to find them."""
    rows = study()
    print(f"{len(rows)} people, {rows['treat'].sum()} saw the story")
    print(*shown(answers(rows)), sep="\n")
    for value in ("false", "true"):
        print(f"\namong college = {value}")
        print(*shown(answers(rows, f" | college = {value}", more=False)), sep="\n")
    print("\n          by two lines  published")
    for name, value in products().items():
        print(f"{name:8}  {value:12.3f}  {PUBLISHED[name]:9.3f}")


if __name__ == "__main__":
    main()
