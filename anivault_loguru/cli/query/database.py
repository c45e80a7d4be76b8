"""A DuckDB that can read some files and nothing else, with the view `logs` over them.

It reads lines of the native schema itself. Files that hold lines of another one, files that it
can't read to their end, and standard input are first written anew, in the native schema, to a
folder of our own.

DuckDB's own locks do it (https://duckdb.org/docs/stable/operations_manual/securing_duckdb): no
access to files and network but to the paths listed, no extensions, no view of this process's
variables, and no way to change that. What is asked has to be one statement that only reads.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import duckdb
import orjson

from ..reading import STDIN, blocks_of, decode, lines_of

__all__ = ["Database"]

# As the reading core: what is longer is no record.
_LONGEST = 32_000_000
_TEXTS = ("timestamp", "level", "component", "event", "message")
_COLUMNS = {
    **dict.fromkeys((*_TEXTS, "request_id", "trace_id", "span_id"), "VARCHAR"),
    "fields": "JSON",
    **dict.fromkeys(("logger", "function"), "VARCHAR"),
    **dict.fromkeys(("line", "process"), "BIGINT"),
    **dict.fromkeys(("thread", "run"), "VARCHAR"),
    "seq": "BIGINT",
    "exception": "STRUCT(type VARCHAR, message VARCHAR, stacktrace VARCHAR)",
}
# What lines of the other schemas have. Not `Timestamp`: to SQL that is `timestamp`.
_FOREIGN = ("@timestamp", "SeverityText")
_IS_FOREIGN = " OR ".join(f'"{name}" IS NOT NULL' for name in _FOREIGN)
_MOMENT = 'TRY_CAST("timestamp" AS TIMESTAMPTZ)'
_IS_RECORD = " AND ".join(
    [
        f"coalesce(isfinite({_MOMENT}), false)",
        *(f"{name} IS NOT NULL" for name in _TEXTS[1:]),
        "(fields IS NULL OR json_type(fields) = 'OBJECT')",
    ]
)


class Database:
    """A database in memory.

    Args:
        channels: the files of each channel, by real, absolute paths; `-` is standard input. A
            record that stands in two channels comes once.
        scratch: a folder of our own, which nobody else can open.
        output: the one path that `write_parquet` can write to.

    Attributes:
        broken: how many lines hold no record.
        unread: what could not be read, or not to its end, as texts.
    """

    def __init__(self, channels: Sequence[Sequence[str]], scratch: str, output: str) -> None:
        self._database = duckdb.connect(":memory:")
        self._database.execute("SET TimeZone = 'UTC'")
        self.broken = 0
        self.unread: list[str] = []
        channels = self._all_native(channels, scratch)
        files = [file for channel in channels for file in channel]
        allowed = [*files, *map(_as_pattern, files), output]
        for name, value in (
            ("temp_directory", _quoted(scratch)),
            ("extension_directory", _quoted(scratch)),
            ("autoinstall_known_extensions", "false"),
            ("autoload_known_extensions", "false"),
            ("allow_community_extensions", "false"),
            ("allow_persistent_secrets", "false"),
            ("python_enable_replacements", "false"),
            ("allowed_paths", f"[{', '.join(map(_quoted, allowed))}]"),
            ("enable_external_access", "false"),
        ):
            self._database.execute(f"SET {name} = {value}")
        self._database.execute(f"CREATE VIEW logs AS {_records(channels)}")
        self._database.execute("SET lock_configuration = true")

    def ask(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Return the answer to one reading statement, to fetch from. Raises ValueError, Error."""
        self._check(sql)
        return self._database.execute(sql)

    def write_parquet(self, sql: str, output: str) -> None:
        """Write the answer to a file."""
        self._check(sql)
        self._database.sql(sql).write_parquet(output)

    def close(self) -> None:
        """Give the memory and the scratch files back."""
        self._database.close()

    def _check(self, sql: str) -> None:
        statements = self._database.extract_statements(sql)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise ValueError("that is not one SELECT: nothing else can be asked")

    def _all_native(self, channels: Sequence[Sequence[str]], scratch: str) -> list[list[str]]:
        """Count what holds no record, and put native files in the place of others."""
        known = self._surveyed([file for channel in channels for file in channel if file != STDIN])
        native = []
        for channel in channels:
            native.append(list(channel))
            for place, file in enumerate(channel):
                broken = known.get(file)
                if broken is None:
                    native[-1][place] = os.path.join(scratch, f"{len(native)}-{place}.ndjson")
                    broken = self._translate(file, native[-1][place])
                self.broken += broken
        return native

    def _surveyed(self, files: Sequence[str]) -> dict[str, int]:
        """How many lines hold no record, by file; files that have to be translated are left out."""
        if not files:
            return {}
        survey = f"""SELECT filename, count(*) FILTER (NOT ({_IS_RECORD})),
            count(*) FILTER ({_IS_FOREIGN}) FROM {_lines(files)} GROUP BY filename"""
        try:
            rows = self._database.execute(survey).fetchall()
        except duckdb.Error:
            if len(files) == 1:
                return {}
            return {file: broken for one in files for file, broken in self._surveyed([one]).items()}
        found = {file: (broken, foreign) for file, broken, foreign in rows}
        # A file without lines has no row.
        counts = {file: found.get(file, (0, 0)) for file in files}
        return {
            file: broken
            for file, (broken, foreign) in counts.items()
            if not foreign and _is_sound(file)
        }

    def _translate(self, path: str, target: str) -> int:
        """Write a file's records in the native schema; how many lines hold none."""
        broken = 0
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            try:
                for line in lines_of(path):
                    document = decode(line.data)
                    if document is None:
                        broken += 1
                    else:
                        file.write(orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE))
            except OSError as error:
                self.unread.append(str(error))
        return broken


def _is_sound(path: str) -> bool:
    """Whether the checksums of a compressed file hold, which DuckDB does not look at."""
    if path.endswith(".gz"):
        try:
            for _ in blocks_of(path):
                pass
        except OSError:
            return False
    return True


def _records(channels: Sequence[Sequence[str]]) -> str:
    """SQL for the records of all channels; of copies, the one in the channel that stands first."""
    if not channels:
        empty = (f'NULL::{kind} AS "{name}"' for name, kind in _COLUMNS.items())
        return f"SELECT {', '.join(empty)} WHERE false"
    parts, before = [], list[str]()
    for channel in channels:
        part = f"SELECT here.* FROM {_lines(channel)} here"
        if before:
            earlier = f"(SELECT run, seq, timestamp FROM {_lines(before)} WHERE seq > 0)"
            part += f" ANTI JOIN {earlier} earlier USING (run, seq, timestamp)"
        parts.append(part)
        before += channel
    names = ", ".join(f'"{name}"' for name in _COLUMNS if name != "timestamp")
    return (
        f"SELECT {_MOMENT} AS timestamp, {names} FROM ({' UNION ALL '.join(parts)}) "
        f"WHERE {_IS_RECORD}"
    )


def _lines(files: Sequence[str]) -> str:
    """SQL for the lines of files; one that holds no record has nothing in its columns."""
    known = {**_COLUMNS, **dict.fromkeys(_FOREIGN, "VARCHAR")}
    columns = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in known.items())
    return (
        f"read_json([{', '.join(_quoted(_as_pattern(file)) for file in files)}], "
        f"format = 'newline_delimited', records = true, columns = {{{columns}}}, "
        f"ignore_errors = true, filename = true, maximum_object_size = {_LONGEST})"
    )


def _as_pattern(path: str) -> str:
    """The glob pattern that only this path matches: DuckDB takes every path for a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", path)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
