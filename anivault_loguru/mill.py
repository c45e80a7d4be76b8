"""The mill: turns a rotated file into a `.gz`, when no process has it open any more."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Iterable

from . import owned
from .locks import lock_exclusive
from .rotation import Backup

__all__ = ["compress", "remove_orphans"]

_CHUNK = 256 * 1024


def compress(path: str) -> bool:
    """Compress the backup at `path` to `path.gz`, 0600, and remove it; not while it is in use.

    A crash leaves the backup as it was: the `.gz` gets its name only when it is whole and on disk.

    Returns:
        False if some process still has the backup open, or is compressing it.

    Raises:
        Refused: what stands at the path, or at the `.gz`, is no plain file of ours.
        OSError: it could not be done; the backup is still there.
    """
    owned.inspect(path + ".gz")
    with open(owned.open_backup(path), "rb") as backup:
        if not lock_exclusive(backup.fileno()):
            return False
        found = os.fstat(backup.fileno())
        if found.st_nlink == 0:
            return True  # another process has done it, between our open and our lock
        partial = path + ".gz.tmp"
        if not _cleared(partial):
            return False
        try:
            with (
                open(owned.open_new(partial), "wb") as raw,
                gzip.GzipFile("", "wb", 6, raw, found.st_mtime) as packed,
            ):
                shutil.copyfileobj(backup, packed, _CHUNK)
                packed.close()
                raw.flush()
                os.fsync(raw.fileno())
            os.utime(partial, (found.st_atime, found.st_mtime))
            os.replace(partial, path + ".gz")
        except BaseException:
            _cleared(partial)
            raise
        if os.name == "nt":
            backup.close()
        os.unlink(path)
    return True


def remove_orphans(folder: str, backups: Iterable[Backup]) -> None:
    """Remove the half-made `.gz` of a crashed process whose backup is no longer there."""
    for backup in backups:
        path = os.path.join(folder, backup.name)
        if backup.partial and not os.path.lexists(path.removesuffix(".gz.tmp")):
            _cleared(path)


def _cleared(partial: str) -> bool:
    """Remove what a process that died at it left; false where Windows says it is not dead."""
    owned.inspect(partial)
    try:
        os.unlink(partial)
    except FileNotFoundError:
        return True
    except PermissionError:
        if os.name == "nt":
            return False
        raise
    return True
