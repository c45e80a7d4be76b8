"""Where settings come from: TOML files, the environment, keywords, merged into one tree.

Each source becomes layers: a tree of plain values and, for any key path in it, a text saying
where that key stands. The texts make the error messages of `settings` and `config show`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import platformdirs
from pydantic import BaseModel

from .mistakes import ConfigError, KeyPath, dotted, masked

__all__ = [
    "Layer",
    "Reading",
    "merge",
    "origin",
    "read",
    "read_environment",
    "read_keywords",
    "read_toml",
    "working_directory",
]

PREFIX = "ANIVAULT_LOG_"
CONFIG_VARIABLE = PREFIX + "CONFIG"
PYPROJECT_TABLE = ("tool", "anivault_loguru")

Tree = Mapping[str, object]


class Layer(NamedTuple):
    """What one source says, and the text that tells where in it a key path stands."""

    tree: Tree
    where: Callable[[KeyPath], str]


@dataclass(frozen=True)
class Reading:
    """The layers that make one `Settings`, lowest first, and what its validators need to know."""

    layers: tuple[Layer, ...] = ()
    default_channels: Mapping[str, Tree] = field(default_factory=dict)
    cwd: Path = Path()
    is_level: Callable[[str], bool] = lambda _: True

    @cached_property
    def tree(self) -> dict[str, object]:
        """All layers merged; a channel that names no file has its own name as file name."""
        tree = merge(self.layers, self.default_channels)
        if isinstance(channels := tree.get("channels"), dict):
            tree["channels"] = {
                name: {"file": f"{name}.log", **table} if isinstance(table, dict) else table
                for name, table in channels.items()
            }
        return tree


def read(
    default_channels: Mapping[str, Tree],
    keywords: Tree | None = None,
    environ: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    user_config_dir: Path | None = None,
) -> tuple[Layer, ...]:
    """Read every source, lowest first: defaults, TOML, environment, keywords."""
    environ = os.environ if environ is None else environ
    return (
        Layer({"channels": default_channels}, lambda _: "default"),
        *read_toml(environ, cwd or working_directory(), user_config_dir),
        *read_environment(environ),
        read_keywords(keywords or {}),
    )


def origin(layers: Sequence[Layer], path: KeyPath, *, exact: bool = False) -> str:
    """Say which layer holds `path`: the highest that has it or, unless `exact`, most of it."""
    for length in range(len(path), len(path) - 1 if exact else 0, -1):
        for layer in reversed(layers):
            if _holds(layer.tree, path[:length]):
                return layer.where(path[:length])
    return "default"


def _holds(tree: object, path: KeyPath) -> bool:
    for part in path:
        if not isinstance(tree, Mapping) or part not in tree:
            return False
        tree = tree[part]
    return True


def merge(layers: Sequence[Layer], default_channels: Mapping[str, Tree]) -> dict[str, object]:
    """Merge layers, lowest first, table by table and key by key.

    An empty `channels` table removes every channel of the layers below; a channel given as
    `False` is removed; one named again afterwards starts from the default channel of its name.
    """
    merged: dict[str, object] = {}
    for layer in layers:
        for key, value in layer.tree.items():
            below = merged.get(key)
            if not isinstance(value, Mapping):
                merged[key] = value
            elif key == "channels":
                lower = below if isinstance(below, Mapping) else {}
                merged[key] = _merge_channels(lower, value, default_channels)
            else:
                merged[key] = {**below, **value} if isinstance(below, Mapping) else value
    return merged


def _merge_channels(
    lower: Tree, higher: Tree, default_channels: Mapping[str, Tree]
) -> dict[str, object]:
    merged = dict(lower) if higher else {}
    for name, table in higher.items():
        if table is False:
            merged.pop(name, None)
        elif isinstance(table, Mapping):
            below = merged.get(name)
            base = below if isinstance(below, Mapping) else default_channels.get(name, {})
            merged[name] = {**base, **table}
        else:
            merged[name] = table
    return merged


def working_directory() -> Path:
    """Return the current folder, or the empty path where it was removed."""
    try:
        return Path.cwd()
    except OSError:
        return Path()


def read_keywords(keywords: Tree) -> Layer:
    """Read keyword arguments; a model given as a value counts with the keys it was given."""
    return Layer({name: _plain(v) for name, v in keywords.items()}, lambda _: "keyword argument")


def _plain(value: object) -> object:
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_unset=True, by_alias=True)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def read_environment(environ: Mapping[str, str]) -> list[Layer]:
    """Read the `ANIVAULT_LOG_*` variables, each as a layer of its own, tables before their keys.

    Names are compared without case (the upper-case spelling wins), `__` separates the parts of
    the key path, and an empty value counts as unset.
    """
    names = [
        name
        for name in environ
        if name.upper().startswith(PREFIX)
        and name.upper() != CONFIG_VARIABLE
        and environ[name].strip()
    ]
    names.sort(key=lambda name: (name.count("__"), name == name.upper(), name))
    return [_variable(name, environ[name]) for name in names]


def _variable(name: str, text: str) -> Layer:
    path = name[len(PREFIX) :].lower().split("__")
    tree: object = text
    is_channel = len(path) == 2 and path[0] == "channels"
    if is_channel and text.strip().lower() == "false":
        tree = False
    elif is_channel or len(path) == 1:
        tree = _table_text(text)
    for part in reversed(path):
        tree = {part: tree}
    assert isinstance(tree, dict)  # noqa: S101
    return Layer(tree, lambda _: f"environment variable {name}")


def _table_text(text: str) -> object:
    """Read a table given as JSON text; other text stays what it is."""
    if text.lstrip().startswith("{"):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass
    return text


def read_toml(environ: Mapping[str, str], cwd: Path, user_config_dir: Path | None) -> list[Layer]:
    """Read the first TOML source there is: one layer, or none.

    The places: the file `ANIVAULT_LOG_CONFIG` names (it must exist), `config/logging.toml` and
    `[tool.anivault_loguru]` of `pyproject.toml` below `cwd`, `logging.toml` in the user's
    configuration folder. Raises `ConfigError` for a file that cannot be read or parsed.
    """
    # Sorted, the upper-case spelling comes first.
    named = [environ[name] for name in sorted(environ) if name.upper() == CONFIG_VARIABLE]
    if path := next(filter(str.strip, named), ""):
        return [_named_file(cwd / os.path.expanduser(path))]
    local = cwd / "config" / "logging.toml"
    # isfile is False, not an error, below a folder that this user may not search.
    if os.path.isfile(local):
        return [_file(local)]
    project = cwd / "pyproject.toml"
    if os.path.isfile(project) and (layer := _pyproject(project)):
        return [layer]
    folder = user_config_dir or platformdirs.user_config_path("anivault", appauthor=False)
    user = folder / "logging.toml"
    return [_file(user)] if os.path.isfile(user) else []


def _named_file(path: Path) -> Layer:
    named_by = f" (named by environment variable {CONFIG_VARIABLE})"
    if path.name != "pyproject.toml":
        return _file(path, named_by)
    if layer := _pyproject(path, named_by):
        return layer
    raise ConfigError(f"file {_name(path)}{named_by}: has no table [{dotted(PYPROJECT_TABLE)}]")


def _file(path: Path, named_by: str = "") -> Layer:
    tree = _parse(path, _read(path, named_by))
    return Layer(tree, lambda key: _place(path, key[:-1]))


def _pyproject(path: Path, named_by: str = "") -> Layer | None:
    raw = _read(path, named_by)
    # Somebody else's project file, broken or not, is none of our business.
    if PYPROJECT_TABLE[-1].encode() not in raw:
        return None
    tree: object = _parse(path, raw)
    for part in PYPROJECT_TABLE:
        if not isinstance(tree, Mapping) or part not in tree:
            return None
        tree = tree[part]
    if not isinstance(tree, Mapping):
        name, found = _name(path), type(tree).__name__
        raise ConfigError(f"tool.anivault_loguru (file {name}): found {found}, expected a table")
    return Layer(tree, lambda key: _place(path, (*PYPROJECT_TABLE, *key[:-1])))


def _place(path: Path, table: KeyPath) -> str:
    return f"file {path}, " + (f"table [{dotted(table)}]" if table else "top level")


def _name(path: Path) -> str:
    return masked(str(path))


def _read(path: Path, named_by: str = "") -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"file {_name(path)}{named_by}: cannot be read: {reason}") from None


def _parse(path: Path, raw: bytes) -> Tree:
    # Here: many programs have no such file.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]
    try:
        tree: Tree = tomllib.loads(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        byte = raw[error.start]
        name = _name(path)
        raise ConfigError(f"file {name}: not UTF-8: byte 0x{byte:02x} at line {line}") from None
    except (ValueError, RecursionError) as error:  # one number may be too long, too
        reason = masked(str(error))
        raise ConfigError(f"file {_name(path)}: not valid TOML: {reason}") from None
    return tree
