"""Step two: a reading is judged against what is known and recorded with everything it owes, in one commit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from alerts.owing import FIRST_IMPORT, Arrival, Owed, destinations, owed, severity
from monitor.crashpoint import crashpoint
from monitor.errors import LeaseLost
from monitor.model import (
    AlertMode,
    Article,
    DeliveryState,
    EntryState,
    Level,
    Match,
    Origin,
    Reading,
    Rule,
    WaitingEntry,
)
from monitor.novelty import judge, profile, tells_news
from monitor.pipeline import joining, judging
from monitor.pipeline.chrome import Masked, masked, record_chrome, same_but_for_chrome
from monitor.pipeline.development import Place, joined, place
from monitor.pipeline.edits import Edited, edited, owe_notice
from monitor.pipeline.reviewing import came_back
from monitor.store import Store, articles, deliveries, entries, evidence, nearness, rechecks, rules, stories, threads
from monitor.store import alerts as alert_rows
from monitor.store.index import Folded, folded
from monitor.store.raw import Kept
from monitor.urls import url_key
from monitor.watch import Watch, on_topic, text_of


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of one reading. `recorded` is False when the archive already held exactly this."""

    article_id: int
    level: Level
    recorded: bool
    on_topic: bool = True
    rules: tuple[str, ...] = ()
    development_id: int | None = None
    made_development: bool = False
    announced: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A reading with all that could be worked out before the watch lock was taken.

    `key` is of the address that the page gives itself, `own_key` of the one that it was read from. `foreseen` is its
    judgement against the archive as it stood then.
    """

    reading: Reading
    key: str
    own_key: str
    source_id: str
    origin: Origin
    on_topic: bool
    matches: tuple[Match, ...]
    masked: Masked
    words: Folded
    silent: str = ""
    foreseen: judging.Foresight | None = None


def judged(
    watch: Watch, own: Masked, key: str, source_id: str, origin: Origin, silent: str, own_key: str = ""
) -> Judged:
    """Match a reading before the lock: `silent` is the reason why nothing may be announced, or ""."""
    text = text_of(own.seen.document, source_id)
    belongs = origin is Origin.CORPUS or on_topic(watch, text)
    own_key = own_key or key
    matches = watch.rule_set.matches(text)
    return Judged(own.kept, key, own_key, source_id, origin, belongs, matches, own, folded(text), silent)


def ingest(
    store: Store,
    watch: Watch,
    waiting: WaitingEntry,
    reading: Reading,
    owner: str,
    now: datetime,
    *,
    note: str = "",
    raw: Kept | None = None,
    ready: Judged | None = None,
) -> Ingested:
    """Record a read entry. Raises LeaseLost, with nothing recorded, when another owner took the entry over.

    `note` says why the page itself could not be read, when the reading is only what the source listed; `raw` is the
    exchange that it was read from, on the disk already; `ready` is what `foresee` made of all this.
    """
    item = ready
    if item is None:
        with store.read() as tx:
            item = _matched(tx, watch, waiting, reading)
    crashpoint("I1")
    with store.write() as tx:
        store.watch_lock(tx)
        result = record(tx, watch, item, now)
        if not entries.finish(tx, waiting.id, owner, EntryState.DONE, now, article_id=result.article_id, error=note):
            raise LeaseLost(waiting.url_key)
        _follow_up(tx, watch, waiting, result, now)
        if raw is not None:
            evidence.add(tx, raw, result.article_id)
        crashpoint("I4")
    crashpoint("I5")
    return result


def _follow_up(tx: Connection, watch: Watch, waiting: WaitingEntry, result: Ingested, now: datetime) -> None:
    """Let the page of an announced article be asked for again, where it was a page that was read."""
    if waiting.recheck:
        rechecks.close(tx, waiting.id, waiting.validators)
    if result.announced and watch.config.fetch.recheck and waiting.validators is not None:
        rechecks.start(tx, waiting.id, waiting.validators, now)


def record(tx: Connection, watch: Watch, item: Judged, now: datetime) -> Ingested:
    """Judge an item against the archive as it is under the watch lock, and write all that follows from it."""
    key, earlier = _known_as(tx, watch, item)
    if earlier is not None:
        return _record_again(tx, watch, item, earlier, now)
    judgement = judging.judged_now(tx, watch, item.masked.seen, item.foreseen)
    spot = place(tx, item.reading, judgement, watch.limits, now, on_topic=item.on_topic, known=_known(item))
    article_id, version_id = articles.add(
        tx,
        item.reading,
        key,
        item.source_id,
        judgement,
        now,
        origin=item.origin,
        story_id=spot.story_id,
        development_id=spot.development_id,
        on_topic=item.on_topic,
        words=item.words,
    )
    crashpoint("I2")
    result = _record_matches(tx, watch, item, judgement.level, spot, article_id, version_id, now)
    came_back(tx, spot.story_id, article_id, now, turn=_news(result, spot), edited=False)
    return result


def _news(result: Ingested, spot: Place) -> int | None:
    """The development that was made, unless it counts as announced from the start."""
    return result.development_id if result.made_development and not spot.known else None


def _known_as(tx: Connection, watch: Watch, item: Judged) -> tuple[str, Article | None]:
    """The key of an item's article, and the article where the archive has it already.

    Some sites give all their pages one address: what tells something else than the article there keeps its own.
    """
    named = articles.by_key(tx, item.key)
    if item.own_key == item.key or (named is not None and _related(tx, watch, item, named)):
        return item.key, named
    own = articles.by_key(tx, item.own_key)
    return (item.key, None) if own is None and named is None else (item.own_key, own)


def _related(tx: Connection, watch: Watch, item: Judged, named: Article) -> bool:
    latest = articles.latest(tx, named.id)
    judgement = judge(item.masked.seen.document, item.reading.sketch, (latest,), watch.limits)
    return judgement.containment >= watch.limits.related


def _known(item: Judged) -> bool:
    return item.origin is Origin.CORPUS or bool(item.silent)


def foresee(store: Store, watch: Watch, waiting: WaitingEntry, reading: Reading) -> Judged:
    """Match and judge a reading before the lock is asked for: what it is held against is cut once, and then at hand.

    The judgement may be late by the time the lock is held: `record` judges again when the archive has changed.
    """
    with store.read() as tx:
        return foreseen(tx, watch, _matched(tx, watch, waiting, reading))


def foreseen(tx: Connection, watch: Watch, item: Judged) -> Judged:
    """The item with its judgement against the archive as this transaction sees it."""
    return replace(item, foreseen=judging.foreseen(tx, watch, item.masked.seen))


def _matched(tx: Connection, watch: Watch, waiting: WaitingEntry, reading: Reading) -> Judged:
    document = reading.document
    key = url_key(document.canonical) if document.canonical else waiting.url_key
    silent = FIRST_IMPORT if waiting.first_import and watch.config.fetch.first_check == "summary" else ""
    own = masked(tx, reading)
    return judged(watch, own, key, waiting.source_id, Origin.FETCHED, silent, waiting.url_key)


def _record_again(tx: Connection, watch: Watch, item: Judged, earlier: Article, now: datetime) -> Ingested:
    """A URL that is known: the same text is only seen again, another one is a new version of the article."""
    latest = articles.latest(tx, earlier.id)
    document, edit = item.reading.document, Edited()
    unchanged = (
        (latest.sketch is not None and latest.sketch.text_hash == item.reading.sketch.text_hash)
        or articles.has_text(tx, latest.version_id, document.text)
        or same_but_for_chrome(tx, item.masked, latest)
    )
    if (unchanged and latest.title == document.title) or (document.partial and not earlier.partial):
        return Ingested(earlier.id, Level.SAME, recorded=False, on_topic=earlier.on_topic)
    if item.on_topic and earlier.story_id is None:
        # It comes on topic only now, so it is placed as if it had just been published.
        judgement = judging.judged(tx, watch, item.masked.seen, apart_from=earlier.id)
        spot = place(tx, item.reading, judgement, watch.limits, now, on_topic=True, known=_known(item))
    else:
        judgement = judge(item.masked.seen.document, item.reading.sketch, (latest,), watch.limits)
        spot = joined(tx, earlier.story_id, latest.development_id)
        if not (earlier.partial and not document.partial):
            edit = edited(tx, item.masked, latest)
            spot = _with_news(tx, watch, item, edit, spot, now)
            judgement = replace(judgement, level=Level.EDIT)
    version_id = articles.add_version(
        tx,
        earlier.id,
        item.reading,
        judgement,
        now,
        story_id=spot.story_id,
        development_id=spot.development_id,
        on_topic=item.on_topic,
        words=item.words,
    )
    result = _record_matches(tx, watch, item, judgement.level, spot, earlier.id, version_id, now)
    came_back(tx, spot.story_id, earlier.id, now, turn=_news(result, spot), edited=edit.matters)
    if not item.silent:
        due_at = now + watch.config.alerts.group_wait
        owe_notice(tx, edit, earlier.id, version_id, due_at, now, told_anew=result.announced)
    return result


def _with_news(tx: Connection, watch: Watch, item: Judged, edit: Edited, spot: Place, now: datetime) -> Place:
    """Where an edited article stands: what was added to it is judged as in an extended copy."""
    if spot.story_id is None or not edit.adds:
        return spot
    judgement = judging.judged_now(tx, watch, item.masked.seen, item.foreseen)
    if judgement.level is not Level.EXTENDED or not tells_news(judgement):
        return spot
    return place(tx, item.reading, judgement, watch.limits, now, on_topic=True, known=_known(item))


def _record_matches(
    tx: Connection,
    watch: Watch,
    item: Judged,
    level: Level,
    spot: Place,
    article_id: int,
    version_id: int,
    now: datetime,
) -> Ingested:
    rules.add_matches(tx, version_id, item.matches, now)
    record_chrome(tx, item.masked, version_id, spot.story_id, now)
    if spot.story_id is not None:
        # What is off topic finds nothing and is not found: no report of the story is held against it.
        nearness.learn(tx, article_id, version_id, profile(item.masked.seen.document))
    if spot.makes_development and spot.development_id is not None:
        spot.attach(tx, version_id)
    names = tuple(match.rule_id for match in item.matches)
    announced = _owe(tx, watch, item, level, spot, version_id, now)
    if spot.development_id is not None and not spot.makes_development:
        threads.count_again(tx, spot.development_id, now)
    return Ingested(
        article_id, level, True, item.on_topic, names, spot.development_id, spot.makes_development, announced
    )


def _owe(tx: Connection, watch: Watch, item: Judged, level: Level, spot: Place, version_id: int, now: datetime) -> bool:
    """Let the matched rules fire for the development and owe it to their destinations. True when somebody will hear."""
    if spot.story_id is None or spot.development_id is None:
        return False
    arrival = Arrival(level, item.on_topic, item.origin is Origin.CORPUS, bool(item.silent), spot.known)
    matched = [watch.rules[match.rule_id] for match in item.matches if match.rule_id in watch.rules]
    # Nothing has fired for what was made a moment ago.
    fired = () if spot.makes_development else alert_rows.rules_of(tx, [spot.development_id])[spot.development_id]
    found = owed(arrival, matched, fired)
    for rule in found.first:
        alert_rows.fire(tx, spot.development_id, rule, version_id, now)
    if not spot.makes_development and not item.silent:
        _join(tx, watch, found, spot, version_id, item, now)
    heard = _deliver_later(tx, watch, found.first, spot, found, level, item, now)
    if not found.again:
        return heard
    # A rule that wants every article is owed this one too: it is told as a turn of its own in the same story.
    title = item.reading.document.title
    turn = stories.add_development(
        tx, spot.story_id, f"article:{version_id}", title, now, version_id=version_id, known=False
    )
    for rule in found.again:
        alert_rows.fire(tx, turn, rule, version_id, now)
    anew = replace(spot, development_id=turn)
    return _deliver_later(tx, watch, found.again, anew, Owed(), level, item, now) or heard


def _join(tx: Connection, watch: Watch, found: Owed, spot: Place, version_id: int, item: Judged, now: datetime) -> None:
    """What was owed of the development before: more rules want it now, or another source tells it."""
    if spot.development_id is None or spot.story_id is None:
        return
    due_at = now + watch.config.alerts.group_wait
    joining.unmute(tx, spot.development_id, due_at)
    if not found.first or found.state is not DeliveryState.PENDING:
        return
    loud = joining.join(tx, watch, found.first, spot.development_id, due_at)
    if loud:
        title = item.reading.document.title
        joining.tell_loudly(tx, loud, found.first, spot.story_id, version_id, title, due_at, now)


def _deliver_later(
    tx: Connection,
    watch: Watch,
    fired: Sequence[Rule],
    spot: Place,
    found: Owed,
    level: Level,
    item: Judged,
    now: datetime,
) -> bool:
    if not fired:
        return False
    deliveries.owe(
        tx,
        destinations(fired, watch.config.channels),
        now + watch.config.alerts.group_wait,
        now,
        development_id=spot.development_id,
        story_id=spot.story_id,
        state=found.state,
        reason=found.reason,
        source_id=item.source_id,
        severity=severity(fired),
        commentary=level is Level.COMMENTARY and all(rule.alert is AlertMode.DEVELOPMENTS for rule in fired),
    )
    return found.state is DeliveryState.PENDING


def give_up(
    store: Store,
    waiting: WaitingEntry,
    owner: str,
    now: datetime,
    *,
    error: str,
    retry_at: datetime | None,
    raw: Kept | None = None,
) -> None:
    """Record why an entry could not be read: again at `retry_at`, or failed for good (None)."""
    with store.write() as tx:
        if retry_at is not None:
            kept = entries.retry(tx, waiting.id, owner, retry_at, error)
        else:
            kept = entries.finish(tx, waiting.id, owner, EntryState.FAILED, now, error=error)
            rechecks.close(tx, waiting.id, None)
        if not kept:
            raise LeaseLost(waiting.url_key)
        if raw is not None:
            evidence.add(tx, raw, None)
