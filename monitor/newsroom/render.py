"""Turns publications into bytes: article pages, front pages, feeds, the guide. Pure of time: `now` is simulated."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from email.utils import format_datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from monitor.newsroom.outlets import Outlet
from monitor.newsroom.script import Publication

_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "uk": "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
}

ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(("html", "xml")),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def path_of(outlet: Outlet, one: Publication) -> str:
    """The address of an article on its outlet's server, the same over edits."""
    day = local(one.published, outlet)
    date = f"{day:%Y/%m/%d}" if outlet.path.startswith("/{date}") else f"{day:%Y-%m-%d}"
    return outlet.path.format(slug=one.slug, number=one.number, date=date)


def local(moment: datetime, outlet: Outlet) -> datetime:
    """A moment in the outlet's own time."""
    return moment.astimezone(timezone(outlet.offset))


def day(moment: datetime, outlet: Outlet) -> str:
    """A date as the outlet writes it: 18 March 2025, 18 березня 2025."""
    when = local(moment, outlet)
    return f"{when.day} {_MONTHS[outlet.language].split()[when.month - 1]} {when.year}"


def clock(moment: datetime, outlet: Outlet) -> str:
    """Hours and minutes in the outlet's own time."""
    return f"{local(moment, outlet):%H:%M}"


def rfc822(moment: datetime, outlet: Outlet) -> str:
    """A date for RSS, in the outlet's own time."""
    return format_datetime(local(moment, outlet))


def iso(moment: datetime, outlet: Outlet) -> str:
    """A date for Atom, JSON and markup, in the outlet's own time."""
    return local(moment, outlet).isoformat()


def quoted(text: str) -> str:
    """A string as TOML and JSON write it."""
    return json.dumps(text, ensure_ascii=False)


ENVIRONMENT.filters.update(day=day, clock=clock, rfc822=rfc822, iso=iso, quoted=quoted)


class Desk:
    """Renders one outlet; `base` is its address without a slash at the end."""

    def __init__(self, outlet: Outlet, base: str, guide: str) -> None:
        self.outlet, self.base, self.guide = outlet, base, guide

    def url(self, one: Publication) -> str:
        """The absolute address of an article."""
        return self.base + path_of(self.outlet, one)

    def front(self, stories: Sequence[Publication], now: datetime) -> str:
        """The front page."""
        return self._page(None, stories, (), now)

    def article(self, one: Publication, stories: Sequence[Publication], now: datetime) -> str:
        """One article's page; the links beside it are the outlet's other headlines, or what the script set there."""
        others = [(other.title, path_of(self.outlet, other)) for other in stories if other.article != one.article]
        related = [(title, f"/archive/{n}") for n, title in enumerate(one.related, start=1)] or others[:4]
        return self._page(one, stories, related, now)

    def feed(self, stories: Sequence[Publication], now: datetime) -> str:
        """The feed in the outlet's dialect."""
        if self.outlet.dialect == "feed.json":
            return self._json_feed(stories)
        return self._fill(f"feeds/{self.outlet.dialect}", {"stories": stories, "now": now})

    def _page(
        self,
        story: Publication | None,
        stories: Sequence[Publication],
        related: Sequence[tuple[str, str]],
        now: datetime,
    ) -> str:
        values = {"story": story, "stories": stories, "related": related, "now": now}
        return self._fill(self.outlet.template, values)

    def _fill(self, template: str, values: Mapping[str, object]) -> str:
        own = {"outlet": self.outlet, "base": self.base, "guide": self.guide, "url": self.url, "path": self._path}
        return ENVIRONMENT.get_template(template).render(**own, **values)

    def _path(self, one: Publication) -> str:
        return path_of(self.outlet, one)

    def _json_feed(self, stories: Sequence[Publication]) -> str:
        items = [
            {
                "id": f"tetrad-{one.number}",
                "url": self.url(one),
                "title": one.title,
                "summary": one.paragraphs[0],
                "content_text": one.paragraphs[0],
                "date_published": iso(one.published, self.outlet),
                "authors": [{"name": one.byline}],
                "language": self.outlet.language,
            }
            for one in stories
        ]
        feed = {
            "version": "https://jsonfeed.org/version/1.1",
            "title": self.outlet.name,
            "home_page_url": f"{self.base}/",
            "feed_url": self.base + self.outlet.feed,
            "language": self.outlet.language,
            "items": items,
        }
        return json.dumps(feed, ensure_ascii=False, indent=1)
