"""Progress bars of tqdm and rich: log lines go above the bar, and nothing is torn."""

from __future__ import annotations

import contextlib
import sys
import time

from anivault_loguru import configure, logger


def with_tqdm() -> None:
    from tqdm import tqdm
    from tqdm.contrib import DummyTqdmFile

    terminal = sys.stderr
    with contextlib.redirect_stderr(DummyTqdmFile(terminal)):
        for n in tqdm(range(20), file=terminal, mininterval=0):
            logger.info("item {n}", n=n)


def with_rich() -> None:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True)) as progress:  # takes stderr over by itself
        for n in progress.track(range(20)):
            logger.info("item {n}", n=n)
            time.sleep(0.005)


if __name__ == "__main__":
    configure(console={"format": "human", "color": "never"})
    {"tqdm": with_tqdm, "rich": with_rich}[sys.argv[1]]()
