"""When an article was published, first seen and first delivered, and how long each step took. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from monitor.inquiry import shapes
from monitor.store.detail import ArticleDetail


@dataclass(frozen=True, slots=True)
class Times:
    """`delivered`: when the first alert that this article set off was taken; None for one told in a summary, too."""

    published: datetime | None
    first_seen: datetime
    delivered: datetime | None


def times_of(detail: ArticleDetail) -> Times:
    """The three moments of an article; what another article announced is no delivery of this one."""
    own = {one.development_id for one in detail.fired if one.article_id == detail.article.id}
    sent = [one.sent_at for one in detail.deliveries if one.development_id in own and one.sent_at is not None]
    return Times(detail.article.published, detail.article.first_seen, min(sent, default=None))


def times(found: Times) -> shapes.Json:
    """As JSON, the waits between them in seconds; a date after first sight is a wait of none."""
    return {
        "published": shapes.stamp(found.published),
        "first_seen": shapes.stamp(found.first_seen),
        "delivered": shapes.stamp(found.delivered),
        "published_to_seen": _wait(found.published, found.first_seen),
        "seen_to_delivered": _wait(found.first_seen, found.delivered),
    }


def _wait(begin: datetime | None, end: datetime | None) -> float | None:
    return None if begin is None or end is None else round(max((end - begin).total_seconds(), 0.0), 1)
