"""The page over HTTP, for this machine only: one path that nobody can guess, and a request that waits for news."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from importlib import resources

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from fanwise.generator.cli.studio.document import studio_document
from fanwise.generator.cli.studio.looks import Look
from fanwise.text.renderers.html import render_html

__all__ = ["Page", "app_of"]

_WAIT, _STEP = 20.0, 0.02  # seconds that a request waits for a newer page, and between two glances
_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Page:
    """The newest page and its number, 0 before the first. stopped: says whether requests should wait no longer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._number, self._html = 0, ""
        self.stopped: Callable[[], bool] = lambda: False
        self._script = resources.files("fanwise.generator.cli.studio").joinpath("page.js").read_text(encoding="utf-8")

    @property
    def newest(self) -> tuple[int, str]:
        """The number and the text of the page."""
        with self._lock:
            return self._number, self._html

    def see(self, look: Look, last: Look | None) -> None:
        """Make a new page of a look."""
        html = render_html(studio_document(look, last), self._script)
        with self._lock:
            self._number, self._html = self._number + 1, html


def app_of(page: Page, token: str) -> Starlette:
    """Return the application; every path without the token is unknown."""

    async def whole(request: Request) -> Response:
        number, html = await _newer(page, 0)
        if not html:
            return Response("The first page is not ready. Load it again.", status_code=503, headers=_HEADERS)
        return HTMLResponse(html, headers={**_HEADERS, "Fanwise-Version": str(number)})

    async def news(request: Request) -> Response:
        after = request.query_params.get("after", "0")
        number, html = await _newer(page, int(after) if after.isascii() and after.isdecimal() else 0)
        if not html:
            return Response(status_code=204, headers=_HEADERS)
        return HTMLResponse(html, headers={**_HEADERS, "Fanwise-Version": str(number)})

    routes = [Route(f"/{token}/", whole), Route(f"/{token}/page", news)]
    hosts = Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"], www_redirect=False)
    return Starlette(routes=routes, middleware=[hosts])


async def _newer(page: Page, after: int) -> tuple[int, str]:
    """Return the page if its number is above `after`, or as soon as it is; no text where that takes too long."""
    waited = 0.0
    while page.newest[0] <= after:
        if waited >= _WAIT or page.stopped():
            return after, ""
        await asyncio.sleep(_STEP)
        waited += _STEP
    return page.newest
