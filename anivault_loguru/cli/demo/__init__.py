"""Run a small real pipeline over real files and show what its log holds.

The demo scans PATH, reads names, digests contents through a cache on disk, asks a title service
that it starts on the loopback address, and plans new names; it moves and changes none of your
files. On the way it puts secrets where they do not belong. At the end it shows the channel files,
what was masked in them and the summary. It obeys your environment and TOML settings as any
program would, but for the level, which is DEBUG.
"""

from __future__ import annotations

import argparse
import os
import sys
import sysconfig
import tempfile
import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...settings import Settings
    from .mishaps import Mishap

__all__ = ["add_arguments", "run"]

APP = "anivault-demo"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "path",
        metavar="PATH",
        nargs="?",
        default=sysconfig.get_path("stdlib"),
        help="folder whose files go through the pipeline (default: Python's standard library)",
    )
    parser.add_argument(
        "--dir", help=f"folder of the channel files (default: the log folder of the app {APP})"
    )
    parser.add_argument(
        "--cache", help=f"folder of the digest cache (default: the cache folder of the app {APP})"
    )
    parser.add_argument(
        "--files", type=_count, default=300, metavar="N", help="take at most N files (default: 300)"
    )


def run(args: argparse.Namespace) -> int:
    """Run the demo; return 0, 1 if a secret stands in a channel file, 2 for bad input."""
    from ... import ConfigError, configure, metrics, shutdown
    from ..saying import say

    try:
        os.listdir(args.path)
        settings = configure(
            app=APP,
            level="DEBUG",
            console={"level": "WARNING"},
            metrics={"interval": 2},
            **({"dir": args.dir} if args.dir else {}),
        )
    except (OSError, ConfigError) as error:
        say(f"anivault-log demo: {error}")
        return 2
    since = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    started = time.perf_counter()
    try:
        mishaps = _log_everything(args)
    finally:
        shutdown()
    return _show(settings, mishaps, metrics.snapshot(), since, time.perf_counter() - started)


def _log_everything(args: argparse.Namespace) -> list[Mishap]:
    from ... import logger
    from .bucket import TokenBucket
    from .files import DigestCache
    from .mishaps import shelf, stage
    from .names import parse_name
    from .pipeline import Matcher, Pipeline, kept, search_url
    from .screen import progress
    from .service import Service

    app = logger.bind(event="demo.start")
    app.info("The demo starts with Python {}", sys.version.split()[0])
    cache = DigestCache(args.cache or _cache_folder())
    with tempfile.TemporaryDirectory() as made, Service() as service, kept(cache):
        for name in shelf(made):
            app.info("This file system takes no name like {!r}", name)
        pipeline = Pipeline(cache, Matcher(service.url, TokenBucket(rate=120, burst=20)))
        files = pipeline.scan(made, 100) + pipeline.scan(args.path, args.files)
        with progress(len(files)) as advance:
            for _ in pipeline.run(files):
                advance()
    logger.bind(component="audit", event="audit.plan").info("Planned only: no file was moved")
    return stage(search_url(service.url, parse_name("Poster.png")))


def _show(
    settings: Settings,
    mishaps: list[Mishap],
    snapshot: dict[str, dict[str, object]],
    since: str,
    elapsed: float,
) -> int:
    from .report import find_leaks, read_channel, sections
    from .screen import draw

    leak = find_leaks(os.path.expanduser("~"))
    channels = [
        read_channel(
            name,
            os.path.join(settings.dir, channel.file),
            process=os.getpid(),
            since=since,
            leak=leak,
        )
        for name, channel in settings.channels.items()
    ]
    draw(sections(channels, mishaps, snapshot, elapsed))
    return int(any(channel.leaks for channel in channels))


def _cache_folder() -> str:
    import platformdirs

    return platformdirs.user_cache_dir(APP, appauthor=False)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"not a number of files: {text!r}")
    return int(text)
