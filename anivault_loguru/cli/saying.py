"""What commands say on stderr: masked, since they quote arguments, paths and what others say."""

from __future__ import annotations

import sys

from ..render import visible

__all__ = ["masked", "say"]


def say(text: object) -> None:
    """Print a text, be it of several lines, on stderr."""
    print("\n".join(map(visible, masked(str(text)).split("\n"))), file=sys.stderr)


def masked(text: str) -> str:
    """Return a text masked by the rules that always hold."""
    from .. import masking  # only where something is said

    return masking.masked(text)
