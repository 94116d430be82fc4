"""What a source kind is: a reader of polled bodies. Its reader runs where it can be killed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from monitor.model import Listing, Source

UNPACKED_LIMIT = 10_000_000


@dataclass(frozen=True, slots=True)
class Polled:
    """A polled body as a reader is handed it.

    `naive` is the zone of dates that name none; `limit` is in bytes and holds for what the reader itself unpacks.
    """

    body: bytes
    source: Source
    url: str
    now: datetime
    content_type: str = ""
    naive: tzinfo = UTC
    limit: int = UNPACKED_LIMIT


@dataclass(frozen=True, slots=True)
class Kind:
    """`read` raises ParseError, saying what the bytes are instead."""

    name: str
    read: Callable[[Polled], Listing]
