"""Key files: where the keys of the audit chain are kept, one a line, oldest first."""

from __future__ import annotations

import os
import stat

from . import owned
from .chain import Key

__all__ = ["SHORTEST", "keys_in"]

SHORTEST = 8
"""Characters that a key has at least; 32 random bytes in hex are a good one."""


def keys_in(path: str) -> list[Key]:
    """Return the keys of a file, oldest first.

    Raises:
        OSError: it can't be read, is no plain file of ours, or others can read it.
        ValueError: it holds no key, or a short one.
    """
    owned.inspect(path)
    with open(path, "rb") as file:
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
        if os.name == "posix" and mode & 0o077:
            raise owned.Refused(f"{path!r} has mode {mode:04o}: others can get at the keys")
        keys = file.read().split()
    if not keys or min(map(len, keys)) < SHORTEST:
        raise ValueError(f"{path!r} holds no key, or one shorter than {SHORTEST} characters")
    return [Key(key) for key in keys]
