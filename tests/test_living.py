"""The objects that are still there."""

from __future__ import annotations

import sys
from types import FrameType

from anivault_loguru.living import Living


class Thing:
    pass


def test_what_is_there_is_known_and_what_went_is_not() -> None:
    """In the order in which they came, as long as somebody else keeps them."""
    living: Living[Thing] = Living()
    first, second, third = Thing(), Thing(), Thing()
    for thing in (first, second, third):
        living.add(thing)
    del second, thing
    assert list(living) == [first, third]
    living.add(fourth := Thing())
    assert list(living) == [first, third, fourth]


def test_nothing_runs_when_one_goes() -> None:
    """No Python code, in which what a signal handler raises would be lost."""
    living: Living[Thing] = Living()
    things = [Thing()]
    living.add(things[0])
    ran: list[str] = []

    def profile(frame: FrameType, event: str, arg: object) -> None:
        if event == "call":
            ran.append(frame.f_code.co_name)

    sys.setprofile(profile)
    try:
        things.clear()
    finally:
        sys.setprofile(None)
    assert ran == []
    assert list(living) == []
