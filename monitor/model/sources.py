"""Sources, what asking them brought, and the entries they list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.model.states import Outcome, TextMode


@dataclass(frozen=True, slots=True)
class Selectors:
    """CSS selectors of a listing source; None means guess."""

    links: str | None = None
    title: str | None = None
    body: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Something that is polled, as configured."""

    id: str
    kind: str
    url: str
    name: str = ""
    every: timedelta = timedelta(minutes=15)
    language: tuple[str, ...] = ()
    country: str = ""
    side: str = ""
    text: TextMode = TextMode.PAGE
    only: str = ""
    utc_offset: timedelta | None = None
    guid_strip: str = ""
    legal: str = ""
    select: Selectors = Selectors()
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class SourceState:
    """What the archive remembers of a source between two checks. Times are UTC and aware."""

    source_id: str
    url: str
    due_at: datetime
    etag: str = ""
    last_modified: str = ""
    body_hash: str = ""
    interval: timedelta = timedelta(minutes=15)
    failures: int = 0
    first_checked: datetime | None = None
    last_checked: datetime | None = None
    last_ok: datetime | None = None
    gone_at: datetime | None = None
    moved_to: str = ""
    moved_seen: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """One exchange with a server and its outcome; a failure is a value.

    `headers` has lower-case names; `status` is None when no answer came; `elapsed` is in seconds;
    `permanent_url` is where a chain of only 301/308 answers led, else "".
    """

    url: str
    outcome: Outcome
    started: datetime
    elapsed: float = 0.0
    status: int | None = None
    final_url: str = ""
    permanent_url: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as a source listed it. All texts are cleaned plain text; `url` is absolute http(s)."""

    url: str
    guid: str = ""
    title: str = ""
    summary: str = ""
    text: str = ""
    author: str = ""
    published: datetime | None = None
    published_raw: str = ""
    updated_raw: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """What one polled body held: entries, and the server's own wishes about polling."""

    entries: tuple[Entry, ...]
    title: str = ""
    dialect: str = ""
    ttl: timedelta | None = None
    language: str = ""
    rejected: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """An entry's row, claimed for reading."""

    id: int
    source_id: str
    url_key: str
    host: str
    entry: Entry
    first_import: bool
    attempts: int = 0
