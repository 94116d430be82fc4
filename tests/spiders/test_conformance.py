"""The 22 rules of a well-behaved feed reader, one test each, against a server that writes every request down.

The real thing on a virtual clock: claim what is due, crawl, parse, record, schedule. Rules from
rachelbythebay.com/fs/help.html and openrss.org/guides; those marked as our own in docs/fetching.md come from practice.
"""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from monitor.config import load
from monitor.model import Outcome, SourceState
from monitor.pipeline import Checked
from monitor.runtime.crawl import Crawler
from monitor.runtime.jobs import check_source, read_entries
from monitor.runtime.manners import RobotsShelf, remember_hosts
from monitor.runtime.pool import Pool
from monitor.runtime.services import Services, manners
from monitor.schedule import LONGEST
from monitor.store import Store, entries, fetches, sources
from monitor.store.fetches import FetchRow
from monitor.watch import Watch, compile_watch

# A Tuesday noon.
START = datetime(2026, 3, 3, 12, tzinfo=UTC)
LEASE = timedelta(minutes=10)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CONFIG = """
[watch]
id = "port"
title = "Port"

[archive]
url = "sqlite:///unused.db"

[fetch]
contact = "https://desk.example/bot"

[[channels]]
id = "terminal"
kind = "console"

[[rules]]
id = "port"
query = "port"
"""


def feed(*items: str, extra: str = "") -> bytes:
    """An RSS feed whose items are paths."""
    listed = "".join(f"<item><title>Item {path}</title><link>{path}</link></item>" for path in items)
    head = f"<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel>{extra}"
    return f"{head}<title>Harbour news</title>{listed}</channel></rss>".encode()


@dataclass
class Polls:
    """A daemon without its metronome: what is due at `now` is checked, and nothing else."""

    engine: Any
    store: Store
    watch: Watch
    site: Any
    now: datetime = START
    running: list[Services] = field(default_factory=list)

    def start(self) -> None:
        """A new process on the same archive."""
        self.stop()
        self.engine.run(self._start())

    async def _start(self) -> None:
        writer = ThreadPoolExecutor(1)
        own = replace(manners(self.watch.config), delay=timedelta(0), allow_private=(self.site.door,))
        crawler = Crawler(own, RobotsShelf(self.store, writer, self.clock))
        services = Services(self.store, self.watch, {}, crawler, Pool(0), clock=self.clock, writer=writer)
        with self.store.write() as tx:
            sources.sync(tx, self.watch.config.sources, self.now)
            sources.free_leases(tx)
            entries.free_leases(tx)
        remember_hosts(self.store, crawler.hosts, self.now)
        self.running.append(services)

    def stop(self) -> None:
        for services in self.running:
            self.engine.run(services.pool.close())
            services.writer.shutdown()
        self.running.clear()

    def clock(self) -> datetime:
        return self.now

    def poll(self, *, force: bool = False) -> list[Checked]:
        """Check what is due now."""
        services = self.running[-1]
        busy = services.crawler.hosts.resting(self.now)
        done = []
        while True:
            with self.store.write() as tx:
                claimed = sources.claim_due(tx, services.owner, LEASE, 5, busy, self.now, force=force)
            if not claimed:
                return done
            for state in claimed:
                done.append(self.engine.run(check_source(services, self.watch.sources[state.source_id], state)))
            if force:
                return done

    def read(self) -> None:
        """Read the pages that wait now."""
        services = self.running[-1]
        busy = services.crawler.hosts.resting(self.now)
        with self.store.write() as tx:
            batch = entries.claim_waiting(tx, services.owner, LEASE, 20, busy, self.now)
        if batch:
            self.engine.run(read_entries(services, batch))

    def after(self, wait: timedelta) -> list[Checked]:
        self.now += wait
        return self.poll()

    def until_due(self) -> list[Checked]:
        """Move on to the next check, and make it."""
        self.now = max(self.now, self.state.due_at)
        return self.poll()

    @property
    def state(self) -> SourceState:
        with self.store.read() as tx:
            return sources.states(tx)[0]

    @property
    def wait(self) -> timedelta:
        return self.state.due_at - self.now

    def fetches(self, kind: str = "check") -> tuple[FetchRow, ...]:
        with self.store.read() as tx:
            return fetches.recent(tx, self.state.source_id, kind=kind)


