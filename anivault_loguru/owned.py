"""Files and folders that belong to their owner alone: made so, corrected, or refused."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from operator import attrgetter

__all__ = [
    "FILE_MODE",
    "FOLDER_MODE",
    "Descriptor",
    "Refused",
    "inspect",
    "inspect_folder",
    "make_folder",
    "open_append",
    "open_backup",
    "open_new",
    "open_state",
]

FILE_MODE = 0o600
FOLDER_MODE = 0o700

# Missing on Windows, where links need a privilege and modes mean little.
_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
_BINARY = getattr(os, "O_BINARY", 0)
_POSIX = os.name == "posix"


def _nothing(*_: object) -> None:
    return


corrected: Callable[[str, int, int], None] = _nothing
"""Told of each path whose mode was too wide: the path, the mode that it had, and has now."""


class Refused(OSError):
    """A path that is not a plain file or folder of ours; it is not followed and not written."""


class Descriptor:
    """An open file that is closed when the last one who uses this object lets go of it."""

    __slots__ = ("_close", "number")

    def __init__(self, number: int) -> None:
        self.number = number
        self._close: partial[None] = partial(os.close, number)

    def disown(self) -> None:
        """Leave the number alone from now on: somebody closed it, it may be another file's."""
        self._close = partial(_nothing)

    # A method in Python would be a place for signal handlers to run, and what they raise in a
    # finalizer is lost. A property hands the interpreter a C function to call.
    __del__ = property(attrgetter("_close"))


def make_folder(path: str) -> None:
    """Make the folder, and its missing parents, for the owner only; narrow an open one of ours.

    A folder with sub-folders (a home, `/var/log`) or with the sticky bit (`/tmp`) has other uses
    than ours and is left as it is.

    Raises:
        Refused: it is no folder, or everyone can write in it.
        OSError: it can't be made.
    """
    try:
        found = os.stat(path)
    except FileNotFoundError:
        _make_folders(path)
        found = os.stat(path)
    _check_folder(path, found)
    mode = stat.S_IMODE(found.st_mode)
    if not _POSIX or not mode & ~FOLDER_MODE or mode & stat.S_ISVTX:
        return
    if found.st_uid == os.geteuid() and _is_flat(path):
        os.chmod(path, mode & FOLDER_MODE)
        corrected(path, mode, mode & FOLDER_MODE)


def _make_folders(path: str) -> None:
    # No `os.path.exists`: it swallows every OSError, a timeout that a signal handler raises too.
    try:
        os.mkdir(path, FOLDER_MODE)
    except FileExistsError:
        return  # another process was faster
    except FileNotFoundError:
        parent = os.path.dirname(path)
        if parent == path:
            raise
        _make_folders(parent)
        with suppress(FileExistsError):
            os.mkdir(path, FOLDER_MODE)
    os.chmod(path, FOLDER_MODE)  # whatever the umask took away


def _check_folder(path: str, found: os.stat_result) -> None:
    if not stat.S_ISDIR(found.st_mode):
        raise Refused(f"{path!r} is not a folder")
    if _POSIX and found.st_mode & stat.S_IWOTH and not found.st_mode & stat.S_ISVTX:
        raise Refused(f"{path!r} can be written by everyone: mode {stat.S_IMODE(found.st_mode):o}")


def _is_flat(path: str) -> bool:
    with os.scandir(path) as entries:
        return not any(entry.is_dir(follow_symlinks=False) for entry in entries)


def inspect(path: str) -> None:
    """Refuse what stands at `path` unless it is nothing or a plain file of ours.

    Raises:
        Refused: a link (dangling too), a folder, a pipe, a device, a file with a second name, or
            another user's file.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        return
    _check(path, found)


def inspect_folder(path: str) -> None:
    """Refuse a folder in which no file could be made, without making anything.

    Raises:
        Refused: it, or the nearest part of the path that is there, is no folder or not writable;
            everyone can write in it.
    """
    there = path
    while not os.path.lexists(there) and os.path.dirname(there) != there:
        there = os.path.dirname(there)
    if not os.path.exists(there):
        raise Refused(f"{there!r} is a link to nothing")
    _check_folder(there, os.stat(there))
    if not os.access(there, os.W_OK | os.X_OK):
        raise Refused(f"{there!r} can't be written")


def open_append(path: str) -> int:
    """Open a live file for appending and for reading back, making it if it is missing.

    Raises:
        Refused: as `inspect` does, decided on the opened file itself.
        OSError: it can't be opened.
    """
    inspect(path)
    flags = os.O_RDWR | os.O_APPEND | os.O_CREAT
    # O_NONBLOCK: should a pipe be planted between the look and the open, the open does not hang.
    return _opened(path, flags | _NONBLOCK)


def open_backup(path: str) -> int:
    """Open a backup for reading, and for the exclusive lock that some systems give writers only.

    Raises:
        Refused: as `inspect` does, decided on the opened file itself.
        OSError: it can't be opened, or is not there.
    """
    inspect(path)
    return _opened(path, os.O_RDWR | _NONBLOCK)


def open_new(path: str) -> int:
    """Make a file that is not there yet and open it for writing.

    Raises:
        FileExistsError: something stands at `path`.
        OSError: it can't be made.
    """
    return _opened(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)


def open_state(path: str) -> int:
    """Open a small file that is read and overwritten in place, making it if it is missing.

    Raises:
        Refused: as `inspect` does, decided on the opened file itself.
        OSError: it can't be opened.
    """
    inspect(path)
    return _opened(path, os.O_RDWR | os.O_CREAT | _NONBLOCK)


def _opened(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | _NOFOLLOW | _CLOEXEC | _BINARY, FILE_MODE)
    try:
        found = os.fstat(descriptor)
        _check(path, found)
        mode = stat.S_IMODE(found.st_mode)
        if _POSIX and mode != FILE_MODE:
            os.fchmod(descriptor, FILE_MODE)
            if mode & ~FILE_MODE:
                corrected(path, mode, FILE_MODE)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _check(path: str, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise Refused(f"{path!r} is {_kind(found.st_mode)}, not a plain file")
    if found.st_nlink > 1:
        raise Refused(f"{path!r} has {found.st_nlink} names (hard links)")
    if _POSIX and found.st_uid != os.geteuid():
        raise Refused(f"{path!r} belongs to user {found.st_uid}, not to us")


def _kind(mode: int) -> str:
    kinds = {
        stat.S_IFLNK: "a symbolic link",
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a named pipe",
        stat.S_IFSOCK: "a socket",
    }
    return kinds.get(stat.S_IFMT(mode), "a device")
