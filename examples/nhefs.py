"""Quitting smoking and weight: a follow-up study with holes, answered with them and from its complete rows alone.

    python examples/nhefs.py

The National Health and Nutrition Examination Survey's follow-up (1971 to 1982) weighed 1,566 of 1,629 smokers again.
Its own holes are few. So a second part makes more of them in the rows that were weighed, where the answer of all is
known: the weight in 1971 is hidden more often from those who gained weight.

References:
    Hernán and Robins (2020), "Causal Inference: What If", part II.
"""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
from archives import CAUSALDATA

import dofx

GRAPH = (
    "sex -> {age, weight, cigarettes}; age -> {weight, cigarettes}; weight -> cigarettes; "
    "{sex, age, weight, cigarettes} -> {quit, gain}; quit -> gain"
)
LOST = "{quit, sex, age, weight, cigarettes} -> missing(gain)"
HIDDEN = "{gain, sex} -> missing(weight)"
EFFECT = "E[gain | do(quit = 1)] - E[gain | do(quit = 0)]"


def study() -> pd.DataFrame:
    """The rows, numbers in groups: the gain in kilograms, to five, between -10 and 20; missing where nobody weighed."""
    rows = pd.read_stata(io.BytesIO(CAUSALDATA.read("causaldata/nhefs/nhefs.dta")))
    thirds = {name: pd.qcut(rows[name], 3, labels=False) for name in ("age", "wt71")}
    gain = (rows["wt82_71"] / 5).round().clip(-2, 4) * 5
    return pd.DataFrame(
        {
            "quit": rows["qsmk"].astype(int),
            "sex": rows["sex"].astype(str),
            "age": thirds["age"],
            "weight": thirds["wt71"],
            "cigarettes": (rows["smokeintensity"] > 20).astype(int),
            "gain": gain,
        }
    )


def hidden(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The same rows, the weight in 1971 hidden from most of those who gained."""
    shown = np.random.default_rng(seed).random(len(rows)) < np.where(rows["gain"] > 0, 0.3, 0.95)
    return rows.assign(weight=rows["weight"].astype(float).where(shown))


def effect(rows: pd.DataFrame, *holes: str) -> float:
    """The kilograms that quitting adds."""
    program = dofx.compile(EFFECT, "; ".join([GRAPH, *holes])).fit(rows)
    return float(program.answer()["effect"].value)


def imputed(rows: pd.DataFrame, seed: int) -> float:
    """The same by multiple imputation: each hidden weight is that of a row that is alike, drawn five times (hot deck).

    A row is alike if it agrees in everything else; where none does, in as many columns as some do, gain and sex first.
    """
    source, found = np.random.default_rng(seed), []
    like = ["gain", "sex", "quit", "cigarettes", "age"]
    for _ in range(5):
        filled = rows.copy()
        for number in range(len(like), 0, -1):
            known = filled[rows["weight"].notna()]
            donors = {each: group["weight"].to_numpy() for each, group in known.groupby(like[:number])}
            for place, row in filled[filled["weight"].isna()].iterrows():
                if (each := tuple(row[like[:number]])) in donors:
                    filled.loc[place, "weight"] = source.choice(donors[each])
        found.append(effect(filled.dropna()))
    return float(np.mean(found))


def main() -> None:
    """Print the effects, and how far those from rows with more holes are from the effect that all rows give."""
    rows = study()
    complete = rows.dropna()
    print(f"{len(rows):,} rows, {len(complete):,} of them complete")
    print(f"with the holes of the study: {effect(rows, LOST):.2f} kg")
    print(f"complete rows alone:         {effect(complete):.2f} kg")
    whole = effect(complete)
    errors = {"with the graph of holes": [], "complete rows alone": [], "imputed five times": []}
    for seed in range(20):
        made = hidden(complete, seed)
        errors["imputed five times"].append(imputed(made, seed) - whole)
        errors["with the graph of holes"].append(effect(made, HIDDEN) - whole)
        errors["complete rows alone"].append(effect(made.dropna()) - whole)
    print(f"weights hidden by gain, {len(hidden(complete, 0).dropna()):,} complete rows left, 20 times:")
    for name, found in errors.items():
        print(
            f"  {name:24} off by {np.mean(found):+.2f} kg on average, {np.sqrt(np.mean(np.square(found))):.2f} each"
        )


if __name__ == "__main__":
    main()
