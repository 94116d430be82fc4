"""Pages that their own script writes: a browser without a network runs it, and our crawler fetches what it asks for.

Chromium makes its own connections, past the guard. So it gets none: every request that a page makes is answered here
with what the guarded crawler brought, and what escapes that meets a proxy that is not there and no name to resolve.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from monitor.model import Fetch, Outcome
from monitor.runtime.crawl import Crawler
from spiders.exchange import Ask, ExchangeSpider

PAGE_SECONDS = 60.0
QUIET_SECONDS = 20.0
MOST_REQUESTS = 30
# Text is what is wanted: pictures, films, fonts and styles are never asked for, and frames are other pages.
WANTED = frozenset(("script", "xhr", "fetch"))
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_PASSED = ("content-type", "content-security-policy", "access-control-allow-origin")
_NOWHERE = "http://127.0.0.1:9"
_ARGUMENTS = (
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--disable-blink-features=WebTransport",
    "--dns-prefetch-disable",
    "--js-flags=--max-old-space-size=512",
)
# What dials by itself is not there for the page's script, before that runs.
_WITHOUT = "for (const one of ['RTCPeerConnection', 'WebTransport', 'SharedWorker', 'Worker']) delete globalThis[one];"


@dataclass
class _Page:
    """One page while it is written: `asked` counts what its script asked for."""

    fetch: Fetch
    crawler: Crawler
    shown: bool = False
    asked: int = 0

    async def answer(self, route: Any) -> None:
        """Answer a request of the browser: the page itself once, scripts and data by our crawler, nothing else."""
        request = route.request
        with contextlib.suppress(_playwright().Error):  # the page may have gone meanwhile
            if request.is_navigation_request() and not self.shown and request.frame.parent_frame is None:
                self.shown = True
                await _fulfil(route, self.fetch)
            elif request.resource_type not in WANTED or request.method != "GET" or self.asked >= MOST_REQUESTS:
                # Not "blocked": for a page that wants to lead elsewhere that would show a message in its place.
                await route.abort("aborted")
            else:
                self.asked += 1
                await self._bring(route, request.url)

    async def _bring(self, route: Any, url: str) -> None:
        brought = await self.crawler.fetch(Ask(url, {"Accept": "*/*"}), ExchangeSpider)
        if brought.outcome is Outcome.OK:
            await _fulfil(route, brought)
        else:
            await route.abort("aborted")


async def rendered(crawler: Crawler, fetch: Fetch, seconds: float = PAGE_SECONDS) -> Fetch:
    """A fetched page as it stands once its script has run; the exchange under another outcome where that fails.

    The host of the page must be free: its scripts are asked for in its turn, with its pauses and its robots.txt.
    """
    page = _Page(fetch, crawler)
    try:
        body = await asyncio.wait_for(_written(page), seconds)
    except TimeoutError:
        return replace(fetch, outcome=Outcome.TIMEOUT, error=f"its script was not done after {seconds:g} s")
    except _playwright().Error as error:
        return replace(fetch, outcome=Outcome.UNREADABLE, error=f"its script could not be run: {_first_line(error)}")
    if len(body) > crawler.manners.max_body:
        return replace(fetch, outcome=Outcome.TOO_LARGE, error="written by its script it is larger than max_body")
    return replace(fetch, body=body, headers={**fetch.headers, "content-type": "text/html; charset=utf-8"})


async def _written(page: _Page) -> bytes:
    """A browser of its own for each page: nothing is left of one when the next is read."""
    async with _playwright().async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, NAMES)), None),
            # As root Chromium has no sandbox.
            chromium_sandbox=os.geteuid() != 0,
            proxy={"server": _NOWHERE, "bypass": "<-loopback>"},
            args=list(_ARGUMENTS),
        )
        try:
            context = await browser.new_context(
                service_workers="block", accept_downloads=False, user_agent=page.crawler.manners.user_agent
            )
            return await _run(await _closed_in(context, page.answer), page.fetch)
        finally:
            await browser.close()


async def _closed_in(context: Any, answer: Callable[[Any], Awaitable[None]]) -> Any:
    await context.add_init_script(_WITHOUT)
    await context.route("**/*", answer)
    await context.route_web_socket("**/*", lambda socket: socket.close())
    return await context.new_page()


async def _run(page: Any, fetch: Fetch) -> bytes:
    await page.goto(fetch.final_url or fetch.url, wait_until="commit", timeout=PAGE_SECONDS * 1000)
    with contextlib.suppress(_playwright().TimeoutError):
        await page.wait_for_load_state("networkidle", timeout=QUIET_SECONDS * 1000)
    content: str = await page.content()
    return content.encode("utf-8", "replace")


async def _fulfil(route: Any, fetch: Fetch) -> None:
    headers = {name: fetch.headers[name] for name in _PASSED if name in fetch.headers}
    await route.fulfill(status=fetch.status or 200, headers=headers, body=fetch.body)


def _playwright() -> Any:
    """The library of the extra `javascript`; the config refuses such sources without it."""
    return importlib.import_module("playwright.async_api")


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]
