"""How much memory a process may have."""

from __future__ import annotations

import os
import sys


def memory() -> int:
    """Bytes of memory that the machine has, or to which this process is limited; very many where nobody says.

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
