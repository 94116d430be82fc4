"""The review screens as one Starlette application."""

from __future__ import annotations

from collections.abc import Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from monitor.config import Config
from monitor.store import Store


def create_app(store: Store, config: Callable[[], Config], problem: Callable[[], str]) -> Starlette:
    """The screens over one archive; `problem` says why the daemon is not well, or ""."""

    async def health(_request: Request) -> Response:
        why = problem()
        return PlainTextResponse(why or "well", status_code=503 if why else 200)

    return Starlette(routes=[Route("/healthz", health)])
