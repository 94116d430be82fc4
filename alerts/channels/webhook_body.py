"""What a webhook posts: one JSON object for each subject. Pure; text is cleaned and bounded, times are UTC."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from alerts import compose
from alerts.compose import Outline, Telling
from alerts.sample import SAMPLE_ID
from alerts.wording import cut, link
from monitor.model import Alert, Alteration, Digest, Fact, Firing, Message, Notice, OwnerNotice, Report, Subject
from monitor.query import Context, contexts

Json = dict[str, Any]
MOST_ARTICLES, MOST_SENTENCES, MOST_FACTS, MOST_RULES, MOST_CONTEXTS, MOST_DEVELOPMENTS = 50, 20, 50, 20, 5, 200
_TITLE, _TEXT, _NAME = 300, 1000, 80
_SUMMARY = 2000


def message(subject: Subject, telling: Telling, key: str) -> Message:
    """The frozen body. It never fails: what cannot be told in detail is told by its headline."""
    told = compose.tell(subject, telling, lambda outline: outline)
    body = _head(subject, told, telling, key)
    try:
        body |= _details(subject, telling)
    except Exception as error:
        # Deliberately everything, as in `compose.tell`: an alert is never lost to its own text.
        body |= {"incomplete": f"told by its headline only ({type(error).__name__})"}
    return Message(told.headline, json.dumps(body, ensure_ascii=False, separators=(",", ":")))


def _head(subject: Subject, told: Outline, telling: Telling, key: str) -> Json:
    return {
        "type": kind(subject),
        "id": f"d{subject.development_id}" if isinstance(subject, Alert) and subject.development_id else key,
        "watch": telling.watch_id or telling.watch,
        "story": None,
        "title": told.headline,
        "summary": _summary(told),
        "severity": told.severity.value,
        "page": told.page,
    }


def kind(subject: Subject) -> str:
    """development, edit, digest, summary, notice or test."""
    match subject:
        case Alert():
            return "development" if subject.development_id != SAMPLE_ID else "test"
        case Notice():
            return "edit"
        case Digest():
            return "summary" if subject.first_import else "digest"
        case OwnerNotice():
            return "notice"


def _summary(told: Outline) -> str:
    """What is new in plain words, and who carries it."""
    said = " ".join(told.sentences) or told.lead
    return cut(" ".join(part for part in (said, f"{told.carried}." if told.carried else "") if part), _SUMMARY)


def _details(subject: Subject, telling: Telling) -> Json:
    match subject:
        case Alert():
            return _development(subject, telling)
        case Notice():
            return _edit(subject)
        case Digest():
            return _gathered(subject)
        case OwnerNotice():
            return {
                "topic": subject.topic.value,
                "about": cut(subject.about, _NAME),
                "lines": _all(subject.lines, _line, MOST_SENTENCES),
            }


def _development(alert: Alert, telling: Telling) -> Json:
    return {
        "story": f"s{alert.story_id}",
        "story_title": cut(alert.story_title, _TITLE),
        "title": cut(alert.title, _TITLE) or "Untitled",
        "articles": _all(alert.reports, lambda one: _article(one, telling.names), MOST_ARTICLES),
        "carried_by": len({one.source_id for one in alert.reports}),
        "rules": _all(alert.firings, lambda one: cut(one.rule_id, _NAME), MOST_RULES),
        "why": _all(alert.firings, _why, MOST_RULES),
        "new": {
            "sentences": _all(alert.sentences, _line, MOST_SENTENCES),
            "facts": _all(alert.facts, _fact, MOST_FACTS),
            "against": cut(alert.against, _TITLE),
        },
        "first_seen": _time(alert.first_seen),
    }


def _edit(notice: Notice) -> Json:
    return {
        "story": f"s{notice.alert.story_id}",
        "development": f"d{notice.alert.development_id}",
        "article": f"a{notice.article_id}",
        "version": notice.version,
        "url": link(notice.url),
        "rules": _all(notice.rules, lambda one: cut(one, _NAME), MOST_RULES),
        "changes": _all(notice.edit.alterations, _change, MOST_SENTENCES),
        "first_seen": _time(notice.seen),
    }


def _gathered(found: Digest) -> Json:
    return {
        "developments": _all(found.alerts, lambda one: _safely(_turn, one), MOST_DEVELOPMENTS),
        "edits": _all(found.edits, lambda one: _safely(_edit, one), MOST_DEVELOPMENTS),
        "reasons": _all(found.reasons, _line, MOST_SENTENCES),
        "total": len(found.alerts) + len(found.edits) + found.more,
    }


def _safely(told: Callable[[Any], Json], one: Any) -> Json:
    try:
        return told(one)
    except Exception as error:
        # Deliberately everything: one poisonous item must not keep the others of its digest from being told.
        return {"incomplete": f"cannot be told ({type(error).__name__})"}


def _turn(alert: Alert) -> Json:
    return {
        "id": f"d{alert.development_id}",
        "story": f"s{alert.story_id}",
        "title": cut(alert.title, _TITLE) or "Untitled",
        "url": link(alert.reports[0].url) if alert.reports else "",
        "severity": alert.severity.value,
        "rules": _all(alert.firings, lambda one: cut(one.rule_id, _NAME), MOST_RULES),
        "first_seen": _time(alert.first_seen),
    }


def _article(report: Report, names: Mapping[str, str]) -> Json:
    return {
        "id": f"a{report.article_id}",
        "url": link(report.url),
        "title": cut(report.title, _TITLE) or "Untitled",
        "source": cut(report.source_id, _NAME),
        "source_name": cut(names.get(report.source_id) or report.source_id, _NAME),
        "language": cut(report.language, _NAME),
        "level": report.level.value,
        "copy_of": None if report.copy_of is None else f"a{report.copy_of}",
        "published": None if report.published is None else _time(report.published),
        "first_seen": _time(report.first_seen),
    }


def _why(firing: Firing) -> Json:
    found: list[Context] = []
    for name, text in (("title", firing.title), ("body", firing.text)):
        hits = [hit for hit in firing.hits if hit.field == name]
        found += contexts(text, hits, limit=MOST_CONTEXTS - len(found)) if hits and len(found) < MOST_CONTEXTS else ()
    words = [cut(f"{one.before}{one.words}{one.after}", _TEXT) for one in found]
    return {"rule": cut(firing.rule_id, _NAME), "severity": firing.severity.value, "words": words}


def _fact(fact: Fact) -> Json:
    return {"kind": fact.kind, "text": cut(fact.text, _NAME)}


def _change(one: Alteration) -> Json:
    return {"kinds": list(one.kinds), "old": cut(one.old, _TEXT), "new": cut(one.new, _TEXT)}


def _line(text: str) -> str:
    return cut(text, _TEXT)


def _all(found: Sequence[Any], told: Callable[[Any], Any], most: int) -> list[Any]:
    return [told(one) for one in found[:most]]


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
