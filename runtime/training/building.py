"""Builds networks that start the same in every process: in float32, on the CPU, from separate random numbers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ContextDecorator, ExitStack, contextmanager
from typing import Any, Self

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

BORROWING = threading.RLock()
"""Held while torch's global generators are seeded for code outside dofx: two such scopes would disturb each other."""

_RANDOM = frozenset(
    {
        *(torch.rand, torch.randn, torch.randint, torch.randperm, torch.normal, torch.bernoulli),
        *(Tensor.uniform_, Tensor.normal_, Tensor.random_, Tensor.bernoulli_, Tensor.exponential_),
    }
)
"""Functions that draw from torch's global generator unless they receive another one."""

_FLOATS = frozenset(
    {torch.empty, torch.zeros, torch.ones, torch.rand, torch.randn, torch.eye, torch.linspace, torch.logspace}
)
"""Functions that make numbers of torch's default dtype unless they receive a dtype."""

_JUDGED = frozenset({torch.tensor, torch.full})
"""Functions that make numbers of the default dtype from Python's floats."""


class _Building(TorchFunctionMode):
    """Torch with its original defaults and a separate random generator, for one thread."""

    def __init__(self, seed: int) -> None:
        self.source = torch.Generator("cpu").manual_seed(seed)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        named = dict(kwargs or {})
        if func in _RANDOM or "generator" in named:
            named["generator"] = named.get("generator") or self.source
        if func in _FLOATS and named.get("dtype") is None:
            named["dtype"] = torch.float32
        made = func(*args, **named)
        judged = func in _JUDGED and named.get("dtype") is None
        return made.float() if judged and made.dtype is torch.get_default_dtype() else made


@contextmanager
def building(seed: int) -> Iterator[None]:
    """A scope in which modules are built: weights depend on `seed` only, not on torch's default dtype and device.

    Torch's global generator is neither read nor advanced, so threads that use it are not disturbed.
    """
    with _Building(seed), torch.device("cpu"):
        yield


class _Defaults:
    """Torch's defaults for the whole process, pinned while any thread is inside; the last to leave restores them.

    Torch has one default dtype for all threads, so code of other threads sees the pinned one as well.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._before = (torch.float32, "highest")

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._before = (torch.get_default_dtype(), torch.get_float32_matmul_precision())
                self._set(torch.float32, "highest")
            self._inside += 1

    def __exit__(self, *failure: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._set(*self._before)

    @staticmethod
    def _set(dtype: torch.dtype, products: str) -> None:
        if torch.get_default_dtype() is not dtype:
            torch.set_default_dtype(dtype)
        if torch.get_float32_matmul_precision() != products:
            torch.set_float32_matmul_precision(products)


_DEFAULTS = _Defaults()


class steady(ContextDecorator):
    """The scope in which dofx computes: its numbers do not depend on torch's settings outside.

    The default dtype is float32, matrix products have the precision of float32, autocast is off, and tensors
    are made on the CPU unless a device is named. So equal data, settings and seed give equal numbers.

    For one row of a small network, entering the scope takes a large part of the time, so it changes only the settings
    that differ.
    """

    _scope: ExitStack | None

    def _recreate_cm(self) -> Self:
        return type(self)()  # a decorated function may be called by many threads, and by itself

    def __enter__(self) -> None:
        autocast = [kind for kind in ("cpu", "cuda") if torch.is_autocast_enabled(kind)]
        elsewhere = torch.empty(0).device.type != "cpu"
        if not autocast and not elsewhere:
            self._scope = None
            _DEFAULTS.__enter__()
            return
        with ExitStack() as scope:
            scope.enter_context(_DEFAULTS)
            for kind in autocast:
                scope.enter_context(torch.autocast(kind, enabled=False))
            if elsewhere:
                scope.enter_context(torch.device("cpu"))
            self._scope = scope.pop_all()

    def __exit__(self, *failure: Any) -> None:
        if self._scope is None:
            _DEFAULTS.__exit__(*failure)
        else:
            self._scope.__exit__(*failure)


@contextmanager
def learning() -> Iterator[None]:
    """The `steady` scope, in which weights can also be learned: `no_grad` and `inference_mode` do not apply."""
    with steady(), torch.inference_mode(False), torch.enable_grad():
        yield
