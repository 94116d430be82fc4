"""The invented outlets of the newsroom: who they are, how they publish, how two of them fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Fault(StrEnum):
    """How an outlet's feed misbehaves."""

    ERROR = "error"  # 500 Internal Server Error
    CUT = "cut"  # the connection is closed without an answer
    MALFORMED = "malformed"  # XML that breaks off inside an item
    HTML = "html"  # a maintenance page in place of the feed, status 200


@dataclass(frozen=True, slots=True)
class Outlet:
    """One outlet. `path` names an article by {slug}, {number} and {date}; `query` is what its feed adds to links.

    `dialect` is its feed template, `offset` its local time, `faults` say from which share (0..1) of the script on its
    feed misbehaves, and how.
    """

    id: str
    name: str
    tagline: str
    language: str
    country: str
    side: str
    dialect: str
    feed: str
    path: str
    offset: timedelta
    query: str = ""
    charset: str = "utf-8"
    text: str = "page"
    design: str = ""
    faults: tuple[tuple[float, Fault], ...] = ()

    @property
    def template(self) -> str:
        """The page design's file."""
        return f"pages/{self.design or self.id}.html"

    def fault(self, share: float) -> Fault | None:
        """How the feed misbehaves once this share (0..1) of the script is out; None: not at all."""
        reached = [fault for begins, fault in self.faults if share >= begins]
        return reached[-1] if reached else None


_UTC, _KYIV, _MOSCOW = timedelta(0), timedelta(hours=2), timedelta(hours=3)

OUTLETS: tuple[Outlet, ...] = (
    Outlet(
        "meridian", "Meridian Wire", "International news agency", "en", "GB", "western",
        dialect="rss.xml", feed="/feeds/world.rss", path="/world/europe/{slug}-{date}/", offset=_UTC,
    ),
    Outlet(
        "potomac", "The Potomac Dispatch", "Washington and the world", "en", "US", "western",
        dialect="atom.xml", feed="/atom.xml", path="/{date}/world/{slug}.html", offset=timedelta(hours=-4),
    ),
    Outlet(
        "lantern", "The Kyiv Lantern", "Independent reporting from Ukraine", "en", "UA", "ukrainian",
        dialect="rss-content.xml", feed="/feed/", path="/{slug}/", offset=_KYIV, text="feed",
    ),
    Outlet(
        "promin", "Промінь", "Інформаційна агенція", "uk", "UA", "ukrainian",
        dialect="rdf.xml", feed="/rss/all.rdf", path="/news/{number}/", offset=_KYIV,
    ),
    Outlet(
        "obriy", "Обрій", "Телеканал новин", "uk", "UA", "ukrainian",
        dialect="rss-media.xml", feed="/rss", path="/novyny/{number}-{date}.html", offset=_KYIV,
    ),
    Outlet(
        "tetrad", "Северная тетрадь", "Независимое издание в изгнании", "ru", "LV", "russian-independent",
        dialect="feed.json", feed="/feed.json", path="/{date}/{number}", offset=_KYIV,
    ),
    Outlet(
        "liniya", "Федеральная линия", "Информационная служба", "ru", "RU", "russian-state",
        dialect="rss-cp1251.xml", feed="/export/rss.xml", path="/politics/{number}.html", offset=_MOSCOW,
        charset="windows-1251",
    ),
    Outlet(
        "fjord", "Fjordcast World", "Nordic public broadcaster, in English", "en", "NO", "western",
        dialect="atom-xhtml.xml", feed="/world/feed.atom", path="/world/{slug}", offset=timedelta(hours=1),
    ),
    Outlet(
        "pool", "NewsPool 24", "All the news from everywhere, every minute", "en", "CY", "aggregator",
        dialect="rss-bare.xml", feed="/index.php?feed=rss", path="/read.php?id={number}", offset=_UTC,
        query="&utm_source=rss&utm_medium=feed",
    ),
    Outlet(
        "ember", "Baltic Ember", "A small newsroom on the Baltic", "en", "EE", "western",
        dialect="rss.xml", feed="/feed.xml", path="/{slug}", offset=_KYIV, design="small",
        faults=((0.4, Fault.ERROR), (0.7, Fault.CUT)),
    ),
    Outlet(
        "quill", "The Steppe Quill", "Notes from the east of Europe", "en", "DE", "western",
        dialect="rss.xml", feed="/rss.xml", path="/posts/{slug}", offset=timedelta(hours=1), design="small",
        faults=((0.5, Fault.MALFORMED), (0.75, Fault.HTML)),
    ),
)  # fmt: skip
