"""The brief of a day as JSON: ids with their letter, sources by their ids, times in UTC. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from monitor.inquiry import shapes
from monitor.inquiry.brief import Blind, Brief, Figure, Hour, Story
from monitor.inquiry.day import Day
from monitor.inquiry.expected import Expected
from monitor.inquiry.tellings import Telling
from monitor.inquiry.troubles import Trouble
from monitor.store.days import News, Seen, Since


def brief(found: Brief) -> shapes.Json:
    """The whole of it; `rows` are its stories."""
    day = found.day
    return {
        "date": day.date.isoformat(),
        "timezone": day.zone.key,
        "since": shapes.stamp(day.since),
        "until": shapes.stamp(day.end),
        "over": day.over,
        "articles": found.articles,
        "articles_exact": not found.more,
        "outlets": found.outlets,
        "stories": len(found.stories) + found.more_stories,
        "sides": dict(found.sides),
        "hours": [_hour(one, day) for one in found.hours if not one.ahead],
        "rows": [story(one) for one in found.stories],
        "one_side": [_blind(one) for one in found.blind],
        "official": [_seen(one) for one in found.official],
        "alerts": [_telling(one) for one in found.alerts],
        "more_alerts": found.more_alerts,
        "problems": [_trouble(one) for one in found.troubles],
        "expected": [_expected(one) for one in found.expected],
    }


def story(one: Story) -> shapes.Json:
    """A story of the day: a row of the sheet and of the feed, too."""
    return {
        "id": shapes.name("s", one.id),
        "title": one.title,
        "new": one.begun,
        "articles": one.articles,
        "outlets": list(one.outlets),
        "outlets_in_all": one.all_outlets,
        "sides": dict(one.sides),
        "first_source": one.first.source_id,
        "first_article": shapes.name("a", one.first.id),
        "first_reported": shapes.stamp(_reported(one.first)),
        "hourly": list(one.line),
        "news": [_news(each) for each in one.news],
        "more_news": one.unsaid,
        "figures": [_figure(each) for each in one.figures],
    }


def since(found: Since, moment: datetime) -> shapes.Json:
    """What came since somebody's last visit."""
    return {
        "moment": shapes.stamp(moment),
        "articles": found.articles,
        "stories": found.stories,
        "alerts": found.alerts,
        "changed": found.changed,
    }


def _reported(one: Seen) -> datetime:
    return one.published or one.first_seen


def _hour(one: Hour, day: Day) -> shapes.Json:
    start = shapes.stamp(day.ends[one.place])
    return {"start": start, "articles": one.articles, "sides": dict(one.sides), "gap": one.gap}


def _seen(one: Seen) -> shapes.Json:
    return {
        "article": shapes.name("a", one.id),
        "title": one.title,
        "url": one.url,
        "source": one.source_id,
        "language": one.language,
        "published": shapes.stamp(one.published),
        "first_seen": shapes.stamp(one.first_seen),
        "story": shapes.name("s", one.story_id),
    }


def _news(one: News) -> shapes.Json:
    return {
        "development": shapes.name("d", one.development_id),
        "title": one.title,
        "first_seen": shapes.stamp(one.created),
        "known": one.known,
        "article": shapes.name("a", one.told.id),
        "source": one.told.source_id,
        "sentences": list(one.sentences),
        "facts": [{"kind": fact.kind, "text": fact.text} for fact in one.facts],
        "against": one.against,
    }


def _figure(one: Figure) -> shapes.Json:
    return {
        "old": one.old,
        "new": one.new,
        "article": shapes.name("a", one.told.id),
        "source": one.told.source_id,
        "against": shapes.name("a", one.other_id),
        "against_source": one.other_source,
    }


def _blind(one: Blind) -> shapes.Json:
    return {"id": shapes.name("s", one.id), "title": one.title, "side": one.side, "outlets": list(one.outlets)}


def _telling(one: Telling) -> shapes.Json:
    first = one.first
    return {
        "title": one.title,
        "development": shapes.name("d", first.development_id),
        "story": shapes.name("s", first.story_id),
        "article": shapes.name("a", first.article_id),
        "rules": list(first.rules),
        "created": shapes.stamp(first.created),
        "deliveries": _places(one),
    }


def _places(one: Telling) -> Sequence[shapes.Json]:
    return [
        {
            "id": shapes.name("x", row.id),
            "channel": row.destination.channel,
            "destination": row.destination.address,
            "state": row.state.value,
            "sent_at": shapes.stamp(row.sent_at),
        }
        for row in one.deliveries
    ]


def _trouble(one: Trouble) -> shapes.Json:
    return {"sources": list(one.sources), "said": one.said, "now": one.now}


def _expected(one: Expected) -> shapes.Json:
    return {
        "date": one.date.isoformat(),
        "sentence": one.sentence,
        "article": shapes.name("a", one.told.id),
        "source": one.told.source_id,
        "reports": one.reports,
    }
