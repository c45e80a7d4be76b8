"""The objects that are still there."""

from __future__ import annotations

import os
import sys
from types import FrameType

import pytest

from anivault_loguru.living import Living


class Thing:
    process = os.getpid()

    def forked(self) -> None:
        self.process = os.getpid()


def test_what_is_there_is_known_and_what_went_is_not() -> None:
    """In the order in which they came, as long as somebody else keeps them."""
    living: Living[Thing] = Living(Thing.forked)
    first, second, third = Thing(), Thing(), Thing()
    for thing in (first, second, third):
        living.add(thing)
    del second, thing
    assert list(living) == [first, third]
    living.add(fourth := Thing())
    assert list(living) == [first, third, fourth]


def test_nothing_runs_when_one_goes() -> None:
    """No Python code, in which what a signal handler raises would be lost."""
    living: Living[Thing] = Living(Thing.forked)
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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
def test_a_forked_child_is_told_of_each() -> None:
    """In the child alone, and before anything else runs there."""
    living: Living[Thing] = Living(Thing.forked)
    things = [Thing(), Thing()]
    for thing in things:
        living.add(thing)
    child = os.fork()
    if child == 0:
        os._exit(0 if all(thing.process == os.getpid() for thing in things) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert all(thing.process == os.getpid() for thing in things)
