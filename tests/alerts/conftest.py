"""Alerts to tell, channels to tell them, and servers on loopback that behave or misbehave."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trustme

from alerts.compose import Telling
from monitor.config import EmailChannel, SlackChannel
from monitor.config.secret import Surroundings
from monitor.model import (
    Alert,
    Delivery,
    DeliveryKind,
    DeliveryState,
    Destination,
    Fact,
    Firing,
    Hit,
    Level,
    Message,
    Report,
    Severity,
)
from monitor.newsroom.mailbox import Mailbox
from monitor.newsroom.slack import SlackDouble

NOW = datetime(2025, 3, 18, 17, 5, tzinfo=UTC)
TEXT = (
    "Delegations met in the harbour town on Tuesday.\n\n"
    "The ministry said the ceasefire in the Black Sea would cover all grain ports for 30 days."
)
SECRETS = {"PASSWORD": "s3cret-p4ssw0rd", "TOKEN": "xoxb-newsroom"}


def a_hit(words: str) -> Hit:
    start = TEXT.index(words)
    return Hit("body", start, start + len(words), words, words)


def an_alert(**changes: Any) -> Alert:
    title = "Grain ports join the truce, ministry says"
    reports = (
        Report(12, 20, title, "https://first.example/a?x=1&y=2", "first", "en", Level.NEW, NOW, NOW, "A lead."),
        Report(
            13, 21, "Порти приєднуються до перемир'я", "https://second.example/b", "second", "uk", Level.COPY, None, NOW
        ),
    )
    firing = Firing("black-sea", Severity.NORMAL, (a_hit("ceasefire"), a_hit("Black Sea")), title, TEXT)
    alert = Alert(
        development_id=7,
        story_id=3,
        story_title="Talks in the harbour town",
        title=title,
        severity=Severity.NORMAL,
        first_seen=NOW,
        reports=reports,
        firings=(firing,),
        sentences=("The truce would last 30 days.",),
        facts=(Fact("number", "30 days", 0, 7), Fact("place", "Odesa", 8, 13)),
        against="Delegations to meet next week",
    )
    return replace(alert, **changes)


@pytest.fixture(name="an_alert")
def alert_factory() -> Callable[..., Alert]:
    """An ordinary alert, with fields replaced."""
    return an_alert


@pytest.fixture
def telling() -> Telling:
    return Telling("Ceasefire talks", "http://127.0.0.1:8787", "Europe/Kyiv", {"first": "First News"})


@pytest.fixture
def email_config() -> Callable[..., EmailChannel]:
    """An email channel's config from the keys of a config file."""

    def make(**keys: Any) -> EmailChannel:
        block = {
            "kind": "email",
            "id": "desk-email",
            "host": "127.0.0.1",
            "from": "Storywatch <storywatch@example.org>",
            "to": ["desk@example.org"],
        }
        return EmailChannel.model_validate(block | keys, context=Surroundings(SECRETS, Path()))

    return make


@pytest.fixture
def slack_config() -> Callable[..., SlackChannel]:
    """A Slack channel's config; `webhook_url` stands for what the environment holds."""

    def make(webhook_url: str = "", **keys: Any) -> SlackChannel:
        mode = {"webhook": "env:WEBHOOK"} if webhook_url else {"token": "env:TOKEN", "channel": "C0NEWSDESK"}
        around = Surroundings(SECRETS | {"WEBHOOK": webhook_url}, Path())
        return SlackChannel.model_validate({"kind": "slack", "id": "desk-slack"} | mode | keys, context=around)

    return make


@pytest.fixture
def a_delivery() -> Callable[..., Delivery]:
    """A delivery that was claimed for sending."""

    def make(message: Message, address: str = "", **changes: Any) -> Delivery:
        delivery = Delivery(
            id=9,
            key="ab12" * 16,
            kind=DeliveryKind.DEVELOPMENT,
            development_id=7,
            story_id=3,
            destination=Destination("desk", address),
            state=DeliveryState.SENDING,
            due_at=NOW,
            attempts=1,
            created=NOW,
            message=message,
        )
        return replace(delivery, **changes)

    return make


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    double = SlackDouble()
    yield double
    double.stop()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    yield box
    box.stop()


@dataclass(frozen=True)
class Certificates:
    """Server contexts for 127.0.0.1, and the file of the authority that clients trust."""

    good: ssl.SSLContext
    wrong_name: ssl.SSLContext
    expired: ssl.SSLContext
    unknown: ssl.SSLContext
    authority: Path


def _context(authority: trustme.CA, name: str, **dates: datetime) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, **dates).configure_cert(context)
    return context


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    authority = trustme.CA()
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return Certificates(
        good=_context(authority, "127.0.0.1"),
        wrong_name=_context(authority, "elsewhere.example"),
        expired=_context(authority, "127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC)),
        unknown=_context(trustme.CA(), "127.0.0.1"),
        authority=path,
    )


@pytest.fixture
def trusting(certificates: Certificates, monkeypatch: pytest.MonkeyPatch) -> Certificates:
    """The same certificates, with their authority in this process's trust store."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.authority))
    return certificates


SILENCE = b"<silence>"
DROP = b"<drop>"


@dataclass
class RawSmtp:
    """An SMTP server that answers each command exactly as told; "DOT" is the end of a mail, "CONNECT" the greeting."""

    answers: Mapping[str, bytes]
    kept: list[bytes] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        with socket.create_connection(("127.0.0.1", self.port), 1):
            pass
        self._thread.join(5)
        self._listener.close()

    def _serve(self) -> None:
        while not self._stopping.is_set():
            connection, _ = self._listener.accept()
            with connection, connection.makefile("rwb", 0) as stream:
                try:
                    self._talk(stream)
                except OSError:
                    continue

    def _talk(self, stream: Any) -> None:
        if self._stopping.is_set() or not self._answer(stream, "CONNECT", b"220 here"):
            return
        for line in iter(stream.readline, b""):
            verb = line.split()[0].decode().upper()
            self.heard.append(line.decode().strip())
            if not self._answer(stream, verb, b"354 go on" if verb == "DATA" else b"250 ok"):
                return
            if verb == "DATA" and self.answers.get("DATA", b"354").startswith(b"354"):
                body = b"".join(iter(stream.readline, b".\r\n"))
                if self.answers.get("DOT", b"250").startswith((b"250", DROP, SILENCE)):
                    self.kept.append(body)
                if not self._answer(stream, "DOT", b"250 2.0.0 kept"):
                    return

    def _answer(self, stream: Any, phase: str, usual: bytes) -> bool:
        answer = self.answers.get(phase, usual)
        if answer == SILENCE:
            self._stopping.wait(5)
        if answer in (SILENCE, DROP):
            return False
        stream.write(answer + b"\r\n")
        return True


@pytest.fixture
def raw_smtp() -> Iterator[Callable[..., RawSmtp]]:
    """Start a server with answers by phase, such as raw_smtp(RCPT=b"450 later")."""
    started: list[RawSmtp] = []

    def start(**answers: bytes) -> RawSmtp:
        started.append(RawSmtp(answers))
        return started[-1]

    yield start
    for server in started:
        server.stop()
