"""What must hold after every trial, whatever died: read from the receivers and from the archive's rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from receivers import Report
from sqlalchemy import Connection, select, text

from monitor.store import Store
from monitor.store.rows import AnyRow
from monitor.store.tables import attempt, delivery

# Where a mail may have been taken without the archive hearing of it.
# "D5+": its last byte may have been written when another sender's death took it along.
UNCLEAR = frozenset({"D5+", "D6", "D7", "D8"})


@dataclass
class Verdict:
    """What one trial showed. `broken` must be empty."""

    broken: list[str] = field(default_factory=list)
    repeats: Counter[tuple[str, str]] = field(default_factory=Counter)
    lost: int = 0
    roots: int = 0

    def add(self, what: str) -> None:
        self.broken.append(what)


def judge(store: Store, report: Report, expected: int, deaths: Sequence[Mapping[str, str]]) -> Verdict:
    """Hold what the receivers took against what is owed. `deaths`: for each life that was killed, the
    point that the sender of each channel had passed last.

    `expected`: how many (development, destination) pairs the articles make when nothing dies.
    """
    found = Verdict()
    with store.read() as tx:
        rows = {row.id: row for row in tx.execute(select(delivery).order_by(delivery.c.id))}
        _sound(tx, found)
    pairs = [row for row in rows.values() if row.kind == "development"]
    seen = [*(key for key, _ in report.slack), *report.deleted]
    taken = {"slack": Counter(seen), "hook": Counter(key for key, _ in report.hook)}
    taken["mail"] = taken["evening"] = Counter(key for key, _ in report.mail)
    if len(pairs) != expected:
        found.lost += expected - len(pairs)
        found.add(f"{len(pairs)} deliveries of developments instead of {expected}")
    for row in pairs:
        _heard(row, rows, taken, found)
    for row in rows.values():
        _repeated(row, taken[row.channel][row.key], deaths, found)
    strangers = set().union(*taken.values()) - {row.key for row in rows.values()}
    if strangers:
        found.add(f"{len(strangers)} messages that nobody owes")
    _names(report, found)
    _roots(report, rows, found)
    _order(report, rows, found)
    return found


def _sound(tx: Connection, found: Verdict) -> None:
    if tx.dialect.name == "sqlite":
        said = tx.execute(text("PRAGMA quick_check")).scalar()
        if said != "ok":
            found.add(f"the database is damaged: {said}")
    if tx.execute(select(attempt.c.delivery_id).where(attempt.c.outcome.is_(None))).first() is not None:
        found.add("an attempt has no outcome")


def _heard(row: AnyRow, rows: dict[int, AnyRow], taken: dict[str, Counter[str]], found: Verdict) -> None:
    last = row
    while last.state == "merged" and last.merged_into in rows:
        last = rows[last.merged_into]
    if last.state != "sent" or not taken[last.channel][last.key]:
        found.lost += 1
        found.add(f"lost: x{row.id} to {row.channel} is {last.state} ({last.last_error})")


def _repeated(row: AnyRow, copies: int, deaths: Sequence[Mapping[str, str]], found: Verdict) -> None:
    if copies < 2:
        return
    where = [point for point in (one.get(row.channel, "") for one in deaths) if point in UNCLEAR]
    found.repeats[where[0] if where else "clear", row.channel] += copies - 1
    if not row.may_repeat:
        found.add(f"x{row.id} came {copies} times to {row.channel} and is not marked")
    if row.channel == "slack":
        found.add(f"Slack got x{row.id} {copies} times")
    elif len(where) < copies - 1:
        found.add(f"x{row.id} came {copies} times to {row.channel}, but nothing died in an unclear moment")


def _names(report: Report, found: Verdict) -> None:
    """Copies of a mail have one Message-ID, and different mails different ones."""
    names: dict[str, set[str]] = {}
    for key, name in report.mail:
        names.setdefault(key, set()).add(name)
    for key, own in names.items():
        if len(own) > 1:
            found.add(f"copies of one mail have {len(own)} Message-IDs: {key[:8]}")
    if len(set().union(*names.values())) < len(names):
        found.add("two mails have one Message-ID")


def _roots(report: Report, rows: dict[int, AnyRow], found: Verdict) -> None:
    # Digests and notices to the owner stand alone: they are in no story and make no root.
    stories = {row.key: row.story_id for row in rows.values() if row.channel == "slack" and row.story_id is not None}
    roots = Counter(stories[key] for key, thread in report.slack if not thread and key in stories)
    second = sum(count - 1 for count in roots.values())
    if second:
        found.roots += second
        found.add(f"{second} second roots")


def _order(report: Report, rows: dict[int, AnyRow], found: Verdict) -> None:
    """Within a story, each destination first hears of developments in the order in which they were owed."""
    by_key = {row.key: row for row in rows.values()}
    for channel, told in (("slack", report.slack), ("mail", report.mail), ("hook", report.hook)):
        last: dict[int | None, int] = {}
        for key in dict.fromkeys(key for key, _ in told):
            row = by_key.get(key)
            if row is None or row.channel != channel or row.kind != "development":
                continue
            if row.id < last.get(row.story_id, 0):
                found.add(f"x{row.id} came to {channel} after a later one of its story")
            last[row.story_id] = row.id
