"""The settings in force as TOML with their sources as comments, or as one JSON object."""

from __future__ import annotations

import datetime
import itertools
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import SecretStr

from ...masking import MARKER, Masker
from ...mistakes import dotted
from ...render import visible
from ...settings import Settings
from ...sources import working_directory
from ..saying import masked

__all__ = ["Row", "as_json", "as_toml", "rows"]

_SIZES = {"max_record_bytes", "max_bytes", "retention_bytes"}
# What None is written as in a channel.
_OFF = {"rotation", "compression"}
_COLUMN = 38


class Row(NamedTuple):
    """One key: the table it is in, its name, its value as JSON has it, and its source."""

    table: tuple[str, ...]
    key: str
    value: Any
    source: str


def rows(settings: Settings, origins: Mapping[str, str], *, changed: bool = False) -> list[Row]:
    """Return every key, or those that some source sets; secrets are masked."""
    masker = Masker(secrets=[s.get_secret_value() for s in settings.masking.secrets])
    found = []
    for path, value in _leaves(settings.model_dump(by_alias=True)):
        source = origins[dotted(path)]
        if changed and source == "default":
            continue
        *table, key = path
        is_off = value is None and table[:1] == ["channels"] and key in _OFF
        shown = "off" if is_off else _plain(value, key, masker)
        found.append(Row(tuple(table), key, shown, masked(source)))
    return found


def as_json(found: Iterable[Row]) -> str:
    """Return `{"channels.app.file": {"value": …, "source": …}, …}`; sizes are bytes."""
    document = {
        dotted((*row.table, row.key)): {"value": row.value, "source": row.source} for row in found
    }
    return json.dumps(document, indent=2) + "\n"


def as_toml(found: Iterable[Row]) -> str:
    """Return TOML that sets what is in force; a key that is not set is a comment."""
    lines: list[str] = []
    for table, keys in itertools.groupby(found, key=lambda row: row.table):
        if table:
            lines += [""] if lines else []
            lines.append(visible(f"[{dotted(table)}]"))
        lines += [_line(row) for row in keys]
    return "".join(f"{line}\n" for line in lines)


def _leaves(tree: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any]]:
    tables = [(key, value) for key, value in tree.items() if isinstance(value, dict)]
    # As TOML has it: a table's own keys come before the tables in it.
    yield from (((*above, k), value) for k, value in tree.items() if not isinstance(value, dict))
    for key, value in tables:
        yield from _leaves(value, (*above, key))


def _plain(value: Any, key: str, masker: Masker) -> Any:
    """Return what JSON has for a value, with nothing secret in it."""
    if isinstance(value, SecretStr):
        return MARKER
    if isinstance(value, (list, tuple)):
        return [_plain(item, key, masker) for item in value]
    if isinstance(value, dict):
        return {name: _plain(item, name, masker) for name, item in value.items()}
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, datetime.time):
        value = f"{value:%H:%M:%S}".removesuffix(":00") + (f" {value.tzinfo}" * bool(value.tzinfo))
    return MARKER if masker.is_sensitive(key) else masker.mask_text(str(value))


def _line(row: Row) -> str:
    key = dotted((row.key,))
    text = f"# {key} is not set" if row.value is None else f"{key} = {_written(row)}"
    return visible(f"{text:<{_COLUMN}}  # {_short(row.source)}")


def _written(row: Row) -> str:
    if row.key in _SIZES:
        return _size(row.value)
    if isinstance(row.value, float) and row.value.is_integer():
        return str(int(row.value))
    return _toml(row.value)


def _toml(value: Any) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        pairs = (f"{dotted((k,))} = {_toml(v)}" for k, v in value.items() if v is not None)
        return f"{{ {', '.join(pairs)} }}"
    # TOML's texts are JSON's, but for DEL; a terminal would obey the C1 controls behind it.
    return re.sub(
        "[\x7f-\x9f]", lambda m: f"\\u{ord(m[0]):04x}", json.dumps(value, ensure_ascii=False)
    )


def _size(size: int) -> str:
    """Write bytes as people do, where that is exact: "20MB", "5MiB"."""
    for base, unit in ((1000, "kMGT"), (1024, "KMGT")):
        for power in range(len(unit), 0, -1):
            count, rest = divmod(size, base**power)
            if count and not rest:
                return f'"{count}{unit[power - 1]}{"i" * (base == 1024)}B"'
    return str(size)


def _short(source: str) -> str:
    """`file /here/config/logging.toml, table [queue]` becomes `config/logging.toml [queue]`."""
    if not source.startswith("file "):
        return source
    text = source.removeprefix("file ").removesuffix(", top level").replace(", table [", " [")
    for folder, short in ((working_directory(), ""), (os.path.expanduser("~"), f"~{os.sep}")):
        if text.startswith(f"{folder}{os.sep}"):
            return short + text[len(f"{folder}{os.sep}") :]
    return text
