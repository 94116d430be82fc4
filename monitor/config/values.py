"""How times, sizes, rates, windows and addresses are written in a config; every refusal says what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time, timedelta
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator

_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}
_SIZES = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZES |= {"KIB": 2**10, "MIB": 2**20, "GIB": 2**30, "TIB": 2**40}
_PER = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Window:
    """A daily span of local time; it crosses midnight when `end` is before `start`."""

    start: time
    end: time


@dataclass(frozen=True, slots=True)
class Adaptive:
    """A digest that comes soon after a calm and later in a flood: between two waits, `step` later with each alert."""

    shortest: timedelta
    longest: timedelta

    @property
    def step(self) -> timedelta:
        return self.longest / 10


def duration(value: Any) -> timedelta:
    """ "15m", "30s", "100ms", "90d", "1h" -> timedelta; ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|w)", value.strip()) if isinstance(value, str) else None
    if found is None:
        raise ValueError('must be a duration in quotes such as "30s", "15m", "1h" or "90d"')
    seconds = float(found[1]) * _UNITS[found[2]]
    if seconds > 36525 * 86400:
        raise ValueError("is longer than a hundred years")
    return timedelta(seconds=seconds)


def positive_duration(value: Any) -> timedelta:
    """A duration above nothing; ValueError."""
    length = duration(value)
    if not length:
        raise ValueError("must be longer than nothing")
    return length


def size(value: Any) -> int:
    """ "10MB", "20GiB", "512B" -> bytes; ValueError."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([KMGT]?I?B)", value.strip().upper()) if isinstance(value, str) else None
    if found is None or found[2] not in _SIZES:
        raise ValueError('must be a size in quotes such as "10MB" or "20GB"')
    count = int(float(found[1]) * _SIZES[found[2]])
    if not 0 < count < 2**62:
        raise ValueError("must be more than nothing and less than an exabyte")
    return count


def rate(value: Any) -> tuple[int, timedelta]:
    """ "10/h" -> (10, one hour); ValueError."""
    found = re.fullmatch(r"(\d{1,6})\s*/\s*(m|h|d)", value.strip()) if isinstance(value, str) else None
    if found is None or int(found[1]) == 0:
        raise ValueError('must be a rate in quotes such as "10/h" or "12/d" (per m, h or d)')
    return int(found[1]), _PER[found[2]]


def offset(value: Any) -> timedelta:
    """ "+03:00" -> timedelta; ValueError."""
    found = re.fullmatch(r"([+-])(\d\d):(\d\d)", value.strip()) if isinstance(value, str) else None
    if found is None or int(found[2]) > 14 or int(found[3]) > 59:
        raise ValueError('must be an offset from UTC in quotes such as "+03:00"')
    length = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return length if found[1] == "+" else -length


def clock(value: Any) -> time:
    """ "07:30" -> time of day; ValueError."""
    found = re.fullmatch(r"(\d\d):(\d\d)", value.strip()) if isinstance(value, str) else None
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError('must be a time of day in quotes such as "07:30"')
    return time(int(found[1]), int(found[2]))


def digest(value: Any) -> tuple[time, ...] | Adaptive:
    """ "07:30", ["07:30", "18:00"], "adaptive" or "5m-30m" -> times of day, or two waits; ValueError."""
    if value == "adaptive":
        return Adaptive(timedelta(minutes=5), timedelta(minutes=30))
    ends = value.split("-") if isinstance(value, str) else []
    try:
        if len(ends) == 2:
            shortest, longest = (positive_duration(end) for end in ends)
        else:
            return tuple(sorted({clock(one) for one in (value if isinstance(value, list) and value else [value])}))
    except ValueError:
        raise ValueError(
            'must be times of day in quotes such as "07:30" or ["07:30", "18:00"], "adaptive", or two waits "5m-30m"'
        ) from None
    if shortest > longest:
        raise ValueError("must name the shorter wait first")
    return Adaptive(shortest, longest)


def window(value: Any) -> Window:
    """ "22:00-07:00" -> Window; ValueError."""
    ends = value.split("-") if isinstance(value, str) else []
    try:
        first, last = (clock(end) for end in ends)
    except ValueError:
        raise ValueError('must be a span of the day in quotes such as "22:00-07:00"') from None
    if first == last:
        raise ValueError("must begin and end at different times")
    return Window(first, last)


def identifier(value: str) -> str:
    """An id of the config; ValueError."""
    if not _ID.fullmatch(value):
        raise ValueError(
            "must be an id: at most 64 letters, digits, '.', '_' and '-', beginning with a letter or digit"
        )
    return value


def one_line(value: str) -> str:
    """Text that fits on one line; ValueError."""
    if any(not char.isprintable() for char in value):
        raise ValueError("must be one line of plain text without control characters")
    return value.strip()


def web_address(value: str) -> str:
    """An absolute http(s) address without a password in it; ValueError."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise ValueError("is not an address") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(char.isspace() for char in value):
        raise ValueError("must be an address such as https://example.org/feed")
    if parts.password or parts.username:
        raise ValueError("must not carry a name or password")
    return value


def is_loopback(host: str) -> bool:
    """Whether a configured host can only be this machine."""
    if host.rstrip(".").lower() == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


Duration = Annotated[timedelta, BeforeValidator(positive_duration)]
Wait = Annotated[timedelta, BeforeValidator(duration)]
Size = Annotated[int, BeforeValidator(size)]
Rate = Annotated[tuple[int, timedelta], BeforeValidator(rate)]
Offset = Annotated[timedelta, BeforeValidator(offset)]
DigestTimes = Annotated[tuple[time, ...] | Adaptive, BeforeValidator(digest)]
QuietWindow = Annotated[Window, BeforeValidator(window)]
Id = Annotated[str, AfterValidator(identifier)]
Line = Annotated[str, AfterValidator(one_line)]
Address = Annotated[str, AfterValidator(web_address)]
