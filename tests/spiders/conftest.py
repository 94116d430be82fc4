"""A real server on loopback, and the one loop with the reactor that all crawls of these tests run on."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver
from zope.interface import implementer

from monitor.runtime.crawl import Crawler
from monitor.runtime.reactor import install, shut_down
from spiders.settings import Manners


@dataclass(frozen=True)
class Asked:
    """One request as it came over the wire; header names as they were sent."""

    path: str
    headers: dict[str, bytes]
    at: float

    def header(self, name: str) -> bytes | None:
        return next((value for key, value in self.headers.items() if key.lower() == name.lower()), None)


Script = Callable[[socket.socket, Asked], None]


@dataclass
class Site:
    """Answers each path as it was told, also badly, and keeps every request."""

    port: int
    scripts: dict[str, list[Script]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    open_now: int = 0
    most_open: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def door(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str = "/") -> str:
        return f"http://{self.door}{path}"

    def script(self, path: str, *scripts: Script) -> str:
        """The first request for `path` gets the first script, and so on; the last one stays. Returns the URL."""
        self.scripts[path] = list(scripts)
        return self.url(path)

    def answer(self, path: str, body: bytes = b"", status: int = 200, **headers: str) -> str:
        return self.script(path, reply(body, status, **headers))

    @staticmethod
    def reply(body: bytes = b"", status: int = 200, **headers: str) -> Script:
        return reply(body, status, **headers)

    def raw(self, path: str, data: bytes, *, reset: bool = False) -> str:
        return self.script(path, raw(data, reset=reset))

    def visits(self, path: str) -> list[Asked]:
        return [one for one in self.asked if one.path == path]

    def serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError), connection.makefile("rb") as lines:
            while (asked := _read(lines)) is not None:
                with self.lock:
                    self.asked.append(asked)
                    self.open_now += 1
                    self.most_open = max(self.most_open, self.open_now)
                    queue = self.scripts.get(asked.path, [reply(b"", 404)])
                    script = queue.pop(0) if len(queue) > 1 else queue[0]
                try:
                    script(connection, asked)
                finally:
                    with self.lock:
                        self.open_now -= 1


def _read(lines: Any) -> Asked | None:
    first = lines.readline().split()
    if len(first) < 2:
        return None
    headers: dict[str, bytes] = {}
    while (line := lines.readline().rstrip(b"\r\n")) != b"":
        name, _, value = line.partition(b": ")
        headers[name.decode("latin-1")] = value
    return Asked(first[1].decode("latin-1"), headers, time.monotonic())


def reply(body: bytes = b"", status: int = 200, **headers: str) -> Script:
    """A well-formed answer; an underscore in a header's name stands for a hyphen."""

    def send(connection: socket.socket, _asked: Asked) -> None:
        lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        connection.sendall(head if status == 304 else head + body)

    return send


def raw(data: bytes, *, reset: bool = False) -> Script:
    """These very bytes, then the end of the connection: a proper one, or a reset."""

    def send(connection: socket.socket, _asked: Asked) -> None:
        connection.sendall(data)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            # The reader's file holds the socket open, so only the descriptor itself can be closed.
            socket.close(connection.detach())
        else:
            connection.shutdown(socket.SHUT_RDWR)

    return send


@contextlib.contextmanager
def serving() -> Iterator[Site]:
    listener = socket.create_server(("127.0.0.1", 0))
    site = Site(listener.getsockname()[1])
    open_connections: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            open_connections.append(connection)
            threads.append(threading.Thread(target=site.serve, args=(connection,), daemon=True))
            threads[-1].start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield site
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(5)
        for connection in open_connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)


@pytest.fixture
def site() -> Iterator[Site]:
    """A server whose robots.txt is missing, so that everything may be read."""
    with serving() as one:
        yield one


@pytest.fixture
def other_site() -> Iterator[Site]:
    with serving() as one:
        yield one


@implementer(IHostnameResolver)
class Names:
    """A name server of our own: what is not listed here and no literal does not exist."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.listed: dict[str, list[str]] = {}

    def resolveHostName(self, receiver: Any, name: str, port: int = 0, *rest: Any) -> Any:  # noqa: N802 (Twisted's name)
        name = name.rstrip(".")
        if name == "localhost" or not any(letter in name for letter in "ghijklmnopqrstuvwyz"):
            return self.inner.resolveHostName(receiver, name, port, *rest)
        receiver.resolutionBegan(None)
        for text in self.listed.get(name, []):
            kind = IPv6Address if ":" in text else IPv4Address
            receiver.addressResolved(kind("TCP", text, port))
        receiver.resolutionComplete()
        return None


@dataclass(frozen=True)
class Engine:
    """The loop in its thread."""

    loop: asyncio.AbstractEventLoop
    names: Names

    def run(self, work: Awaitable[Any], seconds: float = 60) -> Any:
        async def body() -> Any:
            return await work

        return asyncio.run_coroutine_threadsafe(body(), self.loop).result(seconds)


@pytest.fixture(scope="session")
def session_engine() -> Iterator[Engine]:
    started: Future[Engine] = Future()

    def body() -> None:
        loop = install()
        from twisted.internet import reactor

        names = Names(reactor.nameResolver)
        reactor.installNameResolver(names)
        started.set_result(Engine(loop, names))
        loop.run_forever()
        shut_down(loop)

    thread = threading.Thread(target=body)
    thread.start()
    engine = started.result(30)
    yield engine
    engine.loop.call_soon_threadsafe(engine.loop.stop)
    thread.join(30)


@pytest.fixture
def engine(session_engine: Engine) -> Iterator[Engine]:
    session_engine.names.listed.clear()
    yield session_engine


Build = Callable[..., Crawler]


@pytest.fixture
def build(engine: Engine, site: Site) -> Build:
    """Builds a crawler that may visit the site, quickly."""

    def make(**manners: Any) -> Crawler:
        chosen = {"delay": timedelta(0), "timeout": timedelta(seconds=5), "allow_private": (site.door,), **manners}

        async def crawler() -> Crawler:
            return Crawler(Manners(**chosen))

        made: Crawler = engine.run(crawler())
        return made

    return make
