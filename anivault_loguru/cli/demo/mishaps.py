"""What the demo does wrong on purpose: secrets in the wrong places, names that trip loggers."""

from __future__ import annotations

import json
import logging
import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ... import logger
from .secrets import API_KEY, BEARER, PASSWORD, SECRETS

__all__ = ["NEVER_ANSWERED", "Mishap", "shelf", "stage"]


NEVER_ANSWERED = "Never Answered"
"""The title for which the demo's service has no answer but 503."""

_SHELF = (
    "[SubsPlease] Sousou no Frieren - 01 (1080p) [ABCD1234].mkv",
    "[자막팀] 장송의 프리렌 - 02 (1080p).mkv",
    "【字幕】葬送のフリーレン 第03話 (720p).mp4",
    "진격의 거인 제12화.mkv",
    "Some.Show.S01E02.1080p.WEB.mkv",
    f"{NEVER_ANSWERED} - 04.mkv",
    "Braces {title} {0!r} {} - 05.mkv",
    "Red \x1b[31malert\x1b[0m - 06.mkv",
    "Lone surrogate \udcff - 07.mkv",
)


@dataclass(frozen=True)
class Mishap:
    """One secret that the demo logged, and where its masked form stands in the channel files.

    `where` is a dotted path into the record, `logged` what the code passed to the logger.
    """

    label: str
    event: str
    where: str
    logged: str

    def shown(self) -> str:
        """Return what was logged, each secret cut to its first four characters."""
        text = self.logged
        for secret in (*SECRETS, os.path.expanduser("~")):
            text = text.replace(secret, f"{secret[:4]}…")
        return text


def shelf(folder: str) -> Iterator[str]:
    """Make the small video files of the demo in `folder`, yield the names that it could not take.

    A lone surrogate is a byte of the name that is no UTF-8; Windows has no such names.
    """
    for name in _SHELF:
        try:
            Path(folder, name).write_bytes(name.encode(errors="surrogateescape") * 50)
        except (OSError, ValueError):
            yield name


def stage(url: str) -> list[Mishap]:
    """Log one record for each way in which a secret gets into a log, and say what was logged.

    `url` carries the API key.
    """
    logger.bind(component="tmdb", event="demo.url", url=url).info("Asking for a poster")

    try:
        _knock(url)
    except ConnectionError as error:
        refused = str(error)
        logger.bind(component="tmdb", event="demo.error").opt(exception=True).error("No poster")

    headers = {"Accept": "image/png", "Authorization": f"Bearer {BEARER}"}
    logger.bind(component="network", event="demo.headers", headers=headers).debug("Sent headers")

    account = {"user": "frieren", "login": {"method": "basic", "password": PASSWORD}}
    logger.bind(component="network", event="demo.login", account=account).info("Signed in")

    library = f"The library is {Path.home() / 'Videos' / '애니'}"
    logger.bind(component="scanner", event="demo.library").info(library)

    plain = f"connecting with password={PASSWORD}"
    logging.getLogger("demo.legacy").warning(plain, extra={"event": "demo.stdlib"})

    warning = f"api_key={API_KEY} in a URL is deprecated"
    with warnings.catch_warnings():
        warnings.simplefilter("always")  # `python -W error` shall not end the demo
        warnings.warn(warning, UserWarning, stacklevel=2)

    return [
        Mishap("API key in a URL", "demo.url", "fields.url", url),
        Mishap("API key in an exception", "demo.error", "exception.message", refused),
        Mishap("bearer token in a header", "demo.headers", "fields.headers", json.dumps(headers)),
        Mishap("password deep in a dict", "demo.login", "fields.account", json.dumps(account)),
        Mishap("home folder in a message", "demo.library", "message", library),
        Mishap("password in stdlib logging", "demo.stdlib", "message", plain),
        Mishap("API key in a warning", "warning", "message", warning),
    ]


def _knock(url: str) -> None:
    api_key = API_KEY  # a local that a traceback with `diagnose` on would print
    raise ConnectionError(f"GET {url} was refused, key of {len(api_key)} characters")
