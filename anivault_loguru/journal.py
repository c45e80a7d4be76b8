"""The systemd journal: a line on stderr that begins with `<3>` is stored with that priority.

https://www.freedesktop.org/software/systemd/man/latest/sd-daemon.html; systemd tells by
`JOURNAL_STREAM` which stream leads to the journal
(https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html).
"""

from __future__ import annotations

import os
from typing import TextIO

__all__ = ["Journal"]

_PRIORITIES = ((50, 2), (40, 3), (30, 4), (25, 5), (20, 6))


class Journal:
    """Marks texts for the journal.

    Args:
        place: device and inode of the stream that leads there, as in `JOURNAL_STREAM`.
    """

    def __init__(self, place: str) -> None:
        self._place = place

    def marked(self, text: str, stream: TextIO, level_no: float) -> str:
        """Return the text, each line with its priority, if the stream leads to the journal."""
        if not self._is_there(stream):
            return text
        mark = f"<{next((p for least, p in _PRIORITIES if level_no >= least), 7)}>"
        return "".join(mark + line for line in text.splitlines(keepends=True))

    def _is_there(self, stream: TextIO) -> bool:
        try:
            status = os.fstat(stream.fileno())
        except (AttributeError, OSError, ValueError):
            return False
        return self._place == f"{status.st_dev}:{status.st_ino}"
