"""The command line `anivault-log`: finds the command asked for, imports that one, runs it.

Each command is a module or package `cli/<name>` with `add_arguments(parser)` and
`run(args) -> int`. Its one-line help stands here, so that `--help` imports none of them.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from .._version import __version__

__all__ = ["COMMANDS", "main"]

COMMANDS = {
    "demo": "run a small real pipeline over a folder and show what was logged",
    "validate": "check that files are UTF-8, one valid record a line",
    "verify": "check that an audit log is whole and unchanged",
    "config": "show, check or write the configuration",
    "doctor": "look at the surroundings, and say what to do about problems",
    "tail": "show the records of all channels, and follow them",
    "trace": "show the timeline of one request over all channels and processes",
    "mask": "mask secrets and home paths in files or in what is piped in",
    "query": "ask the records by SQL (DuckDB)",
    "report": "make one HTML file with charts and tables, to open offline",
    "stats": "add up records: rates, latencies, memory, errors; watch them",
}

_EPILOG = """\
examples:
  anivault-log demo                        log a walk through Python's standard library
  anivault-log demo ~/Videos --files 50    the same over fifty files of your own
  anivault-log demo --dir /tmp/demo-logs   keep the channel files in a folder of your choice
  anivault-log tail -f                     watch all channels of the default folder
  anivault-log validate logs/ old.log.gz   name file, line and byte of what is not a record
  anivault-log verify logs/                prove that the audit log was not touched
  anivault-log config show                 show every setting and where it comes from
  anivault-log doctor logs/                say what in the surroundings harms logging
  anivault-log report logs/ -o week.html   make charts and tables of a folder, to open offline
  anivault-log query "FROM logs LIMIT 9"   ask the records by SQL (extra `query`)
  anivault-log trace ab12 logs/            follow one request over channels and processes
  anivault-log stats --since 2h            add up the last two hours
  anivault-log stats --follow              watch the programs that log to the default folder

shell completion (pip install anivault-loguru[completion]), in ~/.bashrc or ~/.zshrc:
  eval "$(register-python-argcomplete anivault-log)"

exit status:
  0    done
  1    done, with findings: something is wrong with what was read or written
  2    wrong usage, or something could not be read
  130  stopped by Ctrl-C
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit status; see `--help` for what each status means.

    A wrong option ends in argparse's `SystemExit(2)`, `--help` and `--version` in `SystemExit(0)`.
    """
    _speak_any_encoding()
    try:
        try:
            return _run(sys.argv[1:] if argv is None else list(argv))
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        _let_go_of_stdout()  # the reader (`head`, a pager) has had enough
        return 0
    except OSError as error:  # what the commands themselves do not expect: a full disk behind `>`
        _let_go_of_stdout()
        from .saying import say

        say(f"anivault-log: {error}")
        return 2


def _let_go_of_stdout() -> None:
    # The interpreter flushes it once more at exit: that goes nowhere, and does not fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _run(argv: list[str]) -> int:
    parser = _Parser(
        prog="anivault-log",
        description="Reads, checks and shows the channel files of anivault_loguru.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"anivault-log {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    # The shell that completes a line gives it in COMP_LINE (argcomplete's protocol).
    completing = "_ARGCOMPLETE" in os.environ
    words = os.environ.get("COMP_LINE", "").split()[1:] if completing else argv
    asked = next((word for word in words if not word.startswith("-")), None)
    module = import_module(f".{asked}", __name__) if asked in COMMANDS else None
    for name, text in COMMANDS.items():
        command = commands.add_parser(
            name,
            help=text,
            description=module.__doc__ if name == asked and module else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == asked and module:
            module.add_arguments(command)
    if completing:
        _complete(parser)
    args = parser.parse_args(argv)
    if module is None:
        parser.print_help(sys.stderr)
        return 2
    status: int = module.run(args)
    return status


class _Parser(argparse.ArgumentParser):
    """Shows no secret of the arguments that it does not understand."""

    def error(self, message: str) -> NoReturn:
        from .saying import masked

        super().error(masked(message))


def _complete(parser: argparse.ArgumentParser) -> None:
    """Answer the shell and exit, if argcomplete (extra `completion`) is installed."""
    try:
        import argcomplete
    except ImportError:
        return
    argcomplete.autocomplete(parser)


def _speak_any_encoding() -> None:
    """Let no character that the terminal's encoding lacks end a command: it is shown escaped."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
