"""An answer as text: a table for people, CSV and JSON for programs."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timezone
from decimal import Decimal
from itertools import chain, islice
from math import isfinite
from typing import Any, Protocol, TextIO

from ...render import visible

__all__ = ["Answer", "write_csv", "write_json", "write_table"]

_BATCH = 1000
# What JSON writes as it is, but a terminal would obey or not show.
_UNSEEN = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class Answer(Protocol):
    """What DuckDB gives to fetch rows from."""

    @property
    def description(self) -> Sequence[Sequence[Any]]:
        """For each column its name and type, first and second."""

    def fetchmany(self, size: int) -> list[tuple[Any, ...]]:
        """Return the next rows, none at the end."""


def write_table(answer: Answer, file: TextIO, longest: int | None = None) -> None:
    """Write aligned columns, as wide as the first thousand rows need; nothing drives a terminal.

    Args:
        answer: what was answered.
        file: where to.
        longest: a longer cell is cut there.
    """
    from rich.cells import cell_len

    header = [visible(name) for name in _names(answer)]
    rows = ([_cell(value, longest) for value in row] for row in _rows(answer))
    first = list(islice(rows, _BATCH))
    widths = [max(map(cell_len, column)) for column in zip(header, *first, strict=True)]
    figures = [_is_figure(str(column[1])) for column in answer.description]

    def line(cells: Sequence[str]) -> str:
        padded = []
        for cell, width, figure in zip(cells, widths, figures, strict=True):
            space = " " * (width - cell_len(cell))
            padded.append(space + cell if figure else cell + space)
        return "  ".join(padded).rstrip() + "\n"

    file.write(line(header))
    file.write("  ".join("─" * width for width in widths) + "\n")
    file.writelines(line(cells) for cells in chain(first, rows))


def write_csv(answer: Answer, file: TextIO, *, escaped: bool = False) -> None:
    """Write comma-separated values with a header; `escaped` as a terminal needs it."""
    writer = csv.writer(file, lineterminator="\n")
    shown = visible if escaped else str
    writer.writerow([shown(name) for name in _names(answer)])
    writer.writerows([shown(_text(value)) for value in row] for row in _rows(answer))


def write_json(answer: Answer, file: TextIO) -> None:
    """Write an array of objects, one a line. Of columns with one name the last is kept."""
    names = _names(answer)
    documents = [str(column[1]) == "JSON" for column in answer.description]
    separator = "["
    for row in _rows(answer):
        document = {
            name: json.loads(value) if is_json and value is not None else _plain(value)
            for name, value, is_json in zip(names, row, documents, strict=True)
        }
        text = json.dumps(document, ensure_ascii=False)
        file.write(separator + "\n" + _UNSEEN.sub(_escape, text))
        separator = ","
    file.write("[]\n" if separator == "[" else "\n]\n")


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _names(answer: Answer) -> list[str]:
    return [str(column[0]) for column in answer.description]


def _rows(answer: Answer) -> Iterator[tuple[Any, ...]]:
    while rows := answer.fetchmany(_BATCH):
        yield from rows


def _cell(value: object, longest: int | None) -> str:
    text = visible(_text(value))
    return text if longest is None or len(text) <= longest else text[: longest - 1] + "…"


def _text(value: object) -> str:
    if isinstance(value, (dict, list, tuple)):
        return json.dumps(_plain(value), ensure_ascii=False)
    plain = _plain(value)
    if plain is None:
        return ""
    return str(plain).lower() if isinstance(plain, bool) else str(plain)


def _is_figure(kind: str) -> bool:
    return kind.startswith(("DECIMAL", "DOUBLE", "FLOAT")) or kind.endswith(("INT", "INTEGER"))


def _plain(value: object) -> Any:
    """A value as JSON has it: times in UTC as in the records, what is not finite as null."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, (float, Decimal)):
        return float(value) if isfinite(value) else None
    if isinstance(value, datetime):
        moment = value.astimezone(timezone.utc) if value.tzinfo else value
        stamp = moment.replace(tzinfo=None).isoformat(timespec="microseconds")
        return stamp + ("Z" if value.tzinfo else "")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return str(value)
