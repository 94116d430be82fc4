"""What the articles are, held in memory so that any choice of them is counted at once.

To group 200,000 rows takes SQLite a third of a second for one page, in whatever order an index has them. So each
source, language, level, rule and status is a set of article numbers (`bits`), read once and then kept up with what the
archive gained since: articles and versions only ever come, and reviews and deliveries tell that something changed.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, Integer, and_, cast, func, or_, select

from monitor.model import DeliveryState, Level, Origin
from monitor.model.reviews import Status, Subject
from monitor.store import Store
from monitor.store.bits import Times, bits
from monitor.store.rows import AnyRow
from monitor.store.tables import article, delivery, firing, indexed, match, verdict, version
from monitor.store.tables import review as log

_PART = 500
# Rows that are read at once: they take a few hundredths of a second.
_STEP = 2_000


class Facet(StrEnum):
    """What articles are told apart by; of sides the archive knows nothing, whoever asks adds them."""

    SOURCE = "source"
    SIDE = "side"
    LANGUAGE = "lang"
    LEVEL = "level"
    RULE = "rule"
    STATUS = "status"
    EDITED = "edited"
    PARTIAL = "partial"
    ALERTED = "alerted"


YES, NO = "yes", "no"
TRIPLE = (Facet.EDITED, Facet.PARTIAL, Facet.ALERTED)
"""Those of which an article is or is not."""
_OF_ROWS = (Facet.SOURCE, Facet.LANGUAGE, Facet.LEVEL, Facet.EDITED, Facet.PARTIAL)
Sets = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Holdings:
    """The sets as they were at one moment: `all` articles, `own` those that were fetched and belong to the watch."""

    all: int
    own: int
    sets: Mapping[Facet, Sets]
    times: Times

    def of(self, facet: Facet, value: str) -> int:
        """The articles of which this is said."""
        known = self.sets[facet]
        if facet in TRIPLE and value == NO:
            return self.all & ~known.get(YES, 0)
        if facet is Facet.STATUS and value == Status.NEW.value:
            spoken = 0
            for one in known.values():
                spoken |= one
            return self.all & ~spoken
        return known.get(value, 0)

    def counts(self, chosen: int, facet: Facet) -> dict[str, int]:
        """How many of the chosen ones have each value, the most frequent first; what none has is left out."""
        found = {value: (chosen & self.of(facet, value)).bit_count() for value in self._values(facet)}
        if facet in TRIPLE:
            return {value: count for value, count in found.items() if count}
        return dict(sorted(((v, n) for v, n in found.items() if n), key=lambda one: (-one[1], one[0])))

    def _values(self, facet: Facet) -> Iterable[str]:
        if facet in TRIPLE:
            return (YES, NO)
        return {*self.sets[facet], Status.NEW.value} if facet is Facet.STATUS else self.sets[facet]

    def spread(self, parts: Sequence[int], edges: Sequence[datetime]) -> list[list[int]]:
        """How many of each part came between each two neighbouring edges, which are on quarters of an hour."""
        found = []
        for start, end in pairwise(edges):
            base, held = self.times.piece(start, end)
            found.append([((part >> base) & held).bit_count() for part in parts])
        return found


@dataclass(slots=True)
class _Seen:
    """How far an archive was read. `begun`: the last version when the first article was read."""

    begun: int = 0
    articles: int = 0
    versions: int = 0
    reviews: tuple[int, int] = (0, 0)
    sent: tuple[int, int] = (0, 0)
    sets: dict[Facet, dict[str, int]] = field(default_factory=lambda: {facet: {} for facet in Facet})
    edits: int = 0
    all: int = 0
    own: int = 0
    times: Times = field(default_factory=Times)


class Census:
    """The sets of one archive. Safe to use from any thread."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._seen = _Seen()

    def of(self, tx: Connection) -> Holdings:
        """The sets as the archive is now; the first time reads every row, for two seconds in 200,000."""
        with self._turn:
            seen = self._seen
            # In steps, too: while SQLAlchemy makes 200,000 rows at once, no other thread runs.
            while _rows(tx, seen, _STEP):
                pass
            _versions(tx, seen)
            _reviews(tx, seen)
            _alerted(tx, seen)
            sets = {facet: dict(held) for facet, held in seen.sets.items()}
            levels = sets[Facet.LEVEL]
            if seen.edits:
                levels[Level.EDIT.value] = levels.get(Level.EDIT.value, 0) | seen.edits
            return Holdings(seen.all, seen.own, sets, seen.times)

    def warm(self, store: Store, ended: threading.Event, step: int = _STEP) -> None:
        """Read an archive before anybody asks, so many articles at once with as much rest: who serves beside goes on.

        `ended` says when to leave off; who asks in between reads what is left.
        """
        more = True
        while more and not ended.is_set():
            begun = time.monotonic()
            with store.read() as tx, self._turn:
                more = _rows(tx, self._seen, step)
            ended.wait(time.monotonic() - begun)
        if not more:
            with store.read() as tx:
                self.of(tx)


_COLUMNS = (
    article.c.id,
    article.c.source_id,
    article.c.language,
    article.c.level,
    article.c.versions,
    article.c.partial,
    article.c.on_topic,
    article.c.origin,
)


_LAST_VERSION = select(func.max(indexed.c.version_id))


