"""What sets off the diagnostics of values (E0405 to E0408), generators (E0409 to E0411) and data (E05)."""

import os
import tempfile
import warnings
from functools import partial
from pathlib import Path

import pandas as pd
import torch
from torch import nn

from dofx import DataSet, Stream, compile
from dofx.compiler.driver import compile_query
from dofx.grammar.diagnostics.diagnostic import Diagnostic, DofxWarning
from dofx.runtime.data.arms import refuse_other_arms
from dofx.runtime.data.collection import sources_of
from dofx.runtime.data.dataset import read_data
from dofx.runtime.data.row_weights import sampled
from dofx.runtime.data.shaped.shape import shaped
from dofx.runtime.families import make_generator
from dofx.runtime.fitting.weighing import refuse_few
from dofx.runtime.variables import Real, Text, encode, infer_type, parse_type

FRAME = pd.DataFrame({"smoking": [1, None, 0, None, None, None], "age": [31.5, 40.2, 28.9, 28.0, 61.1, 47.3]})


def file(name: str, content: str | None) -> object:
    """Read a file of that name and content; without content there is only a sibling of it."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / (name if content is not None else "rows.csv")).write_text(content or "")
        home = Path.cwd()
        os.chdir(folder)
        try:
            return read_data(name, ["smoking"])
        finally:
            os.chdir(home)


def warned(column: list[object]) -> tuple[Diagnostic, ...]:
    """The diagnostics of the warnings that learning from a column sets off."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        read_data({"y": column}, ["y"], learned=True)
    return tuple(w.message.diagnostic for w in caught if isinstance(w.message, DofxWarning))


def no_rows() -> object:
    """Fit on one data set where the network reads two."""
    data = [DataSet("survey", measures=["age"]), DataSet("trial", sets=["smoking"], differs=["age"])]
    graph = "age -> cancer; smoking -> cancer; smoking <-> cancer"
    return sources_of({"survey": FRAME}, compile_query("P(cancer | do(smoking))", graph, data=data).network)


def other_arm() -> None:
    """Set a variable to what the experiment never set it to."""
    arms, types = {"dose": torch.tensor([0, 1])}, {"dose": parse_type("category('none', 'low', 'high')")}
    refuse_other_arms(arms, types, {"dose": torch.tensor([2])})


def holes_unsaid() -> None:
    """Fit on a column with holes that the graph does not explain."""
    rows = {"age": [0, 1] * 20, "smoking": [0, 0, 1, 1] * 10, "income": [1, None, 0, 1, 0] * 8}
    graph = "age -> {smoking, income}; smoking -> income"
    compile("P(income | do(smoking))", graph).fit(rows)


def not_together() -> None:
    """Fit on two columns that the graph says are missing together."""
    rows = {"height": [1, None, 0, 1] * 9, "weight": [1, 0, None, 1] * 9}
    compile("P(weight | do(height))", "height -> weight; missing(height, weight)").fit(rows)


def never_together() -> None:
    """Fit on two columns that no row shows together."""
    rows = {"income": [0, 1, None, None], "health": [None, None, 0, 1]}
    compile("P(health | do(income))", "income -> health; missing(income); missing(health)").fit(rows)


def streamed_into_a_cache() -> None:
    """Fit to a stream with a cache."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        pd.DataFrame({"x": [0, 1, 1, 0], "y": [1, 0, 1, 1]}).to_parquet(path)
        compile("P(y | do(x))", "x -> y").fit(Stream(path), cache=Path(folder) / "cache")


def of_people(data: DataSet, *files: dict[str, list[object]]) -> object:
    """Read files of the same people."""
    return shaped(list(files), data).read(["pain"])


TRIGGERS = {
    "E0512": partial(
        of_people,
        DataSet(person="id", time="visit"),
        {"id": [7, 7, 8], "visit": [0, 0, 0], "pain": [3, 4, 1]},
    ),
    "E0513": partial(
        of_people,
        DataSet(person="id"),
        {"id": [7, 8], "pain": [3, 4]},
        {"id": ["007", "008"], "age": [44, 61]},
    ),
    "E0514": partial(
        of_people,
        DataSet(person="id", dates={"pain": "days"}),
        {"id": [7, 8], "pain": ["2000-01-31", "soon"]},
    ),
    "E0520": streamed_into_a_cache,
    "E0510": lambda: sampled(
        read_data({"x": [0, 1, 1], "w": [1.5, -2.0, 0.0]}, ["x"]),
        {"x": [0, 1, 1], "w": [1.5, -2.0, 0.0]},
        DataSet(weights="w"),
    ),
    "W0401": partial(warned, ["1,200", "900", "1,300"] * 9),
    "W0402": partial(warned, ["Male", "male ", "female"] * 9),
    "W0403": partial(warned, [*range(60), *[-99] * 9]),
    "W0404": partial(warned, ["2024-01-31", "2024-02-29", "2024-03-31"] * 9),
    "E0405": partial(read_data, FRAME, ["smoking"]),
    "E0406": partial(encode, Real(), [1.0, 2.0], what="variable `age`", rows=1_000),
    "E0407": partial(encode, Text(12), ["a cough", "a cough and fever"], what="variable `report`"),
    "E0408": partial(infer_type, [f"patient {i}" for i in range(5_000)], what="column `id`"),
    "E0409": partial(make_generator, "tabel", parse_type("bool"), []),
    "E0410": partial(make_generator, "table", Real(), []),
    "E0411": partial(make_generator, nn.Linear(1, 1), Real(), []),
    "E0501": partial(file, "row.csv", None),
    "E0502": partial(file, "rows.xlsx", "x"),
    "E0503": partial(file, "rows.csv", "\n1,31.5\n"),
    "E0504": partial(read_data, FRAME, ["smokng"]),
    "E0505": partial(read_data, pd.concat([FRAME, FRAME], axis=1), ["smoking"]),
    "E0506": partial(read_data, FRAME[:0], ["smoking"]),
    "E0508": no_rows,
    "E0509": other_arm,
    "E0515": holes_unsaid,
    "E0516": partial(read_data, {"income": [None, None]}, ["income"], holes=True),
    "E0517": never_together,
    "E0519": not_together,
    "E0518": partial(refuse_few, torch.tensor([1.0] * 60 + [40.0]), "P(income | age)"),
    "E0507": partial(read_data, {"smoking": [0, 1], "age": [31.5, 40.2, 28.9]}, ["smoking", "age"]),
}
