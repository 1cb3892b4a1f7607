"""Rows in a folder of Parquet parts, each complete or absent. After a kill, a second call writes the missing parts.

The metadata of every part identify the sample and the rows that it holds, so parts of different samples are never
mixed. An empty file ``_SUCCESS`` marks a complete folder, as for Spark, and readers of folders ignore it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from torch import Tensor, nn

from ...compiler.printers.network.json import network_to_json
from ...grammar.edge.files import system_faults
from ...grammar.edge.outputs import TEMPORARY, replacing, sweep
from ..data.arrow import KEY
from ..engines import Engine, Task
from ..families.protocol import noise_of
from ..families.recipes import module_recipe
from ..files import weights_bytes
from ..policies.fingerprints import fingerprints
from .blocks import blocks, placed, sent
from .errors import one_file_for_several, other_parts, whole_already
from .running import Asked
from .writing import Advance, Written, advancing

if TYPE_CHECKING:
    from .rows import RowSampler
    from .settings import RowSettings

VERSION = 1
SUCCESS = "_SUCCESS"
LATER = "mend that and write the same rows to the same folder again: the parts that are there are kept"
"""What to do where a part cannot be written."""


def is_folder(path: Path, engine: Engine) -> bool:
    """Whether rows are written into a folder: if the path has no suffix, or if several processes write.

    Raises:
        DofxError: E0432 if several processes write and the path has the suffix of a single file.

    >>> from ..engines import Local
    >>> is_folder(Path("rows"), Local()), is_folder(Path("rows.parquet"), Local())
    (True, False)
    """
    if engine.in_process or path.suffix.lower() in ("", ".parquet", ".pq"):
        return not engine.in_process or not path.suffix
    raise one_file_for_several(path)


def write_folder(
    engine: Engine,
    sampler: RowSampler,
    asked: Asked,
    settings: RowSettings,
    path: Path,
    size: int,
    progress: bool | Advance | None = None,
) -> Written:
    """Write rows as Parquet parts; existing parts are kept.

    Args:
        engine: It makes and writes the parts; its workers see the folder under the same path.
        sampler: A fitted sampler.
        asked: The requested rows.
        settings: How they are made. Without a seed, the seed of the existing parts is used, else a new one.
        path: The folder.
        size: Number of rows per part.
        progress: See `RowSampler.sample_to`.

    Raises:
        DofxError: E0441 if the folder holds files that are not parts of these rows.
    """
    wanted = list(blocks(asked, size))
    places = {block.start: path / f"part-{index:06d}.parquet" for index, block in enumerate(wanted)}
    identity = rows_identity(sampler, asked, settings, size)
    with system_faults(path):
        done = _done(path, {place.name for place in places.values()}, identity)
        missing = [block for block in wanted if places[block.start].name not in done]
        path.mkdir(parents=True, exist_ok=True)
        if missing:
            (path / SUCCESS).unlink(missing_ok=True)
    shared, settings = engine.share(sampler, cached=True), placed(engine, settings)
    tasks = (
        Task(
            block.start,
            write_part,
            (shared, sent(block), settings, str(places[block.start].absolute()), identity),
            f"rows {block.start:,}",
        )
        for block in missing
    )
    rows = asked.rows - sum(block.rows for block in missing)
    with advancing(progress) as advance:
        for _, written in engine.run(tasks):
            rows += written
            advance(rows, asked.rows)
    sweep(path)  # what a worker that was killed left while writing
    with system_faults(path):
        (path / SUCCESS).touch()
    return Written(path, rows, sampler.network.query.outcomes, settings.seed)


def write_part(
    sampler: RowSampler, asked: Asked, settings: RowSettings, path: str, identity: Mapping[str, Any]
) -> int:
    """Make the rows of a part and write them; returns their number."""
    import pyarrow.parquet

    table = sampler.rows(asked, settings).to_arrow()
    about = json.dumps({**identity, "first": asked.start})
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), KEY: about})
    with system_faults(Path(path), LATER), replacing(Path(path)) as beside:
        pyarrow.parquet.write_table(table, beside)
    return asked.rows


def seed_of(path: Path) -> int | None:
    """The seed of the parts that a killed run left in a folder, if there are any.

    Raises:
        DofxError: E0441 if the folder is complete, so that nothing is left to write.
    """
    parts = sorted(path.glob("part-*.parquet")) if path.is_dir() else []
    found = next((about for part in parts if (about := _about(part))), None)
    if found is None:
        return None
    if (path / SUCCESS).exists():
        raise whole_already(path, found.get("seed"))
    return int(found["seed"])


def rows_identity(sampler: RowSampler, asked: Asked, settings: RowSettings, size: int) -> dict[str, Any]:
    """JSON values that identify the rows of a folder: the parts are equal if they are.

    Policies that are functions are told apart as far as `fingerprints.py` says.
    """
    generators = {name: part for name, part in sampler.module.named_modules() if noise_of(part)}
    policies = fingerprints(generators)
    return {
        "version": VERSION,
        "query": str(sampler.query),
        "sampler": _fingerprint(sampler, generators),
        "seed": settings.seed,
        "precision": settings.precision,
        "start": asked.start,
        "rows": asked.rows,
        "rows_a_part": size,
        "inputs": _values_hash({**asked.do, **asked.given}),
        **({"policies": policies} if policies else {}),
    }


def _done(path: Path, parts: set[str], identity: Mapping[str, Any]) -> set[str]:
    """The names of the complete parts."""
    done: set[str] = set()
    if not path.exists():
        return done
    for child in [path] if path.is_file() else sorted(path.iterdir()):
        if child.name == SUCCESS or child.name.endswith(TEMPORARY):
            continue
        about = _about(child) if child.name in parts else {}
        if about is None:
            continue  # cut short by the disk: it is made again
        about.pop("first", None)
        if about != identity:
            others = [key for key in identity if about.get(key) != identity[key]] if about else []
            note = f"{child.name} differs in {', '.join(others)}" if others else f"such as {child.name}"
            raise other_parts(path, note, _untold(identity) if others == ["policies"] else [])
        done.add(child.name)
    return done


def _untold(identity: Mapping[str, Any]) -> list[str]:
    """What cannot be compared of the policies."""
    return [text.partition(" (")[0] for text in identity.get("policies", {}).values() if " " in text]


def _about(part: Path) -> dict[str, Any] | None:
    """The metadata of a part, empty if the file is not a part; None if the file is incomplete."""
    import pyarrow
    import pyarrow.parquet

    try:
        text = (pyarrow.parquet.read_metadata(part).metadata or {}).get(KEY)
    except (OSError, pyarrow.ArrowInvalid):
        return None
    with suppress(ValueError):
        about = json.loads(text or b"")
        if isinstance(about, dict):
            return about
    return {}


def _fingerprint(sampler: RowSampler, generators: Mapping[str, nn.Module]) -> str:
    """A hash of the program that makes the rows, and of its weights."""
    program = [
        type(sampler).__name__,
        network_to_json(sampler.network),
        {name: str(sampler.types[name]) for name in sampler.network.query.outcomes},
        {name: module_recipe(generator) for name, generator in generators.items()},
    ]
    digest = blake2b(json.dumps(program, sort_keys=True).encode(), digest_size=16)
    digest.update(weights_bytes(sampler.module.state_dict()))
    return digest.hexdigest()


def _values_hash(values: Mapping[str, Tensor]) -> str:
    digest = blake2b(digest_size=16)
    for name, value in sorted(values.items()):
        same = value[:1] if value.stride(0) == 0 else value
        digest.update(f"{name}\0{tuple(same.shape)}\0{same.dtype}\0".encode())
        digest.update(np.ascontiguousarray(same.detach().cpu().numpy()).tobytes())
    return digest.hexdigest()
