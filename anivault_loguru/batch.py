"""Append many lines with few calls, and know of each whether it is in the file."""

from __future__ import annotations

from collections.abc import Callable

from .live import Torn

__all__ = ["BATCH", "append_batches"]

BATCH = 64 * 1024
"""How many bytes a batch has at the most, unless it is of one line."""


def append_batches(
    append: Callable[[bytes], None],
    lines: list[bytes],
    limit: int,
    lost: Callable[[int, OSError], None],
) -> None:
    """Append lines in batches.

    Args:
        append: puts bytes at the end of a file; see `Writer.append`.
        lines: whole lines, newlines included.
        limit: how many bytes a batch has at the most, unless it is of one line.
        lost: told the number of each line that is not in the file, and why.
    """
    first, size = 0, 0
    for number, line in enumerate(lines):
        if number > first and size + len(line) > limit:
            _append(append, lines, list(range(first, number)), lost)
            first, size = number, 0
        size += len(line)
    _append(append, lines, list(range(first, len(lines))), lost)


def _append(
    append: Callable[[bytes], None],
    lines: list[bytes],
    left: list[int],
    lost: Callable[[int, OSError], None],
) -> None:
    try:
        append(b"".join([lines[number] for number in left]))
        return
    except OSError as error:
        written = error.written if isinstance(error, Torn) else 0
        if written == sum(len(lines[number]) for number in left):
            lost(left[-1], error)  # all are in the file, but one stands behind a torn piece
    # A line that lacks its newline only gets it before the next one.
    while left and written >= len(lines[left[0]]) - 1:
        written -= len(lines[left.pop(0)])
    for number in left:
        # One that is shorter may fit.
        try:
            append(lines[number])
        except OSError as error:
            lost(number, error)
