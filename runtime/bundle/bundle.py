"""Bundles: a fitted sampler as a folder of JSON and safetensors. Loading executes nothing that a file says.

`bundle.json` names its weights file by the hash of its content, and is replaced last and in one step. So a
folder holds the old sampler or the new one, whenever a save is killed. Those who save and load at once wait
for each other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError
from safetensors.torch import load as load_weights
from torch import Tensor, nn

from ...compiler.estimand.algebra import Estimand
from ...compiler.model.query import Query
from ...compiler.network.ir import SamplingNetwork
from ...compiler.printers.network.json import network_from_json, network_to_json
from ...compiler.printers.query_json import query_from_json, query_to_json
from ...grammar.diagnostics.diagnostic import DofxError
from ...grammar.edge.arguments import public
from ...grammar.edge.files import path_of, system_faults
from ...grammar.edge.outputs import TEMPORARY, locked, require_output, write_atomically
from ..evaluation import Evaluation, evaluation_of, is_evaluated
from ..files import version_of_dofx, weights_bytes
from ..fitting.report import FitSummary
from ..foreign.foreign import Filling
from ..origin import Origin
from ..trained import Trained
from ..training.building import learning
from ..variables import parse_type
from .errors import (
    earlier,
    file_changed,
    file_missing,
    newer,
    no_bundle,
    no_sense,
    other_manifest,
    other_things,
)
from .generators import Kept, kept_generators
from .policies import kept_policies, policies_of

if TYPE_CHECKING:
    from ..sampler import Sampler

FORMAT = "dofx bundle"
VERSION = 2
MANIFEST = "bundle.json"
RUN = "run"
"""Where a manifest keeps how long each fit took and whether it was kept. Equal fits differ in nothing else, so that
their manifests have one hash, which this does not enter."""


def save(sampler: Sampler, folder: str | Path) -> None:
    """Write a fitted sampler.

    Args:
        sampler: Fitted. Custom modules are saved by their weights, models from other libraries by a name for people
            to read; both must be passed to `load` again. Of the policies that were bound, tables are kept, and others
            must be given again.
        folder: New, empty, or an earlier bundle, which is replaced.

    Raises:
        DofxError: E0420 before `fit`, E0606 for a folder that holds other things, E0801 for one that cannot be
            written.
    """
    modules, folder = sampler.modules, require_bundle_folder(folder)
    entries, state = kept_generators(sampler.network.fits, modules)
    weights = weights_bytes(state)
    digest = sha256(weights).hexdigest()
    file = f"weights-{digest[:16]}.safetensors"
    body: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "dofx": version_of_dofx(),
        "query": _query_to_json(sampler.query),
        "origin": None if sampler.origin is None else sampler.origin.to_json(),
        "estimand": None if sampler.estimand is None else sampler.estimand.to_json(),
        "network": network_to_json(sampler.network),
        "trace": [[name, network_to_json(network)] for name, network in sampler.trace],
        "types": {name: str(type) for name, type in sampler.types.items()},
        "generators": entries,
        **({"policies": kept_policies(sampler.policies)} if sampler.policies else {}),
        "report": None if sampler.report is None else sampler.report.to_json(),
        "weights": {"file": file, "sha256": digest},
    }
    run = [] if sampler.report is None else sampler.report.circumstances()
    text = json.dumps({**body, RUN: run, "sha256": _body_hash(body)}, ensure_ascii=False, indent=1)
    with system_faults(folder):
        folder.mkdir(parents=True, exist_ok=True)
        with locked(folder):
            write_atomically(folder / file, weights)
            write_atomically(folder / MANIFEST, text.encode())
            for path in folder.iterdir():
                if _is_ours(path) and path.name not in (MANIFEST, file):
                    path.unlink()


@public("folder")
@learning()
def load(folder: str | Path, *, generators: Mapping[str, nn.Module | Filling] | None = None) -> Sampler:
    """Read a sampler that `Sampler.save` wrote.

    Args:
        folder: The bundle.
        generators: Unfitted custom modules, and models from other libraries, by the fit that they were given
            for, such as ``P(y | x)``, or its variable.

    Raises:
        DofxError: E0601 for a folder that is not a bundle, E0602 for one of another version, E0603 for a
            missing file, E0604 for a file that was changed or cut short, E0605 for content that makes no
            sense, E0607 for a custom module that was not passed, E0608 for weights that are not those of
            today's generators.
    """
    from ..sampler import Sampler

    folder = path_of(folder)
    with system_faults(folder), locked(folder, shared=True) if folder.is_dir() else nullcontext():
        body = _read_manifest(folder)
        state = _read_weights(folder, body)
    try:
        network = network_from_json(body["network"])
        types = {name: parse_type(text) for name, text in body["types"].items()}
        query = _query_from_json(body["query"], network)
        origin = None if body.get("origin") is None else Origin.from_json(body["origin"], query)
        sampler = Sampler(
            network,
            query=query,
            estimand=None if body["estimand"] is None else Estimand.from_json(body["estimand"]),
            types=types,
            trace=[(name, network_from_json(earlier)) for name, earlier in body["trace"]],
            compilation=_evaluation(query, network, origin),
            origin=origin,
        )
        kept = Kept(folder, body["generators"], state, body.get("dofx"))
        modules = kept.generators(network.fits, types, generators or {})
        untyped = [name for fit in network.fits for name in fit.targets if name not in types]
        if untyped:
            raise ValueError(f"{', '.join(untyped)} has no type")
        report = None if body["report"] is None else FitSummary.from_json(body["report"], body[RUN])
        sampler.adopt(Trained(network, modules, types, report))
        policies = policies_of(body.get("policies", {}))
        return sampler.following(policies) if policies else sampler
    except DofxError as error:
        if any(d.code in ("E0607", "E0608") for d in error.diagnostics):
            raise
        raise no_sense(folder, ValueError(error.diagnostics[0].title)) from None
    except Exception as error:  # whatever reading a file of somebody else's making trips over
        raise no_sense(folder, error) from None


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        cut = folder.is_dir() and any(_is_ours(child) for child in folder.iterdir())
        raise no_bundle(folder, MANIFEST if folder.exists() else None, cut)
    try:
        body = json.loads(path.read_bytes())
    except (ValueError, RecursionError):
        raise file_changed(path) from None
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        raise other_manifest(folder, MANIFEST)
    version = body.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise newer(folder, version, VERSION)
    if version < VERSION:
        raise earlier(folder, version, VERSION)
    digest = body.pop("sha256", None)
    try:
        unchanged = digest == _body_hash(body)
    except (
        ValueError,
        RecursionError,
    ):  # half of a character, or nested without end: nothing that is written
        unchanged = False
    if not unchanged:
        raise file_changed(path)
    return body


def _read_weights(folder: Path, body: Mapping[str, Any]) -> dict[str, Tensor]:
    try:
        name, digest = str(body["weights"]["file"]), body["weights"]["sha256"]
    except (KeyError, TypeError) as error:
        raise no_sense(folder, error) from None
    if not re.fullmatch(r"weights-\w{1,64}\.safetensors", name):
        raise no_sense(folder, ValueError("its weights are in no file of a bundle"))
    path = folder / name
    if not path.is_file():
        raise file_missing(folder, path)
    content = path.read_bytes()
    if sha256(content).hexdigest() != digest:
        raise file_changed(path)
    try:
        return load_weights(content)
    except SafetensorError:
        raise file_changed(path) from None


def require_bundle_folder(given: str | Path) -> Path:
    """The folder that a bundle is to be written into, checked before any work is done for it.

    Raises:
        DofxError: E0606 unless the folder is new, empty, or a bundle; E0801 where it cannot be written.
    """
    folder = path_of(given)
    with system_faults(folder):
        there = _children(folder) if folder.exists() else []
    strange = [path.name for path in there if not _is_ours(path)]
    if strange:
        raise other_things(folder, strange)
    return require_output(folder, folder=True)


def _children(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else [folder]


def _is_ours(path: Path) -> bool:
    name = path.name.removeprefix(".")
    weights = name.startswith("weights-") and (name.endswith((".safetensors", TEMPORARY)))
    return name == MANIFEST or weights or (name.startswith(MANIFEST) and name.endswith(TEMPORARY))


def _query_to_json(query: Query) -> dict[str, Any]:
    if not query.plain:
        return {"worlds": query_to_json(query)}
    return {
        "outcomes": list(query.outcomes),
        "interventions": list(query.interventions),
        "conditions": list(query.conditions),
        "values": [list(pair) for pair in query.values.items()],
    }


def _query_from_json(data: Mapping[str, Any], network: SamplingNetwork) -> Query:
    if "worlds" in data:
        found = query_from_json(data["worlds"])
        if found.variables != network.query.variables:
            raise ValueError("its network answers another query")
        return found
    outcomes, interventions, conditions = (
        tuple(data[role]) for role in ("outcomes", "interventions", "conditions")
    )
    values = dict(data["values"])
    query = Query.of(outcomes, interventions, conditions, values)
    if query.variables != network.query.variables:
        raise ValueError("its network answers another query")
    if not all(
        name in query.variables and isinstance(value, str | int | float) for name, value in values.items()
    ):
        raise ValueError("its query holds values of no variable")
    return query


def _evaluation(query: Query, network: SamplingNetwork, origin: Origin | None) -> Evaluation | None:
    """How the answer is evaluated, if it is one table and this version would evaluate it in the same way."""
    if origin is None or not is_evaluated(network):
        return None
    found = evaluation_of(query, origin.graph, origin.data, origin.types)
    return found if found is not None and found.network == network else None


def _body_hash(body: Mapping[str, Any]) -> str:
    hashed = {name: value for name, value in body.items() if name != RUN}
    text = json.dumps(hashed, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
