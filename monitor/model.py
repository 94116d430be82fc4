"""The words: every value that travels between rooms, one class per idea of the glossary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class Level(StrEnum):
    """How a version relates to what is known."""

    SAME = "same"
    COPY = "copy"
    TRUNCATED = "truncated"
    EXTENDED = "extended"
    TEMPLATE = "template"
    REWRITE = "rewrite"
    NEW = "new"
    COMMENTARY = "commentary"
    EDIT = "edit"


class Origin(StrEnum):
    """Where an article came from."""

    FETCHED = "fetched"
    CORPUS = "corpus"


class TextMode(StrEnum):
    """Where the text of a source's articles is read."""

    PAGE = "page"
    FEED = "feed"
    HEADLINE = "headline"


class Outcome(StrEnum):
    """How one exchange with a server ended. Only OK and UNCHANGED count as working."""

    OK = "ok"
    UNCHANGED = "unchanged"
    EMPTY = "empty"
    NOT_A_FEED = "not-a-feed"
    NOT_HTML = "not-html"
    UNREADABLE = "unreadable"
    UNAUTHORISED = "unauthorised"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not-found"
    GONE = "gone"
    LEGAL = "unavailable-for-legal-reasons"
    RATE_LIMITED = "rate-limited"
    CLIENT_ERROR = "client-error"
    SERVER_ERROR = "server-error"
    ROBOTS = "refused-by-robots"
    GUARD = "refused-by-guard"
    TOO_LARGE = "too-large"
    TIMEOUT = "timeout"
    DNS = "dns-failed"
    REFUSED = "connection-refused"
    BROKEN = "connection-broken"
    TLS = "tls-failed"
    REDIRECTS = "too-many-redirects"
    CRASHED = "spider-crashed"
    STOPPED = "stopped"


class EntryState(StrEnum):
    """Where an entry stands on its way to an article."""

    WAITING = "waiting"
    READING = "reading"
    DONE = "done"
    FILTERED = "filtered"
    FAILED = "failed"


class AlertMode(StrEnum):
    """Which levels a rule announces."""

    DEVELOPMENTS = "developments"
    ARTICLES = "articles"
    EVERYTHING = "everything"


class Severity(StrEnum):
    """How urgent a rule is; ordered by `rank`."""

    LOW = "low"
    NORMAL = "normal"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        return ("low", "normal", "critical").index(self.value)


class DeliveryState(StrEnum):
    """The recorded outcome of one alert owed to one destination."""

    PENDING = "pending"
    SENDING = "sending"
    AMBIGUOUS = "ambiguous"
    SENT = "sent"
    HELD = "held"
    SUPPRESSED = "suppressed"
    MERGED = "merged"
    DEAD = "dead"


class DeliveryKind(StrEnum):
    """What a delivery tells."""

    DEVELOPMENT = "development"
    SUMMARY = "summary"


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


@dataclass(frozen=True, slots=True)
class Document:
    """Title, text, byline and dates of one page. `text` has paragraphs separated by a blank line."""

    url: str
    title: str
    text: str
    author: str = ""
    published: datetime | None = None
    published_raw: str = ""
    modified: datetime | None = None
    language: str = ""
    site: str = ""
    canonical: str = ""
    paywalled: bool = False
    method: str = ""
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Sketch:
    """What of a document is compared; hashes are signed 64-bit."""

    scheme: int
    text_hash: int
    sampled: tuple[int, ...]
    numbers: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A document with everything that was worked out about it outside any transaction."""

    document: Document
    sketch: Sketch


@dataclass(frozen=True, slots=True)
class Known:
    """An earlier version that a new one is held against."""

    version_id: int
    article_id: int
    title: str
    text: str
    url: str
    source_id: str
    origin: Origin
    story_id: int | None = None
    development_id: int | None = None
    sketch: Sketch | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A hard fact as it stands in the text: `kind` is number, date, place or name; offsets point into the text."""

    kind: str
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with the share of it that is already known (0..1)."""

    text: str
    start: int
    end: int
    coverage: float
    new: bool


@dataclass(frozen=True, slots=True)
class Judgement:
    """How a document relates to what is known, with the evidence. Shares are 0..1."""

    level: Level
    nearest: Known | None = None
    containment: float = 0.0
    agreement: float = 0.0
    newword: float = 1.0
    sentences: tuple[Sentence, ...] = ()
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class Article:
    """Identity over time: one canonical URL. `id` is the bare number; screens and JSON write it as a12."""

    id: int
    url: str
    url_key: str
    title: str
    source_id: str
    language: str
    published: datetime | None
    first_seen: datetime
    level: Level
    origin: Origin
    partial: bool
    on_topic: bool
    story_id: int | None
    versions: int = 1
    rules: tuple[str, ...] = ()
    alerted: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One observed state of an article."""

    id: int
    article_id: int
    number: int
    document: Document
    first_seen: datetime
    judgement: Judgement
    development_id: int | None


@dataclass(frozen=True, slots=True)
class Rule:
    """A named query with severity and channels (ids; empty: all). `limit` is (how many, per what) or None."""

    id: str
    query: str
    channels: tuple[str, ...] = ()
    alert: AlertMode = AlertMode.DEVELOPMENTS
    severity: Severity = Severity.NORMAL
    limit: tuple[int, timedelta] | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a rule matched. `field` is title or body; offsets are characters of that field's original text."""

    field: str
    start: int
    end: int
    text: str
    term: str


@dataclass(frozen=True, slots=True)
class Match:
    """A rule revision that matched a version, with the evidence."""

    rule_id: str
    revision: str
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Development:
    """A new turn in a story: the unit that is announced.

    `known`: counted as announced from the start (corpus, first import).
    """

    id: int
    story_id: int
    key: str
    title: str
    created: datetime
    known: bool


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a delivery goes: a channel of the config and, for mail, one recipient."""

    channel: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """One article inside an alert, as it is told."""

    article_id: int
    version_id: int
    title: str
    url: str
    source_id: str
    language: str
    level: Level
    published: datetime | None
    first_seen: datetime
    lead: str = ""


@dataclass(frozen=True, slots=True)
class Firing:
    """A rule that fired for a development, with the text its hits point into."""

    rule_id: str
    severity: Severity
    hits: tuple[Hit, ...]
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Alert:
    """A development that rules matched, with all that is told about it."""

    development_id: int
    story_id: int
    story_title: str
    title: str
    severity: Severity
    first_seen: datetime
    reports: tuple[Report, ...]
    firings: tuple[Firing, ...]
    sentences: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    against: str = ""
    follows: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """The frozen bytes of one delivery: what is sent is exactly this, on every attempt.

    `body` is the channel's own payload: an RFC 5322 message for mail, JSON for Slack, text for the console.
    """

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One alert owed to one destination. `key` is the idempotency key: the same on every attempt."""

    id: int
    key: str
    kind: DeliveryKind
    development_id: int | None
    story_id: int | None
    destination: Destination
    state: DeliveryState
    due_at: datetime
    attempts: int
    created: datetime
    message: Message | None = None
    sent_at: datetime | None = None
    provider_ref: str = ""
    thread_ref: str = ""
    may_repeat: bool = False
    reason: str = ""
    last_error: str = ""
    article_id: int | None = None
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a channel answered when it took a message; `ref` is what later messages need to join its thread."""

    ref: str = ""
    detail: str = ""
