"""Every public call with odd values in the place of each argument: it succeeds, or what is wrong is a diagnostic."""

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch

import dofx
from dofx import DofxError, NotIdentifiableError, engines, foreign, generators
from dofx.grammar.edge.arguments import Edge
from dofx.notebook import Studio
from dofx.runtime.export import load_aoti, read_signature
from dofx.runtime.fitting.fit import fit_options

GRAPH = "z -> {x, y}; x -> y"
ROWS = {"x": [0, 1] * 30, "z": [0, 0, 1] * 20, "y": [0, 1, 1, 1] * 15}
PROGRAM = """
graph { z -> {x, y}; x -> y }
query risk = P(y | do(x))
effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]
"""


class Hostile:
    """Raises whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def __len__(self) -> int:
        raise ValueError("len")

    def __bool__(self) -> bool:
        raise ValueError("bool")

    def __eq__(self, other: object) -> bool:
        raise ValueError("eq")

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        raise ValueError("repr")


ODD: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "true": lambda: True,
    "negative": lambda: -1,
    "zero": lambda: 0,
    "three": lambda: 3,
    "fraction": lambda: 1.5,
    "nan": lambda: float("nan"),
    "infinite": lambda: float("inf"),
    "complex": lambda: 1j,
    "large": lambda: 10**30,
    "empty text": lambda: "",
    "word": lambda: "nope",
    "name": lambda: "x",
    "nul": lambda: "a\0b",
    "surrogate": lambda: "\ud800",
    "bytes": lambda: b"x",
    "empty list": list,
    "names": lambda: ["x"],
    "unknown names": lambda: ["nope"],
    "nested list": lambda: [[["x"]]],
    "tuple": lambda: ("x", 1),
    "empty dict": dict,
    "dict of a name": lambda: {"x": 1},
    "dict of a list": lambda: {"x": [[]]},
    "dict of an unknown name": lambda: {"nope": 1},
    "dict of a number": lambda: {1: 1},
    "dict of none": lambda: {"x": None},
    "set": lambda: {"x"},
    "range": lambda: range(3),
    "object": object,
    "hostile": Hostile,
    "function": lambda: lambda *_: None,
    "class": lambda: dict,
    "array": lambda: np.array([1.0, 2.0]),
    "array of objects": lambda: np.array([object(), None]),
    "scalar": lambda: np.float32(0.5),
    "tensor": lambda: torch.ones(2, 2),
    "path": lambda: Path("nope"),
    "iterator": lambda: iter("x"),
    "table": lambda: dofx.Table(["x"], [0.5, 0.5]),
    "graph": lambda: dofx.graph("x -> y"),
}

JOINT = dofx.Table(["z", "x", "y"], np.full((2, 2, 2), 0.125))


class World:
    """What the methods are called on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sampler = dofx.compile("P(y | do(x), z)", GRAPH).fit(ROWS)
        self.program = dofx.compile(PROGRAM)
        assert isinstance(self.program, dofx.CompiledProgram)
        self.program.fit(ROWS)
        self.answers = self.program.answer(n=100)
        self.identification = dofx.identify("P(y | do(x), z)", GRAPH)
        self.estimand = self.identification.estimand
        self.samples = self.sampler.sample(5, do={"x": 1}, given={"z": 0}, seed=0)
        self.replicates = self.sampler.bootstrap(ROWS, 2)
        self.sampler.save(folder / "bundle")
        self.sampler.export(folder / "y.pt2")
        pq.write_table(pa.table(ROWS), folder / "rows.parquet")

    @property
    def calls(self) -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
        """Each public call, with arguments that it takes."""
        sampler, program, answers, estimand = self.sampler, self.program, self.answers, self.estimand
        at: dict[str, Any] = {"do": {"x": 1}, "given": {"z": 0}}
        rows = {
            "n": 5,
            **at,
            "seed": 0,
            "start": 0,
            "device": "cpu",
            "chunk": 2,
            "workers": 1,
            "precision": "float32",
        }
        how = {
            "generators": {"y": "table"},
            "epochs": 1,
            "seed": 0,
            "settings": None,
            "device": "cpu",
            "simulated_rows": 10,
            "exact_refits": True,
        }
        limits: dict[str, Any] = {"only": ["z"], "avoid": []}
        compiled = {
            "data": None,
            "variables": {"x": "bool"},
            "passes": None,
            **limits,
            "weights": {"refit": 100},
        }
        graph = dofx.graph("x -> m -> y; x <-> y")
        return {
            "graph": (dofx.graph, {"source": GRAPH}),
            "parse": (dofx.parse, {"text": PROGRAM, "name": "p"}),
            "identify": (
                dofx.identify,
                {"query": "P(y | do(x))", "graph": GRAPH, "data": [dofx.DataSet("survey")], **limits},
            ),
            "DataSet": (
                dofx.DataSet,
                {"name": "trial", "sets": ["x"], "measures": ["y"], "differs": [], "keeps": "z"},
            ),
            "identify a query": (
                lambda **q: dofx.identify(dofx.Query.of(**q), GRAPH),
                {
                    "outcomes": ("y",),
                    "interventions": ("x",),
                    "conditions": ("z",),
                    "values": {},
                    "limits": dofx.Query.of(("y",)).limits,
                },
            ),
            "compile": (dofx.compile, {"query": "P(y | do(x))", "graph": GRAPH, **compiled}),
            "compile a program": (dofx.compile, {"query": PROGRAM, "graph": None, **compiled}),
            "implications": (dofx.implications, {"graph": "x -> m -> y"}),
            "judge": (
                dofx.judge,
                {"graph": "x; y", "data": ROWS, "variables": {"x": "bool"}, "level": 0.05, "sample": None},
            ),
            "load": (dofx.load, {"folder": self.folder / "bundle", "generators": {}}),
            "Query": (
                dofx.Query.of,
                {"outcomes": ("y",), "interventions": (), "conditions": (), "values": {}},
            ),
            "Table": (dofx.Table, {"names": ["x"], "array": [0.5, 0.5], "states": {"x": ["a", "b"]}}),
            "Table.array": (JOINT.array, {"order": ["z", "x", "y"]}),
            "Table.marginal": (JOINT.marginal, {"names": ["x"]}),
            "ADMG": (dofx.ADMG, {"nodes": ["x"], "directed": [("x", "y")], "bidirected": []}),
            "ADMG.is_separated": (graph.is_separated, {"x": ["x"], "y": ["y"], "given": ["m"]}),
            "ADMG.ancestors": (lambda name: graph.ancestors(name), {"name": "x"}),
            "ADMG.parents": (lambda name: graph.parents(name), {"name": "x"}),
            "ADMG.children": (lambda name: graph.children(name), {"name": "x"}),
            "ADMG.descendants": (lambda name: graph.descendants(name), {"name": "x"}),
            "Estimand.evaluate": (estimand.evaluate, {"joint": JOINT}),
            "Estimand.from_json": (dofx.Estimand.from_json, {"data": estimand.to_json()}),
            "Estimand.latex": (estimand.latex, {"expanded": False}),
            "Estimand.text": (estimand.text, {"expanded": True}),
            "SamplingNetwork.evaluate": (sampler.network.evaluate, {"joint": JOINT}),
            "fit": (
                dofx.compile("P(y | do(x))", GRAPH).fit,
                {"data": ROWS, **how, "cache": None, "checkpoint": None, "progress": False, "engine": None},
            ),
            "fit a program": (dofx.compile(PROGRAM).fit, {"data": ROWS, **how}),
            "fit_options": (
                fit_options,
                {**{k: v for k, v in how.items() if k != "generators"}, "cache": None},
            ),
            "Stream": (dofx.Stream, {"path": self.folder / "rows.parquet", "sample": 5}),
            "sample": (sampler.sample, {**rows, "engine": None}),
            "stream": (sampler.stream, rows),
            "sample_to": (
                sampler.sample_to,
                {"path": self.folder / "rows.csv", **rows, "progress": False, "engine": None},
            ),
            "precision_error": (sampler.precision_error, {"precision": "bf16", "n": 5, **at, "device": None}),
            "distribution": (sampler.distribution, at),
            "outcome_table": (sampler.outcome_table, at),
            "unseen": (sampler.unseen, at),
            "folded": (sampler.folded, {"dtype": torch.int64}),
            "relaxed": (sampler.relaxed, {"temperature": 0.25, "hard": True}),
            "bootstrap": (sampler.bootstrap, {"data": ROWS, "replicates": 2, "seed": 0, "done": None, **how}),
            "links": (sampler.links, {"rows": ROWS, "seed": 0}),
            "open_draws": (
                dofx.compile("P(y | do(x))", GRAPH).open_draws,
                {"data": ROWS, "generators": None},
            ),
            "explanation": (sampler.explanation, {"judged": True, "rows": None, "generators": None}),
            "save": (sampler.save, {"folder": self.folder / "again"}),
            "export": (sampler.export, {"path": self.folder / "z.pt2", "format": "pt2"}),
            "answer": (
                program.answer,
                {
                    "data": ROWS,
                    "intervals": "bootstrap",
                    "replicates": 2,
                    "n": 50,
                    "seed": 0,
                    "reference": {},
                    "done": None,
                },
            ),
            "positivity": (program.positivity, {"data": ROWS, "seed": 0}),
            "explanations": (program.explanations, {"judged": False}),
            "program[]": (lambda name: program[name], {"name": "risk"}),
            "program.get": (lambda name: program.get(name), {"name": "risk"}),
            "answers[]": (lambda name: answers[name], {"name": "risk"}),
            "assumptions": (answers.assumptions, {"data": ROWS}),
            "samples[]": (lambda name: self.samples[name], {"name": "y"}),
            "values_of": (self.samples.values_of, {"name": "y"}),
            "effect": (self.replicates.effect, {"effect": "E[y | do(x = 1), z = 0]", "n": 50, "seed": 0}),
            "interval": (self.replicates.interval, {"statistic": lambda s: 1.0}),
            "spread": (self.replicates.distribution, at),
            "Studio": (Studio, {"program": PROGRAM, "data": ROWS, "height": 640}),
            "read_signature": (read_signature, {"path": self.folder / "y.pt2"}),
            "load_aoti": (load_aoti, {"path": self.folder / "y.pt2"}),
            "pyro_model": (lambda **q: foreign.pyro_model(**q), {"sampler": sampler}),
            "observed": (lambda **q: foreign.observed(**q), {"sampler": sampler, "values": {"x": 1}}),
            **made_of_parts(),
        }


