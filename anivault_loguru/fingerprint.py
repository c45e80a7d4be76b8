"""Fingerprints: markers by which two uses of one secret can be matched without knowing it.

`***MASKED:7f3a***` holds 16 bits of a keyed hash (BLAKE2b). The key is drawn once for an
installation and kept in a file of its owner's alone, so that nobody can try values without it.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from hashlib import blake2b

from . import owned

__all__ = ["Fingerprint"]

_BYTES = 32


class Fingerprint:
    """Makes the marker of a secret.

    Args:
        path: the key's file. It is made with the first secret that is masked.
        report: is told once why the file can't be used; a key of this process alone serves then.
        draw: gives so many random bytes.
    """

    def __init__(
        self,
        path: str,
        report: Callable[[str, Exception], None] = lambda what, error: None,
        draw: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self._path = path
        self._report = report
        self._draw = draw
        self._lock = threading.Lock()
        self._key = b""

    def __call__(self, secret: str) -> str:
        """Return the marker that stands in the place of `secret`."""
        data = secret.encode("utf-8", "surrogatepass")
        return f"***MASKED:{blake2b(data, digest_size=2, key=self._installed()).hexdigest()}***"

    def _installed(self) -> bytes:
        if not self._key:
            with self._lock:
                try:
                    self._key = self._key or self._kept()
                except OSError as error:
                    self._key = self._draw(_BYTES)
                    self._report("the fingerprints' key can't be kept", error)
        return self._key

    def _kept(self) -> bytes:
        owned.make_folder(os.path.dirname(self._path))
        try:
            return self._read()
        except FileNotFoundError:
            pass
        # Made whole under another name first: a process that finds the file finds all of it.
        scratch = f"{self._path}.{os.getpid()}.{self._draw(4).hex()}"
        descriptor = owned.open_new(scratch)
        try:
            os.write(descriptor, self._draw(_BYTES))
        finally:
            os.close(descriptor)
        try:
            with suppress(FileExistsError):  # another process was first: its key it is
                os.link(scratch, self._path)
        finally:
            os.unlink(scratch)
        return self._read()

    def _read(self) -> bytes:
        owned.inspect(self._path)
        with open(self._path, "rb") as file:
            key = file.read(_BYTES)
        if len(key) < _BYTES:
            raise OSError(f"{self._path!r} is no key: it has {len(key)} bytes")
        return key
