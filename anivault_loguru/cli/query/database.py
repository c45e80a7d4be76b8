"""A DuckDB that can read some files and nothing else, with the view `logs` over them.

DuckDB's own locks do it (https://duckdb.org/docs/stable/operations_manual/securing_duckdb): no
access to files and network but to the paths listed, no extensions, no view of this process's
variables, and no way to change that. What is asked has to be one statement that only reads.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import duckdb

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
        channels: the files of each channel, by real, absolute paths. A record that stands in two
            channels comes once.
        scratch: a folder of our own, for what does not fit into memory.
        output: the one path that `write_parquet` can write to.
    """

    def __init__(self, channels: Sequence[Sequence[str]], scratch: str, output: str) -> None:
        self._channels = channels
        self._database = duckdb.connect(":memory:")
        files = [file for channel in channels for file in channel]
        allowed = [*files, *map(_as_pattern, files), output]
        for name, value in (
            ("TimeZone", "'UTC'"),
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
        self._database.execute(f"CREATE VIEW logs AS {self._records()}")
        self._database.execute("SET lock_configuration = true")

    def ask(self, sql: str) -> duckdb.DuckDBPyConnection:
        """Return the answer to one reading statement, to fetch from. Raises ValueError, Error."""
        self._check(sql)
        return self._database.execute(sql)

    def write_parquet(self, sql: str, output: str) -> None:
        """Write the answer to a file."""
        self._check(sql)
        self._database.sql(sql).write_parquet(output)

    def broken(self) -> int:
        """Return how many lines hold no record."""
        files = [file for channel in self._channels for file in channel]
        if not files:
            return 0
        sql = f"SELECT count(*) FROM {_lines(files)} WHERE NOT ({_IS_RECORD})"
        (count,) = self._database.execute(sql).fetchall()[0]
        return int(count)

    def close(self) -> None:
        """Give the memory and the scratch files back."""
        self._database.close()

    def _check(self, sql: str) -> None:
        statements = self._database.extract_statements(sql)
        if [statement.type for statement in statements] != [duckdb.StatementType.SELECT]:
            raise ValueError("that is not one SELECT: nothing else can be asked")

    def _records(self) -> str:
        """The records of all channels; of a copy, the one in the smallest channel."""
        if not self._channels:
            empty = (f'NULL::{kind} AS "{name}"' for name, kind in _COLUMNS.items())
            return f"SELECT {', '.join(empty)} WHERE false"
        parts, before = [], list[str]()
        for channel in self._channels:
            part = f"SELECT here.* FROM {_lines(channel)} here"
            if before:
                earlier = f"(SELECT run, seq, timestamp FROM {_lines(before)} WHERE seq > 0)"
                part += f" ANTI JOIN {earlier} earlier USING (run, seq, timestamp)"
            parts.append(part)
            before += channel
        return (
            f"SELECT * REPLACE ({_MOMENT} AS timestamp) FROM ({' UNION ALL '.join(parts)}) "
            f"WHERE {_IS_RECORD}"
        )


def _lines(files: Sequence[str]) -> str:
    """SQL for the lines of files; one that holds no record has nothing in its columns."""
    columns = ", ".join(f"{_quoted(name)}: {_quoted(kind)}" for name, kind in _COLUMNS.items())
    return (
        f"read_json([{', '.join(_quoted(_as_pattern(file)) for file in files)}], "
        f"format = 'newline_delimited', records = true, columns = {{{columns}}}, "
        f"ignore_errors = true, maximum_object_size = {_LONGEST})"
    )


def _as_pattern(path: str) -> str:
    """The glob pattern that only this path matches: DuckDB takes every path for a pattern."""
    return re.sub(r"([*?\[])", r"[\1]", path)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