def made_of_parts() -> dict[str, tuple[Callable[..., Any], dict[str, Any]]]:
    """What generators, their training, models from other libraries and engines are made of."""
    boolean, real = generators.Finite((False, True)), generators.Real()
    image = {"target": generators.Image(1, 8, 8), "given": [boolean], "width": 8, "steps": 2, "patch": 1}
    settings = {
        "seed": 0,
        "epochs": 1,
        "batch_size": 4,
        "learning_rate": 0.1,
        "held_out": 0.1,
        "patience": 1,
        "device": "cpu",
        "minutes": 1.0,
        "precision": "float32",
        "checkpoint": None,
        "sheets": None,
        "progress": None,
    }
    text = {"width": 8, "layers": 1, "heads": 2, "most": 8, "pieces": ["a"], "places": 2}
    atoms = {"atoms": 1, "rest": True, "hidden": [4], "bins": 3}
    return {
        "FitSettings": (generators.FitSettings, settings),
        "Noise": (generators.Noise, {"shape": (2,), "law": "normal"}),
        "Relaxation": (generators.Relaxation, {"temperature": 0.5, "hard": True}),
        "Finite": (generators.Finite, {"states": ("a", "b")}),
        "Real": (generators.Real, {"shape": (2,)}),
        "Image": (generators.Image, {"channels": 1, "height": 8, "width": 8, "bytes": False}),
        "Text": (generators.Text, {"length": 8}),
        "parse_type": (generators.parse_type, {"type": "real"}),
        "encode": (
            generators.encode,
            {"type": boolean, "values": [True], "what": "x", "rows": 1, "help": ()},
        ),
        "event_shape": (generators.event_shape, {"type": real}),
        "TableGenerator": (
            generators.TableGenerator,
            {"target": boolean, "given": [boolean], "smoothing": 1.0},
        ),
        "SoftmaxGenerator": (
            generators.SoftmaxGenerator,
            {"target": boolean, "given": [real], "hidden": [4]},
        ),
        "SplineGenerator": (
            generators.SplineGenerator,
            {"target": real, "given": [real], "hidden": [4], "bins": 3, "transforms": 1},
        ),
        "AtomsGenerator": (generators.AtomsGenerator, {"target": real, "given": [boolean], **atoms}),
        "FlowMatchingGenerator": (generators.FlowMatchingGenerator, image),
        "DdpmGenerator": (generators.DdpmGenerator, image),
        "TextGenerator": (
            generators.TextGenerator,
            {"target": generators.Text(8), "given": [boolean], **text},
        ),
        "RowsGenerator": (generators.RowsGenerator, {"target": real, "given": [], "rows": 2, "most": 4}),
        "from_function": (
            foreign.from_function,
            {"function": lambda noise, given: noise, "noise": "normal", "log_prob": None},
        ),
        "from_sampler": (foreign.from_sampler, {"sample": lambda given: None, "one_by_one": False}),
        "from_distribution": (foreign.from_distribution, {"law": lambda given: None}),
        "from_flow": (foreign.from_flow, {"flow": torch.nn.Linear(1, 1), "columns": ["x"]}),
        "from_classifier": (foreign.from_classifier, {"model": Fitted(), "columns": ["x"]}),
        "from_language_model": (
            foreign.from_language_model,
            {"model": torch.nn.Linear(1, 1), "tokenizer": None, "prompt": None, "most_tokens": 8},
        ),
        "from_pipeline": (
            foreign.from_pipeline,
            {"pipeline": object(), "inputs": None, "steps": 2, "values": None},
        ),
        "Resources": (engines.Resources, {"cpus": 1, "gpus": None, "custom": {}, "workers": 1}),
        "Ray": (
            engines.Ray,
            {"address": None, "cpus": 1, "gpus": None, "resources": {}, "data_parallel": {}, "retries": 1},
        ),
        "Task": (engines.Task, {"key": "a", "call": int, "arguments": ("7",)}),
    }


