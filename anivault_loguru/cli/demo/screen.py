"""Draws the demo: a progress bar on stderr, then its sections on stdout, rich or plain."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from ...render import visible
from .report import Section

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

__all__ = ["draw", "progress"]

_PLAIN_WIDTH = 160
_CUT = " […]"
_LEVEL_AT = len("01:02:03.456 ")
_LEVEL_STYLES = {"DEBUG": "dim", "WARNING": "yellow", "ERROR": "bold red", "CRITICAL": "bold red"}


@contextmanager
def progress(total: int) -> Iterator[Callable[[], None]]:
    """Yield a function that moves the bar on by one file; no terminal, no bar."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("matching files"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True, soft_wrap=True)) as bar:
        task = bar.add_task("", total=total)
        yield lambda: bar.advance(task)


def draw(sections: Iterable[Section]) -> None:
    """Write the sections to stdout: tables on a terminal, plain lines anywhere else."""
    if sys.stdout is None:
        return
    drawer = _draw_rich if sys.stdout.isatty() else _draw_plain
    drawer([_made_visible(section) for section in sections])


def _made_visible(section: Section) -> Section:
    rows = [tuple(visible(cell) for cell in row) for row in section.rows]
    return replace(section, title=visible(section.title), rows=rows)


def _numeric(section: Section) -> list[bool]:
    """Say for each column whether it holds only numbers, which stand to the right."""
    columns = zip(*section.rows, strict=True)
    return [all(cell.replace(",", "").isdigit() for cell in column) for column in columns]


def _draw_plain(sections: Iterable[Section]) -> None:
    for section in sections:
        print(f"{section.title}\n")
        if section.tall and section.header:
            _print_tall(section)
        elif section.header:
            _print_table(section)
        else:
            for (line,) in section.rows:
                cut = len(line) > _PLAIN_WIDTH and not section.tall
                print(f"  {line[:_PLAIN_WIDTH]}{_CUT}" if cut else f"  {line}")
        if section.note:
            print(f"\n  {section.note}")
        print()


def _print_tall(section: Section) -> None:
    width = max(map(len, section.header[1:]))
    for first, *others in section.rows:
        print(f"  {first}")
        for name, cell in zip(section.header[1:], others, strict=True):
            print(f"    {name:<{width}}  {cell}")


def _print_table(section: Section) -> None:
    table = [section.header, *section.rows]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    right = _numeric(section)
    for row in table:
        cells = [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(row, widths, right, strict=True)
        ]
        print("  " + "  ".join(cells).rstrip())


def _draw_rich(sections: Iterable[Section]) -> None:
    from rich.console import Console, Group
    from rich.panel import Panel
    from rich.text import Text

    console = Console(highlight=False)
    for section in sections:
        parts: list[RenderableType] = []
        if section.header:
            parts.append(_table(section))
        else:
            parts.extend(_line(line, section.tall) for (line,) in section.rows)
        if section.note:
            parts.append(Text(section.note, style="italic"))
        title = Text(section.title, style="bold")
        console.print(Panel(Group(*parts), title=title, title_align="left", border_style="cyan"))


def _table(section: Section) -> RenderableType:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_lines=section.tall, expand=section.tall)
    for name, right in zip(section.header, _numeric(section), strict=True):
        ratio = (3 if table.columns else 2) if section.tall else None
        table.add_column(name, justify="right" if right else "left", overflow="fold", ratio=ratio)
    for row in section.rows:
        table.add_row(*(_marked(cell) for cell in row))
    return table


def _line(line: str, whole: bool) -> Text:
    text = _marked(line)
    if not whole:
        text.no_wrap, text.overflow = True, "ellipsis"
    for level, style in _LEVEL_STYLES.items():
        if line.startswith(level, _LEVEL_AT):
            text.stylize(style, _LEVEL_AT, _LEVEL_AT + len(level))
    return text


def _marked(cell: str) -> Text:
    from rich.text import Text

    text = Text(cell)
    text.highlight_words(["***MASKED***"], "bold magenta")
    return text
