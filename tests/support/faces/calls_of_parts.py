"""Calls that make what generators, their training, models from other libraries and engines are made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import torch

from dofx import engines, foreign, generators

Calls: TypeAlias = dict[str, tuple[Callable[..., Any], dict[str, Any]]]
"""Calls by name, each with arguments that it takes."""


def made_of_parts() -> Calls:
    """What generators, their training, models from other libraries and engines are made of."""
    return {**_settings(), **_families(), **_models()}


def _settings() -> Calls:
    """Settings, types of variables, and parts of an engine."""
    boolean, real = generators.Finite((False, True)), generators.Real()
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
        "Resources": (engines.Resources, {"cpus": 1, "gpus": None, "custom": {}, "workers": 1}),
        "Ray": (
            engines.Ray,
            {"address": None, "cpus": 1, "gpus": None, "resources": {}, "data_parallel": {}, "retries": 1},
        ),
        "Task": (engines.Task, {"key": "a", "call": int, "arguments": ("7",)}),
    }


def _families() -> Calls:
    """Each family of generators."""
    boolean, real = generators.Finite((False, True)), generators.Real()
    image = {"target": generators.Image(1, 8, 8), "given": [boolean], "width": 8, "steps": 2, "patch": 1}
    text = {"width": 8, "layers": 1, "heads": 2, "most": 8, "pieces": ["a"], "places": 2}
    atoms = {"atoms": 1, "rest": True, "hidden": [4], "bins": 3}
    return {
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
    }


def _models() -> Calls:
    """Models from other libraries."""
    return {
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
    }


class Fitted:
    """What a fitted classifier has."""

    classes_ = (0, 1)

    def predict_proba(self, rows: Any) -> Any:
        return np.full((len(rows), 2), 0.5)
