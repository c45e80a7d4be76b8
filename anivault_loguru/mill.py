"""The mill: what becomes of rotated files. Compressed when no process has them open, then removed.

Processes do this side by side and without waiting for one another: what one has done, the others
find done. A `.gz` has its name only when it is whole: a backup whose `.gz` is there too, because
somebody was killed in between, is one backup, whichever of the two is read. It is done once more.
"""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable
from typing import TypeAlias

from . import owned
from .locks import lock_exclusive
from .rotation import Backup, Naming, Retention

__all__ = ["Mill", "Report", "compress", "remove_orphan"]

Report: TypeAlias = Callable[[str, BaseException], None]

# Half the processor time of zlib's own choice, for files a tenth larger.
_LEVEL = 3
_CHUNK = 256 * 1024


class Mill:
    """Compresses and removes the backups of one live file.

    Args:
        folder: where they are.
        naming: recognises them.
        retention: what is kept.
        gzip: whether they are compressed.
        report: told what went wrong.
        clock: seconds since 1970 UTC.
        remove: removes the backup at a path that is beyond what is kept.
    """

    def __init__(
        self,
        folder: str,
        naming: Naming,
        retention: Retention,
        gzip: bool,
        report: Report,
        clock: Callable[[], float],
        remove: Callable[[str], object] = lambda path: os.unlink(path),
    ) -> None:
        self._folder = folder
        self._naming = naming
        self._retention = retention
        self._gzip = gzip
        self._report = report
        self._clock = clock
        self._remove = remove

    def work(self) -> bool:
        """Do what is due; false if a backup is in use still and it is to be tried again soon.

        Raises:
            OSError: the folder can't be read.
        """
        backups = self._backups()
        plain = [backup for backup in backups if self._gzip and not backup.compressed]
        done = [self._guarded("compress", backup, compress) for backup in plain]
        if plain:
            backups = self._backups()
        for backup in backups:
            if backup.partial:
                done.append(self._guarded("remove", backup, remove_orphan))
        backups = [backup for backup in backups if not backup.partial]
        now = int(self._clock() * 1_000_000)
        for backup in self._retention.surplus(backups, now=now):
            self._guarded("remove", backup, self._remove)
        return all(done)

    def _backups(self) -> list[Backup]:
        found = []
        with os.scandir(self._folder) as entries:
            for entry in entries:
                backup = self._naming.parse(entry.name)
                if backup is None or not entry.is_file(follow_symlinks=False):
                    continue
                if self._retention.max_bytes:
                    try:
                        size = entry.stat(follow_symlinks=False).st_size
                    except FileNotFoundError:
                        continue  # another process was faster
                    backup = backup._replace(size=size)
                found.append(backup)
        return sorted(found)

    def _guarded(self, what: str, backup: Backup, act: Callable[[str], object]) -> bool:
        """Act on one backup; false if it is to be tried again soon. A failure stops no other."""
        try:
            return act(os.path.join(self._folder, backup.name)) is not False
        except FileNotFoundError:
            return True  # another process was faster
        except OSError as error:
            self._report(f"a backup could not be dealt with ({what})", error)
            return True


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
                gzip.GzipFile("", "wb", _LEVEL, raw, found.st_mtime) as packed,
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


def remove_orphan(partial: str) -> bool:
    """Remove what a killed process left where a `.gz` was to be made, if there is no backup to it.

    Returns:
        False if a process has it in use: it is about to give the backup's name to a live file.

    Raises:
        OSError: it can't be locked or removed; it is still there.
    """
    if os.path.lexists(partial.removesuffix(".gz.tmp")):
        return True  # left to whoever compresses the backup
    with open(owned.open_backup(partial), "rb") as file:
        if not lock_exclusive(file.fileno()):
            return False
        # Otherwise another process has removed it, and what is there now may be a third one's.
        still_there = os.fstat(file.fileno()).st_nlink > 0
        if os.name == "nt":
            file.close()
        return not still_there or _cleared(partial)


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
