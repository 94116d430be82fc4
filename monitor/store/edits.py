"""Edits of articles: what changed between two versions, whom it concerns, and all that its notice tells."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection, and_, func, or_, select

from monitor.model import Alteration, DeliveryKind, DeliveryState, Destination, Document, Edit, Match, Notice
from monitor.novelty.chrome import blanked, mask, told
from monitor.novelty.edits import MATERIAL, edited
from monitor.store.alerts import alert
from monitor.store.chrome import repeated
from monitor.store.rows import CAPTIONS, document_of
from monitor.store.rules import matches_of
from monitor.store.tables import delivery, firing, version
from monitor.urls import host_of

_HEARD = (
    DeliveryState.PENDING.value,
    DeliveryState.SENDING.value,
    DeliveryState.AMBIGUOUS.value,
    DeliveryState.SENT.value,
)


def between(tx: Connection, old: Document, new: Document) -> Edit:
    """Compare two versions of an article without captions and what their site repeats, as it is known now."""
    return edited(_seen(tx, old), _seen(tx, new))


def _seen(tx: Connection, document: Document) -> Document:
    sentences = told(host_of(document.url), document.prose)
    hidden = mask(sentences, repeated(tx, frozenset(one.mark for one in sentences))).spans
    return replace(document, text=blanked(document.prose, hidden), captions=0)


def is_material(one: Alteration) -> bool:
    """Must a reader of the old version know of this change?"""
    return not MATERIAL.isdisjoint(one.kinds)


def touched(edit: Edit, matches: Iterable[Match]) -> tuple[str, ...]:
    """The rules of the old version whose matched words stand in a sentence or headline that was changed or removed."""
    return tuple(match.rule_id for match in matches if any(_hit(one, match) for one in edit.alterations if one.old))


def touching(edit: Edit, matches: Iterable[Match]) -> list[Alteration]:
    """The changes of sentences or headlines in which words stood that a rule matched."""
    found = tuple(matches)
    return [one for one in edit.alterations if one.old and any(_hit(one, match) for match in found)]


def _hit(one: Alteration, match: Match) -> bool:
    if "headline" in one.kinds:
        return any(hit.field == "title" for hit in match.hits)
    start, end = one.old_place
    return any(hit.field == "body" and start <= hit.start < end for hit in match.hits)


def audience(tx: Connection, article_id: int) -> dict[Destination, tuple[int, int]]:
    """Who was told of an article, or is about to be: each destination with the last (development, story) of it."""
    digest = delivery.alias("digest")
    held = and_(delivery.c.state == DeliveryState.HELD.value, delivery.c.held_until.is_not(None))
    gathered_in = (
        select(digest.c.id)
        .where(digest.c.id == delivery.c.merged_into, digest.c.kind == DeliveryKind.DIGEST.value)
        .correlate(delivery)
        .exists()
    )
    query = (
        select(delivery.c.channel, delivery.c.address, delivery.c.story_id, func.max(delivery.c.development_id))
        .join_from(delivery, firing, firing.c.development_id == delivery.c.development_id)
        .join(version, version.c.id == firing.c.version_id)
        .where(version.c.article_id == article_id)
        .where(delivery.c.kind == DeliveryKind.DEVELOPMENT.value, or_(delivery.c.state.in_(_HEARD), held, gathered_in))
        .group_by(delivery.c.channel, delivery.c.address, delivery.c.story_id)
        .order_by(func.max(delivery.c.development_id))
    )
    return {
        Destination(channel, address): (turn, story)
        for channel, address, story, turn in tx.execute(query)
        if turn is not None and story is not None
    }


def notice(tx: Connection, development_id: int, version_id: int) -> Notice:
    """All that the notice of an edited version tells."""
    new = tx.execute(select(version, CAPTIONS).where(version.c.id == version_id)).one()
    earlier = version.c.number < new.number
    query = (
        select(version, CAPTIONS)
        .where(version.c.article_id == new.article_id, earlier)
        .order_by(version.c.number.desc())
    )
    old = tx.execute(query.limit(1)).one()
    edit = between(tx, document_of(old), document_of(new))
    return Notice(
        alert(tx, development_id),
        article_id=new.article_id,
        version=new.number,
        title=new.title,
        url=new.url,
        seen=new.first_seen,
        edit=edit,
        rules=touched(edit, matches_of(tx, [old.id])[old.id]),
    )


def gathered(tx: Connection, delivery_id: int, most: int) -> tuple[Notice, ...]:
    """The last `most` edits whose notices were merged into a digest, oldest first."""
    query = (
        select(delivery.c.development_id, delivery.c.version_id)
        .where(delivery.c.merged_into == delivery_id, delivery.c.version_id.is_not(None))
        .order_by(delivery.c.version_id.desc())
        .limit(most)
    )
    rows = tx.execute(query).all()[::-1]
    return tuple(
        notice(tx, row.development_id, row.version_id)
        for row in rows
        if row.development_id is not None and row.version_id is not None
    )
