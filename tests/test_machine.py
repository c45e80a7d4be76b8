"""Both lanes, call after call: whatever was bound, configured, added and removed in between."""

from __future__ import annotations

import contextvars
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import loguru
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from test_lanes import unstamped
from test_laws import Folder
from test_plain import values

from anivault_loguru import _core, configure, logger, register_secret, shutdown

NUMBERS = {"TRACE": 5, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}
levels = st.sampled_from([*NUMBERS, "MACHINE"]) | st.sampled_from([7, 20, 33, 40])
names = st.sampled_from(["component", "event", "request_id", "trace_id", "n", "x", "password"])
extras = st.dictionaries(names, values | st.sampled_from(["cache", "tmdb", "a-secret"]), max_size=3)
messages = st.sampled_from(["hello", "{}", "{x}", "a {} {x!r:>5}", "{", "é\u2028", "my-secret-1"])
modules = st.sampled_from(["pkg", "pkg.sub", "pkg.sub.deep", "other"])
# Each function is a place of its own; the last has its message in the code.
PLACES = """
def passed(say, message, args, kwargs):
    return say(message, *args, **kwargs)
def again(say, message, args, kwargs):
    return say(message, *args, **kwargs)
def literal(say, message, args, kwargs):
    return say("a constant", *args, **kwargs)
"""


def express(log: Any, level: str | int) -> Callable[..., object]:
    """The call as a user makes it."""
    if level in NUMBERS:
        return getattr(log, level.lower())  # type: ignore[no-any-return]
    return lambda message, *args, **kwargs: log.opt(depth=1).log(level, message, *args, **kwargs)


def twin(log: Any, level: str | int) -> Callable[..., object]:
    """The same call in Python, where the method is compiled."""
    method = express(log, level)
    function = getattr(method, "__wrapped__", None)
    return method if function is None else partial(function, log)


def plain(log: Any, level: str | int) -> Callable[..., object]:
    """The same call without a look at the lane."""
    if level in NUMBERS:
        return lambda message, *args, **kwargs: log._log(
            level, False, log._options, message, args, kwargs
        )

    def say(message: object, *args: object, **kwargs: object) -> None:
        options = log.opt(depth=1)._options
        inner(options, message, args, kwargs)

    def inner(options: Any, message: object, args: Any, kwargs: Any) -> None:
        log._log(level, False, options, message, args, kwargs)

    return say


