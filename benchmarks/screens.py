"""Makes the screens that README.md shows: the demo's own records, through the real commands.

    python -m benchmarks.screens

Runs the demo over a few files in a home of its own, then each command in a pseudo-terminal, and
writes what it shows as SVG into `benchmarks/screens/`. The files load nothing from the network.
"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import orjson
from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parents[1]
SCREENS = Path(__file__).parent / "screens"
COMMAND = [sys.executable, "-m", "anivault_loguru"]
WIDTH = 100
NAMES = [f"Frieren - {n:02d}.mkv" for n in range(1, 25)]
NAMES += [f"장송의 프리렌 - {n:02d}.mkv" for n in range(1, 9)]


def main() -> None:
    """Write the screens."""
    with tempfile.TemporaryDirectory() as home:
        videos, logs = Path(home, "Videos"), Path(home, "logs")
        videos.mkdir()
        for name in NAMES:
            (videos / name).write_text(name)
        environ = {**os.environ, "HOME": home, "TERM": "xterm-256color", "COLUMNS": str(WIDTH)}
        environ.pop("NO_COLOR", None)
        demo = [*COMMAND, "demo", str(videos), "--dir", str(logs)]
        for _ in range(2):  # the second run finds what the first one cached
            subprocess.run(demo, env=environ, cwd=home, check=True, capture_output=True)
        failed = orjson.loads((logs / "error.log").read_bytes().splitlines()[0])["request_id"]
        few = ["--component", "cache,pipeline,organizer,tmdb", "-n", "18"]
        for name, command in {
            "tail": ["tail", "logs", *few],
            "trace": ["trace", failed, "logs"],
            "stats": ["stats", "logs"],
        }.items():
            shown = in_terminal([*COMMAND, *command], home, environ)
            draw(name, " ".join(["anivault-log", *command]), shown)


def in_terminal(command: list[str], cwd: str, environ: dict[str, str]) -> str:
    """What a command shows in a terminal."""
    master, slave = pty.openpty()
    process = subprocess.Popen(command, stdout=slave, stderr=slave, cwd=cwd, env=environ)
    os.close(slave)
    shown = b""
    try:
        while data := os.read(master, 65536):
            shown += data
    except OSError:  # the other end is closed: on Linux an error
        pass
    os.close(master)
    if process.wait():
        raise SystemExit(f"{command} ended with {process.returncode}")
    return shown.decode().replace("\r\n", "\n").replace(f"{ROOT}/", "")


def draw(name: str, title: str, shown: str) -> None:
    """Write a screen as SVG."""
    with open(os.devnull, "w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere)
        console.print(Text.from_ansi(shown.rstrip("\n")))
        svg = console.export_svg(title=title, unique_id=name)
    # Fonts from the network; each line has its length, so that any fixed font will do.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    SCREENS.mkdir(exist_ok=True)
    (SCREENS / f"{name}.svg").write_text(svg, "utf-8")


if __name__ == "__main__":
    main()
