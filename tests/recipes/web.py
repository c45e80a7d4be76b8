"""Request ids for web applications: from X-Request-ID, trace ids from traceparent.

`app.add_middleware(AsgiRequestId)` for FastAPI and Starlette,
`app.wsgi_app = WsgiRequestId(app.wsgi_app)` for Flask.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from anivault_loguru import logger

TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")


def ids(request_id: str, traceparent: str) -> dict[str, str]:
    """The ids of a request, by its headers."""
    found = {"request_id": request_id[:64] or uuid4().hex}
    if match := TRACEPARENT.fullmatch(traceparent):
        found["trace_id"], found["span_id"] = match.groups()
    return found


class AsgiRequestId:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        headers = {
            name.lower(): value.decode("latin-1") for name, value in scope.get("headers", ())
        }
        named = ids(headers.get(b"x-request-id", ""), headers.get(b"traceparent", ""))
        with logger.contextualize(**named):
            await self.app(scope, receive, send)


class WsgiRequestId:
    def __init__(self, app: Callable[..., Any]) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        named = ids(environ.get("HTTP_X_REQUEST_ID", ""), environ.get("HTTP_TRACEPARENT", ""))
        with logger.contextualize(**named):
            return self.app(environ, start_response)
