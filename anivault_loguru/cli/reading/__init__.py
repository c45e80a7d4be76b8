"""The reading core: channel files as a stream of records, in constant memory.

    reader = Reader(["logs/", "old.log.gz", "-"], Selection(request_id="ab12"))
    for found in reader.records():          # merged over all channels, in the order of time
        found.document, found.line.data, found.source.path
    reader.broken, reader.unread            # what was no record, what could not be read

- `files`: folders and files become `Source`s, by channel and time; a backup that stands there twice
  is one.
- `lines`: the lines of one file, plain, `.gz` or standard input.
- `decoding`: a line becomes a document under the native key names, whatever schema it has.
- `selection`: which records are wanted; most of the others are told by their bytes.
- `copies`: a record that stands in `error.log` too comes once.
- `reader`: all of that together.
- `moments`: `10m`, dates and stamps for `--since` and `--until`.
- `options`: the arguments that commands share.
"""

from .copies import Copies
from .decoding import decode
from .files import STDIN, Source, default_folder, sources_of
from .lines import Line, blocks_of, lines_of
from .moments import parse_moment
from .reader import Found, Reader
from .selection import LEVELS, FieldTest, Selection

__all__ = [
    "LEVELS",
    "STDIN",
    "Copies",
    "FieldTest",
    "Found",
    "Line",
    "Reader",
    "Selection",
    "Source",
    "blocks_of",
    "decode",
    "default_folder",
    "lines_of",
    "parse_moment",
    "sources_of",
]
