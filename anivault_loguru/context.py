"""Which request a record belongs to, beyond the thread and the process where it began.

`propagate` carries the caller's context into another thread. `Inheritance` carries it into child
processes, through their environment, and tells what this process was given by its own parent.
"""

from __future__ import annotations

import contextvars
import functools
import multiprocessing
import multiprocessing.process
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from .patterns import pattern

__all__ = ["REQUEST", "RUN", "Inheritance", "Parent", "active_span", "parent_of", "propagate"]

F = TypeVar("F", bound=Callable[..., Any])

REQUEST = "ANIVAULT_REQUEST_ID"
RUN = "ANIVAULT_PARENT_RUN"
TRACE = "TRACEPARENT"
# https://www.w3.org/TR/trace-context/#traceparent-header; ids of zeros only are invalid
_TRACEPARENT = pattern(r"[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]{2}")


def propagate(function: F) -> F:
    """Return `function` bound to the context of this moment, to be called in any thread.

    `executor.submit(propagate(work), item)` logs under the caller's request id. Each call runs in
    a copy of the context, so that several may run at the same time.
    """
    context = contextvars.copy_context()

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        return context.copy().run(function, *args, **kwargs)

    return call  # type: ignore[return-value]


class Parent:
    """What the environment says of the process that started this one."""

    __slots__ = ("request_id", "run", "span_id", "trace_id")

    def __init__(
        self,
        request_id: str | None = None,
        run: str | None = None,
        trace_id: str | None = None,
        span_id: str | None = None,
    ) -> None:
        self.request_id = request_id
        self.run = run
        self.trace_id = trace_id
        self.span_id = span_id


def parent_of(environ: Mapping[str, str]) -> Parent:
    """Read the request id, run and W3C trace context that a parent process left in `environ`."""
    match = _TRACEPARENT.fullmatch(environ.get(TRACE, ""))
    return Parent(
        environ.get(REQUEST) or None,
        environ.get(RUN) or None,
        match[1] if match else None,
        match[2] if match else None,
    )


def active_span() -> tuple[str, str] | None:
    """Return trace and span id of the active OpenTelemetry span; never imports the library."""
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    active = trace.get_current_span()
    if active is trace.INVALID_SPAN:
        return None
    span = active.get_span_context()
    if not span.is_valid:
        return None
    return f"{span.trace_id:032x}", f"{span.span_id:016x}"


class Inheritance:
    """Gives child processes the request id of the moment at which they are started.

    While installed, `subprocess.Popen` and `multiprocessing.Process.start` put it into the child's
    environment, unless the caller passes an `env` that says otherwise.

    Args:
        current: the variables for a child started now, in this thread and task.
    """

    def __init__(self, current: Callable[[], dict[str, str]]) -> None:
        self._current = current
        self._undo: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def install(self) -> None:
        """Begin; nothing happens if it has begun."""
        if not self._undo:
            self._undo = [
                _wrapped(subprocess.Popen, "__init__", self._popen),
                _wrapped(multiprocessing.process.BaseProcess, "start", self._start),
            ]

    def remove(self) -> None:
        """End, and restore what stood before, unless somebody has wrapped it since."""
        for undo in self._undo:
            undo()
        self._undo = []

    def _popen(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def start(popen: Any, *args: Any, **kwargs: Any) -> Any:
            variables = self._current() if self._undo else {}
            # `env` is the eleventh parameter; hardly anyone passes it by position.
            if variables and len(args) <= 10:
                env = kwargs.get("env")
                kwargs["env"] = {**(os.environ if env is None else env), **variables}
            return original(popen, *args, **kwargs)

        return start

    def _start(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(original)
        def start(process: Any) -> Any:
            # A spawned child takes the environment as it is: it is set for the moment. A forked
            # one has the context itself; and no lock may be held while it is made.
            method = getattr(process, "_start_method", None) or multiprocessing.get_start_method()
            variables = self._current() if self._undo and method == "spawn" else {}
            with self._environment(variables):
                return original(process)

        return start

    @contextmanager
    def _environment(self, variables: dict[str, str]) -> Iterator[None]:
        if not variables:
            yield
            return
        with self._lock:
            before = {name: os.environ.get(name) for name in variables}
            os.environ.update(variables)
            try:
                yield
            finally:
                for name, value in before.items():
                    if value is None:
                        os.environ.pop(name, None)
                    else:
                        os.environ[name] = value


def _wrapped(
    owner: Any, name: str, wrap: Callable[[Callable[..., Any]], Any]
) -> Callable[[], None]:
    original = getattr(owner, name)
    wrapper = wrap(original)
    setattr(owner, name, wrapper)

    def undo() -> None:
        if getattr(owner, name) is wrapper:
            setattr(owner, name, original)

    return undo
