"""What the text goes to: how wide it is, whether it shows colours and signs beyond ASCII.

Everything is shown through `Screen.style`: a file, a pipe, a dumb terminal and NO_COLOR get plain
text (https://no-color.org, and FORCE_COLOR for the opposite).
"""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

__all__ = ["LEVEL_STYLES", "Screen", "cells", "cut", "padded", "pieces", "wrapped"]

DIM = "2"
LEVEL_STYLES = {
    "TRACE": "2",
    "DEBUG": "34",
    "INFO": "32",
    "SUCCESS": "1;32",
    "WARNING": "33",
    "ERROR": "1;31",
    "CRITICAL": "1;37;41",
}
"""The colours of the levels, as SGR codes; each is told by its letter too."""


@dataclass(frozen=True)
class Screen:
    """Where text is shown.

    Attributes:
        width: in cells; None if lines may be of any length, for it is no terminal.
        color: whether it shows colours.
        signs: whether it shows more than ASCII.
    """

    width: int | None = None
    color: bool = False
    signs: bool = True

    @classmethod
    def of_stdout(cls, color: str = "auto") -> Screen:
        """Return what standard output is; `color` is `auto`, `always` or `never`."""
        out = sys.stdout
        is_terminal = out is not None and out.isatty()
        dumb = os.environ.get("TERM") == "dumb"
        if color == "auto":
            forced = bool(os.environ.get("FORCE_COLOR"))
            shows = forced or (is_terminal and not dumb and not os.environ.get("NO_COLOR"))
        else:
            shows = color == "always"
        encoding = (getattr(out, "encoding", None) or "utf-8").lower().replace("-", "")
        width = max(shutil.get_terminal_size().columns, 40) if is_terminal else None
        return cls(width, shows, encoding.startswith("utf"))

    def style(self, text: str, style: str) -> str:
        """Return `text` in a style, an SGR code; as it is where there are no colours."""
        return f"\x1b[{style}m{text}\x1b[0m" if self.color and style and text else text

    def sign(self, sign: str, ascii_sign: str) -> str:
        """Return a sign, or what stands for it where only ASCII is shown."""
        return sign if self.signs else ascii_sign


def cells(text: str) -> int:
    """Return how many columns a terminal gives to `text`: two for wide characters."""
    if text.isascii():
        return len(text)
    return sum(map(_cells_of, text))


def _cells_of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """Return `text`, or its beginning and `ellipsis`, in at most `width` cells."""
    if cells(text) <= width:
        return text
    room = width - len(ellipsis)
    return _beginning(text, room) + ellipsis[: max(width, 0)]


def _beginning(text: str, width: int) -> str:
    used = 0
    for place, character in enumerate(text):
        used += _cells_of(character)
        if used > width:
            return text[:place]
    return text


def padded(text: str, width: int, right: bool = False) -> str:
    """Return `text` with spaces to fill `width` cells."""
    space = " " * (width - cells(text))
    return space + text if right else text + space


def pieces(text: str, width: int) -> Iterator[str]:
    """Yield `text` in pieces of at most `width` cells; an indented text goes on indented."""
    indent = text[: len(text) - len(text.lstrip(" "))][: width // 2]
    while cells(text) > width:
        part = _beginning(text, width) or text[:1]
        yield part
        text = indent + text[len(part) :]
    yield text


def wrapped(tokens: Iterable[tuple[str, str]], width: int) -> Iterator[list[tuple[str, str]]]:
    """Yield lines of tokens, which stand a space apart; one longer than a line is broken.

    A token is a text and its style.
    """
    row: list[tuple[str, str]] = []
    used = 0
    for text, style in tokens:
        if row and used + 1 + cells(text) > width:
            yield row
            row, used = [], 0
        *full, last = pieces(text if row else text.lstrip(" "), width)
        for piece in full:
            yield [(piece, style)]
        used += cells(last) + bool(row)
        row.append((last, style))
    if row:
        yield row
