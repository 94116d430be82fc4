"""Help, health, the stylesheet and the icon."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from monitor.errors import StoreError
from monitor.inquiry.reviews import WORDS as STATUSES
from monitor.store import sources
from monitor.web.alerts import STATES
from monitor.web.asked import Asked
from monitor.web.screens import ICON, SCRIPT, STYLE, Screens, screens_of
from monitor.web.trouble import obstacles
from monitor.web.view import LEVELS

_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


def help_page(request: Request) -> Response:
    """GET /help"""
    Asked(request, ())
    screens = screens_of(request)
    return screens.page(
        request, "help.html", levels=LEVELS, states=STATES, statuses=STATUSES, lists=screens.config().lists
    )


def healthz(request: Request) -> Response:
    """GET /healthz: 200 when the daemon is well and alerts arrive, else 503 and why.

    A refused reload is told, too, but not what is wrong with the file: everybody may read this.
    """
    screens = screens_of(request)
    refused = len(screens.refused())
    why = "\n".join(filter(None, (screens.problem(), _undelivered(screens))))
    count = f"{refused} problem{'s' if refused > 1 else ''}"
    told = f"reload refused: {count} in the config, the one in force before goes on\n" if refused else ""
    return PlainTextResponse((why or "well") + "\n" + told, status_code=503 if why else 200)


def _undelivered(screens: Screens) -> str:
    config = screens.config()
    try:
        with screens.store.read() as tx:
            return obstacles(tx, config, screens.clock()).words(config.watch.timezone)
    except StoreError:
        # That is for the daemon's own words, and for /readyz.
        return ""


def readyz(request: Request) -> Response:
    """GET /readyz: 200 when the archive answers, else 503 and why."""
    try:
        with screens_of(request).store.read() as tx:
            sources.states(tx)
    except StoreError as error:
        return PlainTextResponse(f"{error}\n", status_code=503)
    return PlainTextResponse("ready\n")


def style(_request: Request) -> Response:
    """GET /static/style.css"""
    return Response(STYLE, media_type="text/css", headers=_KEPT)


def script(_request: Request) -> Response:
    """GET /static/script.js"""
    return Response(SCRIPT, media_type="text/javascript", headers=_KEPT)


def icon(_request: Request) -> Response:
    """GET /static/icon.svg"""
    return Response(ICON, media_type="image/svg+xml", headers=_KEPT)
