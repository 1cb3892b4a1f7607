"""What sets off the diagnostics of samplers (E0414, E042) and bundles (E06)."""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from dofx import Table
from dofx.compiler.graph.read import graph_of
from dofx.compiler.model.query import Query
from dofx.compiler.model.resolve import query_of
from dofx.compiler.model.worlds import Event, Policy, World
from dofx.compiler.network.ir import Draw, Fit, SamplingNetwork, Stage
from dofx.grammar.diagnostics.diagnostic import DofxError
from dofx.grammar.edge.libraries import library
from dofx.grammar.parse import parse_query
from dofx.grammar.syntax.program import Expectation, Name, Number, Operation, Term
from dofx.runtime.answers.effects import evaluate
from dofx.runtime.bundle.bundle import _body_hash, load
from dofx.runtime.compile import compile
from dofx.runtime.data.samples import Samples
from dofx.runtime.families.table import TableGenerator
from dofx.runtime.fitting.choosing import choose
from dofx.runtime.foreign.filled import require_weights
from dofx.runtime.policies.expressions import Expression
from dofx.runtime.program import CompiledProgram
from dofx.runtime.sampler import Sampler
from dofx.runtime.trained import Trained
from models.worlds import FRONT_DOOR, front_door_rows
from stand_ins.stubs import Linear, Probit, Softmax

NETWORK = SamplingNetwork(
    Query.of(("cancer",), ("smoking",), ("age",)),
    (
        Stage(
            "answer",
            (("smoking", "smoking"), ("age", "age")),
            (Draw.of("cancer", "cancer", (("smoking", "smoking"), ("age", "age"))),),
            (("cancer", "cancer"),),
        ),
    ),
)


@cache
def fitted() -> Sampler:
    rng = np.random.default_rng(0)
    columns = {name: rng.integers(0, 2, 200) for name in ("smoking", "cancer")}
    age = np.array(["young", "old"])[rng.integers(0, 2, 200)]
    return Sampler(NETWORK).fit({**columns, "age": age})


def followed(policies: Mapping[str, Any]) -> Samples:
    world = World.where(smoking=Policy("advice", (Event("age"),)))
    given = (("smoking", "smoking"), ("age", "age"))
    draws = (
        Draw.of("age", "age"),
        Draw.of("smoking", "smoking", given[1:], Policy("advice", (Event("age"),))),
        Draw.of("cancer", "cancer", given),
    )
    answer = Stage("answer", (), draws, (("cancer", "cancer"),))
    network = SamplingNetwork(Query((Event("cancer", world),), (), world), (answer,))
    return (
        Sampler(network)
        .adopt(Trained(network, {**fitted().modules, **_ages()}, fitted().types))
        .sample(5, policies=policies)
    )


def shifted() -> SamplingNetwork:
    (_, shift), *_ = query_of(parse_query("P(y | do(x = x + 1))"), graph_of("x -> y")).do
    assert isinstance(shift, Policy)
    draws = (Draw.of("x", "x"), Draw.of("x'", "x", (("x", "x"),), shift))
    return SamplingNetwork(Query.of("x"), (Stage("answer", (), draws, (("x", "x'"),)),))


def _ages() -> dict[Fit, nn.Module]:
    return {Fit.of("age"): TableGenerator(fitted().types["age"], [])}


def sample(n: int = 10, **roles: Mapping[str, Any]) -> Samples:
    return fitted().sample(n, **{"do": {"smoking": 1}, "given": {"age": "old"}, **roles})


def not_exact() -> object:
    rows, _ = front_door_rows(200)
    real = {**rows, "z": rows["z"] + np.linspace(0, 1, 200)}
    return Sampler(FRONT_DOOR).fit(real, generators={"z": Linear(1), "y": Probit(2)}).distribution()


def mean_of_strings() -> object:
    age = Stage("answer", (), (Draw.of("age", "age"),), (("age", "age"),))
    sampler = Sampler(SamplingNetwork(Query.of(("age",)), (age,))).fit({"age": ["old", "young", "old"]})
    return evaluate(Expectation(Term(Name("age"))), lambda leaf: sampler)


