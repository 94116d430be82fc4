"""A reading held against the archive: before the lock, and again under it with what was looked up and still holds."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection

from monitor.model import Judgement, Known, Reading
from monitor.novelty import judge, profile
from monitor.store import articles, nearness
from monitor.watch import Watch


@dataclass(frozen=True, slots=True)
class Foresight:
    """A judgement against the archive as it stood, with what was looked up for it: common wording and nearest."""

    stand: articles.Stand
    judgement: Judgement
    wording: tuple[Known, ...]
    found: nearness.Found = field(default_factory=nearness.Found)


def foreseen(tx: Connection, watch: Watch, reading: Reading) -> Foresight:
    """Judge a reading before the lock."""
    stand, found = articles.stand(tx), nearness.Found()
    wording = _wording(tx, reading)
    return Foresight(stand, _held(tx, watch, reading, wording, found), wording, found)


def judged_now(tx: Connection, watch: Watch, reading: Reading, before: Foresight | None) -> Judgement:
    """The judgement against the archive as it is now, equal to one made from nothing.

    The foreseen one when nothing has come or moved since. When something has, what was looked up stays true but for the
    articles that came, and every word's weight is another: so it is all weighed again, and little is looked up again.
    """
    if before is None:
        return judged(tx, watch, reading)
    stand = articles.stand(tx)
    if stand == before.stand:
        return before.judgement
    if stand[1] != before.stand[1]:
        return judged(tx, watch, reading)
    changed = articles.arrived(tx, before.stand)
    wording = before.wording if _stays(tx, reading, before, changed) else _wording(tx, reading)
    return _held(tx, watch, reading, wording, before.found.without(changed))


def _stays(tx: Connection, reading: Reading, before: Foresight, changed: frozenset[int]) -> bool:
    """Whether the same versions share its wording as before: none of them changed, and none that came has any of it."""
    sampled = reading.sketch.sampled
    same = changed.isdisjoint(one.article_id for one in before.wording)
    return same and bool(sampled) and not articles.shared_since(tx, sampled, before.stand)


def judged(tx: Connection, watch: Watch, reading: Reading, apart_from: int | None = None) -> Judgement:
    """Judge a reading from nothing, but not against one article."""
    wording = tuple(one for one in _wording(tx, reading) if one.article_id != apart_from)
    return _held(tx, watch, reading, wording, nearness.Found(), apart_from)


def _wording(tx: Connection, reading: Reading) -> tuple[Known, ...]:
    """The article of the same text and those that share most of its wording."""
    same = articles.same_text(tx, reading.sketch.text_hash)
    near = articles.candidates(tx, reading.sketch.sampled)
    return near if same is None else (same, *(one for one in near if one.version_id != same.version_id))


def _held(
    tx: Connection,
    watch: Watch,
    reading: Reading,
    wording: tuple[Known, ...],
    found: nearness.Found,
    apart_from: int | None = None,
) -> Judgement:
    """Hold a reading against these and the nearest by postings; documents of fingerprints are beside the archive's."""
    memory = watch.memory
    known = (*wording, *memory.wording(reading.sketch))
    words = profile(reading.document)
    weights = nearness.weights(tx, words)
    near = nearness.nearest(tx, words, weights, apart_from=apart_from, found=found)
    nearby = (*near, *memory.nearest(words, weights))
    around = (*known, *nearby)
    weights = memory.weighed(nearness.weights_with(tx, weights, words, around), words, around)
    return judge(
        reading.document, reading.sketch, known, watch.limits, nearby=nearby, weights=weights, encoder=watch.encoder
    )
