"""The file system below the folder: its room, its kind, its locks."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ...locks import lock_exclusive
from .check import NOTE, OK, PROBLEM, Check, size

__all__ = ["Mount", "file_system", "kind_of", "mounts", "space"]

_SHARED = (
    "is shared between machines: lines that two of them append at once overwrite each other",
    "Give each machine a folder of its own, best a local one.",
)
_BARE = (
    "keeps no permissions: the files are for whoever the mount is for",
    "Log to a folder on the system's own disk, or mount it for one user (umask=077).",
)
_KINDS = {
    **dict.fromkeys(
        "nfs nfs4 cifs smb smb2 smb3 smbfs 9p afs ceph glusterfs lustre".split(), _SHARED
    ),
    **dict.fromkeys("vfat msdos fat exfat".split(), _BARE),
    "tmpfs": ("is in memory: the files are gone at the next start", "Log to a disk."),
    "overlay": (
        "is a container's own layer: the files are gone with the container",
        "Mount a volume for the folder.",
    ),
}
_FUSE = (
    "is made by a program (FUSE), and appends and locks are as good as that makes them",
    "Look whether it appends in one piece (O_APPEND); object stores do not.",
)


class Mount(NamedTuple):
    """A mounted file system: where it is, and its type as the system calls it."""

    point: str
    type: str


def mounts() -> list[Mount]:
    """Return what is mounted."""
    import psutil

    return [Mount(one.mountpoint, one.fstype) for one in psutil.disk_partitions(all=True)]


def kind_of(path: str, mounted: Iterable[Mount]) -> str:
    """Return the type of the file system that `path`, a real path, is on; empty if not known."""
    found = Mount("", "")
    for mount in mounted:
        inside = mount.point.rstrip("/\\") + os.sep
        # Of two at one place the later hides the earlier.
        if (path + os.sep).startswith(inside) and len(mount.point) >= len(found.point):
            found = mount
    return found.type.lower()


def file_system(
    folder: str, kind: str, lock: Callable[[int], object] = lock_exclusive
) -> Iterator[Check]:
    """Look at the kind of the file system, and make and lock a nameless file to try it."""
    what = kind or "the file system"
    fuse = kind.startswith(("fuse", "osxfuse", "macfuse"))
    text, remedy = _KINDS.get(kind, _FUSE if fuse else ("", ""))
    trial = _tried(folder, what, lock)
    if trial.state != OK or not text:
        yield trial
    if text:
        state = PROBLEM if (text, remedy) == _BARE else NOTE
        yield Check("file system", state, f"{what} {text}", remedy)


def _tried(folder: str, what: str, lock: Callable[[int], object]) -> Check:
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"\n")
            file.flush()
            try:
                lock(file.fileno())
            except OSError as error:
                text = f"{what}: files can't be locked: {error.strerror}"
                remedy = "Processes that share a file can't rotate it; log to a local disk."
                return Check("file system", PROBLEM, text, remedy)
    except FileNotFoundError:
        return Check("file system", OK, f"{what}, no folder to try it in yet")
    except OSError as error:
        text = f"{what}: no file can be made: {error.strerror}"
        return Check("file system", PROBLEM, text, "Mend it, or log to another folder.")
    return Check("file system", OK, f"{what}, files can be made and locked")


def space(folder: str, used: int, cap: int, uncapped: Sequence[str] = ()) -> Iterator[Check]:
    """Compare what is free with what the caps still allow; `uncapped` channels have none."""
    there = folder
    while not os.path.exists(there) and os.path.dirname(there) != there:
        there = os.path.dirname(there)
    try:
        free = shutil.disk_usage(there).free
    except OSError as error:
        yield Check("space", PROBLEM, f"{there}: {error.strerror}", "Mend the file system.")
        return
    text = f"{size(free)} free, {size(used)} used"
    remedy = "Make room, or lower max_bytes, retention_count or retention_bytes."
    if hasattr(os, "statvfs"):
        found = os.statvfs(there)
        if found.f_files and not found.f_favail:
            yield Check("space", PROBLEM, f"{text}, but no file can be made (no inodes)", remedy)
            return
    if uncapped:
        text = f"{text}; nothing limits the backups of {', '.join(uncapped)}"
        yield Check("space", NOTE, text, "Set retention_days, _count or _bytes, and max_bytes.")
    elif free < cap - used:
        text = f"{text}, but the caps allow {size(cap)}: the disk is full before"
        yield Check("space", PROBLEM, text, remedy)
    else:
        yield Check("space", OK, f"{text}; the caps allow {size(cap)}")
