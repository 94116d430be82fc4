"""Today: the brief of a day as a page, and as JSON, CSV, RSS and Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from monitor.errors import UsageError
from monitor.inquiry import brief_rows, brief_text, shapes
from monitor.inquiry.brief import Brief, brief
from monitor.inquiry.day import Day, day_of
from monitor.inquiry.giving import Giver
from monitor.inquiry.moments import moment
from monitor.store import days
from monitor.store.days import Since
from monitor.web import brief_pictures
from monitor.web.asked import Asked
from monitor.web.feeds import Item, rss
from monitor.web.lists import CSV, MARKDOWN, RSS
from monitor.web.screens import data_answer, home_of, json_answer, screens_of
from monitor.web.settings import settings_of
from monitor.web.sheet import sheet
from monitor.web.visits import last_visit, remember

_KNOWN = ("date", "as_of")
_COUNTED = 1_000
_COLUMNS = (
    "id",
    "title",
    "new",
    "articles",
    "outlets",
    "outlets_in_all",
    "first_source",
    "first_article",
    "first_reported",
    "more_news",
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which brief is asked for. `zone`: the reader's own, "" for the watch's; `frozen`: the moment it is cited at."""

    asked: Asked
    day: Day
    zone: str
    frozen: datetime | None

    def day_link(self, days_on: int) -> str:
        """The address of a neighbouring day, "" for one that is to come."""
        other = self.day.date + timedelta(days=days_on)
        today = self.day.now.astimezone(self.day.zone).date()
        return "" if other > today else f"/?date={other}" if other < today else "/"


def today(request: Request) -> Response:
    """GET /: the brief of a day, "today" unless `date` names another."""
    wanted = _wanted(request)
    screens, day = screens_of(request), wanted.day
    current = not day.over and wanted.frozen is None
    visit = last_visit(request, day.now) if current else None
    with screens.store.read() as tx:
        found = brief(tx, screens.config(), day)
        newest = days.articles(tx, found.newest)
        since = None if visit is None else days.since(tx, visit, day.now, _COUNTED)
    view = screens.view(request)
    answer = screens.page(
        request,
        "today.html",
        brief=found,
        day=day,
        current=current,
        newest=newest,
        visit=visit,
        since=since,
        most=_COUNTED,
        pictures=brief_pictures.pictures(found, view),
        earlier=wanted.day_link(-1),
        later=wanted.day_link(1),
        problem=screens.problem() if current else "",
        live=current,
        frozen=wanted.frozen,
        live_list=wanted.asked.link("/", as_of=None),
        cite=wanted.asked.link("/", date=day.date.isoformat(), as_of=shapes.stamp(day.now)),
        formats=tuple((kind, wanted.asked.link(f"/today.{kind}")) for kind in ("json", "csv", "rss", "md")),
    )
    if current:
        remember(request, answer, day.now)
    return answer


def today_json(request: Request) -> Response:
    """GET /today.json"""
    found, since, visit = _found(request)
    document: dict[str, Any] = {
        **brief_rows.brief(found),
        "last_visit": None if since is None or visit is None else brief_rows.since(since, visit),
    }
    return json_answer(request, document)


def today_csv(request: Request) -> Response:
    """GET /today.csv: the stories of the day."""
    found, _since, _visit = _found(request)
    rows = [brief_rows.story(one) for one in found.stories]
    named = {"Content-Disposition": f'attachment; filename="storywatch-{found.day.date}.csv"'}
    return data_answer(request, sheet(_COLUMNS, rows).encode("utf-8", "replace"), CSV, None, named)


def today_rss(request: Request) -> Response:
    """GET /today.rss: the stories of the day."""
    found, _since, _visit = _found(request)
    config, day = screens_of(request).config(), found.day
    give = Giver.of(config)
    items = [
        Item(
            f"/stories/s{one.id}",
            one.title if give.given(one.headed) else give.unnamed(f"s{one.id}"),
            shapes.stamp(one.first.published or one.first.first_seen) or "",
            f"{one.articles} articles from {len(one.outlets)} outlets",
            tuple(side for side, _count in one.sides),
        )
        for one in found.stories
    ]
    page = f"/?date={day.date}" if day.over else "/"
    body = rss(f"{config.watch.title}: {day.words()}", home_of(request), page, _itself(request), items)
    return data_answer(request, body, RSS)


def today_md(request: Request) -> Response:
    """GET /today.md"""
    found, _since, _visit = _found(request)
    give = Giver.of(screens_of(request).config(), found.day.zone.key, home_of(request))
    return data_answer(request, brief_text.markdown(found, give).encode("utf-8", "replace"), MARKDOWN)


def _found(request: Request) -> tuple[Brief, Since | None, datetime | None]:
    wanted = _wanted(request)
    screens, now = screens_of(request), wanted.day.now
    visit = None if wanted.day.over or wanted.frozen else last_visit(request, now)
    with screens.store.read() as tx:
        since = None if visit is None else days.since(tx, visit, now, _COUNTED)
        return brief(tx, screens.config(), wanted.day), since, visit


def _wanted(request: Request) -> Wanted:
    asked = Asked(request, _KNOWN)
    screens = screens_of(request)
    config, now = screens.config(), screens.clock()
    zone = settings_of(request, config).zone or config.watch.timezone
    frozen, written = None, asked.text("as_of")
    if written:
        frozen = moment(written, zone, now)
        if frozen > now:
            raise UsageError(f"as_of is to come: {written!r}")
    return Wanted(asked, day_of(asked.text("date") or "today", zone, frozen or now), zone, frozen)


def _itself(request: Request) -> str:
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


ROUTES = (
    ("/", today),
    ("/today.json", today_json),
    ("/today.csv", today_csv),
    ("/today.rss", today_rss),
    ("/today.md", today_md),
)
