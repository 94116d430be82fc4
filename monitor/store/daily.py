"""How much came each day: firings of rules, new entries of sources. Counted in SQL, for pictures of a month."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, Connection, Integer, Table, cast, func, literal, select

from monitor.store.tables import arrival, firing

_DAY = 86_400
_EPOCH = date(1970, 1, 1)
Counts = dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Days:
    """The last `count` days up to `now`, the running one among them, as `zone` counts days at `now`.

    A day with a clock change in between is taken to begin an hour off: that moves no figure that a picture shows.
    """

    now: datetime
    zone: tzinfo
    count: int = 30

    @property
    def shift(self) -> int:
        """Seconds that the zone is ahead of UTC."""
        return int((self.now.astimezone(self.zone).utcoffset() or timedelta()).total_seconds())

    @property
    def first(self) -> int:
        """The number of the first day, counted from 1970."""
        return self.number(self.now) - self.count + 1

    @property
    def begin(self) -> datetime:
        """When the first day begins."""
        return datetime.fromtimestamp(self.first * _DAY - self.shift, UTC)

    def number(self, moment: datetime) -> int:
        """The number of a moment's day."""
        return int((moment.timestamp() + self.shift) // _DAY)

    def dates(self) -> list[date]:
        """The days themselves, oldest first."""
        return [_EPOCH + timedelta(days=self.first + place) for place in range(self.count)]


def firings(tx: Connection, days: Days) -> Counts:
    """How many developments each rule announced, day by day; a rule that announced none is not there."""
    return _counted(tx, days, firing, firing.c.rule_id, firing.c.created, func.count())


class Arrivals:
    """How many new entries each source brought, day by day; the record goes back four weeks.

    Days that are over are counted once and kept: only the running one still grows. Safe to use from any thread.
    """

    def __init__(self) -> None:
        self._over: tuple[tuple[int, int, int], Counts] | None = None

    def of(self, tx: Connection, days: Days) -> Counts:
        """By source; one that brought nothing is not there."""
        key, kept = (days.first, days.count, days.shift), self._over
        since = days.begin if kept is None or kept[0] != key else days.begin + timedelta(days=days.count - 1)
        found = _counted(tx, days, arrival, arrival.c.source_id, arrival.c.moment, func.sum(arrival.c.new), since)
        if since == days.begin:
            self._over = (key, {source: [*counts[:-1], 0] for source, counts in found.items()})
            return found
        over = kept[1] if kept is not None else {}
        none = [0] * days.count
        return {source: [*over.get(source, none)[:-1], found.get(source, none)[-1]] for source in {*over, *found}}


def _counted(
    tx: Connection,
    days: Days,
    table: Table[Any],
    whose: ColumnElement[str],
    moment: ColumnElement[datetime],
    much: ColumnElement[int],
    since: datetime | None = None,
) -> Counts:
    day = _day(tx, moment, days.shift).label("day")
    query = select(whose, day, much).select_from(table).where(moment >= (since or days.begin)).group_by(whose, day)
    return _laid_out(days, ((str(name), int(number), int(many)) for name, number, many in tx.execute(query)))


def _laid_out(days: Days, rows: Iterable[tuple[str, int, int]]) -> Counts:
    found: Counts = {}
    for name, number, many in rows:
        if 0 <= number - days.first < days.count:
            found.setdefault(name, [0] * days.count)[number - days.first] = many
    return found


def _day(tx: Connection, moment: ColumnElement[datetime], shift: int) -> ColumnElement[int]:
    """The number of a moment's day, counted from 1970."""
    if tx.dialect.name == "postgresql":
        return cast(func.floor((func.extract("epoch", moment) + literal(shift)) / _DAY), Integer)
    return (cast(func.strftime("%s", moment), Integer) + literal(shift)) // _DAY
