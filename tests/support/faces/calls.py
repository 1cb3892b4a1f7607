"""Every public call, with arguments that it takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch

import dofx
from dofx import foreign
from dofx.compiler.model.dosearch import to_dosearch
from dofx.notebook import Studio
from dofx.runtime.export import load_aoti, read_signature
from dofx.runtime.fitting.fit import fit_options
from faces.calls_of_parts import Calls, made_of_parts

GRAPH = "z -> {x, y}; x -> y"
ROWS = {"x": [0, 1] * 30, "z": [0, 0, 1] * 20, "y": [0, 1, 1, 1] * 15}
PROGRAM = """
graph { z -> {x, y}; x -> y }
query risk = P(y | do(x))
effect ate = E[y | do(x = 1)] - E[y | do(x = 0)]
"""


JOINT = dofx.Table(["z", "x", "y"], np.full((2, 2, 2), 0.125))


AT: dict[str, Any] = {"do": {"x": 1}, "given": {"z": 0}}
LIMITS: dict[str, Any] = {"only": ["z"], "avoid": []}
HOW: dict[str, Any] = {
    "generators": {"y": "table"},
    "epochs": 1,
    "seed": 0,
    "settings": None,
    "device": "cpu",
    "simulated_rows": 10,
    "exact_refits": True,
}
"""Options of a fit."""


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
    def calls(self) -> Calls:
        """Each public call, with arguments that it takes."""
        return {
            **self.of_questions(),
            **self.of_fits(),
            **self.of_rows(),
            **self.of_answers(),
            **made_of_parts(),
        }

    def of_questions(self) -> Calls:
        """What is asked before there are rows."""
        graph = dofx.graph("x -> m -> y; x <-> y")
        compiled = {
            "data": None,
            "variables": {"x": "bool"},
            "passes": None,
            **LIMITS,
            "weights": {"refit": 100},
        }
        return {
            "graph": (dofx.graph, {"source": GRAPH}),
            "parse": (dofx.parse, {"text": PROGRAM, "name": "p"}),
            "identify": (
                dofx.identify,
                {"query": "P(y | do(x))", "graph": GRAPH, "data": [dofx.DataSet("survey")], **LIMITS},
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
            "DataSet": (
                dofx.DataSet,
                {
                    "name": "trial",
                    "sets": ["x"],
                    "measures": ["y"],
                    "differs": [],
                    "keeps": "z",
                    "person": "id",
                    "time": "visit",
                    "dates": {"born": "days since 2000-01-31"},
                },
            ),
            "compile": (dofx.compile, {"query": "P(y | do(x))", "graph": GRAPH, **compiled}),
            "compile a program": (dofx.compile, {"query": PROGRAM, "graph": None, **compiled}),
            "implications": (dofx.implications, {"graph": "x -> m -> y"}),
            "judge": (
                dofx.judge,
                {"graph": "x; y", "data": ROWS, "variables": {"x": "bool"}, "level": 0.05, "sample": None},
            ),
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
            "to_dosearch": (
                to_dosearch,
                {"query": dofx.Query.of("y", "x"), "graph": graph, "data": [dofx.DataSet("lab")]},
            ),
        }

    def of_fits(self) -> Calls:
        """What is fitted, and kept in files."""
        sampler = self.sampler
        return {
            "fit": (
                dofx.compile("P(y | do(x))", GRAPH).fit,
                {"data": ROWS, **HOW, "cache": None, "checkpoint": None, "progress": False, "engine": None},
            ),
            "fit a program": (dofx.compile(PROGRAM).fit, {"data": ROWS, **HOW}),
            "fit_options": (
                fit_options,
                {**{k: v for k, v in HOW.items() if k != "generators"}, "cache": None},
            ),
            "Stream": (dofx.Stream, {"source": self.folder / "rows.parquet", "sample": 5}),
            "open_draws": (
                dofx.compile("P(y | do(x))", GRAPH).open_draws,
                {"data": ROWS, "generators": None},
            ),
            "load": (dofx.load, {"folder": self.folder / "bundle", "generators": {}}),
            "save": (sampler.save, {"folder": self.folder / "again"}),
            "export": (sampler.export, {"path": self.folder / "z.pt2", "format": "pt2"}),
            "read_signature": (read_signature, {"path": self.folder / "y.pt2"}),
            "load_aoti": (load_aoti, {"path": self.folder / "y.pt2"}),
            "Studio": (Studio, {"program": PROGRAM, "data": ROWS, "height": 640}),
        }

    def of_rows(self) -> Calls:
        """Rows and distributions of a sampler."""
        sampler = self.sampler
        rows = {
            "n": 5,
            **AT,
            "seed": 0,
            "start": 0,
            "device": "cpu",
            "chunk": 2,
            "workers": 1,
            "precision": "float32",
        }
        return {
            "sample": (sampler.sample, {**rows, "engine": None}),
            "stream": (sampler.stream, rows),
            "sample_to": (
                sampler.sample_to,
                {"path": self.folder / "rows.csv", **rows, "progress": False, "engine": None},
            ),
            "precision_error": (sampler.precision_error, {"precision": "bf16", "n": 5, **AT, "device": None}),
            "distribution": (sampler.distribution, AT),
            "outcome_table": (sampler.outcome_table, AT),
            "unseen": (sampler.unseen, AT),
            "folded": (sampler.folded, {"dtype": torch.int64}),
            "relaxed": (sampler.relaxed, {"temperature": 0.25, "hard": True}),
            "samples[]": (lambda name: self.samples[name], {"name": "y"}),
            "values_of": (self.samples.values_of, {"name": "y"}),
            "pyro_model": (lambda **q: foreign.pyro_model(**q), {"sampler": sampler}),
            "observed": (lambda **q: foreign.observed(**q), {"sampler": sampler, "values": {"x": 1}}),
            "SamplingNetwork.evaluate": (sampler.network.evaluate, {"joint": JOINT}),
        }

    def of_answers(self) -> Calls:
        """Answers and their uncertainty, and what is said of them."""
        sampler, program, answers, estimand = self.sampler, self.program, self.answers, self.estimand
        return {
            "Estimand.evaluate": (estimand.evaluate, {"joint": JOINT}),
            "Estimand.from_json": (dofx.Estimand.from_json, {"data": estimand.to_json()}),
            "Estimand.latex": (estimand.latex, {"expanded": False}),
            "Estimand.text": (estimand.text, {"expanded": True}),
            "bootstrap": (sampler.bootstrap, {"data": ROWS, "replicates": 2, "seed": 0, "done": None, **HOW}),
            "links": (sampler.links, {"rows": ROWS, "seed": 0}),
            "explanation": (sampler.explanation, {"judged": True, "rows": None, "generators": None}),
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
            "effect": (self.replicates.effect, {"effect": "E[y | do(x = 1), z = 0]", "n": 50, "seed": 0}),
            "interval": (self.replicates.interval, {"statistic": lambda s: 1.0}),
            "spread": (self.replicates.distribution, AT),
            "bias": (program.sensitivity(ROWS)["ate"].bias, {"outcome": 0.1, "cause": 0.1}),
        }


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
    "bias",
    "to_dosearch",
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
"""Their names, which are known before anything is fitted."""
