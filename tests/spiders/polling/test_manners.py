"""How a host is treated beyond the 22 rules: refusals, rests, walls, and a record of every fetch."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from monitor.model import Outcome

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def feed(*items: str, extra: str = "") -> bytes:
    """An RSS feed whose items are paths."""
    listed = "".join(f"<item><title>Item {path}</title><link>{path}</link></item>" for path in items)
    head = f"<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel>{extra}"
    return f"{head}<title>Harbour news</title>{listed}</channel></rss>".encode()


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