@pytest.fixture
def begin(engine: Any, sqlite_store: Store, site: Any, tmp_path: Path) -> Iterator[Callable[..., Polls]]:
    """Starts polling the paths of the site, one source each (by default every 15 minutes)."""
    made: list[Polls] = []

    def start(*paths: str, every: str = "15m") -> Polls:
        lines = [
            f'[[sources]]\nid = "s{number}"\nkind = "feed"\nurl = "{site.url(path)}"\nevery = "{every}"\n'
            for number, path in enumerate(paths or ("/feed",))
        ]
        file = tmp_path / "storywatch.toml"
        file.write_text(CONFIG + "\n".join(lines), encoding="utf-8")
        made.append(Polls(engine, sqlite_store, compile_watch(load(file, {}, tmp_path)), site))
        made[-1].start()
        return made[-1]

    yield start
    for one in made:
        one.stop()


VALIDATORS = {"ETag": 'W/"a-1"', "Last_Modified": "Tue, 3 Mar 2026 9:00:00 +0200"}


def conditions(asked: Any) -> tuple[bytes | None, bytes | None]:
    return asked.header("If-None-Match"), asked.header("If-Modified-Since")


def test_rule_01_one_unconditional_request_and_none_after_a_restart(begin: Any, site: Any) -> None:
    site.answer("/feed", feed("/a"), **VALIDATORS)
    polls = begin()
    polls.poll()
    site.answer("/feed", b"", 304)
    polls.until_due()
    polls.start()
    polls.until_due()
    asked = [conditions(one) for one in site.visits("/feed")]
    assert asked[0] == (None, None) and len(asked) == 3 and all(None not in one for one in asked[1:])


@pytest.mark.parametrize("etag", ['"abc"', 'W/"weak-1"', "no-quotes", '"with, comma"', '"caf\xe9"'])
def test_rule_02_etag_goes_back_byte_for_byte(begin: Any, site: Any, etag: str) -> None:
    site.answer("/feed", feed("/a"), ETag=etag)
    polls = begin()
    polls.poll()
    polls.until_due()
    assert site.visits("/feed")[1].header("If-None-Match") == etag.encode("latin-1")


@pytest.mark.parametrize("date", ["Tue, 03 Mar 2026 09:00:00 GMT", "Tue, 3 Mar 2026 9:00 +0200", "yesterday", ""])
def test_rule_03_last_modified_goes_back_as_it_came_and_is_never_invented(begin: Any, site: Any, date: str) -> None:
    site.answer("/feed", feed("/a"), **({"Last_Modified": date} if date else {}))
    polls = begin()
    polls.poll()
    polls.until_due()
    assert site.visits("/feed")[1].header("If-Modified-Since") == (date.encode() or None)


def test_rule_04_both_validators_and_a_full_answer_without_one_clears_it(begin: Any, site: Any) -> None:
    site.script("/feed", *(site.reply(feed(f"/{n}"), **one) for n, one in enumerate((VALIDATORS, {"ETag": '"2"'}, {}))))
    polls = begin()
    for _ in range(4):
        polls.until_due()
    modified = VALIDATORS["Last_Modified"].encode()
    sent = [conditions(one) for one in site.visits("/feed")]
    assert sent == [(None, None), (b'W/"a-1"', modified), (b'"2"', None), (None, None)]


def test_rule_05_not_modified_keeps_the_validators_and_creates_nothing(begin: Any, site: Any) -> None:
    site.script("/feed", site.reply(feed("/a"), **VALIDATORS), site.reply(b"", 304, ETag='"other"'))
    polls = begin()
    polls.poll()
    before = polls.state
    [checked] = polls.until_due()
    assert (checked.outcome, checked.listed, checked.new, checked.reread) == (Outcome.UNCHANGED, 0, 0, 0)
    assert (polls.state.etag, polls.state.last_modified) == (before.etag, before.last_modified)
    assert polls.state.body_hash == before.body_hash and polls.state.failures == 0


