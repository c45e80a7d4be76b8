"""Masks secrets and home paths in files, or in what it reads, and writes the result to stdout.

examples:
  anivault-log mask app.log > app.masked.log
  some-command 2>&1 | anivault-log mask

Files may be of any size and lines of any length. The rules are those of the log: names that stand
for secrets, known token formats, keys, addresses, home folders. --secret-env adds the value of an
environment variable.
"""

from __future__ import annotations

import argparse
import codecs
import io
import os
import sys
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import orjson

from ..masking import Masker
from ..paths import homes
from ..stream import Stream

__all__ = ["add_arguments", "run"]

_PIECE = 1 << 16
_LONG = 1 << 20
_PREFIX = 64  # characters that may stand before the JSON of a line: `app | `


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("files", metavar="FILE", nargs="*", help="- or nothing is standard input")
    parser.add_argument(
        "--key", action="append", default=[], metavar="NAME", help="another name that is secret"
    )
    parser.add_argument(
        "--allow", action="append", default=[], metavar="NAME", help="a name that is no secret"
    )
    parser.add_argument(
        "--secret-env",
        action="append",
        default=[],
        metavar="VARIABLE",
        help="mask the value of this environment variable wherever it stands",
    )


def run(args: argparse.Namespace) -> int:
    """Mask every file in turn; 2 if one of them can't be read."""
    masker = Masker(
        keys=args.key,
        allow=args.allow,
        secrets=_values(args.secret_env),
        homes=homes(),
    )
    status = 0
    for name in args.files or ["-"]:
        try:
            with _opened(name) as file:
                _copy(file, sys.stdout.buffer, masker)
        except BrokenPipeError:
            raise
        except OSError as error:
            print(f"anivault-log mask: {masker.mask_text(str(error))}", file=sys.stderr)
            status = 2
    return status


def _values(variables: list[str]) -> Iterator[str]:
    """The values of variables, and each line of one with many: they come line by line."""
    for value in (os.environ[name] for name in variables if name in os.environ):
        yield value
        yield from value.splitlines()


def _opened(name: str) -> BinaryIO:
    if name == "-":
        return open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
    return open(name, "rb", buffering=0)


def _copy(source: BinaryIO, target: BinaryIO, masker: Masker) -> None:
    stream = Stream(masker.mask_text)
    for text in _structured(masker, _pieces(source)):
        _put(target, stream.feed(text))
    _put(target, stream.close())


def _put(target: BinaryIO, text: str) -> None:
    if text:
        target.write(text.encode("utf-8", "surrogateescape"))
        target.flush()


def _pieces(source: BinaryIO) -> Iterator[str]:
    """The text read, piece by piece; bytes that are no UTF-8 come out as they went in."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    while data := source.read(_PIECE):
        yield decoder.decode(data)
    yield decoder.decode(b"", final=True)


def _structured(masker: Masker, pieces: Iterable[str]) -> Iterator[str]:
    """Give the text with what only the structure of its JSON lines tells masked in them."""
    held = ""
    for piece in pieces:
        text = held + piece
        end = text.rfind("\n") + 1
        held = text[end:] if len(text) - end < _LONG else ""
        yield _masked_lines(masker, text[:end] if held else text)
    yield _masked_lines(masker, held)


def _masked_lines(masker: Masker, text: str) -> str:
    if '{"' not in text:
        return text
    return "".join(_masked_line(masker, line) for line in io.StringIO(text, newline=""))


def _masked_line(masker: Masker, line: str) -> str:
    """A line is written anew only where masking it as a text does not come to the same."""
    start = line.find('{"', 0, _PREFIX)
    if start < 0 or len(line) > _LONG or masker.clean(line):
        return line
    try:
        document = orjson.loads(line[start:])
        masked = masker.mask_document(document)
        if masked == document or _decoded(masker.mask_text(line)[start:]) == masked:
            return line
        return line[:start] + orjson.dumps(masked).decode() + line[len(line.rstrip("\r\n")) :]
    except (ValueError, RecursionError):
        return line


def _decoded(line: str) -> object:
    try:
        return orjson.loads(line)
    except ValueError:
        return None