class Fitted:
    """What a fitted classifier has."""

    classes_ = (0, 1)

    def predict_proba(self, rows: Any) -> Any:
        return np.full((len(rows), 2), 0.5)


SLOW = {("bootstrap", "replicates", "large"), ("answer", "replicates", "large"), ("export", "path", "word")}
"""What would run for ever, though nothing is wrong with it."""

CALLBACKS = ("progress", "done", "statistic")

NAMES = [
    "graph",
    "parse",
    "identify",
    "DataSet",
    "identify a query",
    "compile",
    "compile a program",
    "implications",
    "judge",
    "load",
    "Query",
    "Table",
    "Table.array",
    "Table.marginal",
    "ADMG",
    "ADMG.is_separated",
    "ADMG.ancestors",
    "ADMG.parents",
    "ADMG.children",
    "ADMG.descendants",
    "Estimand.evaluate",
    "Estimand.from_json",
    "Estimand.latex",
    "Estimand.text",
    "SamplingNetwork.evaluate",
    "fit",
    "fit a program",
    "fit_options",
    "sample",
    "Stream",
    "stream",
    "sample_to",
    "precision_error",
    "distribution",
    "outcome_table",
    "unseen",
    "folded",
    "relaxed",
    "bootstrap",
    "links",
    "open_draws",
    "explanation",
    "save",
    "export",
    "answer",
    "explanations",
    "program[]",
    "positivity",
    "Studio",
    "program.get",
    "answers[]",
    "assumptions",
    "samples[]",
    "values_of",
    "effect",
    "interval",
    "spread",
    "read_signature",
    "load_aoti",
    "pyro_model",
    "observed",
    *made_of_parts(),
]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


