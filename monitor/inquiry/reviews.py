"""Reviews as people and scripts read them."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from monitor.errors import UsageError
from monitor.inquiry.shapes import Json, stamp
from monitor.model.reviews import Review, Status, Subject
from monitor.store import handwork, reviews

WORDS = {
    Status.NEW: "nobody has looked yet",
    Status.SEEN: "looked at",
    Status.KEPT: "kept",
    Status.DISMISSED: "dismissed until it changes",
    Status.UNSURE: "unsure",
    Status.CHANGED: "came back: it changed after it was dismissed",
}


def ident(subject: Subject, number: int) -> str:
    """s3 or a12."""
    return f"{subject.value[0]}{number}"


def done(stands: Iterable[tuple[Subject, int, Status]]) -> list[Json]:
    """What a review did: id and status of each."""
    return [{"id": ident(subject, number), "status": status.value} for subject, number, status in stands]


def standing(tx: Connection, subject: Subject, number: int) -> Json:
    """Where one stands, and everything that was said of it, oldest first. Raises UsageError when there is none."""
    target = handwork.resolved(tx, number) if subject is Subject.STORY else number
    if target not in reviews.there(tx, subject, [target]):
        raise UsageError(f"there is no {subject.value} {ident(subject, number)} in the archive")
    stands = reviews.of(tx, subject, [target]).get(target)
    return {
        "id": ident(subject, target),
        "status": (stands.status or Status.NEW).value if stands is not None else Status.NEW.value,
        "note": stands.note if stands is not None else "",
        "who": stands.who if stands is not None else "",
        "when": stamp(stands.created) if stands is not None else None,
        "log": [line(one) for one in reviews.history(tx, subject, target)],
    }


def line(one: Review) -> Json:
    """A line of the log."""
    did = "took it back" if one.status is None else one.status.value
    return {"id": f"r{one.id}", "when": stamp(one.created), "who": one.who, "did": did, "note": one.note}
