"""Answers an outlet's readers: pages, feeds, robots.txt, validators. No sockets here."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import parse_qsl, urlsplit

from monitor.newsroom.loopback import Reply, Request
from monitor.newsroom.outlets import Fault, Outlet
from monitor.newsroom.render import Desk, path_of
from monitor.newsroom.script import OPENING, Publication, visible

_LOGO = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="320" height="180"><rect width="320" height="180" fill="#16345a"/>'
    '<circle cx="160" cy="112" r="34" fill="#ffd27a"/><path d="M0 112h320v68H0z" fill="#141a26"/></svg>'
)
_MAINTENANCE = """<!doctype html><html lang="en"><title>Back soon</title>
<body style="font: 18px/1.6 Georgia, serif; max-width: 32rem; margin: 15vh auto; padding: 0 1rem">
<h1>We are moving house</h1><p>The site gets a new engine today. Please come back tomorrow.</p></body></html>
"""
_FEED_TYPES = {"atom": "application/atom+xml", "json": "application/feed+json", "rdf": "application/rdf+xml"}
_ROBOTS = "User-agent: *\nDisallow: /search\nDisallow: /login\n"


class OutletSite:
    """One outlet's server: what it answers when the simulated clock stands at `now`."""

    def __init__(self, outlet: Outlet, publications: Sequence[Publication], base: str, guide: str) -> None:
        self.outlet = outlet
        self.publications = tuple(one for one in publications if one.outlet == outlet.id)
        self.desk = Desk(outlet, base, guide)

    def asked(self, request: Request) -> str:
        """What is asked for: the outlet's id for its feed, an article's id for its page, "" for anything else."""
        if _means(request, self.outlet.feed):
            return self.outlet.id
        asked = (one for one in self.publications if _means(request, path_of(self.outlet, one)))
        return next((one.article for one in asked), "")

    def answer(self, request: Request, now: datetime, share: float) -> Reply:
        """The answer to a GET; `share` (0..1): how much of the script's time has passed."""
        stories = visible(self.publications, now)
        asked = self.asked(request)
        if asked == self.outlet.id:
            return self._feed(stories, request, now, self.outlet.fault(share))
        if request.path == "/" and not request.query:
            return self._page(self.desk.front(stories, now), stories, request)
        if request.path == "/robots.txt":
            return text_reply(_ROBOTS)
        if request.path == "/logo.svg":
            return text_reply(_LOGO, "image/svg+xml")
        for one in stories:
            if one.article == asked:
                return self._page(self.desk.article(one, stories, now), stories, request)
        return text_reply(f"{self.outlet.name}: no such page\n", status=404)

    def _page(self, html: str, stories: Sequence[Publication], request: Request) -> Reply:
        return conditional(text_reply(html, "text/html", self.outlet.charset), _changed(stories), request)

    def _feed(self, stories: Sequence[Publication], request: Request, now: datetime, fault: Fault | None) -> Reply:
        if fault is Fault.CUT:
            return Reply(hang_up=True)
        if fault is Fault.ERROR:
            return text_reply("database is gone\n", status=500)
        if fault is Fault.HTML:
            return text_reply(_MAINTENANCE, "text/html")
        text = self.desk.feed(stories, now)
        if fault is Fault.MALFORMED:
            text = text[: text.rindex("<guid") + 9]
        return conditional(text_reply(text, self._feed_type(), self.outlet.charset), _changed(stories), request)

    def _feed_type(self) -> str:
        dialect = self.outlet.dialect
        return next((kind for word, kind in _FEED_TYPES.items() if word in dialect), "application/rss+xml")


def text_reply(text: str, kind: str = "text/plain", charset: str = "utf-8", *, status: int = 200) -> Reply:
    """A reply with a text in the given encoding."""
    return Reply(status, text.encode(charset), f"{kind}; charset={charset}")


def conditional(reply: Reply, changed: datetime, request: Request) -> Reply:
    """The reply with validators, or 304 when the reader has this state already (RFC 9110: ETag before date)."""
    etag = f'"{hashlib.sha256(reply.body).hexdigest()[:20]}"'
    stamps = {"ETag": etag, "Last-Modified": format_datetime(changed, usegmt=True)}
    known = request.headers.get("if-none-match")
    if known is not None:
        fresh = etag in (word.strip().removeprefix("W/") for word in known.split(","))
    else:
        fresh = _not_after(changed, request.headers.get("if-modified-since", ""))
    if fresh:
        return Reply(304, b"", reply.content_type, stamps)
    return Reply(reply.status, reply.body, reply.content_type, stamps)


def _not_after(changed: datetime, since: str) -> bool:
    try:
        return bool(since) and changed <= parsedate_to_datetime(since)
    except (ValueError, TypeError):
        return False


def _changed(stories: Sequence[Publication]) -> datetime:
    return max((one.at for one in stories), default=OPENING).astimezone(UTC)


def _means(request: Request, address: str) -> bool:
    """Whether an address is asked for: a slash at its end and further query parameters do not matter."""
    parts = urlsplit(address)
    wanted = dict(parse_qsl(parts.query))
    same_path = request.path.rstrip("/") == parts.path.rstrip("/")
    return same_path and wanted.items() <= dict(request.query).items()
