"""What can be wrong with streams of rows: a function for each error."""

from __future__ import annotations

from ....grammar.diagnostics.diagnostic import DofxError
from ....grammar.edge.arguments import refused
from ...variables.faults import fault


def without_dofx() -> DofxError:
    """The workers of a Ray cluster are to read rows, and have no dofx."""
    return fault(
        "E0429",
        "a worker of the Ray cluster has no dofx, or another version of it",
        ("the rows of a Ray data set are read on the machines that have them",),
        (
            "install the same version of dofx on every machine, "
            'or connect with `ray.init(runtime_env={"py_modules": [dofx]})`, which sends it there',
        ),
    )


def sample_too_small(sample: int) -> DofxError:
    """A stream is to keep no row in memory."""
    return refused(f"sample is {sample:,}", "give the number of rows to keep in memory, at least 1")


def not_a_stream(kind: str) -> DofxError:
    """A stream is made of something that is not read piece by piece."""
    return fault(
        "E0502",
        f"a stream of type `{kind}` cannot be read",
        help=(
            "give the path of a Parquet file, of a folder of Parquet files, or a `ray.data.Dataset`",
            "other rows are passed to `fit` as they are, without `Stream`",
        ),
    )