def odd_calls(world: World, name: str) -> Iterator[tuple[str, Callable[[], Any]]]:
    call, arguments = world.calls[name]
    for argument in arguments:
        for kind, make in ODD.items():
            ours = argument in CALLBACKS and kind in (
                "class",
                "function",
            )  # what it raises is the caller's own
            if not ours and (name, argument, kind) not in SLOW:
                yield f"{argument} = {kind}", lambda a=argument, make=make: call(**{**arguments, a: make()})


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_odd_arguments_are_diagnostics(
    name: str, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert set(world.calls) == set(NAMES)
    faults = []
    for what, call in odd_calls(world, name):
        try:
            call()
        except DofxError as error:
            str(error)
        except NotIdentifiableError:
            pass
        except Exception as error:  # whatever else comes out is a fault
            faults.append(f"{what}: {type(error).__name__}: {error}")
    assert not faults, "\n" + "\n".join(faults)


def edges() -> dict[str, Edge]:
    """What `public` checks, by name."""
    found: dict[str, Edge] = {}
    values = [getattr(face, name) for face in (dofx, engines, foreign, generators) for name in face.__all__]
    values += [
        fit_options,
        *(method for value in values if isinstance(value, type) for method in methods(value)),
    ]
    for value in values:
        edge = getattr(value.__init__ if isinstance(value, type) else value, "__edge__", None)
        if edge is not None:
            found[edge.name] = edge
    return found


def methods(kind: type) -> Iterator[Any]:
    for name, _ in inspect.getmembers(kind):
        if not name.startswith("_"):
            yield inspect.getattr_static(kind, name)


def test_every_annotation_is_understood() -> None:
    """One that names what its module does not import would leave its argument unchecked."""
    assert len(edges()) > 40
    for name, edge in edges().items():
        assert edge.checks, name
        unchecked = {argument for argument, check in edge.checks.items() if check is None}
        known = {"self", "data", "rows", "graph", "source", "array", *edge.own}
        known |= {"key", "values", "model", "tokenizer", "pipeline"}  # anything, or asked what it has
        assert unchecked <= known, f"{name} leaves {unchecked - known} unchecked"


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: dofx.identify("P(y)", "y", avoids=[]), "did you mean `avoid`?"),  # type: ignore[call-arg]
        (lambda: dofx.compile("P(y)", "y").fit(ROWS, epoch=3), "did you mean `epochs`?"),  # type: ignore[call-arg]
        (lambda: dofx.compile("P(y)", "y").fit(ROWS, epochs="3"), "give a whole number"),
        (lambda: dofx.Query.of(1), "give a list of texts"),  # type: ignore[arg-type]
        (lambda: dofx.compile("P(y)", "y", variables={1: "real"}), "with an `int` as a key"),  # type: ignore[dict-item]
        (lambda: dofx.ADMG(["x"], [("x",)]), "holds a `tuple` of 1"),  # type: ignore[list-item]
    ],
)
def test_what_is_wrong_and_what_to_do_is_said(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(DofxError) as error:
        call()
    assert said in str(error.value)


def test_a_name_that_is_not_there_is_a_key_error_with_a_hint(world: World) -> None:
    for mapping, near in ((world.program, "risc"), (world.answers, "aet"), (world.samples, "Y")):
        with pytest.raises(KeyError) as error:
            mapping[near]
        assert isinstance(error.value, DofxError)
        assert "did you mean" in str(error.value)
    assert world.program.get("risc") is None