def _second(tx: Connection) -> ColumnElement[int]:
    """The second since 1970 in which an article came: 200,000 moments of Python's take longer than all the rest."""
    if tx.dialect.name == "postgresql":
        return cast(func.floor(func.extract("epoch", article.c.first_seen)), BigInteger)
    return cast(func.strftime("%s", article.c.first_seen), Integer)


def _rows(tx: Connection, seen: _Seen, most: int) -> bool:
    """The articles that came since, at most so many; whether there may be more."""
    if not seen.articles:
        # What changes an article that was read comes after this, however many steps the reading takes.
        seen.begun = tx.scalar(_LAST_VERSION) or 0
    query = select(*_COLUMNS, _second(tx)).where(article.c.id > seen.articles).order_by(article.c.id).limit(most)
    rows = tx.execute(query).all()
    if rows:
        seen.times.add([row[0] for row in rows], [row[-1] for row in rows])
        _put(seen, rows)
        seen.articles = rows[-1][0]
    return len(rows) == most


def _put(seen: _Seen, rows: Sequence[AnyRow]) -> None:
    # Rows that are alike are gathered first: there are far fewer kinds of them than rows.
    alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for row in rows:
        alike[row[1:8]].append(row[0])
    held: dict[Facet, dict[str, list[int]]] = {facet: defaultdict(list) for facet in _OF_ROWS}
    own: list[int] = []
    every: list[int] = []
    for (source, language, level, versions, partial, on_topic, origin), numbers in alike.items():
        held[Facet.SOURCE][source] += numbers
        held[Facet.LANGUAGE][language] += numbers
        held[Facet.LEVEL][level] += numbers
        if versions > 1:
            held[Facet.EDITED][YES] += numbers
        if partial:
            held[Facet.PARTIAL][YES] += numbers
        if on_topic and origin == Origin.FETCHED.value:
            own += numbers
        every += numbers
    for facet, values in held.items():
        for value, numbers in values.items():
            seen.sets[facet][value] = seen.sets[facet].get(value, 0) | bits(numbers)
    seen.own |= bits(own)
    seen.all |= bits(every)


def _versions(tx: Connection, seen: _Seen) -> None:
    """What versions that came since change of their articles, and the rules that match them."""
    last = tx.scalar(_LAST_VERSION) or 0
    if last <= seen.versions:
        return
    fresh = and_(indexed.c.version_id > seen.versions, indexed.c.version_id <= last)
    later = and_(fresh, indexed.c.number > 1)
    changed = select(indexed.c.article_id).where(later, indexed.c.version_id > seen.begun).distinct()
    _again(tx, seen, tx.scalars(changed).all())
    edited = select(indexed.c.article_id).join_from(indexed, version, version.c.id == indexed.c.version_id)
    seen.edits |= bits(tx.scalars(edited.where(later, version.c.level == Level.EDIT.value)))
    matched = select(match.c.rule_id, indexed.c.article_id).join_from(
        match, indexed, indexed.c.version_id == match.c.version_id
    )
    rules: dict[str, list[int]] = defaultdict(list)
    for rule_id, number in tx.execute(matched.where(fresh)):
        rules[rule_id].append(number)
    for rule_id, numbers in rules.items():
        seen.sets[Facet.RULE][rule_id] = seen.sets[Facet.RULE].get(rule_id, 0) | bits(numbers)
    seen.versions = last


def _again(tx: Connection, seen: _Seen, numbers: Sequence[int]) -> None:
    """Read articles anew that have changed."""
    if not numbers:
        return
    kept = ~bits(numbers)
    for facet in _OF_ROWS:
        seen.sets[facet] = {value: held & kept for value, held in seen.sets[facet].items()}
    seen.own &= kept
    for start in range(0, len(numbers), _PART):
        _put(seen, tx.execute(select(*_COLUMNS).where(article.c.id.in_(numbers[start : start + _PART]))).all())


def _reviews(tx: Connection, seen: _Seen) -> None:
    now = tx.execute(select(func.coalesce(func.max(log.c.id), 0), func.count(log.c.id))).one()
    if tuple(now) == seen.reviews:
        return
    found: dict[str, list[int]] = defaultdict(list)
    query = select(verdict.c.status, verdict.c.target).where(verdict.c.subject == Subject.ARTICLE.value)
    for status, number in tx.execute(query):
        found[status].append(number)
    seen.sets[Facet.STATUS] = {status: bits(numbers) for status, numbers in found.items()}
    seen.reviews = (now[0], now[1])


def _alerted(tx: Connection, seen: _Seen) -> None:
    """As `listing` says it: a rule fired for it, and the alert was sent, by itself or inside another one."""
    sent = delivery.c.state == DeliveryState.SENT.value
    now = tx.execute(select(func.coalesce(func.max(delivery.c.id), 0), func.count()).where(sent)).one()
    if tuple(now) == seen.sent:
        return
    whole = delivery.alias("whole")
    inside = and_(delivery.c.state == DeliveryState.MERGED.value, whole.c.state == DeliveryState.SENT.value)
    query = (
        select(indexed.c.article_id)
        .join_from(delivery, firing, firing.c.development_id == delivery.c.development_id)
        .join(indexed, indexed.c.version_id == firing.c.version_id)
        .outerjoin(whole, whole.c.id == delivery.c.merged_into)
        .where(or_(sent, inside))
        .distinct()
    )
    seen.sets[Facet.ALERTED] = {YES: bits(tx.scalars(query))}
    seen.sent = (now[0], now[1])
