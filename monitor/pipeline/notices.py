"""What the owner is told about Storywatch itself: found in the archive, decided in alerts.notices, owed here."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection

from alerts import calm, notices
from alerts.notices import Ailing, Plan, Shut, State, Stuck, Told
from alerts.owing import places
from monitor.config import Config
from monitor.coverage import silence
from monitor.model import Destination, SourceState
from monitor.store import Store, coverage, lanes, sources
from monitor.store import notices as records
from monitor.store.coverage import Coverage
from monitor.store.lanes import Lane
from monitor.watch import Watch

BACK_AGAIN = "mended before anybody was told"
# Where people look now and then, not what reaches them.
_LAST_RESORT = ("console", "feed")


def tell_owner(store: Store, watch: Watch, now: datetime) -> int:
    """Owe the notices that are to be told now, each once; returns how many. Where nobody can be told, none."""
    with store.read() as tx:
        if not _tellable(tx, watch.config, now):
            return 0
    with store.write() as tx:
        return _tell(tx, watch.config, now)


def _tellable(tx: Connection, config: Config, now: datetime) -> bool:
    found = _planned(tx, config, now)
    ways, unwell = _ways(tx, config, now)
    return bool(found.withdrawn) or any(notices.destination(one, ways, unwell) for one in found.words)


def _tell(tx: Connection, config: Config, now: datetime) -> int:
    found = _planned(tx, config, now)
    ways, unwell = _ways(tx, config, now)
    records.withdraw(tx, found.withdrawn, BACK_AGAIN)
    count = 0
    for word in found.words:
        place = notices.destination(word, ways, unwell)
        if place is not None:
            records.owe(tx, place, word.notice, word.subjects, word.severity, now)
            count += 1
    return count


def _planned(tx: Connection, config: Config, now: datetime) -> Plan:
    told = [
        Told(row.topic, row.about, row.since, row.created, row.delivery_id, row.destination, row.waiting, row.withdrawn)
        for row in records.told(tx)
    ]
    return notices.plan(_state(tx, config, now), told, config.watch.timezone, now)


def _ways(tx: Connection, config: Config, now: datetime) -> tuple[list[Destination], frozenset[str]]:
    """Where a notice may go, the best first (of each channel its first reader), and the channels that do not work."""
    shut = lanes.lanes(tx, now)
    closed = {one.place for one in shut if one.off_since is not None}
    ranked = sorted(config.channels, key=lambda one: one.kind in _LAST_RESORT)
    open_ = [[place for place in places(one) if place not in closed] for one in ranked]
    unwell = {one.place.channel for one in shut if one.off_since is not None and not one.place.address}
    late = records.late(tx, now - notices.STUCK_AFTER)
    return [found[0] for found in open_ if found], frozenset(unwell | {one.channel for one in late})


def _state(tx: Connection, config: Config, now: datetime) -> State:
    covered = coverage.of_sources(tx)
    enabled = {one.id for one in config.enabled_sources}
    states = [one for one in sources.states(tx) if one.source_id in enabled]
    ailing = [found for one in states if (found := _ailing(tx, one, covered.get(one.source_id), now)) is not None]
    working = {one.source_id for one in states if _works(one, covered.get(one.source_id))}
    return State(
        tuple(ailing),
        frozenset(working),
        tuple(shut(lanes.lanes(tx, now))),
        stuck(tx, config, now),
        frozenset(one.id for one in config.channels),
    )


def shut(found: tuple[Lane, ...]) -> list[Shut]:
    """The channels among these lanes that are switched off; a reader who wants no more is no trouble."""
    return [
        Shut(one.place.channel, one.off_since, one.reason)
        for one in found
        if one.off_since is not None and not one.place.address and not one.reason.startswith(lanes.UNSUBSCRIBED)
    ]


def stuck(tx: Connection, config: Config, now: datetime) -> tuple[Stuck, ...]:
    """What is undelivered for an hour, by channel; what quiet hours put off is not."""
    before = now - notices.STUCK_AFTER
    quiet = frozenset(one.id for one in config.channels if _rested(config, one.id, before, now))
    return tuple(Stuck(one.channel, one.count, one.since, one.reason) for one in records.late(tx, before, quiet))


def _rested(config: Config, channel_id: str, since: datetime, now: datetime) -> bool:
    own = next(calm.habits(one, config.watch.timezone) for one in config.channels if one.id == channel_id)
    return any(calm.resting(own, moment) is not None for moment in (since, now))


def _works(state: SourceState, covered: Coverage | None) -> bool:
    if state.failures or state.gone_at is not None or state.last_ok is None:
        return False
    return covered is None or silence(covered.rhythm, covered.newest, state.last_ok) is None


def _ailing(tx: Connection, state: SourceState, covered: Coverage | None, now: datetime) -> Ailing | None:
    since = state.last_ok or state.first_checked
    if since is None or _works(state, covered):
        return None
    if not state.failures and state.gone_at is None:
        return _silent(state, covered)
    found = records.failing(tx, state.source_id, state.last_ok)
    if state.gone_at is not None:
        return Ailing(state.source_id, since, now - state.gone_at, "its server says that it is gone for good")
    began = found.since or state.last_checked or now
    how = f"{found.outcome.value} {found.error}".strip() if found.outcome is not None else "no answer on record"
    return Ailing(state.source_id, since, now - began, f"the last {state.failures} checks failed ({how})")


def _silent(state: SourceState, covered: Coverage | None) -> Ailing | None:
    if covered is None or state.last_ok is None:
        return None
    length = silence(covered.rhythm, covered.newest, state.last_ok)
    if length is None:
        return None
    usual = covered.rhythm.usual
    habit = f", which it usually does every {timedelta(minutes=round(usual / timedelta(minutes=1)))}" if usual else ""
    # What its list was like before we knew it is no trouble of ours.
    lasting = min(length, state.last_ok - (state.first_checked or state.last_ok))
    return Ailing(state.source_id, state.last_ok - length, lasting, f"it answers, but lists nothing new{habit}")
