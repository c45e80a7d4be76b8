"""Who else is at the files: who writes and reads them, and who holds a rotation lock."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ... import owned
from ...locks import lock_exclusive
from .check import OK, PROBLEM, Check, many

__all__ = ["Holder", "holders", "locks", "others"]

# A rotation holds its lock for a few system calls.
_PATIENCE = 0.5
_SHOWN = 4


@dataclass
class Holder:
    """A process that has files of the folder open.

    Attributes:
        files: the names of those files, and the mode of each (`a+`; empty if not known).
        used: the share of its limit of open files that it uses.
    """

    pid: int
    name: str
    status: str = ""
    files: dict[str, str] = field(default_factory=dict)
    used: float = 0.0

    def __str__(self) -> str:
        stopped = " (stopped)" * (self.status == "stopped")
        return f"{self.pid} {self.name}{stopped}"


def holders(folder: str) -> tuple[list[Holder], int]:
    """Return the processes at the folder's files, and how many could not be looked at."""
    import psutil

    inside = os.path.realpath(folder) + os.sep
    found: list[Holder] = []
    closed = 0
    for process in psutil.process_iter():
        try:
            files = {
                file.path[len(inside) :]: str(getattr(file, "mode", ""))
                for file in process.open_files()
                if file.path.startswith(inside)
            }
            if files and process.pid != os.getpid():
                found.append(_holder(process, files))
        except psutil.AccessDenied:
            closed += 1
        except (psutil.Error, OSError):
            continue  # it has ended
    return found, closed


def _holder(process: Any, files: dict[str, str]) -> Holder:
    holder = Holder(process.pid, process.name(), process.status(), files)
    if hasattr(process, "rlimit"):
        import psutil

        limit = process.rlimit(psutil.RLIMIT_NOFILE)[0]
        holder.used = process.num_fds() / limit if limit > 0 else 0.0
    return holder


def others(found: Iterable[Holder], closed: int) -> Iterator[Check]:
    """Tell who writes and who reads, and who does so in a way that harms."""
    writers = [one for one in found if any(mode != "r" for mode in one.files.values())]
    readers = [one for one in found if one not in writers]
    for one in writers:
        over = [name for name, mode in one.files.items() if "w" in mode or mode == "r+"]
        if over:
            text = f"{one} writes to {', '.join(over[:_SHOWN])} without appending"
            remedy = "It overwrites lines of others: let nothing but this package write there."
            yield Check("processes", PROBLEM, text, remedy)
        if one.used > 0.8:
            text = f"{one} has {one.used:.0%} of the files open that it may open"
            yield Check("processes", PROBLEM, text, "Raise its limit: `ulimit -n`, LimitNOFILE=.")
    who = [f"{verb} by {_some(those)}" for verb, those in _by(writers, readers) if those]
    text = "; ".join(who) or "no other process has the files open"
    if closed:
        text += f" ({many(closed, 'process')} of other users could not be looked at)"
    yield Check("processes", OK, text)


def _by(writers: list[Holder], readers: list[Holder]) -> list[tuple[str, list[Holder]]]:
    return [("written", writers), ("read", readers)]


def _some(those: list[Holder]) -> str:
    more = f" and {len(those) - _SHOWN} more" if len(those) > _SHOWN else ""
    return ", ".join(map(str, those[:_SHOWN])) + more


def locks(paths: Iterable[str], found: Iterable[Holder]) -> Iterator[Check]:
    """Find rotation locks that are not let go; `paths` are the live files, `found` who is there."""
    held = [path for path in paths if _is_held(path + ".lock")]
    if not held:
        yield Check("rotation lock", OK, "free")
    for path in held:
        name = os.path.basename(path)
        who = [one for one in found if f"{name}.lock" in one.files]
        by = _some(who) if who else "a process that can't be looked at"
        remedy = "Until it lets go, the file grows beyond its cap. "
        if any(one.status == "stopped" for one in who):
            remedy += f"It is stopped: `kill -CONT {who[0].pid}`, or end it."
        else:
            remedy += "End that process if it hangs; the lock goes with it."
        yield Check("rotation lock", PROBLEM, f"that of {name} is held by {by}", remedy)


def _is_held(path: str) -> bool:
    try:
        owned.inspect(path)
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return False  # nobody ever rotated, or it is said among the permissions
    try:
        deadline = time.monotonic() + _PATIENCE
        while not lock_exclusive(descriptor):
            if time.monotonic() > deadline:
                return True
            time.sleep(_PATIENCE / 10)
    except OSError:
        return False  # no locks here: said of the file system
    finally:
        os.close(descriptor)
    return False
