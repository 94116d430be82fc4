"""The callbacks that hubs call: open without a login, each known by a token that nobody can guess."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from monitor.web.screens import screens_of
from monitor.websub import PATH, TOKEN, UNKNOWN, Answer, Call, Unheard

ROUTE = PATH + "{token}"
Hears = Callable[[Call], Awaitable[Answer]]


async def callback(request: Request) -> Response:
    """GET: a hub verifies what we asked for. POST: it pushes."""
    token = request.path_params["token"]
    if TOKEN.fullmatch(token) is None:
        return _words(UNKNOWN)
    hears: Hears = request.app.state.hears
    body = functools.partial(_body, request) if request.method == "POST" else None
    headers = {name.lower(): value for name, value in request.headers.items()}
    return _words(await hears(Call(token, dict(request.query_params), headers, body)))


async def _body(request: Request) -> bytes:
    """The raw body; given up as soon as it is too large, whatever its length says. Raises Unheard."""
    limits = screens_of(request).config().fetch
    body = bytearray()
    try:
        async with asyncio.timeout(limits.timeout.total_seconds()):
            async for part in request.stream():
                body += part
                if len(body) > limits.max_body:
                    raise Unheard(413, "The body is larger than [fetch] max_body.")
    except TimeoutError:
        raise Unheard(408, "The body did not come in time.") from None
    except ClientDisconnect:
        raise Unheard(400, "The body broke off.") from None
    return bytes(body)


def _words(answer: Answer) -> Response:
    return PlainTextResponse(answer.words, status_code=answer.status)
