"""What servers asked of us, kept over restarts: robots.txt by origin, rests by host, quiet hours by source."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from monitor.model import Quiet
from monitor.store.tables import quiet, rest, robots


def rules_of(tx: Connection, origin: str, now: datetime) -> str | None:
    """The robots.txt of an origin ("https://host:port"); None when it is not known or too old. "" allows everything."""
    query = select(robots.c.body).where(robots.c.origin == origin, robots.c.until > now)
    return tx.execute(query).scalar_one_or_none()


def keep_rules(tx: Connection, origin: str, body: str, until: datetime, now: datetime) -> None:
    """Keep a robots.txt until then; what is out of date goes, so that the table stays small."""
    tx.execute(delete(robots).where((robots.c.origin == origin) | (robots.c.until <= now)))
    tx.execute(insert(robots).values(origin=origin, body=body, until=until))


def keep_rest(tx: Connection, host: str, until: datetime, now: datetime) -> None:
    """A host ("host:port") asked not to be asked before then."""
    tx.execute(delete(rest).where((rest.c.host == host) | (rest.c.until <= now)))
    tx.execute(insert(rest).values(host=host, until=until))


def rests(tx: Connection, now: datetime) -> dict[str, datetime]:
    """The hosts that want to be left alone now, and until when."""
    return {row.host: row.until for row in tx.execute(select(rest).where(rest.c.until > now))}


def keep_quiet(tx: Connection, source_id: str, found: Quiet) -> None:
    """Remember a feed's skipHours and skipDays: an unchanged body is not parsed, and they hold all the same."""
    tx.execute(delete(quiet).where(quiet.c.source_id == source_id))
    if found.hours or found.days:
        tx.execute(insert(quiet).values(source_id=source_id, hours=_joined(found.hours), days=_joined(found.days)))


def quiet_of(tx: Connection, source_id: str) -> Quiet:
    """The hours and days of rest of a source's last parsed body."""
    row = tx.execute(select(quiet).where(quiet.c.source_id == source_id)).one_or_none()
    return Quiet(_numbers(row.hours), _numbers(row.days)) if row else Quiet()


def _joined(numbers: frozenset[int]) -> str:
    return " ".join(str(number) for number in sorted(numbers))


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(number) for number in text.split())
