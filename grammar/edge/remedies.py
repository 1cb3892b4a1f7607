"""What to do about what the operating system refuses."""

from __future__ import annotations

import errno

_SAID = {
    "EACCES EPERM": "change its permissions or those of its folder, or give another path",
    "EIO ESTALE ETIMEDOUT ENODEV ENXIO": "try again, or give a path on another disk or network drive",
    "ENOSPC": "free some space on that disk, or give a path on another disk",
    "EDQUOT": "delete some of your files, which fill your quota, or give a path on another disk",
    "EFBIG": "raise the largest size of a file (`ulimit -f`), or give a path on another disk",
    "EROFS": "nothing can be written on that disk: give a path on another disk",
    "EISDIR": "it is a folder: give the path of a file",
    "ENOTDIR": "a folder is needed where this path has a file: give another path",
    "ENAMETOOLONG": "give a shorter name",
    "ELOOP": "its links lead back to themselves: give the path of the file itself",
    "ENOENT": "check that the file and its folder are there, and were not removed meanwhile",
    "EMFILE": "close files that this process has open, or allow more of them (`ulimit -n`)",
    "ENFILE": "close other programs, because too many files are open on this machine",
    "ENOMEM": "close other programs, because too little memory is free",
    "EBUSY ETXTBSY": "another program uses it: close that, or give another path",
}
_REMEDIES = {
    number: remedy
    for names, remedy in _SAID.items()
    for name in names.split()
    if (number := getattr(errno, name, None)) is not None  # not every system has all of them
}
"""What to do about each reason of the operating system that people meet."""


def remedies_of(number: int | None) -> tuple[str, ...]:
    """What to do about what the operating system refuses, by its number of the reason; nothing if that is unknown.

    >>> remedies_of(errno.ENOSPC)
    ('free some space on that disk, or give a path on another disk',)
    >>> remedies_of(None)
    ()
    """
    return (_REMEDIES[number],) if number in _REMEDIES else ()
