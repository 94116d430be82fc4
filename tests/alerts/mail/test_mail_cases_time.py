"""Mail over time, and around the transaction: M35-M40 and M44-M46. Clocks are virtual."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.channels.doors import FIRST_REST, LONGEST_REST, Doors
from alerts.channels.email import Email
from alerts.retry import FEWEST_ATTEMPTS, GIVE_UP_AFTER, next_attempt
from monitor.crashpoint import arm
from monitor.errors import DeliveryError, StoreError
from monitor.model import Delivery, Destination, Receipt
from monitor.newsroom.mailbox import Mailbox

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2025, 3, 18, 17, 5, tzinfo=UTC)
DESK = Destination("desk-email", "desk@example.org")
DROP, SILENCE = b"<drop>", b"<silence>"
SIGNED = {"username": "desk", "password": "env:PASSWORD"}
Server = Callable[..., Any]
Channel = Callable[..., Email]
Alerted = Callable[..., Delivery]
Failing = Callable[[Email, Delivery], tuple[str, str]]


def test_m35_one_connection_at_a_time(server: Server, email: Channel, alerted: Alerted) -> None:
    box, doors = server(slow=0.1), Doors()
    channels = [email(box.port, doors) for _ in range(4)]
    deliveries = [alerted(one, key=f"{number:064x}") for number, one in enumerate(channels)]
    threads = [threading.Thread(target=one.send, args=(owed,)) for one, owed in zip(channels, deliveries, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert (box.most_at_once, len(box.kept)) == (1, 4)


def test_m35_thirty_a_minute(server: Server, email: Channel, alerted: Alerted, failing: Failing) -> None:
    box, now = server(), [0.0]
    doors = Doors(clock=lambda: now[0])
    channel, other = email(box.port, doors), email(box.port, doors)
    for number in range(30):
        now[0] = float(number)
        channel.send(alerted(channel, key=f"{number:064x}"))
    with pytest.raises(DeliveryError, match="at most") as caught:
        other.send(alerted(other))
    assert caught.value.retry_after == pytest.approx(31.0)
    now[0] = 60.0
    other.send(alerted(other))
    assert failing(other, alerted(other))[0] == "pause" and len(box.kept) == 31


def test_m36_a_busy_host_gets_a_rest(server: Server, email: Channel, alerted: Alerted) -> None:
    box, now = server(CONNECT=b"421 4.7.0 too many connections"), [0.0]
    channel = email(box.port, Doors(clock=lambda: now[0]))
    delivery, rests = alerted(channel), []
    for _ in range(7):
        with pytest.raises(DeliveryError) as caught:
            channel.send(delivery)
        rests.append(caught.value.retry_after)
        with pytest.raises(DeliveryError, match="asked for a pause"):
            channel.send(delivery)
        now[0] += rests[-1] or 0.0
    assert rests[:3] == [FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST] and rests[-1] == LONGEST_REST


def test_m37_greylisted(server: Server, email: Channel, alerted: Alerted) -> None:
    box = server(RCPT=(*[b"451 4.7.1 greylisted"] * 4, b"250 ok"))
    channel, now, sent = email(box.port), NOW, False
    delivery = alerted(channel)
    for attempt in range(1, 10):
        try:
            channel.send(replace(delivery, attempts=attempt))
        except DeliveryError as error:
            again = next_attempt(error, attempt, NOW, timedelta(seconds=5), now, 0.5)
            assert again is not None
            now = again
        else:
            sent = True
            break
    assert sent and len(box.kept) == 1 and now - NOW > timedelta(minutes=5)


def test_m38_five_days_down_is_dead(email: Channel, alerted: Alerted) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    channel = email(port)
    delivery, now, attempt = alerted(channel), NOW, 0
    again: datetime | None = NOW
    while again is not None:
        now, attempt = again, attempt + 1
        with pytest.raises(DeliveryError) as caught:
            channel.send(replace(delivery, attempts=attempt))
        again = next_attempt(caught.value, attempt, NOW, timedelta(seconds=5), now, 0.0)
    assert GIVE_UP_AFTER <= now - NOW < timedelta(days=5) and attempt > FEWEST_ATTEMPTS


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
def test_m39_a_clock_that_jumps(jump: timedelta, email: Channel, alerted: Alerted) -> None:
    again = next_attempt(DeliveryError("later"), 2, NOW, timedelta(seconds=5), NOW + jump, 0.0)
    assert again == NOW + jump + timedelta(seconds=25)
    delivery = alerted(email(25))
    assert delivery.message is not None and "Date: Tue, 18 Mar 2025 17:05:00 +0000" in delivery.message.body


def test_m40_a_password_in_no_error(server: Server, email: Channel, alerted: Alerted, failing: Failing) -> None:
    box = server(EHLO=b"250-here\r\n250 AUTH PLAIN", AUTH=b"535 no: AGRlc2sAczNjcmV0LXA0c3N3MHJk s3cret-p4ssw0rd")
    channel = email(box.port, **SIGNED)
    found, words = failing(channel, alerted(channel))
    assert found == "off" and words.count("[secret]") == 2 and "s3cret" not in repr(channel)


def test_m44_a_yes_that_cannot_be_recorded(server: Server, email: Channel, alerted: Alerted) -> None:
    box = server()
    channel = email(box.port)
    delivery = alerted(channel)

    def full(_receipt: Receipt) -> None:
        raise StoreError("the disk is full")

    with pytest.raises(StoreError, match="disk is full"):
        channel.send(delivery, full)
    channel.send(replace(delivery, attempts=2, may_repeat=True))
    assert len(box.kept) == 2 and box.kept[0] == box.kept[1]


PROGRAM = """
import sys
from pathlib import Path
from alerts.channels import trial_delivery
from alerts.channels.email import Email
from alerts.compose import Telling
from datetime import UTC, datetime
from monitor.config import EmailChannel
from monitor.config.secret import Surroundings
from monitor.model import Destination
keys = {"kind": "email", "id": "m", "host": "127.0.0.1", "port": int(sys.argv[1]), "tls": "none",
        "from": "Сторож <w@example.org>", "to": ["d@example.org"]}
config = EmailChannel.model_validate(keys, context=Surroundings({}, Path()))
channel = Email(config, Telling("Перемир'я", "", "Europe/Kyiv"))
channel.send(trial_delivery(channel, Destination("m", "d@example.org"), datetime.now(UTC)))
print(sys.getfilesystemencoding())
"""


def test_m45_a_locale_without_utf_8(mailbox: Mailbox, tmp_path: Path) -> None:
    program = tmp_path / "send.py"
    program.write_text(PROGRAM, encoding="utf-8")
    environ = {
        **os.environ,
        "LC_ALL": "C",
        "LANG": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, str(program), str(mailbox.port)], env=environ, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout.strip()) == (0, "ascii"), done.stderr
    assert mailbox.mails[0].message["Subject"].startswith("[Перемир'я] Test message from Storywatch: ")


def test_m46_the_places_to_die_are_passed_in_order(server: Server, email: Channel, alerted: Alerted) -> None:
    box, passed = server(), []
    channel, mine = email(box.port), threading.get_ident()
    arm(lambda name: passed.append((name, len(box.kept))) if threading.get_ident() == mine else None)
    channel.send(alerted(channel))
    names = [name for name, _ in passed]
    assert [name for name in names if name in ("D4", "D5", "D6", "D7", "D9")] == ["D4", "D5", "D6", "D7", "D9"]
    assert dict(passed)["D5"] == 0 and dict(passed)["D7"] == 1
