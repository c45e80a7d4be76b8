"""Reads what a video file's name says about it, and says what the file should be called."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

__all__ = ["ParsedName", "parse_name", "target_path"]

_VIDEO = frozenset({".avi", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".ts", ".webm", ".wmv"})
_TAG = re.compile(r"\[([^\[\]]{1,80})\]|\(([^()]{1,80})\)|【([^【】]{1,80})】")
_RESOLUTION = re.compile(r"\b\d{3,4}[pi]\b|\b4K\b", re.IGNORECASE)
_CHECKSUM = re.compile(r"[0-9A-Fa-f]{8}")
_SEASON_EPISODE = re.compile(r"\bS(\d{1,2})[ ._-]?E(\d{1,4})\b", re.IGNORECASE)
_EPISODE = re.compile(
    r"(?:^|[ _-])(?:EP?\.?|第|제)? ?(\d{1,4})(?:v\d)? ?(?:話|话|화|회)?$", re.IGNORECASE
)
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


@dataclass(frozen=True)
class ParsedName:
    """What one file name says; only `title` and `suffix` are certain to be there."""

    title: str
    suffix: str
    group: str | None = None
    season: int | None = None
    episode: int | None = None
    resolution: str | None = None
    checksum: str | None = None


def parse_name(filename: str) -> ParsedName:
    """Return the parts of a name such as `[Group] Title - 01 (1080p) [ABCD1234].mkv`.

    Any file that is not a video is its own title.
    """
    stem, suffix = os.path.splitext(filename)
    if suffix.lower() not in _VIDEO:
        return ParsedName(stem, suffix)
    tags = ["".join(filter(None, match.groups())) for match in _TAG.finditer(stem)]
    group = tags[0] if tags and stem.startswith(("[", "【")) else None
    rest = _TAG.sub(" ", stem).replace("_", " ").strip(" -")
    season, episode = None, None
    if found := _SEASON_EPISODE.search(rest):
        rest, season, episode = rest[: found.start()], int(found[1]), int(found[2])
        rest = rest.replace(".", " ")
    elif found := _EPISODE.search(rest):
        rest, season, episode = rest[: found.start()], 1, int(found[1])
    resolution = _RESOLUTION.search(stem)
    return ParsedName(
        title=rest.strip(" -.") or stem,
        suffix=suffix,
        group=group,
        season=season,
        episode=episode,
        resolution=resolution[0] if resolution else None,
        checksum=next((tag.upper() for tag in tags if _CHECKSUM.fullmatch(tag)), None),
    )


def target_path(name: ParsedName) -> str:
    """Return the relative path that the file would be moved to, with `/` between its parts."""
    title = _UNSAFE.sub("_", name.title)
    if name.episode is None:
        return f"Other/{title}{name.suffix}"
    season = name.season or 0
    return f"{title}/Season {season:02d}/{title} - S{season:02d}E{name.episode:02d}{name.suffix}"
