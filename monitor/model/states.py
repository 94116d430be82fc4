"""The named states of things: how a fetch ended, where an entry or a delivery stands, what a level means."""

from __future__ import annotations

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
    BLOCKED = "blocked"
    CONSENT = "consent-wall"
    PAYWALL = "paywall"
    MOVED = "moved"
    MAINTENANCE = "maintenance"
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
    FORGED = "wrong-signature"
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
    """What a delivery tells: a development, a first import, an edit, a digest, a word to the owner."""

    DEVELOPMENT = "development"
    SUMMARY = "summary"
    EDIT = "edit"
    DIGEST = "digest"
    NOTICE = "notice"


class MuteKind(StrEnum):
    """What a mute silences."""

    STORY = "story"
    SOURCE = "source"
    RULE = "rule"


class Topic(StrEnum):
    """What a notice to the owner is about."""

    SOURCE_DEAD = "source-dead"
    SOURCE_BACK = "source-back"
    CHANNEL_OFF = "channel-off"
    CHANNEL_BACK = "channel-back"
    UNDELIVERED = "undelivered"
