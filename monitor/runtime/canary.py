"""The guard's self-check: our own canary on loopback must get no visitor, by whatever name we send one."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from monitor.errors import GuardError
from monitor.model import Fetch, Outcome
from monitor.runtime.crawl import Crawler
from spiders.exchange import Ask

# 2130706433 is 127.0.0.1 to the C library, and a name to everything else.
_FORMS = ("127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]", "[::1]")


@dataclass
class _Loopback:
    """A server of one answer that counts its visitors."""

    answer: bytes
    visitors: int = 0
    port: int = 0

    async def greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visitors += 1
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self.answer)
            await writer.drain()
        writer.close()

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            server = await asyncio.start_server(self.greet, "127.0.0.1", 0)
            await stack.enter_async_context(server)
            self.port = server.sockets[0].getsockname()[1]
            # A machine without IPv6, or with this port taken there, has one form less to try.
            with contextlib.suppress(OSError):
                await stack.enter_async_context(await asyncio.start_server(self.greet, "::1", self.port))
            yield


async def self_check(crawler: Crawler) -> None:
    """Send crawls to our own canary in every disguise; none may arrive, whatever allow_private says.

    Raises GuardError when one arrived, or when the check itself could not be made.
    """
    canary = _Loopback(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
    async with canary.listening():
        away = f"HTTP/1.1 302 Found\r\nLocation: http://localhost:{canary.port}/\r\nContent-Length: 0\r\n"
        door = _Loopback(f"{away}Connection: close\r\n\r\n".encode())
        async with door.listening():
            fetches = await _sent_in(crawler, canary.port, door.port)
    if canary.visitors:
        through = ", ".join(fetch.url for fetch in fetches if fetch.outcome not in (Outcome.GUARD, Outcome.DNS))
        raise GuardError(f"the network guard does not hold: {through or 'a request'} reached this machine itself")
    if not door.visitors or fetches[-1].outcome is not Outcome.GUARD:
        last = fetches[-1]
        raise GuardError(f"the network guard could not be checked: {last.outcome.value}: {last.error}")


async def _sent_in(crawler: Crawler, canary: int, door: int) -> list[Fetch]:
    """Ask for the canary in every form, at last by a redirect from a door that is opened for this only."""
    guard = crawler.guard
    before = guard.allow
    guard.canary = canary
    guard.allow = replace(before, doors=before.doors | {("127.0.0.1", door)})
    try:
        urls = [*(f"http://{form}:{canary}/" for form in _FORMS), f"http://127.0.0.1:{door}/"]
        return [await crawler.fetch(Ask(url), robots=False) for url in urls]
    finally:
        guard.canary, guard.allow = None, before
