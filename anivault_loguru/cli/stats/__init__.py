"""Show what the programs that log to a folder did in the last minute, all processes together.

With --follow the screen is renewed every second, until Ctrl-C; without a terminal that is one
plain line a second. Everything is read from the live files: nothing has to run besides.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from .follow import Follower
from .view import line, screen
from .window import Window

__all__ = ["add_arguments", "run"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `stats`."""
    parser.add_argument("folder", nargs="?", type=Path, metavar="DIR", help="the channel files")
    parser.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
    parser.add_argument("--every", type=float, default=1.0, metavar="SECONDS", help="default: 1")


def run(args: argparse.Namespace) -> int:
    """Show the figures; 2 if there is no such folder or an option is wrong."""
    folder = args.folder or _default_folder()
    if not folder.is_dir():
        print(f"anivault-log stats: no folder {folder}", file=sys.stderr)
        return 2
    if not 0 < args.every < 3600:
        print(f"anivault-log stats: --every is {args.every}, not 0 to 3600", file=sys.stderr)
        return 2
    follower, window = Follower(folder), Window()
    if sys.stdout.isatty():
        return _screens(follower, window, args)
    while True:
        window.take(follower.poll())
        print(line(window.figures(time.time())), flush=True)
        if not args.follow:
            return 0
        time.sleep(args.every)


def _screens(follower: Follower, window: Window, args: argparse.Namespace) -> int:
    from rich.console import Console
    from rich.live import Live

    console = Console()
    window.take(follower.poll())
    first = screen(window.figures(time.time()), console.height)
    if not args.follow:
        console.print(first)
        return 0
    with Live(first, console=console, screen=True, auto_refresh=False) as live:
        while True:
            time.sleep(args.every)
            window.take(follower.poll())
            live.update(screen(window.figures(time.time()), console.height), refresh=True)


def _default_folder() -> Path:
    from ...settings import load

    return load().dir
