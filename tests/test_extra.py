"""The extra that knows how its record was logged."""

from __future__ import annotations

import pickle
from typing import Any

from anivault_loguru.extra import Extra


def record_of(**extra: Any) -> dict[str, Any]:
    """A record with this extra."""
    return {"message": "was", "exception": "the original", "extra": extra}


def test_what_is_covered_is_known_to_the_extra_alone() -> None:
    """The record shows the changes; `logged` gives it as it was, keys in their order."""
    record = record_of(a=1, **{"key=secret": 2}, b=3)
    changes = {"exception": "a stand-in", "extra": {"a": 1, "key=***": 2, "b": "***"}}
    Extra.cover(record, changes)
    assert record == {"message": "was", **changes}
    logged = record["extra"].logged(record)
    assert logged == record_of(a=1, **{"key=secret": 2}, b=3)
    assert list(logged["extra"]) == ["a", "key=secret", "b"]


def test_what_others_change_in_a_covered_record_counts() -> None:
    """A patcher that runs after it may set, add and delete."""
    record = record_of(a="secret", b="secret", c=3)
    Extra.cover(record, {"message": "covered", "extra": {"a": "***", "b": "***", "c": 3}})
    record["message"] += " and changed"
    record["extra"].update(a="set", d="added")
    del record["extra"]["c"]
    logged = record["extra"].logged(record)
    assert logged["message"] == "covered and changed"
    assert logged["extra"] == {"a": "set", "b": "secret", "d": "added"}


def test_a_record_is_uncovered_in_place() -> None:
    """It is as it was logged then, and nothing is known of what covered it."""
    record = record_of(a="secret")
    Extra.cover(record, {"message": "covered", "extra": {"a": "***"}})
    Extra.uncover(record)
    assert record == record_of(a="secret")
    assert record["extra"].logged(record) is record


def test_what_was_covered_is_not_pickled() -> None:
    """Whoever pickles the extra gets a plain dictionary of what it shows."""
    record = record_of(a="secret")
    Extra.cover(record, {"extra": {"a": "***"}})
    pickled = pickle.dumps(record["extra"])
    assert b"secret" not in pickled
    assert type(pickle.loads(pickled)) is dict
