"""The alerts as an Atom feed: whoever reads it misses nothing while every other channel is down."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from urllib.parse import quote, urlencode

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from alerts.channels import telling_of
from alerts.compose import Outline, Telling, tell
from alerts.plain import plain
from alerts.wording import cut
from monitor.config import Config, FeedChannel
from monitor.errors import UsageError
from monitor.inquiry.giving import Giver
from monitor.inquiry.licence import withheld
from monitor.model import Delivery, DeliveryKind, Severity
from monitor.store import announced
from monitor.store.announced import Announced
from monitor.web import republishing
from monitor.web.asked import Asked
from monitor.web.atom import TAG, Entry, Feed, atom
from monitor.web.screens import screens_of

MOST_ENTRIES = 100
PATH = "/feed.atom"
_TYPE = "application/atom+xml; charset=utf-8"
_SUMMARY, _TITLE, _RULE = 1000, 300, 80


def feed(request: Request) -> Response:
    """GET /feed.atom: the alerts of all rules, or of one."""
    asked = Asked(request, ("rule",))
    screens, rule = screens_of(request), asked.text("rule")
    config = screens.config()
    with screens.store.read() as tx:
        _known(tx, config, rule)
        name = TAG + announced.archive_name(tx)
        found = announced.developments(tx, screens.clock(), MOST_ENTRIES, rule)
        own = [one.id for one in config.channels if isinstance(one, FeedChannel)]
        words = announced.messages(tx, own, MOST_ENTRIES) if own and rule is None else ()
    telling, give = telling_of(config), Giver.of(config)
    entries = [*(_turn(one, name, telling, give) for one in found), *(_word(one, name, telling, give) for one in words)]
    entries.sort(key=lambda one: (one.updated, one.name), reverse=True)
    home = config.watch.public_url.rstrip("/") or str(request.base_url).rstrip("/")
    document = atom(_head(config, name, home, rule), entries[:MOST_ENTRIES])
    return _answer(request, document)


def _known(tx: Connection, config: Config, rule: str | None) -> None:
    names = [one.id for one in config.rules]
    if rule is not None and rule not in names and not announced.fired_ever(tx, rule):
        raise UsageError(f"there is no rule {rule[:_RULE]!r}; there is {', '.join(names) or 'none'}")


def _head(config: Config, name: str, home: str, rule: str | None) -> Feed:
    title = f"{config.watch.title}: alerts"
    if rule is None:
        return Feed(name, title, home + PATH, f"{home}/alerts")
    own = f"{name}/rule/{quote(rule, safe='')}"
    return Feed(own, f"{title} of {rule}", f"{home}{PATH}?{urlencode({'rule': rule})}", f"{home}/alerts")


def _turn(found: Announced, name: str, telling: Telling, give: Giver) -> Entry:
    """A development; what is new comes first. Only that it is there, where no teller's licence allows more."""
    alert = republishing.announced(found.alert, give)
    if alert is None:
        return _unsaid(found, name, telling)

    def entry(told: Outline) -> Entry:
        story = "" if told.story == told.headline else told.story
        bare = replace(told, headline="", url="", page="", footer="", severity=Severity.NORMAL, story=story)
        mark = "CRITICAL: " if told.severity is Severity.CRITICAL else ""
        return Entry(
            name=f"{name}/d{alert.development_id}",
            title=mark + told.headline,
            published=found.first,
            updated=found.last,
            url=told.url,
            page=told.page,
            rules=tuple(dict.fromkeys(cut(one.rule_id, _RULE) for one in alert.firings)),
            summary=_news(told),
            content=plain(bare),
        )

    return tell(alert, telling, entry)


def _unsaid(found: Announced, name: str, telling: Telling) -> Entry:
    first = found.alert.reports[0]
    return Entry(
        name=f"{name}/d{found.alert.development_id}",
        title=withheld(telling.name(first.source_id)),
        published=found.first,
        updated=found.last,
        url="",
        page=telling.page(f"articles/a{first.article_id}"),
        rules=tuple(dict.fromkeys(cut(one.rule_id, _RULE) for one in found.alert.firings)),
        summary="",
        content="",
    )


def _news(told: Outline) -> str:
    """What is new, in a few lines of one paragraph."""
    facts = "; ".join(f"{label}: {texts}" for label, texts in told.facts)
    return cut(" ".join(part for part in (*(told.sentences or (told.lead,)), facts) if part), _SUMMARY)


def _word(one: Delivery, name: str, telling: Telling, give: Giver) -> Entry:
    """What a feed channel took that is no development. It quotes articles: where one of them might be of a source
    whose licence forbids that, only what it is is told.
    """
    subject, body = ("", "") if one.message is None else (one.message.subject, one.message.body)
    edit = one.kind is DeliveryKind.EDIT and one.article_id is not None
    if give.closed and one.kind is not DeliveryKind.NOTICE:
        subject, body = ("An announced article was edited" if edit else subject), ""
    moment = one.sent_at or one.created
    return Entry(
        name=f"{name}/x{one.id}",
        title=cut(subject, _TITLE),
        published=moment,
        updated=moment,
        url="",
        page=telling.page(f"articles/a{one.article_id}/diff" if edit else "alerts"),
        rules=one.rules,
        summary="",
        content=body,
    )


def _answer(request: Request, document: bytes) -> Response:
    """The feed, or nothing but the word that the reader has it already."""
    mark = f'"{hashlib.sha256(document).hexdigest()[:32]}"'
    headers = {"ETag": mark, "Cache-Control": "private, no-cache"}
    if _has(request.headers.get("if-none-match", ""), mark):
        return Response(status_code=304, headers=headers)
    return Response(document, media_type=_TYPE, headers=headers)


def _has(given: str, mark: str) -> bool:
    """Whether If-None-Match names what we have; weak comparison, as RFC 9110 wants it here."""
    names = [one.strip().removeprefix("W/") for one in given.split(",")]
    return mark in names or names == ["*"]