def bundle(break_it: Callable[[Path], object]) -> object:
    """Load a bundle that was broken first, from a place of a stable name."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "smoking.dofx"
        rows, _ = front_door_rows(50)
        Sampler(FRONT_DOOR).fit(rows, generators={"y": Softmax([2, 3, 2])}).save(folder)
        try:
            break_it(folder)
            return load(folder)
        except DofxError as error:
            raise DofxError(_without(place, d) for d in error.diagnostics) from None


def _without(place: str, diagnostic: Any) -> Any:
    def shorten(text: str) -> str:
        return text.replace(f"{place}/", "")

    notes, help = (tuple(map(shorten, texts)) for texts in (diagnostic.notes, diagnostic.help))
    return replace(diagnostic, title=shorten(diagnostic.title), notes=notes, help=help)


def rewrite(folder: Path, **changes: object) -> None:
    body = json.loads((folder / "bundle.json").read_text())
    del body["sha256"]
    body.update(changes)
    (folder / "bundle.json").write_text(json.dumps({**body, "sha256": _body_hash(body)}))


def weights(folder: Path) -> Path:
    """The weights file, under a stable name."""
    (found,) = folder.glob("*.safetensors")
    stable = found.rename(folder / "weights-0123456789abcdef.safetensors")
    body = json.loads((folder / "bundle.json").read_text())
    rewrite(folder, weights={**body["weights"], "file": stable.name})
    return stable


def foreign(folder: Path) -> None:
    for file in folder.iterdir():
        file.unlink()
    (folder / "thesis.tex").touch()
    fitted().save(folder)


def older_layout(folder: Path) -> None:
    body = json.loads((folder / "bundle.json").read_text())
    configs = [{**body["generators"][0], "layout": 0}, *body["generators"][1:]]
    rewrite(folder, generators=configs, dofx="0.0.7")


def program() -> CompiledProgram:
    compiled = compile(
        "graph { smoking -> cancer }  query risk = P(cancer | do(smoking))  effect level = E[cancer]"
    )
    assert isinstance(compiled, CompiledProgram)
    return compiled.fit({"smoking": [0, 1] * 50, "cancer": [0, 1, 1, 1] * 25})


def real_program() -> CompiledProgram:
    compiled = compile("graph { x -> y }  effect level = E[y | do(x = 1)]")
    assert isinstance(compiled, CompiledProgram)
    rows = {"x": [0, 1] * 50, "y": [0.25 * row for row in range(100)]}
    return compiled.fit(rows, epochs=1, progress=False)


TRIGGERS = {
    "E0414": lambda: choose(FRONT_DOOR, None, {}, {("x", "y"): "spline"}),
    "E0415": lambda: require_weights("P(cancer | smoking)", Linear(1)),
    "E0420": lambda: Sampler(NETWORK).sample(10),
    "E0421": partial(sample, do={"smokng": 1, "smoking": 1}),
    "E0422": partial(sample, do={"smoking": 1, "age": "old"}),
    "E0423": lambda: fitted().sample(10, given={"age": "old"}),
    "E0424": partial(sample, 0),
    "E0425": not_exact,
    "E0426": lambda: Sampler(NETWORK).fit({}, generators={"cancr": "table"}),
    "E0427": mean_of_strings,
    "E0428": lambda: evaluate(Operation("/", Number(1), Number(0)), {}),
    "E0429": lambda: library("pandas_of_the_future"),
    "E0435": lambda: fitted().like(fitted().modules).links(),
    "E0460": lambda: followed({}),
    "E0461": lambda: followed({"advise": True}),
    "E0462": lambda: followed({"advice": 3}),
    "E0464": lambda: Expression("advice", "agee > 60", ["age"]),
    "E0463": lambda: shifted().evaluate(Table("x", [0.2, 0.3, 0.5])),
    "E0450": lambda: program().answer()["risk"].value,
    "E0451": lambda: program().answer({}, intervals="botstrap"),  # type: ignore[arg-type]
    "E0452": lambda: program().answer(replicas=5),
    "E0453": lambda: real_program().influence({"x": [0, 1], "y": [0.25, 1.5]}),
    "E0601": partial(bundle, lambda folder: (folder / "bundle.json").unlink()),
    "E0602": partial(bundle, lambda folder: rewrite(folder, version=7)),
    "E0603": partial(bundle, lambda folder: weights(folder).unlink()),
    "E0604": partial(bundle, lambda folder: weights(folder).write_bytes(b"half")),
    "E0605": partial(bundle, lambda folder: rewrite(folder, network={"outcomes": ["y"]})),
    "E0606": partial(bundle, foreign),
    "E0607": partial(bundle, lambda folder: None),
    "E0608": partial(bundle, older_layout),
}
