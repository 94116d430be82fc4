"""Alerts on a stream."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from alerts.channels import Channel, Means, channel, trial_delivery
from alerts.compose import Telling
from monitor.config import ConsoleChannel
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Destination, Message

CONFIG = ConsoleChannel(kind="console", id="console")


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


def open_on(stream: io.StringIO | io.TextIOWrapper | None) -> Channel:
    return channel(CONFIG, Telling("W", "", "UTC"), Means(stream))


def test_an_alert_is_written_as_it_was_frozen(
    an_alert: Callable[..., Alert], a_delivery: Callable[..., Delivery], stream: io.StringIO
) -> None:
    one = open_on(stream)
    message = one.compose(an_alert(), Destination("console"), "key")
    one.send(a_delivery(message))
    assert stream.getvalue() == message.body
    assert "Grain ports join the truce" in message.body and "[ceasefire]" in message.body


def test_control_characters_are_shown_not_obeyed(a_delivery: Callable[..., Delivery], stream: io.StringIO) -> None:
    one = open_on(stream)
    one.send(a_delivery(Message("x", "a\x1b]0;title\x07\r\x9bb\n")))
    assert stream.getvalue() == "a\\x1b]0;title\\x07\\x0d\\x9bb\n"


def test_a_terminal_that_knows_ascii_only(a_delivery: Callable[..., Delivery]) -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii", write_through=True)
    one = open_on(stream)
    one.send(a_delivery(Message("x", "перемир'я\n")))
    assert raw.getvalue().startswith(b"\\u043f")


def test_stdout_is_the_default(a_delivery: Callable[..., Delivery], capsys: pytest.CaptureFixture[str]) -> None:
    one = open_on(None)
    one.send(a_delivery(Message("x", "hello\n")))
    assert capsys.readouterr().out == "hello\n"


def test_a_closed_stream_is_a_failed_delivery(a_delivery: Callable[..., Delivery], stream: io.StringIO) -> None:
    one = open_on(stream)
    stream.close()
    with pytest.raises(DeliveryError) as caught:
        one.send(a_delivery(Message("x", "hello\n")))
    assert not caught.value.permanent


def test_a_test_message_can_be_sent(stream: io.StringIO, an_alert: Callable[..., Alert]) -> None:
    one = open_on(stream)
    one.send(trial_delivery(one, Destination("console"), an_alert().first_seen))
    assert "This channel works" in stream.getvalue()
