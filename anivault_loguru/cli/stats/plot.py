"""Small plots of text: bars that stand side by side, and bars that lie one below the other."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["bar", "columns", "spark"]

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_ASCII = " ...:::##"
_LYING = " ▏▎▍▌▋▊▉█"


def columns(values: Sequence[float], height: int, signs: bool = True) -> list[str]:
    """Return `height` lines of bars, one column a value; the largest value fills them all.

    A value above zero is never drawn as nothing.
    """
    top = max(values, default=0) or 1
    steps = len(_EIGHTHS) - 1
    filled = [max(round(value / top * height * steps), 1) if value > 0 else 0 for value in values]
    signs_of = _EIGHTHS if signs else _ASCII
    return [
        "".join(signs_of[min(max(n - row * steps, 0), steps)] for n in filled)
        for row in range(height - 1, -1, -1)
    ]


def spark(values: Sequence[float], signs: bool = True) -> str:
    """Return one line of bars, from the least value to the largest."""
    low, high = min(values, default=0), max(values, default=0)
    scale = " .:-=+*#" if not signs else _EIGHTHS[1:]
    span = (high - low) or 1
    return "".join(scale[round((value - low) / span * (len(scale) - 1))] for value in values)


def bar(share: float, width: int, signs: bool = True) -> str:
    """Return a bar that fills `share` of `width`, 0 to 1; what is above zero shows."""
    if not signs:
        return "#" * max(round(share * width), 1 if share > 0 else 0)
    eighths = max(round(share * width * 8), 1 if share > 0 else 0)
    return "█" * (eighths // 8) + _LYING[eighths % 8].strip()
