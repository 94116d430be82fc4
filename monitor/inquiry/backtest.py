"""What rules would have matched and alerted: the archive's versions, as live saw them, decided as live decides."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import nlargest

from alerts.owing import Arrival, owed
from monitor.inquiry.candidates import Candidate, opened
from monitor.inquiry.terms import Unmet
from monitor.model import DeliveryState, Origin, Rule
from monitor.query import Compiled, holds
from monitor.query.expr import Term
from monitor.query.superset import superset
from monitor.store import Store, proposals, versions
from monitor.store.proposals import Proposal
from monitor.store.review import ArticleFilter
from monitor.store.versions import Came
from monitor.watch import Watch, on_topic

ANNOUNCED = "its development was announced with an earlier version"
OFF_TOPIC = "off-topic"
CORPUS = "corpus: known before the start"
_BATCH = 500
_TOLD_EVERY = 50
Asked = tuple[Rule, Compiled]
Heard = Callable[[int, int], bool]


@dataclass(frozen=True, slots=True)
class Span:
    """Versions first seen from `since` and before `until`; None: no bound."""

    since: datetime | None = None
    until: datetime | None = None

    def holds(self, moment: datetime) -> bool:
        """Whether a moment lies in it."""
        return (self.since is None or moment >= self.since) and (self.until is None or moment < self.until)


@dataclass(frozen=True, slots=True)
class Matched:
    """A version that a rule would have matched; `reason` says why nobody would have been alerted, else ""."""

    version_id: int
    article_id: int
    first_seen: datetime
    alert: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Tried:
    """One rule over the archive: the versions that it matches, newest first, and its words that no text has."""

    rule: Rule
    compiled: Compiled
    matches: tuple[Matched, ...]
    never: tuple[Term, ...] = ()

    @property
    def alerts(self) -> tuple[Matched, ...]:
        """Those that would have alerted."""
        return tuple(one for one in self.matches if one.alert)


@dataclass(frozen=True, slots=True)
class Backtest:
    """Rules over an archive of `versions`. `looked` of the `proposed` were held against them: fewer when it stopped."""

    tried: tuple[Tried, ...]
    versions: int
    looked: int
    proposed: int


def backtest(
    store: Store,
    watch: Watch,
    asked: Sequence[Asked],
    span: Span,
    heard: Heard = lambda looked, proposed: True,
    *,
    most: int | None = None,
    words: bool = True,
) -> Backtest:
    """Hold rules against the versions of a span, newest first; `heard` hears how far it is, and stops it by False.

    The topic is the watch's. Two revisions of a rule may be asked side by side. `most`: only so many of the newest
    versions that may match. `words`: find the words that no text has, too.
    """
    with store.read() as tx:
        total = versions.count(tx)
        found = [
            proposals.proposed(tx, superset(one.expr), ArticleFilter(on_topic=None), newest_only=False)
            for _, one in asked
        ]
        ids = set[int]().union(*(one.version_ids for one in found))
        chosen = _chosen(versions.came(tx, nlargest(len(ids) if most is None else most, ids)), span)
    matched: list[list[tuple[Came, Arrival]]] = [[] for _ in asked]
    unmet = Unmet([compiled for _, compiled in asked] if words else [])
    looked = 0
    for looked, (one, candidate, numbers) in enumerate(_looks(store, chosen, found), 1):
        unmet.look(candidate)
        for number in numbers:
            if found[number].certain or holds(asked[number][1], candidate.text):
                matched[number].append(_settled(watch, one, candidate))
        if looked % _TOLD_EVERY == 0 and not heard(looked, len(chosen)):
            break
    heard(looked, len(chosen))
    never = unmet.left(store)
    tried = (
        Tried(rule, compiled, _decided(rule, matched[number], span), unmet.of(compiled, never))
        for number, (rule, compiled) in enumerate(asked)
    )
    return Backtest(tuple(tried), total, looked, len(chosen))


def _chosen(found: Iterable[Came], span: Span) -> list[Came]:
    """Those of the span, newest first, with those before it that tell the same developments: one may be the first."""
    came = [one for one in found if span.until is None or one.first_seen < span.until]
    within = [one for one in came if span.holds(one.first_seen)]
    if len(within) < len(came):
        told = {one.development_id for one in within} - {None}
        within += [one for one in came if one.development_id in told and not span.holds(one.first_seen)]
    return sorted(within, key=lambda one: -one.version_id)


def _looks(
    store: Store, chosen: Sequence[Came], found: Sequence[Proposal]
) -> Iterator[tuple[Came, Candidate, Sequence[int]]]:
    """Every chosen version with the numbers of the rules that it was proposed for."""
    asking: dict[int, list[int]] = defaultdict(list)
    for number, proposal in enumerate(found):
        for version_id in proposal.version_ids:
            asking[version_id].append(number)
    by_id = {one.version_id: one for one in chosen}
    ids = Proposal(array("q", [one.article_id for one in chosen]), array("q", by_id), certain=False)
    for candidate in opened(store, ids, 0, _BATCH):
        yield by_id[candidate.version_id], candidate, asking[candidate.version_id]


def _settled(watch: Watch, one: Came, candidate: Candidate) -> tuple[Came, Arrival]:
    silent = one.first_import and watch.config.fetch.first_check == "summary"
    placed = _placed(watch, one, candidate)
    return one, Arrival(one.level, placed, one.origin is Origin.CORPUS, silent, one.known)


def _placed(watch: Watch, one: Came, candidate: Candidate) -> bool:
    """Whether a version belonged to the watch: as recorded where it was, else by the topic of today."""
    if one.development_id is None or one.number == 1:
        return one.development_id is not None
    return one.on_topic if one.newest else on_topic(watch, candidate.text)


def _decided(rule: Rule, found: Sequence[tuple[Came, Arrival]], span: Span) -> tuple[Matched, ...]:
    """The matches of one rule within the span, newest first; `found` is newest first, and may begin before it."""
    announced: set[int | None] = set()
    matches = []
    for one, arrival in reversed(found):
        verdict = owed(arrival, (rule,), (rule.id,) if one.development_id in announced else ())
        if verdict.first:
            announced.add(one.development_id)
        alert = bool(verdict.again) or (bool(verdict.first) and verdict.state is DeliveryState.PENDING)
        if span.holds(one.first_seen):
            reason = "" if alert else _reason(arrival, verdict.reason if verdict.first else "")
            matches.append(Matched(one.version_id, one.article_id, one.first_seen, alert, reason))
    return tuple(reversed(matches))


def _reason(arrival: Arrival, reason: str) -> str:
    if arrival.corpus:
        return CORPUS
    return (reason or ANNOUNCED) if arrival.placed else OFF_TOPIC