def test_rule_06_is_void_for_news_checks_come_as_often_as_news_and_at_least_every_interval(
    begin: Any, site: Any
) -> None:
    site.answer("/feed", feed("/a"))
    polls = begin(every="15m")
    polls.poll()
    for _ in range(5):
        assert timedelta(minutes=5) <= polls.wait <= timedelta(minutes=15)
        polls.until_due()


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"Cache_Control": "public, max-age=7200"}, 2 * HOUR),
        ({"Expires": format_datetime(START + 3 * HOUR), "Date": format_datetime(START)}, 3 * HOUR),
        ({"Cache_Control": "max-age=7200, no-cache"}, timedelta(0)),
    ],
)
@pytest.mark.parametrize("status", [200, 304])
def test_rule_07_not_before_what_we_hold_is_stale(
    begin: Any, site: Any, headers: dict[str, str], least: timedelta, status: int
) -> None:
    site.answer("/feed", feed("/a") if status == 200 else b"", status, **headers)
    polls = begin()
    polls.poll()
    assert polls.wait >= least and (polls.wait <= 15 * MINUTE or least)
    if least:
        assert polls.after(least - MINUTE) == []
    assert len(site.visits("/feed")) == 1


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("text", ["7200", format_datetime(START + 2 * HOUR, usegmt=True), None])
def test_rule_08_retry_after_in_seconds_or_as_a_date_and_not_one_request_earlier(
    begin: Any, site: Any, status: int, text: str | None
) -> None:
    site.answer("/feed", b"", status, **({"Retry_After": text} if text else {}))
    site.answer("/other", feed("/a"))
    polls = begin("/feed", "/other")
    polls.poll()
    asked = len(site.asked)
    least = 2 * HOUR if text else 15 * MINUTE
    polls.start()
    wait = timedelta(0)
    while text and wait < least - MINUTE:
        polls.after(7 * MINUTE)
        wait = polls.now - START
        assert len(site.asked) == asked or wait >= least, "the whole host is left alone, also after a restart"
    assert polls.state.due_at >= START + least


def test_rule_09_no_cookies(begin: Any, site: Any) -> None:
    site.script("/feed", site.reply(b"", 302, Location="/real", Set_Cookie="a=b; Path=/"))
    site.answer("/real", feed("/a"), Set_Cookie="c=d; Path=/")
    polls = begin()
    polls.poll()
    polls.until_due()
    polls.read()
    assert len(site.asked) >= 5 and all(one.header("Cookie") is None for one in site.asked)


def test_rule_10_no_referer(begin: Any, site: Any) -> None:
    site.answer("/feed", b"", 302, Location="/real")
    site.answer("/real", feed("/a"))
    polls = begin()
    polls.poll()
    polls.read()
    assert len(site.asked) >= 4 and all(one.header("Referer") is None for one in site.asked)


@pytest.mark.parametrize("path", ["/feed?b=2&a=1&a=0", "/fe%65d/?q=%D1%8F&utm_source=rss", "/a//b/../feed;v=1"])
def test_rule_11_the_address_is_asked_as_it_stands(begin: Any, site: Any, path: str) -> None:
    site.answer(path, feed("/a"))
    polls = begin(path)
    polls.poll()
    polls.until_due()
    assert [one.path for one in site.asked if one.path != "/robots.txt"] == [path, path]


def test_rule_12_the_user_agent_has_a_name_a_version_and_a_contact_and_never_changes(begin: Any, site: Any) -> None:
    site.answer("/feed", feed("/a"))
    polls = begin()
    polls.poll()
    polls.until_due()
    polls.read()
    agents = {one.header("User-Agent") for one in site.asked}
    assert len(agents) == 1
    name, _, contact = str(agents.pop(), "latin-1").partition(" ")
    assert name.startswith("storywatch/") and name[-1].isdigit()
    assert contact.startswith("(+http") and contact.endswith(")")


def test_rule_13_compressed_answers_are_asked_for_and_read(begin: Any, site: Any) -> None:
    site.answer("/feed", gzip.compress(feed("/a")), Content_Encoding="gzip")
    polls = begin()
    [checked] = polls.poll()
    assert checked.new == 1
    assert all(b"gzip" in one.header("Accept-Encoding") for one in site.asked)


def test_rule_14_accept_names_the_feed_types(begin: Any, site: Any) -> None:
    site.answer("/feed", feed("/a"))
    begin().poll()
    accept = site.visits("/feed")[0].header("Accept")
    for kind in (b"application/rss+xml", b"application/atom+xml", b"application/feed+json"):
        assert kind in accept


@pytest.mark.parametrize(("status", "believed"), [(301, True), (308, True), (302, False), (303, False), (307, False)])
def test_rule_15_permanent_moves_are_kept_after_three_equal_answers_and_others_never(
    begin: Any, site: Any, status: int, believed: bool
) -> None:
    site.answer("/feed", b"", status, Location="/new")
    site.answer("/new", feed("/a"))
    polls = begin()
    for _ in range(6):
        polls.until_due()
    assert len(site.visits("/feed")) == (3 if believed else 6)
    assert polls.state.url == site.url("/new" if believed else "/feed")


