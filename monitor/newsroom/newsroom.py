"""The newsroom: eleven invented outlets and a guide on loopback, published at the pace of the demo."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

from monitor.newsroom.copydesk import load_script
from monitor.newsroom.loopback import Loopback, Reply, Request
from monitor.newsroom.outlets import OUTLETS, Outlet
from monitor.newsroom.pace import Clock
from monitor.newsroom.render import ENVIRONMENT
from monitor.newsroom.script import OPENING, Publication, Script, visible
from monitor.newsroom.site import OutletSite, text_reply


class Newsroom:
    """A news site for the demo. Its clock stands until the backlog was read: every feed, every page that must be.

    `pace`: real seconds from then until the last publication is out; `patience`: seconds after the first reading when
    the clock runs in any case. Addresses exist between start and stop.
    """

    outlets: tuple[Outlet, ...] = OUTLETS

    def __init__(self, pace: float = 18.0, *, patience: float = 20.0, script: Script | None = None) -> None:
        self.script = script or load_script()
        self._clock = Clock(OPENING, self.script.moments, self._backlog(), pace, patience)
        self._servers: dict[str, Loopback] = {}
        self._sites: dict[str, OutletSite] = {}
        self._links: dict[str, str] = {}
        self.guide_url = ""

    def start(self) -> None:
        """Open every port; the outlets show their backlog."""
        self._servers["guide"] = guide = Loopback(self._guide)
        self.guide_url = guide.url
        for outlet in OUTLETS:
            self._servers[outlet.id] = server = Loopback(partial(self._answer, outlet.id))
            base = server.url.rstrip("/")
            self._sites[outlet.id] = OutletSite(outlet, self.script.publications, base, self.guide_url)

    def stop(self) -> None:
        """Close every port."""
        while self._servers:
            self._servers.popitem()[1].stop()

    def begin(self) -> None:
        """Let the clock run now, whoever has read what."""
        self._clock.begin(time.monotonic())

    @property
    def begun(self) -> bool:
        """Whether the clock runs."""
        return self._clock.elapsed(time.monotonic()) is not None

    @property
    def finished(self) -> bool:
        """Whether everything is published."""
        return self._clock.share(time.monotonic()) >= 1.0

    def url(self, outlet: str) -> str:
        """An outlet's front page."""
        return f"{self._sites[outlet].desk.base}/"

    def feed_url(self, outlet: Outlet) -> str:
        """An outlet's feed."""
        return self._sites[outlet.id].desk.base + outlet.feed

    def article_url(self, one: Publication) -> str:
        """Where a publication can be read once it is out."""
        return self._sites[one.outlet].desk.url(one)

    def link(self, name: str, url: str) -> None:
        """Show a further address (the review screens, the mailbox) in the guide."""
        self._links[name] = url

    def config_toml(
        self,
        folder: Path,
        *,
        mail_port: int,
        slack_url: str,
        slack_token: str = "env:STORYWATCH_DEMO_SLACK_TOKEN",
        slack_channel: str = "C0NEWSDESK",
        listen: str = "127.0.0.1:0",
    ) -> str:
        """The text of the demo's config file. `slack_url` is the double's API address, `slack_token` env: or file:."""
        values = {
            "archive": f"sqlite:///{folder / 'storywatch.db'}",
            "outlets": OUTLETS,
            "feed_url": self.feed_url,
            "allow": [site.desk.base.removeprefix("http://") for site in self._sites.values()],
            "mail_port": mail_port,
            "slack_url": slack_url,
            "slack_token": slack_token,
            "slack_channel": slack_channel,
            "listen": listen,
        }
        return ENVIRONMENT.get_template("watch.toml").render(values)

    def _answer(self, outlet: str, request: Request) -> Reply:
        now = time.monotonic()
        site = self._sites[outlet]
        reply = site.answer(request, self._clock.moment(now), self._clock.share(now))
        self._clock.read(site.asked(request), now)
        return reply

    def _backlog(self) -> list[str]:
        pages = {outlet.id for outlet in OUTLETS if outlet.text == "page"}
        return [outlet.id for outlet in OUTLETS] + [one.id for one in self.script.backlog if one.outlet in pages]

    def _guide(self, request: Request) -> Reply:
        if request.path != "/":
            return text_reply("the guide has one page: /\n", status=404)
        now = time.monotonic()
        moment, share = self._clock.moment(now), self._clock.share(now)
        values = {
            "newsroom": self,
            "names": {one.id: one.name for one in OUTLETS},
            "moment": moment,
            "share": share,
            "begun": self.begun,
            "published": [one for one in reversed(self.script.scheduled) if one.at <= moment],
            "counts": {one.id: len(visible(self._sites[one.id].publications, moment)) for one in OUTLETS},
            "faults": {one.id: one.fault(share) for one in OUTLETS},
            "links": dict(self._links),
        }
        return text_reply(ENVIRONMENT.get_template("guide.html").render(values), "text/html")
