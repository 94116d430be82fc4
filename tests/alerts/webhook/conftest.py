"""A receiver of webhooks on loopback, and channels that post to it."""

from __future__ import annotations

import base64
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest

from alerts.channels.exchange import Waits
from alerts.channels.gate import Gate
from alerts.channels.webhook import Webhook
from alerts.compose import Telling
from monitor.config import Secret, WebhookChannel
from monitor.errors import DeliveryError
from monitor.model import (
    Alert,
    Delivery,
    Destination,
)
from monitor.netguard import NOTHING, Allow

DESK, KEY = Destination("hook"), "ab12" * 16
NOW = datetime(2025, 3, 18, 17, 5, tzinfo=UTC)
LIVE, OLD = b"live-key-" * 4, b"old-key--" * 4
DROP, SILENCE = b"<drop>", b"<silence>"
CANARIES = ("secret-path-77", "k3y", "live-key", base64.b64encode(LIVE).decode(), base64.b64encode(OLD).decode())


def secret(key: bytes) -> Secret:
    return Secret("whsec_" + base64.b64encode(key).decode(), "env:KEY")


def channel(url: str, telling: Telling, allow: Allow | None = None, **changes: Any) -> Webhook:
    """A channel that may dial the port of `url`, as if the user had opened it."""
    config = WebhookChannel.model_construct(
        id="hook", kind="webhook", insecure=False, url=Secret(url, "env:URL"), secret=secret(LIVE), old_secret=None
    )
    parts = urlsplit(url)
    opened = Allow.parse([f"{parts.hostname}:{parts.port}"]) if allow is None else allow
    made = Webhook(config, telling, Gate(opened), Waits(0.5, 1.0), clock=lambda: 1_742_317_500.0)
    return replace(made, **changes)


@pytest.fixture(name="channel")
def channel_opener() -> Callable[..., Webhook]:
    return channel


@pytest.fixture(name="failure")
def failing() -> Callable[[Webhook, Delivery], DeliveryError]:
    """Send, and return how that failed."""
    return failure


@pytest.fixture
def told(a_delivery: Callable[..., Delivery], telling: Telling, an_alert: Callable[..., Alert]) -> Delivery:
    one = channel("https://hooks.example/", telling, NOTHING)
    return a_delivery(one.compose(an_alert(), DESK, KEY))


def failure(one: Webhook, delivery: Delivery) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        one.send(delivery)
    assert not [word for word in CANARIES if word in str(caught.value) + repr(caught.value)]
    assert caught.value.__cause__ is None
    return caught.value


@pytest.fixture(name="kind")
def kind_of() -> Callable[[DeliveryError], str]:
    """The class of a failure in one word."""
    return kind


def kind(error: DeliveryError) -> str:
    named = [name for name in ("off", "permanent", "ambiguous") if getattr(error, name)]
    return named[0] if named else "retry" if error.retry_after is None else "pause"


@dataclass(frozen=True)
class Posted:
    """One request as it came; header names in lower case."""

    line: str
    headers: dict[str, str]
    body: bytes


def reply(status: int, headers: str = "", body: bytes = b"") -> bytes:
    return f"HTTP/1.1 {status} Answer\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass
class Hook:
    """`answers` are given one after the other, the last one for ever; `drip`: seconds between bytes of an answer."""

    answers: list[bytes] = field(default_factory=lambda: [reply(200)])
    tls: ssl.SSLContext | None = None
    drip: float = 0.0
    posted: list[Posted] = field(default_factory=list)
    dialled: int = 0
    open_now: int = 0

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}/hooks/secret-path-77?key=k3y"

    def stop(self) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            pass
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            line, _ = self._listener.accept()
            if self._stopping.is_set():
                line.close()
                return
            self.dialled += 1
            with contextlib.suppress(OSError), line, self._safe(line) as safe:
                self.open_now += 1
                self._talk(safe)

    def _safe(self, line: socket.socket) -> socket.socket:
        return self.tls.wrap_socket(line, server_side=True) if self.tls else line

    def _talk(self, line: Any) -> None:
        with line.makefile("rb") as stream:
            first = stream.readline().decode().strip()
            headers = dict(_headers(stream))
            self.posted.append(Posted(first, headers, stream.read(int(headers.get("content-length", 0)))))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if answer == SILENCE:
                self._stopping.wait(5)
            if answer in (DROP, SILENCE):
                return
            if not self.drip:
                line.sendall(answer)
            for byte in answer if self.drip else b"":
                line.sendall(bytes([byte]))
                if self._stopping.wait(self.drip):
                    return
            # Until the client closes: what it does before that happens while the connection is open.
            stream.read(1)
            self.open_now -= 1


def _headers(stream: Any) -> Iterator[tuple[str, str]]:
    for line in iter(stream.readline, b"\r\n"):
        name, _, value = line.decode().partition(":")
        yield name.lower(), value.strip()


@pytest.fixture
def hook() -> Iterator[Callable[..., Hook]]:
    """Start a receiver that answers as told, one answer after the other, the last one for ever."""
    started: list[Hook] = []

    def start(*answers: bytes, **manners: Any) -> Hook:
        started.append(Hook(list(answers) or [reply(200)], **manners))
        return started[-1]

    yield start
    for one in started:
        one.stop()
