"""The signature of an exported sampler: what it answers, what it takes and returns, and what its codes mean.

It travels inside the file as JSON, so that whoever finds the file without its program can still use it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import torch

from ...compiler.emit import SamplingGraph
from ...compiler.emit.names import identifier
from ...grammar.syntax.program import Value
from ..families.capabilities import family_name
from ..files import version_of_dofx
from ..variables import Finite, VariableType, default_dtype, encode, event_shape

if TYPE_CHECKING:
    from ..network_sampler import NetworkSampler

FORMAT = "dofx export"
VERSION = 1
"""Raised when older readers would misread what is written."""

METADATA = "dofx.json"
"""The name of the signature inside an artefact: a file of an archive, or a key of metadata."""

ROWS = "rows"
"""The name of the batch axis, the first of every input and output."""

DRAWING = {
    "uniform": {
        "meaning": "independent numbers, uniform on [0, 1)",
        "torch": "torch.rand(rows, *shape)",
        "numpy": "rng.random((rows, *shape), dtype=numpy.float32)",
    },
    "normal": {
        "meaning": "independent standard normal numbers",
        "torch": "torch.randn(rows, *shape)",
        "numpy": "rng.standard_normal((rows, *shape), dtype=numpy.float32)",
    },
}
"""How to draw noise of each base law; `shape` is a port's, without the rows."""


@dataclass(frozen=True, slots=True)
class Port:
    """One input or output of an exported sampler: a tensor ``(rows, *shape)``.

    Args:
        name: What it is called in the artefact, a plain identifier.
        role: ``noise``, ``do``, ``given`` or ``outcome``.
        of: The draw whose noise it is, else the variable.
        dtype: ``float32``, or ``int64`` for state numbers.
        shape: Of one row.
        law: The base law of noise: ``uniform`` or ``normal``.
        type: A variable's type, as text.
        states: What state numbers stand for: state i is ``states[i]``.
        default: The value, encoded, that the query's text fixes.
    """

    name: str
    role: str
    of: str
    dtype: str
    shape: tuple[int, ...]
    law: str | None = None
    type: str | None = None
    states: tuple[Value, ...] | None = None
    default: Any = None

    @property
    def torch_dtype(self) -> torch.dtype:
        """The dtype as torch's own."""
        dtype: torch.dtype = getattr(torch, self.dtype)
        return dtype

    def example(self, rows: int, device: torch.device | str = "cpu") -> torch.Tensor:
        """Values of the right kind: halves, or the first state."""
        if self.dtype == "int64":
            return torch.zeros(rows, *self.shape, dtype=torch.int64, device=device)
        return torch.full((rows, *self.shape), 0.5, dtype=self.torch_dtype, device=device)

    def __str__(self) -> str:
        shape = ", ".join(map(str, (ROWS, *self.shape)))
        meaning = f"noise of draw {self.of}, {self.law}" if self.role == "noise" else f"{self.role} {self.of}"
        states = f": {', '.join(map(repr, self.states))}" if self.states else ""
        return f"{self.name}  {self.dtype} ({shape})  {meaning}{states}"


@dataclass(frozen=True, slots=True)
class Signature:
    """What an exported sampler is.

    Args:
        query: As text.
        roles: The query's variables by role: ``outcomes``, ``interventions``, ``conditions``. Those that the
            answer does not depend on are no inputs.
        estimand: ``{"text": ..., "json": ...}``, or None where there is none.
        network: The sampling network as text.
        draws: For each draw of the answer its id, variable, conditional, family, and whether it is hidden; and of a
            block, drawn in one call, ``with``: the draw whose noise it takes.
        inputs: In the order in which the artefact takes them: noise, then do, then given.
        outputs: In the order in which it returns them.
        artefact: ``pt2``, ``aoti`` or ``onnx``.
        versions: Of dofx, torch and whatever else wrote the file.
        machine: What the file runs on, where it is tied to that.
    """

    query: str
    roles: Mapping[str, Sequence[str]]
    estimand: Mapping[str, Any] | None
    network: str
    draws: Sequence[Mapping[str, Any]]
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    artefact: str = "pt2"
    versions: Mapping[str, str] | None = None
    machine: Mapping[str, str] | None = None

    def to_json(self) -> dict[str, Any]:
        """Plain data for `json.dumps`; `from_json` reads it back."""
        body = {field.name: getattr(self, field.name) for field in fields(self)}
        ports = {side: [_port_to_json(port) for port in body[side]] for side in ("inputs", "outputs")}
        return {"format": FORMAT, "version": VERSION, **body, **ports, "noise": DRAWING}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Signature:
        """The signature that `to_json` wrote.

        Raises:
            ValueError: For data of something else, or of a newer version.
        """
        if data.get("format") != FORMAT or not isinstance(data.get("version"), int):
            raise ValueError("it holds no signature of dofx")
        if data["version"] > VERSION:
            raise ValueError(
                f"its signature has version {data['version']}, and this dofx reads up to {VERSION}"
            )
        body = {field.name: data[field.name] for field in fields(cls)}
        for side in ("inputs", "outputs"):
            body[side] = tuple(_port_from_json(port) for port in body[side])
        return cls(**body)

    def text(self) -> str:
        """The JSON text that travels in the artefact."""
        return json.dumps(self.to_json(), ensure_ascii=False, indent=1)

    def ports(self, role: str) -> tuple[Port, ...]:
        """The inputs of one role."""
        return tuple(port for port in self.inputs if port.role == role)

    def written_as(
        self, artefact: str, machine: Mapping[str, str] | None = None, **versions: str
    ) -> Signature:
        """The signature of one artefact, with the versions of what wrote it."""
        written = {"dofx": version_of_dofx(), "torch": torch.__version__, **versions}
        return replace(self, artefact=artefact, versions=written, machine=machine)

    def __str__(self) -> str:
        inputs = "\n".join(f"  {port}" for port in self.inputs)
        outputs = "\n".join(f"  {port}" for port in self.outputs)
        return f"{self.query}\ninputs\n{inputs}\noutputs\n{outputs}"