def test_rule_16_gone_stops_for_good_and_not_found_does_not(begin: Any, site: Any) -> None:
    site.answer("/feed", b"", 404)
    polls = begin()
    polls.poll()
    assert polls.state.gone_at is None and 15 * MINUTE < polls.wait <= HOUR
    site.answer("/feed", b"", 410)
    polls.until_due()
    asked = len(site.asked)
    assert polls.state.gone_at == polls.now
    polls.start()
    for _ in range(40):
        polls.after(10 * DAY)
    assert len(site.asked) == asked and polls.fetches()[0].outcome is Outcome.GONE


def test_rule_17_a_check_is_one_request_and_known_addresses_only(begin: Any, site: Any) -> None:
    site.answer("/feed", feed("/a", "/b"))
    polls = begin()
    for _ in range(5):
        polls.until_due()
    assert [one.path for one in site.asked] == ["/robots.txt"] + ["/feed"] * 5


def test_rule_18_the_time_of_the_next_check_survives_a_restart_without_a_burst(begin: Any, site: Any) -> None:
    for number in range(4):
        site.answer(f"/feed{number}", feed("/a"))
    polls = begin(*(f"/feed{number}" for number in range(4)))
    polls.poll()
    asked, due = len(site.asked), polls.state.due_at
    for _ in range(5):
        polls.start()
        assert polls.poll() == []
    assert len(site.asked) == asked and polls.state.due_at == due
    polls.after(DAY)
    # All are overdue now: each is asked once, one after another, and robots.txt once.
    again = [one.path for one in site.asked[asked:]]
    assert again[0] == "/robots.txt" and sorted(again[1:]) == [f"/feed{number}" for number in range(4)]
    assert site.most_open == 1


def test_rule_19_jitter_and_never_two_requests_to_a_host_at_once(begin: Any, site: Any) -> None:
    for number in range(6):
        site.answer(f"/feed{number}", feed("/a"), Cache_Control="max-age=3600")
    polls = begin(*(f"/feed{number}" for number in range(6)))
    services = polls.running[-1]
    with polls.store.write() as tx:
        first = sources.claim_due(tx, services.owner, LEASE, 9, set(), polls.now)
    assert len(first) == 1, "a host gets one job at a time"
    with polls.store.write() as tx:
        sources.free_leases(tx)
    polls.poll()
    with polls.store.read() as tx:
        waits = {state.due_at - polls.now for state in sources.states(tx)}
    assert site.most_open == 1 and len(waits) == 6 and min(waits) >= HOUR and max(waits) <= 1.1 * HOUR


@pytest.mark.parametrize(
    ("extra", "least", "most"),
    [
        ("<ttl>120</ttl>", 2 * HOUR, 2.2 * HOUR),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>6</sy:updateFrequency>", 4 * HOUR, 4.4 * HOUR),
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", HOUR, 1.1 * HOUR),
        ("<skipHours><hour>12</hour><hour>13</hour></skipHours>", 2 * HOUR, 2 * HOUR),
        ("<skipDays><day>Tuesday</day></skipDays>", 12 * HOUR, 12 * HOUR),
    ],
)
def test_rule_20_what_the_feed_asks_for_is_the_least_wait(
    begin: Any, site: Any, extra: str, least: timedelta, most: timedelta
) -> None:
    site.script("/feed", site.reply(feed("/a", extra=extra), **VALIDATORS), site.reply(b"", 304))
    polls = begin()
    polls.poll()
    assert least <= polls.wait <= most
    # An unchanged body is not parsed, and its wishes hold all the same.
    polls.now = START + MINUTE
    polls.poll(force=True)
    assert polls.state.due_at >= START + least


def test_rule_21_pages_are_not_fetched_again_while_their_entry_is_unchanged(begin: Any, site: Any) -> None:
    page = b"<html><title>A</title><article><p>" + b"The ferry sails at noon. " * 40 + b"</p></article></html>"
    site.script("/feed", site.reply(feed("/a")), site.reply(feed("/b", "/a")))
    for path in ("/a", "/b"):
        site.answer(path, page, Content_Type="text/html")
    polls = begin()
    for _ in range(3):
        polls.until_due()
        polls.read()
    assert [len(site.visits(path)) for path in ("/a", "/b")] == [1, 1]
    assert [one.outcome for one in polls.fetches("page")] == [Outcome.OK, Outcome.OK]


@pytest.mark.parametrize("headers", [{"Cache_Control": "max-age=31536000"}, {"Retry_After": "31536000"}])
@pytest.mark.parametrize("status", [200, 503])
def test_rule_22_no_wish_exceeds_a_day(begin: Any, site: Any, headers: dict[str, str], status: int) -> None:
    site.answer("/feed", feed("/a"), status, **headers)
    polls = begin()
    polls.poll()
    assert polls.wait <= LONGEST == DAY
    polls.after(DAY)
    assert len(site.visits("/feed")) == 2


