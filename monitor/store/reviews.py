"""Reviews: what people said of stories and articles. The log only grows; `verdict` holds what stands by it now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, func, insert, not_, select, update

from monitor.model.reviews import Review, Status, Subject
from monitor.store.columns import insert_new
from monitor.store.rows import AnyRow
from monitor.store.tables import article, story, verdict
from monitor.store.tables import review as log

# More parameters than a database takes in one statement are asked in parts.
_PART = 500
_STANDS = (
    select(log, verdict.c.status.label("stands"))
    .join_from(verdict, log, log.c.id == verdict.c.review_id)
    .where(verdict.c.subject == bindparam("subject"), verdict.c.target.in_(bindparam("targets", expanding=True)))
)


def record(
    tx: Connection,
    subject: Subject,
    targets: Sequence[int],
    status: Status,
    who: str,
    now: datetime,
    *,
    note: str = "",
    batch: int | None = None,
) -> int | None:
    """Write what somebody says of these; what stood before stands no more. Returns the batch, None for no targets.

    `batch`: it belongs to what was done at once before.
    """
    for target in targets:
        values = {
            "batch": batch or 0,
            "subject": subject.value,
            "target": target,
            "status": status.value,
            "note": note,
            "who": who,
            "created": now,
        }
        number = tx.execute(insert(log).values(values).returning(log.c.id)).scalar_one()
        if batch is None:
            batch = number
            tx.execute(update(log).where(log.c.id == number).values(batch=number))
        _stand(tx, subject, target, status, number)
    return batch


def undo(tx: Connection, line: Review, who: str, now: datetime) -> Status:
    """Undo one line of the log; returns what stands then. Nothing happens when it is undone already."""
    values = {
        "batch": line.batch,
        "subject": line.subject.value,
        "target": line.target,
        "status": None,
        "note": "",
        "who": who,
        "created": now,
        "undoes": line.id,
    }
    tx.execute(insert_new(tx, log), values)
    return _settle(tx, line.subject, line.target)


def of(tx: Connection, subject: Subject, targets: Collection[int]) -> dict[int, Review]:
    """What stands of these, by target; of those that are missing here nobody has said or seen anything."""
    found: dict[int, Review] = {}
    ids = sorted(set(targets))
    for start in range(0, len(ids), _PART):
        for row in tx.execute(_STANDS, {"subject": subject.value, "targets": ids[start : start + _PART]}):
            found[row.target] = replace(_review_of(row), status=Status(row.stands))
    return found


def history(tx: Connection, subject: Subject, target: int) -> tuple[Review, ...]:
    """Everything that was said of one, oldest first."""
    wanted = and_(log.c.subject == subject.value, log.c.target == target)
    return tuple(_review_of(row) for row in tx.execute(select(log).where(wanted).order_by(log.c.id)))


def of_batch(tx: Connection, batch: int) -> tuple[Review, ...]:
    """What was done at once, without what was undone since."""
    undone = select(log.c.undoes).where(log.c.undoes.is_not(None), log.c.batch == batch)
    wanted = and_(log.c.batch == batch, log.c.status.is_not(None), log.c.id.not_in(undone))
    return tuple(_review_of(row) for row in tx.execute(select(log).where(wanted).order_by(log.c.id)))


def last_of(tx: Connection, who: str, since: datetime) -> Review | None:
    """The last thing somebody said since then that was not undone."""
    undone = log.alias("undone")
    still = not_(select(undone.c.id).where(undone.c.undoes == log.c.id).exists())
    wanted = and_(log.c.who == who, log.c.created >= since, log.c.status.is_not(None), still)
    row = tx.execute(select(log).where(wanted).order_by(log.c.id.desc()).limit(1)).first()
    return None if row is None else _review_of(row)


def counts(tx: Connection, subject: Subject) -> dict[Status, int]:
    """How many stand where; NEW is what is left over and not counted here."""
    query = select(verdict.c.status, func.count()).where(verdict.c.subject == subject.value).group_by(verdict.c.status)
    return {Status(status): number for status, number in tx.execute(query)}


def standing(subject: Subject, target: ColumnElement[int], status: Status) -> ColumnElement[bool]:
    """The condition that a row of another query stands so; `target` is its column."""
    of_it = select(verdict.c.target).where(verdict.c.subject == subject.value, verdict.c.target == target)
    if status is Status.NEW:
        return not_(of_it.exists())
    return of_it.where(verdict.c.status == status.value).exists()


def there(tx: Connection, subject: Subject, targets: Collection[int]) -> frozenset[int]:
    """Which of these numbers the archive has."""
    column = story.c.id if subject is Subject.STORY else article.c.id
    ids, found = sorted(set(targets)), set[int]()
    for start in range(0, len(ids), _PART):
        found.update(tx.scalars(select(column).where(column.in_(ids[start : start + _PART]))))
    return frozenset(found)


def dismissed(tx: Connection, subject: Subject, target: int) -> bool:
    """Whether it stands dismissed, so that a change would bring it back."""
    wanted = and_(verdict.c.subject == subject.value, verdict.c.target == target)
    return tx.scalar(select(verdict.c.status).where(wanted)) == Status.DISMISSED.value


def arrivals(tx: Connection, story_id: int, since: datetime) -> tuple[datetime, ...]:
    """When the articles of a story were first seen, from a moment on."""
    wanted = and_(article.c.story_id == story_id, article.c.first_seen >= since)
    return tuple(tx.scalars(select(article.c.first_seen).where(wanted).order_by(article.c.first_seen)))


def _settle(tx: Connection, subject: Subject, target: int) -> Status:
    """Work out anew what stands of one, from its log."""
    lines = history(tx, subject, target)
    undone = {one.undoes for one in lines}
    found: Review | None = None
    for one in lines:
        came_back = one.status is Status.CHANGED
        if one.status is None or one.id in undone:
            continue
        # What came back did so from being dismissed: where that was undone, there is nothing to come back from.
        if not came_back or (found is not None and found.status is Status.DISMISSED):
            found = one
    if found is None or found.status is None:
        tx.execute(delete(verdict).where(verdict.c.subject == subject.value, verdict.c.target == target))
        return Status.NEW
    _stand(tx, subject, target, found.status, found.id)
    return found.status


def _stand(tx: Connection, subject: Subject, target: int, status: Status, number: int) -> None:
    same = and_(verdict.c.subject == subject.value, verdict.c.target == target)
    if tx.execute(update(verdict).where(same).values(status=status.value, review_id=number)).rowcount == 0:
        values = {"subject": subject.value, "target": target, "status": status.value, "review_id": number}
        tx.execute(insert(verdict).values(values))


def _review_of(row: AnyRow) -> Review:
    status = None if row.status is None else Status(row.status)
    return Review(
        row.id, row.batch, Subject(row.subject), row.target, status, row.note, row.who, row.created, row.undoes
    )
