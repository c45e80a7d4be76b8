"""An argparse application: `--verbose` and `--log-json`."""

from __future__ import annotations

import argparse

from anivault_loguru import configure, logger


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--log-json", action="store_true")
    parser.add_argument("command", choices=["scan"])
    parser.add_argument("folder")
    args = parser.parse_args()
    level = "DEBUG" if args.verbose else "INFO"
    form = "ndjson" if args.log_json else "human"
    configure(level=level, console={"level": level, "format": form})
    logger.debug("looking into {}", args.folder)
    logger.info("scanned {folder}", folder=args.folder)


if __name__ == "__main__":
    main()
