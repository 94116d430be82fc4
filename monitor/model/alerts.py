"""Rules, what they matched, and what is told to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.model.archive import Edit, Fact
from monitor.model.states import AlertMode, DeliveryKind, DeliveryState, Level, MuteKind, Severity, Topic


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
class Cue:
    """Words near a hit that may turn its meaning round: denied, not, never. Offsets as in the hit's field."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a rule matched. `field` is title or body; offsets are characters of that field's original text.

    `term` is the word or phrase as the rule writes it, `lists` the lists it stands in from the rule inwards, `form`
    the folded words that were found, `zone` title, lead, body or caption ("" where it was not recorded).
    """

    field: str
    start: int
    end: int
    text: str
    term: str
    lists: tuple[str, ...] = ()
    form: str = ""
    zone: str = ""
    cue: Cue | None = None


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
    """One article inside an alert, as it is told.

    `copy_of` is the article that it is a copy of, `credits` the agencies that it names.
    """

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
    copy_of: int | None = None
    credits: tuple[str, ...] = ()


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
class Notice:
    """An announced article that was edited: version `version`, first seen at `seen`, against the one before it.

    `rules` are those whose matched words stood in a sentence that was changed or removed.
    """

    alert: Alert
    article_id: int
    version: int
    title: str
    url: str
    seen: datetime
    edit: Edit
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OwnerNotice:
    """A word about Storywatch itself: a source died or came back, a channel was switched off, alerts are stuck.

    `about` is the id of the source or channel; `lines` say what happened and what to do.
    """

    topic: Topic
    about: str
    title: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """Alerts and notices of edits that are told together, oldest first, and the reasons why they were held.

    `first_import`: they were out already when their sources were checked for the first time. `more` were held, too,
    and are not listed. `storm`: more came at once than somebody wanted to hear.
    """

    alerts: tuple[Alert, ...]
    edits: tuple[Notice, ...] = ()
    reasons: tuple[str, ...] = ()
    first_import: bool = False
    more: int = 0
    storm: bool = False


@dataclass(frozen=True, slots=True)
class Mute:
    """A story (its number), source or rule that nobody wants to hear of until a moment; `ended`: somebody ended it."""

    id: int
    kind: MuteKind
    target: str
    until: datetime
    created: datetime
    who: str = ""
    note: str = ""
    ended: datetime | None = None


# What a message tells: the same alert to two people is one interruption for its rule and for the budget.
What = tuple[str, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Ping:
    """A message that was sent at `at`, or is on its way and counts as sent now.

    `rules`: those that it was sent for. `alone`: an alert or notice told on its own, no digest or summary.
    """

    what: What
    destination: Destination
    rules: tuple[str, ...]
    at: datetime
    alone: bool = True


Subject = Alert | Notice | Digest | OwnerNotice


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
    version_id: int | None = None
    severity: Severity = Severity.NORMAL
    notice: OwnerNotice | None = None
    held_until: datetime | None = None
    looks: int = 0
    commentary: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a channel answered when it took a message; `ref` is what later messages need to join its thread."""

    ref: str = ""
    detail: str = ""
