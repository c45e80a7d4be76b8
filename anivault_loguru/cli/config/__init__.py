"""Shows, checks or writes the configuration.

examples:
  anivault-log config show                     every key, its value, and who set it
  anivault-log config show --changed --json    what differs from the defaults, for programs
  anivault-log config check                    every mistake, with its key, source and remedy
  anivault-log config check new.toml           the same with another file
  anivault-log config init                     write the commented defaults to config/logging.toml

What is read: environment variables ANIVAULT_LOG_*, then one TOML source: the file that
ANIVAULT_LOG_CONFIG names, else ./config/logging.toml, else [tool.anivault_loguru] in
./pyproject.toml, else logging.toml in the user's configuration folder. Secrets are masked.

Status 0 if all is well, 1 if a setting is wrong, 2 if a file could not be written.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from ...render import visible
from ...settings import ConfigError, Settings, load, sources
from ..saying import masked, say
from . import show

__all__ = ["add_arguments", "mistakes", "run", "template"]

_PACKAGE = Path(__file__).parents[2]
_VARIABLE = "ANIVAULT_LOG_CONFIG"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the three actions and their arguments."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    showing = actions.add_parser("show", help="the value of every key, and where it comes from")
    showing.add_argument("--changed", action="store_true", help="only what is not the default")
    showing.add_argument("--json", action="store_true", help="one object, sizes in bytes")
    checking = actions.add_parser("check", help="name every mistake; exit status 1 if there is one")
    checking.add_argument("--json", action="store_true", help="one object, with a list of them")
    for action in (showing, checking):
        text = f"read this TOML file instead of the one that {_VARIABLE} or its place names"
        action.add_argument("file", nargs="?", metavar="FILE", help=text)
    writing = actions.add_parser("init", help="write the commented default configuration")
    text = "the file to write, or a folder for it; - is stdout (default: config/logging.toml)"
    writing.add_argument("path", nargs="?", default="config/logging.toml", help=text)
    writing.add_argument("--force", action="store_true", help="write over a file that is there")


def run(args: argparse.Namespace) -> int:
    """Do what is asked for and return the exit status."""
    if args.action == "init":
        return _init(args.path, args.force)
    environ = dict(os.environ)
    if args.file:
        environ = {name: v for name, v in environ.items() if name.upper() != _VARIABLE}
        environ[_VARIABLE] = args.file
    found = mistakes(environ)
    if args.action == "check" and args.json:
        print(json.dumps({"mistakes": found}))
        return 1 if found else 0
    if found:
        for line in found:
            say(line)
        return 1
    settings, origins = load(environ=environ), sources(environ=environ)
    if args.action == "show":
        rows = show.rows(settings, origins, changed=args.changed)
        sys.stdout.write(show.as_json(rows) if args.json else show.as_toml(rows))
    else:
        print(f"no mistakes; set: {_summary(settings, origins)}")
    return 0


def template() -> bytes:
    """Return the commented default configuration: in a clone it is `config/logging.toml`."""
    shipped = _PACKAGE / "logging.toml"
    source = shipped if shipped.exists() else _PACKAGE.parent / "config" / "logging.toml"
    return source.read_bytes()


def mistakes(environ: Mapping[str, str]) -> list[str]:
    """Say what is wrong with the settings, masked: variables too where the file can't be read."""
    try:
        load(environ=environ)
    except ConfigError as error:
        found = str(error).splitlines()
    else:
        return []
    if found[0].startswith("file "):
        # The file as a whole can't be taken, and hides what is wrong with the variables.
        variables = {name: v for name, v in environ.items() if name.upper() != _VARIABLE}
        try:
            nowhere = Path(os.devnull)
            load(environ=variables, cwd=nowhere, user_config_dir=nowhere)
        except ConfigError as error:
            found += str(error).splitlines()
    return [masked(line) for line in found]


def _summary(settings: Settings, origins: dict[str, str]) -> str:
    changed = len(show.rows(settings, origins, changed=True))
    return f"{changed} of {len(origins)} keys" if changed else "nothing, all are defaults"


def _init(path: str, force: bool) -> int:
    text = template()
    if path == "-":
        sys.stdout.buffer.write(text)
        return 0
    if os.path.isdir(path):
        path = os.path.join(path, "logging.toml")
    try:
        if os.path.lexists(path) and not (force and os.path.isfile(path)):
            say(f"{path} is there already; {_way_out(path)}")
            return 2
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "wb" if force else "xb") as file:
            file.write(text)
    except OSError as error:
        say(f"{path} can't be written: {error.strerror}")
        return 2
    print(f"wrote {visible(path)}")
    return 0


def _way_out(path: str) -> str:
    is_file = os.path.isfile(path)
    return "--force writes over it" if is_file else "it is no file that could be written over"
