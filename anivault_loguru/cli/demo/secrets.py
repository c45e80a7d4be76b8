"""The secrets that the demo spills: no one's, the same in every run, so that they can be found."""

from __future__ import annotations

import hashlib

__all__ = ["API_KEY", "BEARER", "PASSWORD", "SECRETS"]


def _made_up(name: str, length: int) -> str:
    return hashlib.sha256(f"anivault_loguru demo: {name}".encode()).hexdigest()[:length]


API_KEY = _made_up("api key", 32)
BEARER = _made_up("bearer token", 40)
PASSWORD = "pw-" + _made_up("password", 12) + "+!"
SECRETS = (API_KEY, BEARER, PASSWORD)
