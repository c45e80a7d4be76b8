"""The label of an endpoint: its path, with identifiers as `{id}`, so that there are few."""

from __future__ import annotations

from .plain import text_of

__all__ = ["route_of"]

_HEX = frozenset("0123456789abcdefABCDEF-")


def route_of(endpoint: object) -> str:
    """Return the path of `endpoint` with identifiers as `{id}`; a leading `/3` is a version."""
    path = text_of(endpoint)[:2048]
    for mark in "?#;":
        path = path.partition(mark)[0]
    if "://" in path:
        _, slash, path = path.partition("://")[2].partition("/")
        path = slash + path
    segments = path.split("/")
    version = 1 if segments[0] == "" else 0
    return "/".join(
        "{id}" if _is_identifier(part) and not (i == version and len(part) == 1) else part
        for i, part in enumerate(segments)
    )


def _is_identifier(segment: str) -> bool:
    return (
        segment.isdigit()
        or "=" in segment
        or len(segment) > 40
        or (len(segment) >= 16 and _HEX.issuperset(segment))
    )
