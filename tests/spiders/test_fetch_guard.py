"""The guard on the wire: whatever form an address takes, nothing inside is dialled."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.address import IPv4Address

from monitor.model import Fetch, Outcome, SourceState
from monitor.netguard import Allow
from monitor.runtime.reactor import self_check
from spiders.exchange import Ask
from spiders.feed import FeedSpider, feed_ask
from spiders.guard import Guard

PAGE = b"<p>inside</p>"
FORMS = [
    "http://127.0.0.1/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://0177.0.0.1/",
    "http://127.1/",
    "http://0/",
    "http://[::1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://１２７.0.0.1/",
    "http://ⓛocalhost/",
    "http://127。0。0。1/",
    "http://inside.example/",
    "http://mapped.example/",
    "http://user@127.0.0.1/",
]


def fetched(engine: Any, crawler: Any, url: str) -> Fetch:
    fetch = engine.run(crawler.fetch(Ask(url)))
    assert isinstance(fetch, Fetch)
    return fetch


def with_port(url: str, port: int) -> str:
    """The same form of address, aimed at our canary instead of port 80."""
    return re.sub(r"^(https?://[^/\\#?]+?)(:\d+)?([/\\#?].*)?$", rf"\1:{port}\3", url)


@pytest.fixture
def sentinel(engine: Any, build: Any, other_site: Any) -> Iterator[Any]:
    """A crawler that may visit the site, while the other site is a canary on a usual port."""
    crawler = build()
    crawler.guard.canary = other_site.port
    engine.names.listed.update({"inside.example": ["127.0.0.1"], "mapped.example": ["::ffff:127.0.0.1"]})
    yield crawler
    assert other_site.asked == []


@pytest.mark.parametrize("form", FORMS)
def test_no_form_leads_inside(engine: Any, sentinel: Any, other_site: Any, form: str) -> None:
    fetch = fetched(engine, sentinel, with_port(form, other_site.port))
    assert fetch.outcome is Outcome.GUARD, fetch


@pytest.mark.parametrize(
    ("form", "status"),
    [*((form, 302) for form in FORMS), *(("http://localhost/", status) for status in (301, 303, 307, 308))],
)
def test_no_redirect_leads_inside(
    engine: Any, sentinel: Any, site: Any, other_site: Any, form: str, status: int
) -> None:
    target = with_port(form, other_site.port).encode().decode("latin-1")
    fetch = fetched(engine, sentinel, site.answer("/away", b"", status, Location=target))
    assert fetch.outcome is Outcome.GUARD, fetch
    assert len(site.visits("/away")) == 1


def test_robots_txt_does_not_lead_inside(engine: Any, sentinel: Any, site: Any, other_site: Any) -> None:
    site.answer("/robots.txt", b"", 302, Location=f"http://localhost:{other_site.port}/robots.txt")
    assert fetched(engine, sentinel, site.answer("/page", PAGE)).outcome is Outcome.GUARD
    assert site.visits("/page") == []


def test_meta_refresh_is_not_followed(engine: Any, sentinel: Any, site: Any, other_site: Any) -> None:
    body = f'<meta http-equiv="refresh" content="0;url=http://localhost:{other_site.port}/">'.encode()
    assert fetched(engine, sentinel, site.answer("/page", body, Content_Type="text/html")).body == body


def test_every_known_form(engine: Any, sentinel: Any, other_site: Any, shared: Path) -> None:
    forms = (shared / "data/hostile/generated/ssrf_urls.txt").read_text(encoding="utf-8").split()
    engine.names.listed.update(
        {
            "example.com": ["127.0.0.1"],
            "foo.localhost": ["127.0.0.1"],
            "metadata.google.internal": ["169.254.169.254"],
        }
    )
    urls = [url for form in forms for url in (form, with_port(form, other_site.port))]
    fetches = [fetched(engine, sentinel, url) for url in urls]
    assert len(forms) > 50 and [one for one in fetches if one.outcome is not Outcome.GUARD] == []


@pytest.mark.parametrize(
    "scheme", ["file:///etc/passwd", "data:text/html,x", "ftp://127.0.0.1/", "s3://b/k", "gopher://x/"]
)
def test_only_http(engine: Any, build: Any, scheme: str) -> None:
    assert fetched(engine, build(), scheme).outcome is Outcome.GUARD


def test_an_allowed_door_is_not_open_to_other_names(engine: Any, build: Any, site: Any) -> None:
    engine.names.listed["rebound.example"] = ["127.0.0.1"]
    site.answer("/page", PAGE)
    assert fetched(engine, build(), site.url("/page")).outcome is Outcome.OK
    before = len(site.asked)
    fetch = fetched(engine, build(), f"http://rebound.example:{site.port}/page")
    assert fetch.outcome is Outcome.GUARD and len(site.asked) == before


def test_an_allowed_network_is_open_to_names(engine: Any, build: Any, site: Any) -> None:
    engine.names.listed["intranet.example"] = ["127.0.0.1"]
    site.answer("/page", PAGE)
    crawler = build(allow_private=(f"127.0.0.0/8:{site.port}",))
    assert fetched(engine, crawler, f"http://intranet.example:{site.port}/page").outcome is Outcome.OK


def test_the_guard_names_what_it_refused(engine: Any, sentinel: Any, other_site: Any) -> None:
    fetch = fetched(engine, sentinel, f"http://inside.example:{other_site.port}/")
    assert "inside.example" in fetch.error and "127.0.0.1" in fetch.error


class Notes:
    """A receiver that writes down what it gets."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.ended = False

    def resolutionBegan(self, resolutionInProgress: Any) -> None:  # noqa: N802, N803 (Twisted's names)
        pass

    def addressResolved(self, address: Any) -> None:  # noqa: N802 (Twisted's name)
        self.addresses.append(address.host)

    def resolutionComplete(self) -> None:  # noqa: N802 (Twisted's name)
        self.ended = True