def test_refusals_wait_an_hour_at_least(begin: Any, site: Any) -> None:
    site.answer("/feed", b"no", 403)
    polls = begin()
    polls.poll()
    assert polls.wait >= 0.9 * HOUR and polls.state.gone_at is None


def test_crawl_delay_holds_over_a_restart(begin: Any, site: Any) -> None:
    site.answer("/robots.txt", b"User-agent: *\nCrawl-delay: 1")
    site.answer("/feed", feed("/a"))
    polls = begin()
    polls.poll()
    polls.start()
    # The archive's clock stands still while the wire's runs: what counts is that the pause is kept and the rules known.
    began = time.monotonic()
    polls.poll(force=True)
    assert [one.path for one in site.asked] == ["/robots.txt", "/feed", "/feed"]
    assert 0.5 < time.monotonic() - began < 10
    assert site.asked[1].at - site.asked[0].at > 0.9


def test_a_batch_of_pages_ends_where_the_host_says_too_many(begin: Any, site: Any) -> None:
    site.answer("/feed", feed(*(f"/p{number}" for number in range(5))))
    page = b"<html><title>A</title><article><p>" + b"The ferry sails at noon. " * 40 + b"</p></article></html>"
    for number in range(5):
        site.answer(f"/p{number}", page, Content_Type="text/html")
    site.answer("/p1", b"", 429, Retry_After="3600")
    polls = begin()
    polls.poll()
    polls.read()
    assert [one.path for one in site.asked] == ["/robots.txt", "/feed", "/p0", "/p1"]
    polls.now += 59 * MINUTE
    polls.start()
    polls.read()
    assert len(site.asked) == 4
    outcomes = [row.outcome for row in polls.fetches("page")]
    assert outcomes.count(Outcome.OK) == 1 and outcomes.count(Outcome.RATE_LIMITED) == 4
    for number in range(5):
        site.answer(f"/p{number}", page, Content_Type="text/html")
    polls.now += 2 * MINUTE
    polls.read()
    assert sorted(one.path for one in site.asked[4:]) == ["/p1", "/p2", "/p3", "/p4"]


def test_every_page_fetch_leaves_a_record(begin: Any, site: Any) -> None:
    site.answer("/feed", feed("/missing", "/closed"))
    site.answer("/closed", b"<p>no</p>", 403)
    polls = begin()
    polls.poll()
    polls.read()
    rows = {row.url: row for row in polls.fetches("page")}
    assert {url: (row.outcome, row.status) for url, row in rows.items()} == {
        site.url("/missing"): (Outcome.NOT_FOUND, 404),
        site.url("/closed"): (Outcome.FORBIDDEN, 403),
    }
    assert rows[site.url("/closed")].size == len(b"<p>no</p>") and rows[site.url("/closed")].elapsed > 0


PAGE = b"<html><title>A ferry</title><article><p>" + b"The ferry sails at noon. " * 40 + b"</p></article></html>"
WALL = b"<html><title>Just a moment...</title><script>window._cf_chl_opt={}</script></html>"


def test_a_wall_is_recorded_under_its_name(begin: Any, site: Any) -> None:
    site.answer("/feed", feed("/a", "/b", "/c"))
    site.answer("/a", WALL, 403, Content_Type="text/html", cf_mitigated="challenge")
    site.answer("/b", b"<html><title>Page not found</title><h1>Page not found</h1></html>", Content_Type="text/html")
    site.answer("/c", PAGE, Content_Type="text/html")
    polls = begin()
    polls.poll()
    polls.read()
    rows = {row.url: row for row in polls.fetches("page")}
    assert [rows[site.url(path)].outcome for path in ("/a", "/b", "/c")] == [
        Outcome.BLOCKED,
        Outcome.NOT_FOUND,
        Outcome.OK,
    ]
    assert "challenge" in rows[site.url("/a")].error and "Page not found" in rows[site.url("/b")].error
    polls.now += DAY
    polls.read()
    assert len(site.visits("/a")) == 1, "a wall is not run against again"


def test_a_wall_in_place_of_a_feed_is_recorded_under_its_name(begin: Any, site: Any) -> None:
    site.answer("/feed", WALL, 200, Content_Type="text/html")
    polls = begin()
    [checked] = polls.poll()
    assert checked.outcome is Outcome.BLOCKED and polls.wait >= 0.9 * HOUR and "_cf_chl_opt" in checked.error
