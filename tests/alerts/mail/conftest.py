"""A mail server that follows a script, and channels that send to it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from alerts.channels.doors import Doors
from alerts.channels.email import Email
from alerts.channels.smtp_answers import Waits
from alerts.compose import Telling
from monitor.config import EmailChannel
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Destination

QUICK = Waits(reply=2.0, dot=0.8, whole=5.0)
DROP, SILENCE = b"<drop>", b"<silence>"


@dataclass
class Script:
    """`answers` by phase, one after the other, the last one for ever. Phases: CONNECT, each verb, BODY, DOT.

    BODY is the moment after 354, before anything was read; `slow`: seconds before the answer to the dot.
    """

    answers: Mapping[str, tuple[bytes, ...]]
    slow: float = 0.0
    kept: list[bytes] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    open_now: int = 0
    at_once: int = 0
    most_at_once: int = 0

    def __post_init__(self) -> None:
        self._given: dict[str, int] = {}
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._serve, daemon=True)]
        self._threads[0].start()

    def stop(self) -> None:
        self._stopping.set()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            pass
        for thread in self._threads:
            thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            line, _ = self._listener.accept()
            if self._stopping.is_set():
                line.close()
                return
            self._threads.append(threading.Thread(target=self._attend, args=(line,), daemon=True))
            self._threads[-1].start()

    def _attend(self, line: socket.socket) -> None:
        with self._lock:
            self.open_now += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        with contextlib.suppress(OSError), line, line.makefile("rwb", 0) as stream:
            self._talk(stream)
        with self._lock:
            self.open_now -= 1

    def _talk(self, stream: Any) -> None:
        if not self._answer(stream, "CONNECT", b"220 here"):
            return
        for command in iter(stream.readline, b""):
            verb = (command.split() or [b""])[0].decode("utf-8", "replace").upper()
            self.heard.append(command.decode("utf-8", "replace").strip())
            if not self._answer(stream, verb, b"354 go on" if verb == "DATA" else b"250 ok"):
                return
            if verb == "DATA" and self._last("DATA", b"354").startswith(b"354") and not self._take(stream):
                return

    def _take(self, stream: Any) -> bool:
        if not self._answer(stream, "BODY", b""):
            return False
        body = b"".join(iter(stream.readline, b".\r\n"))
        verdict = self._peek("DOT", b"250 2.0.0 kept")
        if verdict.startswith((b"250", DROP, SILENCE)):
            self.kept.append(body)
        self._stopping.wait(self.slow)
        with self._lock:
            # From here on the client is free to let the next one in: its goodbye needs no answer.
            self.at_once -= 1
        return self._answer(stream, "DOT", b"250 2.0.0 kept")

    def _peek(self, phase: str, usual: bytes) -> bytes:
        script = self.answers.get(phase, (usual,))
        return script[min(self._given.get(phase, 0), len(script) - 1)]

    def _last(self, phase: str, usual: bytes) -> bytes:
        script = self.answers.get(phase, (usual,))
        return script[min(max(self._given.get(phase, 0) - 1, 0), len(script) - 1)]

    def _answer(self, stream: Any, phase: str, usual: bytes) -> bool:
        answer = self._peek(phase, usual)
        self._given[phase] = self._given.get(phase, 0) + 1
        if answer == SILENCE:
            self._stopping.wait(5)
        if answer in (SILENCE, DROP):
            return False
        if answer:
            stream.write(answer + b"\r\n")
        return True


@pytest.fixture
def server() -> Iterator[Callable[..., Script]]:
    """Start a server: server(RCPT=b"450 later"), or server(RCPT=(b"450 later", b"250 ok"))."""
    started: list[Script] = []

    def start(slow: float = 0.0, **answers: bytes | tuple[bytes, ...]) -> Script:
        scripts = {name: one if isinstance(one, tuple) else (one,) for name, one in answers.items()}
        started.append(Script(scripts, slow))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def email(email_config: Callable[..., EmailChannel], telling: Telling) -> Callable[..., Email]:
    """A channel to a port of this machine; `doors` may be shared or have a clock of their own."""

    def make(port: int, doors: Doors | None = None, waits: Waits = QUICK, **keys: Any) -> Email:
        config = email_config(port=port, **({"tls": "none"} | keys))
        return Email(config, telling, waits, doors=doors if doors is not None else Doors())

    return make


@pytest.fixture
def alerted(an_alert: Callable[..., Alert], a_delivery: Callable[..., Delivery]) -> Callable[..., Delivery]:
    """A delivery of an alert (its fields changed), composed by a channel for a recipient."""

    def make(channel: Email, recipient: str = "desk@example.org", key: str = "ab12" * 16, **fields: Any) -> Delivery:
        message = channel.compose(an_alert(**fields), Destination("desk-email", recipient), key)
        return a_delivery(message, recipient, key=key)

    return make


def failure(channel: Email, delivery: Delivery) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        channel.send(delivery)
    assert "s3cret" not in str(caught.value) + repr(caught.value)
    return caught.value


def kind(error: DeliveryError) -> str:
    if error.off or error.retry_after is not None:
        return "off" if error.off else "pause"
    return "permanent" if error.permanent else "ambiguous" if error.ambiguous else "retry"


@pytest.fixture
def failing() -> Callable[[Email, Delivery], tuple[str, str]]:
    """Send, and return how that failed in one word, and the words of the error."""

    def send(channel: Email, delivery: Delivery) -> tuple[str, str]:
        error = failure(channel, delivery)
        return kind(error), str(error)

    return send
