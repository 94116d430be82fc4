"""The 22 rules of a well-behaved feed reader, one test each, against a server that writes every request down.

The real thing on a virtual clock: claim what is due, crawl, parse, record, schedule. Rules from
rachelbythebay.com/fs/help.html and openrss.org/guides; those marked as our own in docs/fetching.md come from practice.
"""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from monitor.model import Outcome
from monitor.schedule import JITTER, LONGEST
from monitor.store import sources

# A Tuesday noon.
START = datetime(2026, 3, 3, 12, tzinfo=UTC)
LEASE = timedelta(minutes=10)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def feed(*items: str, extra: str = "") -> bytes:
    """An RSS feed whose items are paths."""
    listed = "".join(f"<item><title>Item {path}</title><link>{path}</link></item>" for path in items)
    head = f"<rss version='2.0' xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'><channel>{extra}"
    return f"{head}<title>Harbour news</title>{listed}</channel></rss>".encode()


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
        # The period that a program writes into all its feeds is advice: never longer than `every`.
        ("<sy:updatePeriod>hourly</sy:updatePeriod>", 15 * MINUTE, 16.5 * MINUTE),
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
    # An unchanged body is not parsed, and its wishes hold all the same; what is only advice is an ordinary wait.
    polls.now = START + MINUTE
    polls.poll(force=True)
    held = least if least > HOUR else least * (1 - JITTER)
    assert polls.state.due_at >= START + held


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
