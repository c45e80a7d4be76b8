"""The demo's pipeline, logged as an application would: scan, parse, digest, ask, plan.

Nothing here knows about channels or masking: it binds a component, sets a request id per file and
calls the component events. No file is moved or changed.
"""

from __future__ import annotations

import contextlib
import json
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from urllib.parse import urlencode

from ... import events, logger, metrics
from .bucket import TokenBucket
from .files import DigestCache, FoundFile, digest, find_files
from .names import ParsedName, parse_name, target_path
from .secrets import API_KEY, BEARER

__all__ = ["Matcher", "Pipeline", "ServiceError", "kept", "search_url"]

_ATTEMPTS = 3
_WORKERS = 4


class ServiceError(Exception):
    """The title service gave no answer, even when asked again."""


def search_url(base: str, name: ParsedName) -> str:
    """Return the address to ask for a title, with the API key in it as TMDB's version 3 has it."""
    query = {"query": name.title.encode(errors="replace"), "api_key": API_KEY}
    return f"{base}/3/search/tv?{urlencode(query)}"


class Matcher:
    """Asks the title service, as often as the bucket lets it, and again when that may help."""

    def __init__(
        self, base: str, bucket: TokenBucket, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._base = base
        self._bucket = bucket
        self._sleep = sleep
        # A proxy named in the environment has no business with the loopback address.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def match(self, name: ParsedName, request_id: str) -> dict[str, object] | None:
        """Return what the service knows of the title, or None. Raises `ServiceError`."""
        url = search_url(self._base, name)
        request = urllib.request.Request(  # noqa: S310 - the demo's own service
            url, headers={"Authorization": f"Bearer {BEARER}", "X-Request-Id": request_id}
        )
        for attempt in range(1, _ATTEMPTS + 1):
            if waited := self._bucket.take():
                events.rate_limit("wait", wait_ms=round(waited * 1000, 1))
            try:
                return self._ask(request)
            except urllib.error.HTTPError as error:
                error.close()
                if error.code == 404:
                    logger.bind(component="matcher", event="match.none").info("No such title")
                    return None
                if attempt == _ATTEMPTS:
                    raise ServiceError(f"No answer from {url}: HTTP {error.code}") from error
                self._pause(error, attempt)
        return None

    def _ask(self, request: urllib.request.Request) -> dict[str, object]:
        started = time.perf_counter()
        status: int | None = None
        try:
            with self._opener.open(request, timeout=5) as response:
                status = response.status
                answer: dict[str, object] = json.load(response)
                return answer
        except urllib.error.HTTPError as error:
            status = error.code
            raise
        finally:
            elapsed = (time.perf_counter() - started) * 1000
            events.api_request(request.full_url, status, round(elapsed, 3))

    def _pause(self, error: urllib.error.HTTPError, attempt: int) -> None:
        if error.code == 429:
            seconds = float(error.headers.get("Retry-After", "1"))
            events.rate_limit("limited", retry_after_s=seconds, attempt=attempt)
        else:
            seconds = 0.05 * 2**attempt
            retry = logger.bind(component="network", event="retry", attempt=attempt)
            retry.info("Asking again in {} s", seconds)
        self._sleep(seconds)


class Pipeline:
    """Takes files through parser, cache, matcher and organizer, a few at a time."""

    def __init__(self, cache: DigestCache, matcher: Matcher) -> None:
        self._cache = cache
        self._matcher = matcher

    def scan(self, root: str, limit: int) -> list[FoundFile]:
        """Return up to `limit` files under `root`, as `find_files` finds them."""
        scanner = logger.bind(component="scanner", event="scan")
        started = time.perf_counter()
        found = list(find_files(root, limit, self._unreadable))
        scanner.info("Found {} files under {}", len(found), root)
        events.performance("scan", round((time.perf_counter() - started) * 1000, 3))
        return found

    def run(self, files: list[FoundFile]) -> Iterator[FoundFile]:
        """Handle every file, yielding each as it is done."""
        pool = ThreadPoolExecutor(_WORKERS, thread_name_prefix="worker")
        try:
            waiting = {pool.submit(self._handle, file): file for file in files}
            for done, future in enumerate(as_completed(waiting), start=1):
                future.result()
                if done % max(1, len(files) // 10) == 0:
                    events.progress("match", round(done / len(files), 3), files=done)
                yield waiting[future]
        finally:
            pool.shutdown(cancel_futures=True)

    def _handle(self, file: FoundFile) -> None:
        request_id = uuid.uuid4().hex[:8]
        with logger.contextualize(request_id=request_id), metrics.timer("file_seconds"):
            try:
                name = parse_name(file.shown.replace("\\", "/").rpartition("/")[2])
                parser = logger.bind(component="parser", event="name.parsed")
                parser.debug(f"Read the name {file.shown}", title=name.title, episode=name.episode)
                self._digest(file)
                if self._matcher.match(name, request_id) is not None:
                    self._plan(file, name)
                events.file_processed(file.path, file.size)
            except ServiceError as error:
                events.error(error, component="tmdb", path=file.shown)
            except OSError as error:
                self._unreadable(error)

    def _digest(self, file: FoundFile) -> None:
        known = self._cache.get(file.key)
        events.cache(file.shown, known is not None)
        self._cache.put(file.key, known or digest(file.path))

    def _plan(self, file: FoundFile, name: ParsedName) -> None:
        plan = logger.bind(component="organizer", event="organize.plan", source=file.shown)
        plan.info("Would become {}", target_path(name))

    @staticmethod
    def _unreadable(error: OSError) -> None:
        scanner = logger.bind(component="scanner", event="scan.unreadable")
        scanner.warning("Left out: {}", error)


@contextlib.contextmanager
def kept(cache: DigestCache) -> Iterator[DigestCache]:
    """Load the cache, and save it whatever happens in the block; what goes wrong is a warning."""
    bound = logger.bind(component="cache", event="cache.file")
    try:
        cache.load()
    except (OSError, ValueError) as error:
        bound.warning("The digests of earlier runs are gone: {}", error)
    try:
        yield cache
    finally:
        try:
            cache.save()
        except OSError as error:
            bound.warning("The next run will find no digests: {}", error)
