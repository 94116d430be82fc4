"""How durations, sizes, rates, offsets, windows and addresses are written."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest

from monitor.config import Window, values
from monitor.config.places import listening, shown_url

GOOD: list[tuple[Callable[[Any], Any], str, Any]] = [
    (values.duration, "100ms", timedelta(milliseconds=100)),
    (values.duration, "30s", timedelta(seconds=30)),
    (values.duration, " 1.5h ", timedelta(minutes=90)),
    (values.duration, "90d", timedelta(days=90)),
    (values.duration, "0s", timedelta()),
    (values.size, "10MB", 10_000_000),
    (values.size, "1 KiB", 1024),
    (values.size, "20gb", 20_000_000_000),
    (values.rate, "10/h", (10, timedelta(hours=1))),
    (values.rate, "12 / d", (12, timedelta(days=1))),
    (values.offset, "+03:00", timedelta(hours=3)),
    (values.offset, "-03:30", -timedelta(hours=3, minutes=30)),
    (values.clock, "07:30", time(7, 30)),
    (values.window, "22:00-07:00", Window(time(22), time(7))),
    (values.web_address, "http://[::1]:8099/feed?x=1", "http://[::1]:8099/feed?x=1"),
]

BAD: list[tuple[Callable[[Any], Any], Any]] = [
    *((values.duration, one) for one in ("15", "m", "-5m", "15 min", "1h30m", "9" * 400 + "d", 15, True, None, ["1s"])),
    *((values.positive_duration, one) for one in ("0s", "0.0d")),
    *((values.size, one) for one in ("10", "10mb/s", "0MB", "-1MB", "9" * 30 + "GB", 10)),
    *((values.rate, one) for one in ("10", "0/h", "10/w", "ten/h", "1.5/h", 10)),
    *((values.offset, one) for one in ("3", "+3:00", "+15:00", "+03:60", "Z", 3)),
    *((values.clock, one) for one in ("7:30", "24:00", "07:60", "", 730)),
    *((values.window, one) for one in ("22:00", "22:00-22:00", "22-07", "22:00-07:00-08:00", 3)),
    *((values.identifier, one) for one in ("", "-a", "a b", "a/b", "é", "a" * 65, "a\n")),
    *((values.one_line, one) for one in ("a\nb", "a\x00", "a\u2028b", "a\u202eb")),
    *((values.web_address, one) for one in ("", "x", "ftp://a/", "http://", "https://me:pw@a/", "http://a b/")),
    *((values.web_address, one) for one in ("http://a:99999/", "http://[::1/", "http://a\n/", "javascript:alert(1)")),
    *((listening, one) for one in ("", "127.0.0.1", ":80", "host:port", "h:80/x", "u@h:80", "h:70000")),
]


@pytest.mark.parametrize(("read", "written", "value"), GOOD)
def test_what_is_written_is_read(read: Callable[[Any], Any], written: str, value: Any) -> None:
    assert read(written) == value


@pytest.mark.parametrize(("read", "written"), BAD)
def test_anything_else_is_refused_with_a_word(read: Callable[[Any], Any], written: Any) -> None:
    with pytest.raises(ValueError, match=r"\w{4}"):
        read(written)


def test_loopback_is_known_in_every_spelling() -> None:
    assert all(
        values.is_loopback(host) for host in ("localhost", "LOCALHOST.", "127.0.0.1", "127.9.9.9", "::1", "[::1]")
    )
    assert not any(values.is_loopback(host) for host in ("0.0.0.0", "::", "10.0.0.1", "localhost.example", "mail"))


def test_listen_addresses() -> None:
    assert listening("127.0.0.1:8787") == ("127.0.0.1", 8787)
    assert listening("[::1]:0") == ("::1", 0)


def test_a_shown_archive_address_has_no_password() -> None:
    assert shown_url("postgresql+psycopg://me:hunter2@db/x?password=p") == "postgresql+psycopg://me@db/x"
    assert shown_url("sqlite:////var/lib/a.db") == "sqlite:////var/lib/a.db"
