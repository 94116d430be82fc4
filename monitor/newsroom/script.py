"""The script of the newsroom: what is published where and when, with what a reader should make of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from monitor.model import Level

OPENING = datetime(2025, 3, 18, 14, 0, tzinfo=UTC)
"""The simulated moment at which the demo starts: what is older is every outlet's backlog."""


class Kind(StrEnum):
    """What a publication is, as its author labelled it."""

    WIRE = "wire"  # an original that others copy
    COPY = "copy"  # the same text in another outlet
    TRUNCATED = "truncated"  # the first half of it
    EXTENDED = "extended"  # the text and two paragraphs of one's own with new figures
    DRONES = "drones"  # the nightly report: one form, new figures
    REWRITE = "rewrite"  # the same facts in other words, perhaps in another language
    EDIT = "edit"  # the same address, changed later
    DEVELOPMENT = "development"  # something that nobody reported before
    NOISE = "noise"  # another subject
    SIDEBAR = "sidebar"  # another subject, tracked words only in the links beside it


@dataclass(frozen=True, slots=True)
class Publication:
    """One act of publishing. `article` is its identity over edits; `published` is the first, `at` this one's moment.

    `level` and `development` are the expectation: how it relates to everything before it in the script, and which new
    turn it tells (None: none). `number` and `slug` are what an outlet makes an address from.
    """

    id: str
    article: str
    outlet: str
    at: datetime
    published: datetime
    kind: Kind
    level: Level
    development: str | None
    on_topic: bool
    title: str
    byline: str
    paragraphs: tuple[str, ...]
    number: int
    slug: str
    language: str
    related: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The body: paragraphs separated by a blank line."""
        return "\n\n".join(self.paragraphs)

    @property
    def backlog(self) -> bool:
        """Whether it is out before the demo starts."""
        return self.at < OPENING


@dataclass(frozen=True, slots=True)
class Script:
    """Every publication, oldest first."""

    publications: tuple[Publication, ...]

    @property
    def backlog(self) -> tuple[Publication, ...]:
        """What is out before the demo starts."""
        return tuple(one for one in self.publications if one.backlog)

    @property
    def scheduled(self) -> tuple[Publication, ...]:
        """What appears while the demo runs."""
        return tuple(one for one in self.publications if not one.backlog)

    @property
    def moments(self) -> tuple[datetime, ...]:
        """When something appears while the demo runs."""
        return tuple(one.at for one in self.scheduled)


def visible(publications: Iterable[Publication], now: datetime) -> tuple[Publication, ...]:
    """What can be read at the simulated moment `now`: the latest state of each article, newest article first."""
    latest: dict[str, Publication] = {}
    for one in publications:
        if one.at <= now:
            latest[one.article] = one
    return tuple(sorted(latest.values(), key=lambda one: (one.published, one.id), reverse=True))


def problems(script: Script) -> tuple[str, ...]:
    """Where the labels contradict each other or the order of time; none in a sound script."""
    found: list[str] = []
    told: set[str] = set()
    before: datetime | None = None
    for one in script.publications:
        found += [f"{one.id}: {word}" for word in _problems_of(one, told, before)]
        before = one.at
        if one.development:
            told.add(one.development)
    return tuple(found)


_LEVELS = {
    Kind.COPY: (Level.SAME, Level.COPY),
    Kind.TRUNCATED: (Level.TRUNCATED,),
    Kind.EXTENDED: (Level.EXTENDED,),
    Kind.DRONES: (Level.NEW, Level.TEMPLATE),
    Kind.EDIT: (Level.EDIT,),
}
_REPEATS = (Kind.COPY, Kind.TRUNCATED, Kind.REWRITE, Kind.EDIT)


def _problems_of(one: Publication, told: set[str], before: datetime | None) -> list[str]:
    words = len(one.text.split())
    first = one.development is not None and one.development not in told
    checks = {
        "is not later than the one before it": before is not None and one.at <= before,
        f"has {words} words, not 120 to 350": not 120 <= words <= 350,
        f"level {one.level} does not fit kind {one.kind}": one.level not in _LEVELS.get(one.kind, (Level.NEW,)),
        "off topic, but with a development": not one.on_topic and one.development is not None,
        "on topic, but without a development": one.on_topic and one.development is None,
        "repeats a development that nobody told before": first and one.kind in _REPEATS,
        "a development that was told before": not first
        and one.on_topic
        and one.kind not in _REPEATS
        and not one.backlog,
    }
    return [word for word, wrong in checks.items() if wrong]
