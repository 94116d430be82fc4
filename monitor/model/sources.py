"""Sources, what asking them brought, and the entries they list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.model.states import Outcome, TextMode
from monitor.model.websub import Hub


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
    javascript: bool = False
    only: str = ""
    utc_offset: timedelta | None = None
    guid_strip: str = ""
    legal: str = ""
    backfill: str = ""
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
class Wire:
    """What a server was asked and what it answered, header by header; values are Latin-1 text.

    `response` are the headers before the body was unpacked, `address` the IP address that answered, `hops` the
    addresses that were asked before and led here.
    """

    request: tuple[tuple[str, str], ...]
    response: tuple[tuple[str, str], ...]
    protocol: str = "HTTP/1.1"
    address: str = ""
    hops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetch:
    """One exchange with a server and its outcome; a failure is a value.

    `headers` has lower-case names; `status` is None when no answer came; `elapsed` is in seconds;
    `permanent_url` is where a chain of only 301/308 answers led, else ""; `wire` is known of answered pages.
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
    wire: Wire | None = None


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
class Child:
    """A part of a listing at an address of its own, such as a sitemap that an index names.

    `lastmod` is as written, `changed` what it says; the validators are those of its last answer.
    """

    url: str
    lastmod: str = ""
    changed: datetime | None = None
    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class Quiet:
    """When a feed does not want to be asked (skipHours, skipDays): hours 0-23 of UTC, weekdays with Monday as 0."""

    hours: frozenset[int] = frozenset()
    days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Listing:
    """What one polled body held: entries, and the server's own wishes about polling.

    `children` are to be asked in the same check; afterwards those to remember as read. `pending`: some are left for
    the next check, so an unchanged body must not end it. `hub`: who tells of its changes, empty when nobody does.
    """

    entries: tuple[Entry, ...]
    title: str = ""
    dialect: str = ""
    ttl: timedelta | None = None
    language: str = ""
    rejected: tuple[str, ...] = ()
    quiet: Quiet = Quiet()
    children: tuple[Child, ...] = ()
    pending: bool = False
    hub: Hub = Hub()


@dataclass(frozen=True, slots=True)
class Validators:
    """What a server says its answer is, for it to say later that nothing has changed; empty where it did not."""

    etag: str = ""
    last_modified: str = ""


@dataclass(frozen=True, slots=True)
class WaitingEntry:
    """An entry's row, claimed for reading; `recheck`: only to see whether its page was edited.

    `validators` are those of the page's last answer: the one before a re-check, then the one that was read.
    """

    id: int
    source_id: str
    url_key: str
    host: str
    entry: Entry
    first_import: bool
    attempts: int = 0
    recheck: bool = False
    validators: Validators | None = None
