"""What it takes on each system that bytes, and the names of files, outlive a loss of power."""

from __future__ import annotations

import os
import sys

__all__ = ["sync", "sync_folder"]


def sync(descriptor: int) -> None:
    """Return when what was written to an open file is on disk.

    Raises:
        OSError: nobody knows whether it is.
    """
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)  # fsync leaves it in the drive's cache
    elif sys.platform == "win32":
        os.fsync(descriptor)
    else:
        os.fdatasync(descriptor)


def sync_folder(path: str) -> None:
    """Return when new and changed names in a folder are on disk, where folders can be synced.

    Raises:
        OSError: nobody knows whether they are.
    """
    if os.name == "nt":
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
