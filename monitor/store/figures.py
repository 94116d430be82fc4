"""How much there is of everything, as a monitoring system counts it; cheap enough to be asked every few seconds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, and_, func, select, text

from monitor.model import DeliveryState, EntryState, Outcome
from monitor.store.columns import among
from monitor.store.deliveries import UNDELIVERED
from monitor.store.place import Place
from monitor.store.tables import delivery, development, entry, fetch, firing, gap, story

FETCHES_FOR = timedelta(hours=1)
# No more records of fetches than these last ones are looked at: the table has no index by time.
_LATEST = 20_000


@dataclass(frozen=True, slots=True)
class Figures:
    """`fetches` of the last hour by (kind, outcome), `deliveries` by (channel, state), `firings` by rule.

    `owed_since`: when the delivery that has waited longest came due; None when nothing is due.
    """

    stories: int
    developments: int
    fetches: dict[tuple[str, Outcome], int]
    deliveries: dict[tuple[str, DeliveryState], int]
    firings: dict[str, int]
    waiting: int
    open_gaps: int
    due: int
    owed_since: datetime | None


def figures(tx: Connection, now: datetime) -> Figures:
    """The figures as of now."""
    waiting = among(entry.c.state, (EntryState.WAITING.value, EntryState.READING.value))
    due = and_(among(delivery.c.state, UNDELIVERED), delivery.c.due_at <= now)
    number, oldest = tx.execute(select(func.count(), func.min(delivery.c.due_at)).where(due)).one()
    by_rule = select(firing.c.rule_id, func.count().label("many")).group_by(firing.c.rule_id)
    return Figures(
        stories=tx.scalar(select(func.count()).select_from(story)) or 0,
        developments=tx.scalar(select(func.count()).select_from(development)) or 0,
        fetches=_fetches(tx, now),
        deliveries=_deliveries(tx),
        firings={row.rule_id: row.many for row in tx.execute(by_rule)},
        waiting=tx.scalar(select(func.count()).select_from(entry).where(waiting)) or 0,
        open_gaps=tx.scalar(select(func.count()).select_from(gap).where(gap.c.closed_at.is_(None))) or 0,
        due=number,
        owed_since=oldest,
    )


def _deliveries(tx: Connection) -> dict[tuple[str, DeliveryState], int]:
    """Most were sent, and these an index counts; of the others the rows are read."""
    sent = select(delivery.c.channel, func.count()).where(delivery.c.sent_at.is_not(None)).group_by(delivery.c.channel)
    found = {(channel, DeliveryState.SENT): many for channel, many in tx.execute(sent)}
    rest = [state.value for state in DeliveryState if state is not DeliveryState.SENT]
    # Gathered first: to group by channels as they come SQLite would read every row in the channels' order.
    others = select(delivery.c.channel, delivery.c.state).where(among(delivery.c.state, rest))
    few = others.cte("few").prefix_with("MATERIALIZED")
    counts = select(few.c.channel, few.c.state, func.count()).group_by(few.c.channel, few.c.state)
    for channel, state, many in tx.execute(counts):
        found[channel, DeliveryState(state)] = many
    return found


def _fetches(tx: Connection, now: datetime) -> dict[tuple[str, Outcome], int]:
    last = tx.scalar(select(func.max(fetch.c.id))) or 0
    lately = and_(fetch.c.id > last - _LATEST, fetch.c.recorded > now - FETCHES_FOR)
    groups = select(fetch.c.kind, fetch.c.outcome, func.count()).where(lately).group_by(fetch.c.kind, fetch.c.outcome)
    return {(kind, Outcome(outcome)): many for kind, outcome, many in tx.execute(groups)}


def size(tx: Connection, place: Place) -> int:
    """Bytes that an archive takes on the disk, without its raw responses."""
    if place.file is None:
        return int(tx.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    files = (place.file, place.file.with_name(f"{place.file.name}-wal"))
    return sum(one.stat().st_size for one in files if one.exists())