class Lanes(RuleBasedStateMachine):
    """Makes each call over either lane, and compares what was written, seen and raised."""

    loggers = Bundle("loggers")

    def __init__(self) -> None:
        super().__init__()
        self._temporary = tempfile.TemporaryDirectory()
        self._path = Path(self._temporary.name)
        self._core = _core.core
        self._levels = dict(self._core.levels), dict(self._core.levels_lookup)
        self._contexts: list[Any] = []
        self._sinks: list[int] = []
        self._seen: list[str] = []
        self._shared: list[object] = []
        self._calls: list[tuple[Any, ...]] = []
        self._same = True
        self._modules: dict[str, dict[str, Any]] = {}
        for name in ("pkg", "pkg.sub", "pkg.sub.deep", "other"):
            self._modules[name] = {"__name__": name}
            exec(PLACES, self._modules[name])

    @initialize(target=loggers)
    def begin(self) -> Any:
        self.configured("TRACE")
        logger.level("MACHINE", no=25)
        for place in ("passed", "literal"):
            self.log(logger, place, "pkg", "INFO", "{x}", [], {"x": 1}, False)
        return logger

    @rule(level=st.sampled_from(["TRACE", "INFO", "ERROR"]))
    def configured(self, level: str) -> None:
        off = {"enabled": False}
        configure(dir=self._path, console=off, metrics=off, level=level, intercept=False)
        self._folder = Folder(self._path)
        self._folder.fresh()

    @rule(target=loggers, log=loggers, extra=extras)
    def bind(self, log: Any, extra: dict[str, Any]) -> Any:
        return log.bind(**extra)

    @rule(target=loggers, log=loggers)
    def bind_what_grows(self, log: Any) -> Any:
        return log.bind(shared=self._shared)

    @rule(value=values)
    def grow(self, value: object) -> None:
        self._shared.append(value)

    @rule(
        target=loggers,
        log=loggers,
        options=st.sampled_from(
            [{"capture": False}, {"depth": 0}, {"raw": True}, {"exception": ValueError("x")}]
        ),
    )
    def opt(self, log: Any, options: dict[str, Any]) -> Any:
        return log.opt(**options)

    @rule(target=loggers, log=loggers)
    def patch(self, log: Any) -> Any:
        return log.patch(lambda record: record["extra"].update(patched=True))

    @rule(extra=extras)
    def contextualize(self, extra: dict[str, Any]) -> None:
        self._contexts.append(logger.contextualize(**extra))
        self._contexts[-1].__enter__()

    @rule()
    def leave_context(self) -> None:
        if self._contexts:
            self._contexts.pop().__exit__(None, None, None)

    @rule(extra=extras)
    def share(self, extra: dict[str, Any]) -> None:
        loguru.logger.configure(extra=extra)

    @rule(value=values)
    def share_in_place(self, value: object) -> None:
        self._core.extra["shared"] = value

    @rule()
    def patch_all_for_a_while(self) -> None:
        logger.configure(patcher=lambda record: record["extra"].update(core=1))
        self.once_more()
        self._core.patcher = None

    @rule(name=modules | st.just(""), stays=st.booleans())
    def disable(self, name: str, stays: bool) -> None:
        loguru.logger.disable(name)
        if not stays:
            self.once_more()
            logger.enable(name)

    @rule(name=modules | st.just(""))
    def enable(self, name: str) -> None:
        logger.enable(name)

    @rule(old=modules, new=modules)
    def rename(self, old: str, new: str) -> None:
        self._modules[old]["__name__"] = new

    @rule(level=st.sampled_from(["DEBUG", "ERROR", 45]))
    def add_sink(self, level: str | int) -> None:
        form = "{level}|{name}:{function}:{line}|{message}|{extra}"
        self._sinks.append(logger.add(self._seen.append, level=level, format=form))

    @rule()
    def remove_sink(self) -> None:
        if self._sinks:
            loguru.logger.remove(self._sinks.pop())

    @rule()
    def register(self) -> None:
        register_secret("my-secret-1")

    @rule(name=st.sampled_from(["MainThread", "é", "api_key=abcdef012345"]))
    def name_thread(self, name: str) -> None:
        threading.current_thread().name = name

    @rule(
        log=loggers,
        place=st.sampled_from(["passed", "again", "literal"]),
        module=modules,
        level=levels,
        message=messages | values,
        args=st.lists(values, max_size=2),
        kwargs=extras,
        threaded=st.booleans(),
    )
    def log(
        self,
        log: Any,
        place: str,
        module: str,
        level: str | int,
        message: object,
        args: list[object],
        kwargs: dict[str, Any],
        threaded: bool,
    ) -> None:
        """Three times: a place that is met again is logged from in another way."""
        call = self._modules[module][place]
        self._calls = [*self._calls[:2], *self._calls[2:][-2:]]
        self._calls.append((call, log, level, message, args, kwargs))
        if threaded:
            thread = threading.Thread(target=contextvars.copy_context().run, args=(self.both, 3))
            thread.name = "worker"
            thread.start()
            thread.join()
        else:
            self.both(3)
        assert self._same

    @invariant()
    def once_more(self) -> None:
        """The first two calls and the last ones again, after whatever has changed since."""
        for number in range(len(self._calls)):
            self.both(1, number)
            assert self._same

    def both(self, times: int, number: int = -1) -> None:
        call, log, level, *given = self._calls[number]
        outcomes = [
            self.outcome(call, way(log, level), *given)
            for way in (express, twin, plain)
            for _ in range(times)
        ]
        self._same = all(outcome == outcomes[0] for outcome in outcomes)

    def outcome(self, act: Callable[..., object], *given: object) -> object:
        self._seen.clear()
        try:
            result = act(*given)
        except Exception as error:
            result = (type(error), str(error))
        return result, unstamped(self._folder.fresh()), list(self._seen)

    def teardown(self) -> None:
        while self._contexts:
            self.leave_context()
        while self._sinks:
            self.remove_sink()
        threading.current_thread().name = "MainThread"
        shutdown()
        _core.set_users_patcher(None)
        self._core.patcher, self._core.extra = None, {}
        self._core.levels, self._core.levels_lookup = self._levels
        self._core.enabled, self._core.activation_list = {}, []
        self._temporary.cleanup()


Lanes.TestCase.settings = settings(
    max_examples=30,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestLanes = Lanes.TestCase
