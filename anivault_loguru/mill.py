"""The mill: turns a rotated file into a `.gz`, when no process has it open any more."""

from __future__ import annotations

import gzip
import os
import shutil
import sys
from collections.abc import Iterable

from . import owned
from .rotation import Backup

__all__ = ["compress", "lock_shared", "remove_orphans"]

_CHUNK = 256 * 1024

if sys.platform == "win32":

    def lock_shared(descriptor: int) -> bool:
        """Do nothing: Windows renames no open file, so that a backup is nobody's any more."""
        return True

    def _lock_exclusive(descriptor: int) -> bool:
        return True

else:
    import fcntl

    def lock_shared(descriptor: int) -> bool:
        """Mark a file as in use; false if the mill has it. True where files can't be locked."""
        return _lock(descriptor, fcntl.LOCK_SH)

    def _lock_exclusive(descriptor: int) -> bool:
        return _lock(descriptor, fcntl.LOCK_EX)

    def _lock(descriptor: int, kind: int) -> bool:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a file system without flock: rotation is safe, the grace is not
        return True


def compress(path: str) -> None:
    """Compress the backup at `path` to `path.gz`, 0600, and remove it; not while it is in use.

    A crash leaves the backup as it was: the `.gz` gets its name only when it is whole and on disk.

    Raises:
        OSError: it could not be done; the backup is still there.
    """
    owned.inspect(path)
    source = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with open(source, "rb") as backup:
        if not _lock_exclusive(source):
            return
        partial = path + ".gz.tmp"
        if os.path.lexists(partial):
            os.unlink(partial)  # of a process that died at it: we hold the lock now
        found = os.fstat(source)
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
            if os.path.lexists(partial):
                os.unlink(partial)
            raise
        if os.name == "nt":
            backup.close()
        os.unlink(path)


def remove_orphans(folder: str, backups: Iterable[Backup]) -> None:
    """Remove the half-made `.gz` of a crashed process whose backup is no longer there."""
    backups = list(backups)
    names = {backup.name for backup in backups}
    for backup in backups:
        if backup.partial and backup.name.removesuffix(".gz.tmp") not in names:
            os.unlink(os.path.join(folder, backup.name))
