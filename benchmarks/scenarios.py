"""The scenarios: what each library is asked to log."""

from __future__ import annotations

import re
from typing import Any

from .harness import Call, Timed

BOUND = "bound, one field"
SCENARIOS = [
    "disabled level",
    "plain message",
    "with arguments",
    "three fields",
    BOUND,
    "a secret",
    "exception",
    "8 threads",
    "queue",
    "4 processes",
]
CAP = 1_000_000
"""Bytes at which a file is rotated that four processes write."""

# The requirements document's five patterns, as its code has them.
SEED = [
    (re.compile(rf'{name}["\s]*[:=]["\s]*([^"\s]+)', re.IGNORECASE), f'{name}="***MASKED***"')
    for name in ("api[_-]?key", "tmdb[_-]?key", "password", "token", "secret")
]


def mask(text: str) -> str:
    """Mask as the requirements document sketches it."""
    for pattern, by in SEED:
        text = pattern.sub(by, text)
    return text


def deep(depth: int = 10) -> None:
    """Raise below ten frames."""
    if depth == 0:
        raise ValueError("at the bottom")
    deep(depth - 1)


def calls(logger: Any, bound: Any, *, style: str) -> dict[str, Call | Timed]:
    """The scenarios for a library of loguru's, structlog's or the standard library's manner."""

    def failing() -> None:
        try:
            deep()
        except ValueError:
            logger.exception("it failed")

    info, bound_info = logger.info, bound.info
    arguments = "looked up {} in {}" if style == "loguru" else "looked up %s in %s"
    three: dict[str, Any] = {"a": 1, "b": "two", "c": 3.0}
    one: dict[str, Any] = {"n": 3}
    if style == "stdlib":
        three = {"extra": three}
        one = {"extra": {"n": 3, "component": "cache", "request_id": "ab12"}}

    def act() -> None:
        bound_info("looked up", **one)

    return {
        "disabled level": lambda: logger.debug("looked up"),
        "plain message": lambda: info("looked up"),
        "with arguments": lambda: info(arguments, 3, "x"),
        "three fields": lambda: info("looked up", **three),
        BOUND: act,
        "a secret": lambda: bound_info("looked up api_key=abcdef0123", **one),
        "exception": failing,
        "8 threads": Timed(act, threads=8),
    }


def bound_call(logger: Any) -> Call:
    """The call of the scenario BOUND, for a logger of loguru's manner."""
    bound = logger.bind(component="cache")
    return lambda: bound.info("looked up", n=3)