class Scripted:
    """A reactor and a name server in one, whose answers change from question to question."""

    def __init__(self, *answers: list[str]) -> None:
        self.nameResolver: Any = self
        self.answers = list(answers)

    def installNameResolver(self, resolver: Any) -> None:  # noqa: N802 (Twisted's name)
        self.nameResolver = resolver

    def resolveHostName(self, receiver: Any, _name: str, port: int = 0, *_rest: Any) -> None:  # noqa: N802 (Twisted's name)
        receiver.resolutionBegan(None)
        for text in self.answers.pop(0):
            receiver.addressResolved(IPv4Address("TCP", text, port))
        receiver.resolutionComplete()


def test_each_resolution_is_judged_anew() -> None:
    reactor = Scripted(["93.184.216.34"], ["127.0.0.1"], ["10.0.0.1", "93.184.216.34"])
    guard = Guard(Allow.parse(["127.0.0.1:443"]))
    guard.install_on_reactor(reactor)
    heard = []
    for _ in range(3):
        notes = Notes()
        reactor.nameResolver.resolveHostName(notes, "rebound.example", 443)
        heard.append((notes.addresses, notes.ended, bool(guard.reason("https://rebound.example/"))))
    assert heard == [(["93.184.216.34"], True, False), ([], True, True), (["93.184.216.34"], True, False)]


def test_a_second_guard_takes_the_place_of_the_first() -> None:
    reactor = Scripted(["10.0.0.1"], ["10.0.0.1"])
    Guard().install_on_reactor(reactor)
    Guard(Allow.parse(["10.0.0.0/8"])).install_on_reactor(reactor)
    notes = Notes()
    reactor.nameResolver.resolveHostName(notes, "intranet.example", 80)
    assert notes.addresses == ["10.0.0.1"]


def test_self_check_passes_whatever_is_allowed(engine: Any, build: Any) -> None:
    crawler = build(allow_private=("127.0.0.0/8", "::/0", "localhost", "::1"))
    before = crawler.guard.allow
    engine.run(self_check(crawler))
    assert (crawler.guard.allow, crawler.guard.canary) == (before, None)


def test_a_feed_has_no_way_around_the_guard(engine: Any, sentinel: Any, other_site: Any) -> None:
    state = SourceState("s", f"http://localhost:{other_site.port}/feed", None)  # type: ignore[arg-type]
    assert engine.run(sentinel.fetch(feed_ask(state), FeedSpider)).outcome is Outcome.GUARD
