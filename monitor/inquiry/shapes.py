"""Values as the JSON that users' scripts rely on: ids with their letter, times in ISO 8601 UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from alerts.precision import Precision
from monitor.errors import UsageError
from monitor.model import Article, Cue, Delivery, Fact, Hit, Judgement, Known, Mute, MuteKind, Sentence

Json = dict[str, Any]
_LARGEST = 2**31 - 1


def stamp(moment: datetime | None) -> str | None:
    """2025-03-18T16:52:00Z, or None."""
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def name(letter: str, number: int | None) -> str | None:
    """An id as people see it: a12 article, s3 story, d7 development, x9 delivery."""
    return None if number is None else f"{letter}{number}"


def number(letter: str, shown: str) -> int:
    """The bare number of an id as people write it. Raises UsageError on anything else."""
    digits = shown.removeprefix(letter)
    # No database counts further than this, and one of them refuses to compare with more.
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 10 or int(digits) > _LARGEST:
        raise UsageError(f"{shown!r} is no id: write it like {letter}12")
    return int(digits)


def article(row: Article) -> Json:
    return {
        "id": name("a", row.id),
        "url": row.url,
        "title": row.title,
        "source": row.source_id,
        "language": row.language,
        "published": stamp(row.published),
        "first_seen": stamp(row.first_seen),
        "level": row.level.value,
        "partial": row.partial,
        "on_topic": row.on_topic,
        "story": name("s", row.story_id),
        "rules": list(row.rules),
        "alerted": row.alerted,
        "versions": row.versions,
        "origin": row.origin.value,
    }


def nearest(known: Known | None) -> Json | None:
    if known is None:
        return None
    return {
        "id": name("a", known.article_id if known.archived else None),
        "title": known.title,
        "url": known.url,
        "source": known.source_id,
        "language": known.language,
        "published": stamp(known.published),
    }


def sentence(value: Sentence) -> Json:
    return {
        "text": value.text,
        "start": value.start,
        "end": value.end,
        "coverage": round(value.coverage, 3),
        "new": value.new,
    }


def fact(value: Fact) -> Json:
    return {"kind": value.kind, "text": value.text, "start": value.start, "end": value.end}


def hit(value: Hit) -> Json:
    return {
        "field": value.field,
        "start": value.start,
        "end": value.end,
        "text": value.text,
        "term": value.term,
        "list": value.lists[-1] if value.lists else None,
        "lists": list(value.lists),
        "form": value.form,
        "zone": value.zone,
        "cue": None if value.cue is None else cue(value.cue),
    }


def cue(value: Cue) -> Json:
    return {"text": value.text, "start": value.start, "end": value.end}


def judgement(value: Judgement) -> Json:
    return {
        "nearest": nearest(value.nearest),
        "containment": round(value.containment, 3),
        "agreement": round(value.agreement, 3),
        "newword": round(value.newword, 3),
        "sentences": [sentence(one) for one in value.sentences],
        "facts": [fact(one) for one in value.facts],
        "changes": [{"old": one.old, "text": one.text, "start": one.start, "end": one.end} for one in value.changes],
        "resemblance": round(value.resemblance, 3),
        "joined_by": list(value.joined_by),
        "decided": value.decided,
    }


def matches(found: Mapping[str, Sequence[Hit]]) -> list[Json]:
    return [{"rule": rule, "hits": [hit(one) for one in hits]} for rule, hits in found.items()]


def delivery(row: Delivery) -> Json:
    """A row of `alerts list`."""
    return {
        "id": name("x", row.id),
        "kind": row.kind.value,
        "development": name("d", row.development_id),
        "story": name("s", row.story_id),
        "article": name("a", row.article_id),
        "rules": list(row.rules),
        "channel": row.destination.channel,
        "destination": row.destination.address,
        "state": row.state.value,
        "attempts": row.attempts,
        "may_repeat": row.may_repeat,
        "created": stamp(row.created),
        "sent_at": stamp(row.sent_at),
        "severity": row.severity.value,
        "due_at": stamp(row.due_at),
        "held_until": stamp(row.held_until),
        "looks": row.looks,
        "reason": row.reason,
        "last_error": row.last_error,
    }


def mute(found: Mute, now: datetime) -> Json:
    """A row of `mute list`."""
    target = name("s", int(found.target)) if found.kind is MuteKind.STORY else found.target
    return {
        "id": name("m", found.id),
        "kind": found.kind.value,
        "target": target,
        "until": stamp(found.until),
        "created": stamp(found.created),
        "who": found.who,
        "note": found.note,
        "ended": stamp(found.ended),
        "active": found.ended is None and found.created <= now < found.until,
    }


def precision(found: Precision | None) -> Json | None:
    """How many of a rule's alerts were called relevant; the bounds hold with 95 % confidence."""
    if found is None:
        return None
    return {
        "relevant": found.relevant,
        "judged": found.judged,
        "share": round(found.share, 3),
        "low": round(found.low, 3),
        "high": round(found.high, 3),
    }