def signature_of(sampler: NetworkSampler) -> Signature:
    """The signature of a fitted sampler's graph.

    Raises:
        DofxError: E0420 before `fit`.
    """
    module, types, query = sampler.module, sampler.types, sampler.query
    unused = _unused_names()
    defaults = query.values
    inputs = [
        Port(unused(f"noise_{draw}"), "noise", draw, "float32", tuple(law.shape), law=law.law)
        for draw, law in _laws(module).items()
    ]
    read = _inputs_read(module)
    for role, names in (("do", query.interventions), ("given", query.conditions)):
        inputs += [
            _variable_port(unused(f"{role}_{name}"), role, name, types[name], defaults.get(name))
            for name in names
            if name in read
        ]
    outputs = [
        _variable_port(unused(name), "outcome", name, types[name]) for name in sampler.network.query.outcomes
    ]
    estimand = sampler.estimand
    return Signature(
        query=str(query),
        roles={role: list(getattr(query, role)) for role in ("outcomes", "interventions", "conditions")},
        estimand=None if estimand is None else {"text": str(estimand), "json": estimand.to_json()},
        network=str(sampler.network),
        draws=[
            {
                "draw": origin.draw,
                "variables": list(origin.variables),
                "fit": origin.fit,
                "family": family_name(module.get_submodule(origin.target)),
                "hidden": origin.hidden,
            }
            for origin in module.provenance
        ],
        inputs=tuple(inputs),
        outputs=tuple(outputs),
    )


def _laws(module: SamplingGraph) -> dict[str, Any]:
    return {origin.draw: module.get_submodule(origin.target).noise for origin in module.provenance}


def _inputs_read(module: SamplingGraph) -> set[str]:
    """The variables that the graph reads from ``do`` and ``given``."""
    return {str(node.args[1]) for node in module.graph.nodes if _reads(node, "do") or _reads(node, "given")}


def _reads(node: torch.fx.Node, placeholder: str) -> bool:
    source = node.args[0] if node.op == "call_function" and node.args else None
    return isinstance(source, torch.fx.Node) and source.op == "placeholder" and source.target == placeholder


def _variable_port(name: str, role: str, variable: str, type: VariableType, default: Any = None) -> Port:
    dtype = str(default_dtype(type)).removeprefix("torch.")
    states = type.states if isinstance(type, Finite) else None
    fixed = None if default is None else encode(type, default)[0].tolist()
    return Port(name, role, variable, dtype, event_shape(type), None, str(type), states, fixed)


def _unused_names() -> Callable[[str], str]:
    """A function that makes identifiers, each another one."""
    used: set[str] = set()

    def unused(text: str) -> str:
        plain = name = identifier(text)
        number = 1
        while name in used:
            number += 1
            name = f"{plain}_{number}"
        used.add(name)
        return name

    return unused


def _port_to_json(port: Port) -> dict[str, Any]:
    body = {name: value for name, value in asdict(port).items() if value is not None}
    states = {} if port.states is None else {"states": list(port.states)}
    return {**body, **states, "shape": [ROWS, *port.shape]}


def _port_from_json(data: Mapping[str, Any]) -> Port:
    states = None if data.get("states") is None else tuple(data["states"])
    return Port(**{**data, "shape": tuple(data["shape"][1:]), "states": states})
