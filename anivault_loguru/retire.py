"""Retire a live file: give it the name of a backup, once, beside other processes.

One process at a time does it, under a lock. But it may be put aside or stopped at any place, and
no other is to wait for it, nor to append beyond the cap meanwhile: after a millisecond another one
does it without the lock. So a backup's name is taken before it is given, by an empty file where its
half-made `.gz` would stand. The worst that two at a time can do is that one retires the other's
fresh file, in the few microseconds between its look and its rename: a small backup too many.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from .live import inode_at
from .locks import Lock, lock_shared
from .owned import Descriptor, open_new
from .rotation import Naming

__all__ = ["retire"]

# A rotation takes a fifth of a millisecond. Where there are more processes than processors, one
# that is put aside in the middle of it is often back within these ten moments.
_MOMENTS = (0.0,) + (0.0001,) * 9
_WINDOWS = os.name == "nt"


def retire(path: str, inode: tuple[int, int], naming: Naming, closed: float) -> bool:
    """Rename the live file at `path` to a backup; false if another process does or has done it.

    Args:
        path: the live file.
        inode: which file is to be retired.
        naming: names the backup.
        closed: the moment that its name is to bear, in seconds since 1970 UTC.

    Raises:
        OSError: it can't be renamed, or what stands in the lock's place is no file of ours.
    """
    lock = Lock(path + ".lock")
    try:
        for moment in _MOMENTS:
            if moment:
                time.sleep(moment)
            if inode_at(path) != inode:
                return False
            if lock.acquire():
                break
        else:
            if _WINDOWS:  # where names are not taken as they are below
                raise BlockingIOError(errno.EAGAIN, "Another process rotates it", path)
        return _rename(path, inode, naming, int(closed * 1_000_000))
    except FileNotFoundError:
        return False  # another process has done it since our last look, or the folder is removed
    finally:
        lock.release()


def _rename(path: str, inode: tuple[int, int], naming: Naming, moment: int) -> bool:
    give_back = None
    while give_back is None:
        backup = os.path.join(os.path.dirname(path), naming.name(moment))
        give_back = _take(backup)
        moment += 1
    try:
        if inode_at(path) != inode:
            return False
        os.replace(path, backup)
        return True
    finally:
        give_back()


def _take(backup: str) -> Callable[[], None] | None:
    """Take a name and return what gives it back; None if it is another's.

    The empty file is marked as in use. One that nobody has in use is what a killed process left,
    and the mill removes it. It does not stand in the backup's own place, because ext4 would write
    out the whole live file before that took its place.
    """
    if _WINDOWS:
        return _nothing if _is_free(backup) else None  # nobody is here without the lock
    sign = backup + ".gz.tmp"
    try:
        place = Descriptor(open_new(sign))
    except FileExistsError:
        return None
    if not lock_shared(place.number) or not _stands(place, sign):
        return None  # the mill has just taken it for a killed process's
    give_back = partial(_give_back, place, sign)
    if _is_free(backup):
        return give_back
    give_back()
    return None


def _is_free(backup: str) -> bool:
    return inode_at(backup) is None and inode_at(backup + ".gz") is None


def _give_back(place: Descriptor, sign: str) -> None:
    # The mill may be at the new backup already, and clear the place of its half-made `.gz`. That
    # must not take the place of what a signal handler has raised.
    with suppress(FileNotFoundError):
        if _stands(place, sign):
            os.unlink(sign)


def _stands(place: Descriptor, sign: str) -> bool:
    found = os.fstat(place.number)
    return inode_at(sign) == (found.st_dev, found.st_ino)


def _nothing() -> None:
    return
