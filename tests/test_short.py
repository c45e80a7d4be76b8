"""Long texts, shortened so that no secret is cut in two."""

from __future__ import annotations

import pytest
from conftest import Logs

from anivault_loguru import events, logger, metrics
from anivault_loguru.short import Short, short

PASSWORD = "kQ7vLm3TpW5xRk9d" * 10


def test_a_text_that_is_not_too_long_stays() -> None:
    """It is masked where it goes, not here."""
    one = Short()
    one.mask = str.upper
    assert one.of("a" * 9, 9) == "a" * 9


def test_a_text_is_masked_before_it_is_cut() -> None:
    """What is behind the cut tells what stands before it."""
    one = Short()
    one.mask = lambda text: text.replace("secret@", "***@")
    assert one.of("x secret@host", 5) == "x ***"


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("one two three", "one two "),
        ("one two  three", "one two  "),
        ("https://user:password", "https"),
        ("onetwothreefour", "onetwothre"),
    ],
)
def test_without_a_mask_the_word_at_the_cut_is_left_out(text: str, start: str) -> None:
    """Of a text of one word, what stands behind `:`, `=` or `@`."""
    assert Short().of(text, 10) == start


def test_of_a_very_long_text_only_the_beginning_is_masked() -> None:
    """The cost has a bound; a word that reaches beyond it is left out."""
    seen: list[str] = []
    one = Short()
    one.mask = lambda text: seen.append(text) or text  # type: ignore[func-returns-value]
    assert one.of("x " + "y" * 1_000_000, 9) == "x "
    assert seen == ["x "]


@pytest.mark.parametrize(
    "text",
    [f"https://u:{PASSWORD}@db.example.com/x", "y" * 100 + " ghp_" + PASSWORD[:36]],
)
def test_labels_show_no_part_of_a_secret(logs: Logs, text: str) -> None:
    """A label that is cut at 128 characters holds none of what was masked."""
    metrics.reset()
    metrics.increment("calls", of=text)
    events.performance(text, 1.0)
    assert PASSWORD[:8] not in repr(metrics.snapshot())


def test_a_long_repr_shows_no_part_of_a_secret(logs: Logs) -> None:
    """A field that is cut at 10,000 characters holds none of what was masked."""

    class Odd:
        def __repr__(self) -> str:
            return "a" * 9960 + f" https://u:{PASSWORD}@host "

    logger.info("m", odd=Odd())
    assert PASSWORD[:8] not in (logs.folder / "app.log").read_text("utf-8")


def test_the_configuration_gives_the_mask(logs: Logs) -> None:
    """It is the one of what is logged."""
    assert short.mask is not None
    assert "hunter2" not in short.mask("password=hunter2")
