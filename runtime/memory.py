"""The amount of memory that a process may use."""

from __future__ import annotations

import os
import sys


def memory() -> int:
    """Bytes of memory of the machine, or the limit of this process if it is lower; a huge number if unknown.

    >>> memory() > 1 << 20
    True
    """
    found = [sys.maxsize]
    try:
        found.append(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        found.append(limit if limit != resource.RLIM_INFINITY else sys.maxsize)
    except (AttributeError, ImportError, OSError, ValueError):  # not on this system
        pass
    return min(found)
