"""`show` and `why`: one article with everything about it, in the JSON shapes that scripts rely on."""

from __future__ import annotations

from datetime import datetime

from monitor.config import Config
from monitor.inquiry import provenance, shapes
from monitor.inquiry.evidence import Background, background, told
from monitor.inquiry.finding import detail_of
from monitor.inquiry.times import times, times_of
from monitor.inquiry.verdict import judged, verdict
from monitor.model import Hit, Version
from monitor.store import Store
from monitor.store.detail import ArticleDetail


def show(store: Store, ident: str) -> shapes.Json:
    """The article of an id or address with its newest text. Raises UsageError when there is none."""
    return shown(detail_of(store, ident))


def why(store: Store, ident: str, config: Config, now: datetime) -> shapes.Json:
    """Why an article did or did not alert; the verdict's times are in the watch's time zone. Raises UsageError."""
    detail = detail_of(store, ident)
    with store.read() as tx:
        around = background(tx, config, detail)
    return explained(detail, around, config.watch.timezone, now)


def shown(detail: ArticleDetail) -> shapes.Json:
    """What `show` answers: the article, its newest document, its versions and where else it was listed."""
    newest = detail.versions[-1]
    document = newest.document
    return {
        **shapes.article(detail.article),
        "story_title": detail.story_title,
        "text": document.text,
        "author": document.author,
        "modified": shapes.stamp(document.modified),
        "site": document.site,
        "canonical": document.canonical,
        "paywalled": document.paywalled,
        "method": document.method,
        "trouble": detail.trouble,
        "times": times(times_of(detail)),
        "masked": [{"start": start, "end": end} for start, end in detail.versions[-1].masked],
        "mask_note": detail.versions[-1].mask_note,
        "history": [_version(detail, one) for one in detail.versions],
        "listed_by": [
            {"source": one.source_id, "url": one.url, "title": one.title, "first_seen": shapes.stamp(one.first_seen)}
            for one in detail.sightings
        ],
    }


def _version(detail: ArticleDetail, version: Version) -> shapes.Json:
    return {
        "number": version.number,
        "title": version.document.title,
        "first_seen": shapes.stamp(version.first_seen),
        "level": version.judgement.level.value,
        "method": version.document.method,
        "partial": version.document.partial,
        "url": version.document.url,
        "provenance": provenance.shape(detail, version.id),
    }


def explained(detail: ArticleDetail, around: Background, timezone: str, now: datetime) -> shapes.Json:
    """What `why` answers. Level, nearest, sentences and facts are of the version that gave the article its level."""
    deciding = judged(detail)
    turn = detail.development
    return {
        **shapes.article(detail.article),
        "trouble": detail.trouble,
        **told(deciding.judgement, deciding.document.language, around),
        "matches": shapes.matches(newest_hits(detail)),
        "development": None if turn is None else {"id": shapes.name("d", turn.id), "key": turn.key},
        "deliveries": [shapes.delivery(one) for one in detail.deliveries],
        "times": times(times_of(detail)),
        "verdict": verdict(detail, around.names, timezone, now),
    }


def newest_hits(detail: ArticleDetail) -> dict[str, tuple[Hit, ...]]:
    """Where each rule matched last, by rule id: in the newest version that it matches at all."""
    found: dict[str, tuple[Hit, ...]] = {}
    for version in detail.versions:
        for match in detail.matches.get(version.id, ()):
            found[match.rule_id] = match.hits
    return dict(sorted(found.items()))
