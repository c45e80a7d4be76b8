"""A Typer (Click) application: `--verbose` and `--log-json`."""

from __future__ import annotations

import typer

from anivault_loguru import configure, logger

app = typer.Typer()


@app.callback()
def begin(verbose: bool = False, log_json: bool = False) -> None:
    """Configure once, before any command."""
    level = "DEBUG" if verbose else "INFO"
    configure(level=level, console={"level": level, "format": "ndjson" if log_json else "human"})


@app.command()
def scan(folder: str) -> None:
    """Log as any command does."""
    logger.debug("looking into {}", folder)
    logger.info("scanned {folder}", folder=folder)


if __name__ == "__main__":
    app()
