"""Machine code for a chain of tables: what selection, vectors, fusing, narrower states and halving do to it.

    python benchmarks/sampling/table_code.py  # writes benchmarks/results/table_code.md; ten minutes, for compiling

Draws of up to two conditions, each given the two before, as loops that inductor writes; and by hand in C, as plain
loops and with the permutes of AVX-512, where there is a compiler and a processor for them. All return equal states.
"""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from export import by_turns, keep_memory
from torch import Tensor

from dofx.runtime.export.aoti import FOR_SELECTION, FOR_TABLES
from dofx.runtime.export.selection import Selection, counted, reached

RESULTS = Path(__file__).parents[1] / "results" / "table_code.md"
ROWS = 100_000
DRAWS = 10
Draw = Callable[[Tensor, Tensor, Sequence[Tensor]], Tensor]
Chain = Callable[[list[Tensor], list[Tensor]], Tensor]


def cell(given: Sequence[Tensor], states: int) -> Tensor:
    """The number of the combination that the conditions are in."""
    return given[0] if len(given) == 1 else given[0] * states + given[1]


def comparing(dtype: torch.dtype) -> Draw:
    """Count the thresholds that noise reaches, as `TableGenerator` does, with states of a dtype."""

    def draw(noise: Tensor, cdf: Tensor, given: Sequence[Tensor]) -> Tensor:
        here = cdf.index_select(1, cell(given, len(cdf) + 1)) if given else cdf
        return (noise >= here).sum(0, dtype=dtype)

    return draw


def halving(noise: Tensor, cdf: Tensor, given: Sequence[Tensor]) -> Tensor:
    """The middle threshold, then the one of that half: two look-ups for four states, one after the other."""
    if not given:
        return (noise >= cdf).sum(0)
    here, cells, flat = cell(given, len(cdf) + 1), cdf.shape[1], cdf.reshape(-1)
    upper = (noise >= flat[here + cells]).long()
    return 2 * upper + (noise >= flat[here + upper * (2 * cells)]).long()


def chain(draw: Draw) -> Chain:
    def run(noise: list[Tensor], tables: list[Tensor]) -> Tensor:
        drawn: list[Tensor] = []
        for k, (numbers, table) in enumerate(zip(noise, tables, strict=True)):
            drawn.append(draw(numbers, table, drawn[max(0, k - 2) : k]))
        return drawn[-1].long()

    return run


def selecting(tables: list[Tensor], hand_on: bool) -> Chain:
    """Selection, with what is reached handed on from draw to draw, or with states from which it is found again."""
    states = len(tables[0]) + 1
    draws = [
        Selection(table.reshape(states - 1, *[states] * min(k, 2)).contiguous())
        for k, table in enumerate(tables)
    ]

    def run(noise: list[Tensor], _: list[Tensor]) -> Tensor:
        drawn: list[Any] = []
        for k, (numbers, draw) in enumerate(zip(noise, draws, strict=True)):
            given = drawn[max(0, k - 2) : k]
            found = draw(numbers, *(given if hand_on else [reached(values, states) for values in given]))
            drawn.append(found if hand_on else counted(numbers, found))
        return counted(noise[-1], drawn[-1]) if hand_on else drawn[-1]

    return run


LONG, INT = comparing(torch.int64), comparing(torch.int32)
TWO, SINGLE = {"max_fusion_size": 2}, {"cpp.simdlen": 0}
WAYS: dict[str, tuple[Draw, dict[str, Any]]] = {
    "vectors, all draws in one loop: inductor's own choice": (LONG, {}),
    "vectors of 256 bits, all in one loop": (LONG, {"cpp.simdlen": 256}),
    "vectors, states of 32 bits, all in one loop": (INT, {}),
    "vectors, two draws in a loop": (LONG, TWO),
    "vectors, one draw in a loop": (LONG, {"max_fusion_size": 1}),
    "numbers, all draws in one loop": (LONG, SINGLE),
    "numbers, three draws in a loop": (LONG, {"max_fusion_size": 3, **SINGLE}),
    "numbers, two draws in a loop: taken for large tables": (LONG, FOR_TABLES),
    "numbers, one draw in a loop": (LONG, {"max_fusion_size": 1, **SINGLE}),
    "the same, states of 32 bits": (INT, FOR_TABLES),
    "the same, indices unchecked": (LONG, {**FOR_TABLES, "assert_indirect_indexing": False}),
}
HALVED: dict[str, tuple[Draw, dict[str, Any]]] = {"the same, by halving": (halving, FOR_TABLES)}
SELECTED: dict[str, tuple[bool, dict[str, Any]]] = {
    "selection, vectors, all draws in one loop: taken for small tables": (True, FOR_SELECTION),
    "selection by inductor's own choice": (True, {}),
    "selection, two thresholds in a loop": (True, {**FOR_SELECTION, **TWO}),
    "selection, numbers": (True, {**FOR_SELECTION, **SINGLE}),
    "selection, states handed on": (False, FOR_SELECTION),
}

