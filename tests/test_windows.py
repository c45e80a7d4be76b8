"""Windows, as far as another system can show it: the paths taken there, run here."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

# All that the standard library decides by platform is imported before the platform changes.
PROGRAM = """
import gzip, os, pathlib, shutil, sys, tempfile, threading
import filelock, pydantic_settings, platformdirs, psutil, loguru, rich
sys.modules[pathlib.Path.__module__].WindowsPath = pathlib.PosixPath
sys.platform, os.name = "win32", "nt"
for name in ("pread", "register_at_fork", "fchmod", "geteuid"):
    delattr(os, name)
sys.modules["fcntl"] = None
for name in [name for name in sys.modules if name.startswith("anivault_loguru")]:
    del sys.modules[name]
from anivault_loguru.writer import Writer
from anivault_loguru.rotation import Retention
said = []
now = [1_700_000_000.0]
writer = Writer(
    sys.argv[1], max_bytes=100, retention=Retention(count=50), clock=lambda: now[0],
    ticks=lambda: now[0], report=lambda what, error: said.append(f"{what}: {error}"),
)
"""


def run(body: str, path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM + body, str(path)], capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.skipif(os.name != "posix", reason="there it is tested by everything else")
def test_it_works_without_what_windows_lacks(tmp_path: Path) -> None:
    """No fcntl, no modes, no pread: lines are written, rotated and compressed all the same."""
    path = tmp_path / "logs" / "app.log"
    body = """
for number in range(40):
    now[0] += 1
    writer.append(b"line %d\\n" % number)
writer.maintain()
print(said)
"""
    assert run(body, path) == "[]\n"
    packed = sorted(path.parent.glob("app.*.log.gz"))
    assert len(packed) == 3
    data = b"".join(gzip.decompress(file.read_bytes()) for file in packed) + path.read_bytes()
    assert data == b"".join(b"line %d\n" % number for number in range(40))


@pytest.mark.skipif(os.name != "posix", reason="there it is tested by everything else")
def test_a_refused_rename_is_tried_again(tmp_path: Path) -> None:
    """The file grows meanwhile, and no line is lost."""
    path = tmp_path / "logs" / "app.log"
    body = """
replace, opened = os.replace, []
def in_use(source, target):
    raise PermissionError(13, "in use by another process", source)
os.replace = in_use
for number in range(20):
    writer.append(b"line %d\\n" % number)
print(len(said), os.path.getsize(sys.argv[1]))
os.replace = replace
now[0] += 1
writer.append(b"line 20\\n")
print(len(said), os.path.getsize(sys.argv[1]))
"""
    assert run(body, path) == "1 150\n1 8\n"


def test_nothing_of_ours_is_open_when_the_file_is_renamed(tmp_path: Path) -> None:
    """Windows would refuse it: the writer lets go first."""
    path = tmp_path / "logs" / "app.log"
    body = """
replace = os.replace
def checking(source, target):
    links = [os.path.realpath(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")]
    print(sys.argv[1] in links)
    replace(source, target)
os.replace = checking
for number in range(20):
    writer.append(b"line %d\\n" % number)
"""
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("no /proc here to see open files in")
    assert run(body, path) == "False\n"
