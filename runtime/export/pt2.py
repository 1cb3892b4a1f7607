"""The portable artefact: a ``.pt2`` file that `torch.export.load` reads, gradients included.

It must be trusted like code: torch falls back to pickle for entries of such a file, which can run what they hold.
"""

from __future__ import annotations

import io

import torch
from torch.export import ExportedProgram

from .program import quiet
from .signature import METADATA, Signature


def pt2_bytes(program: ExportedProgram, signature: Signature) -> bytes:
    """A program as a ``.pt2`` archive, the signature among its extra files."""
    buffer = io.BytesIO()
    with quiet():
        torch.export.save(program, buffer, extra_files={METADATA: signature.text()})
    return buffer.getvalue()