BY_HAND = """
#include <cstdint>
#include <immintrin.h>
extern "C" void plain(int64_t n, int draws, int states, float** u, float** t, int64_t* out) {
  for (int64_t i = 0; i < n; i++) {
    int a = 0, b = 0;
    for (int k = 0; k < draws; k++) {
      int cells = k == 0 ? 1 : k == 1 ? states : states * states, c = a * states + b, s = 0;
      for (int r = 0; r < states - 1; r++) s += u[k][i] >= t[k][c + r * cells];
      a = k ? b : 0; b = s;
    }
    out[i] = b;
  }
}
extern "C" void permuted(int64_t n, int draws, int states, float** u, float** t, int64_t* out) {
  const __m512i one = _mm512_set1_epi32(1);
  for (int64_t i = 0; i + 16 <= n; i += 16) {
    __m512i a = _mm512_setzero_si512(), b = a;
    for (int k = 0; k < draws; k++) {
      int cells = k == 0 ? 1 : k == 1 ? states : states * states;
      __mmask16 there = cells >= 16 ? 0xffff : (1 << cells) - 1;
      __m512i c = _mm512_add_epi32(_mm512_mullo_epi32(a, _mm512_set1_epi32(states)), b), s = _mm512_setzero_si512();
      __m512 x = _mm512_loadu_ps(u[k] + i);
      for (int r = 0; r < states - 1; r++) {
        __m512 v = _mm512_permutexvar_ps(c, _mm512_maskz_loadu_ps(there, t[k] + r * cells));
        s = _mm512_mask_add_epi32(s, _mm512_cmp_ps_mask(x, v, _CMP_GE_OQ), s, one);
      }
      a = k ? b : a; b = s;
    }
    _mm512_storeu_si512(out + i, _mm512_cvtepi32_epi64(_mm512_castsi512_si256(b)));
    _mm512_storeu_si512(out + i + 8, _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(b, 1)));
  }
}
"""


def by_hand(noise: list[Tensor], tables: list[Tensor]) -> dict[str, Callable[[], Tensor]]:
    """The two loops in C; none where they cannot be compiled or run."""
    if "AVX512" not in torch.backends.cpu.get_cpu_capability():
        return {}
    with tempfile.TemporaryDirectory() as folder:
        source, library = Path(folder) / "loops.cpp", Path(folder) / "loops.so"
        source.write_text(BY_HAND)
        command = ["g++", "-O3", "-march=native", "-shared", "-fPIC", str(source), "-o", str(library)]
        subprocess.run(command, check=True)
        loops = ctypes.CDLL(str(library))
    states = len(tables[0]) + 1

    def pointers(tensors: list[Tensor]) -> Any:
        return (ctypes.c_void_p * len(tensors))(*(tensor.data_ptr() for tensor in tensors))

    def run(loop: Any) -> Tensor:
        out = torch.empty(ROWS, dtype=torch.int64)
        loop(
            ctypes.c_int64(ROWS),
            DRAWS,
            states,
            pointers(noise),
            pointers(tables),
            ctypes.c_void_p(out.data_ptr()),
        )
        return out

    return {
        "C by hand": lambda: run(loops.plain),
        "C by hand, look-ups as permutes of AVX-512": lambda: run(loops.permuted),
    }


def measured(states: int) -> dict[str, float]:
    """Nanoseconds of the processor for each row and draw."""
    rng = np.random.default_rng(0)
    tables = []
    for k in range(DRAWS):
        table = rng.dirichlet(np.full(states, 2.0), size=states ** min(k, 2))
        tables.append(torch.from_numpy(table.cumsum(-1)[:, :-1]).float().T.contiguous())
    noise = [torch.rand(ROWS, generator=torch.Generator().manual_seed(k)) for k in range(DRAWS)]
    runs: dict[str, Callable[[], Tensor]] = {"eager mode": lambda: chain(LONG)(noise, tables)}
    draws = {**WAYS, **(HALVED if states == 4 else {})}
    ways = {name: (chain(draw), options) for name, (draw, options) in draws.items()}
    ways |= {name: (selecting(tables, hand_on), options) for name, (hand_on, options) in SELECTED.items()}
    for name, (way, options) in ways.items():
        torch._dynamo.reset()
        compiled = torch.compile(way, dynamic=False, options=options)
        runs[name] = lambda compiled=compiled: compiled(noise, tables)
        runs[name]()
    runs |= by_hand(noise, tables)
    with torch.inference_mode():
        expected = runs["eager mode"]()
        for name, run in runs.items():
            assert torch.equal(run(), expected), name
        return {name: seconds / ROWS / DRAWS * 1e9 for name, seconds in by_turns(runs).items()}


def main() -> None:
    keep_memory()
    torch.set_num_threads(1)
    torch._dynamo.config.recompile_limit = 99
    warnings.simplefilter("ignore")
    found = {states: measured(states) for states in (2, 4)}
    lines = [
        "# Machine code for a chain of tables",
        "",
        f"`python benchmarks/sampling/table_code.py`, on one of {os.cpu_count()} cores of a server, Python "
        f"{platform.python_version()}, torch {torch.__version__}.",
        f"{DRAWS} draws, each given the two before, {ROWS:,} rows, noise made beforehand, freed memory kept. "
        "Entries are nanoseconds of the processor for each row and draw, medians by turns. All return equal states.",
        "",
        "| | two states | four states |",
        "|---|---:|---:|",
    ]
    for name in found[4]:
        cells = [f"{found[states][name]:.2f}" if name in found[states] else "" for states in (2, 4)]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    RESULTS.write_text("\n".join(lines) + "\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
