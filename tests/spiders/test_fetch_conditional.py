"""Polling as the conformance rules want it: validators byte for byte, clean requests, moves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.model import Fetch, Outcome, Source, SourceState, Validators
from monitor.schedule import next_check
from spiders.page import PageRequest, validators_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
FEED = b"<rss version='2.0'><channel><title>Harbour news</title></channel></rss>"


def polled(engine: Any, crawler: Any, state: SourceState) -> Fetch:
    fetch = engine.run(crawler.check(Source("harbour", "feed", state.url), state, NOW))
    assert isinstance(fetch, Fetch)
    return fetch


def after(state: SourceState, fetch: Fetch) -> SourceState:
    return next_check(
        Source("harbour", "feed", state.url),
        state,
        fetch,
        NOW,
        listed=0,
        new=0,
        weekly=7,
        ttl=None,
        floor=timedelta(minutes=5),
        jitter=0,
    )


@pytest.mark.parametrize(
    ("etag", "modified"),
    [
        ('"abc"', "Sun, 01 Mar 2026 10:00:00 GMT"),
        ('W/"weak-1"', "Sun, 1 Mar 2026 9:00:00 +0200"),
        ("no-quotes-at-all", ""),
        ("", "yesterday, about noon"),
        ('"caf\xe9;=,x"', "0"),
    ],
)
def test_validators_go_back_as_they_came(engine: Any, build: Any, site: Any, etag: str, modified: str) -> None:
    headers = {name: value for name, value in {"ETag": etag, "Last-Modified": modified}.items() if value}
    url = site.answer("/feed", FEED, **headers)
    crawler, state = build(), SourceState("harbour", url, NOW)

    first = polled(engine, crawler, state)
    site.answer("/feed", b"", 304)
    second = polled(engine, crawler, after(state, first))

    unconditional, conditional = site.visits("/feed")
    assert first.outcome is Outcome.OK and first.body == FEED and first.started == NOW
    assert unconditional.header("If-None-Match") is None and unconditional.header("If-Modified-Since") is None
    assert conditional.header("If-None-Match") == (etag.encode("latin-1") or None)
    assert conditional.header("If-Modified-Since") == (modified.encode("latin-1") or None)
    assert second.outcome is Outcome.UNCHANGED and second.status == 304 and second.body == b""


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(etag=st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), min_size=1).map(str.strip).filter(bool))
def test_any_etag_survives_the_round_trip(engine: Any, build: Any, site: Any, etag: str) -> None:
    etag = etag.strip("\xa0\x85") or "x"
    url = site.answer("/feed", FEED, ETag=etag)
    crawler, state = build(), SourceState("harbour", url, NOW)
    polled(engine, crawler, after(state, polled(engine, crawler, state)))
    assert site.visits("/feed")[-1].header("If-None-Match") == etag.encode("latin-1")


def test_a_request_carries_only_what_it_must(engine: Any, build: Any, site: Any) -> None:
    site.answer("/first", b"", 302, Location=site.url("/feed"), Set_Cookie="a=b")
    site.answer("/feed", FEED, Set_Cookie="c=d")
    crawler = build(user_agent="storywatch/1 (+desk@example.org)")
    state = SourceState("harbour", site.url("/first"), NOW)
    polled(engine, crawler, state)
    polled(engine, crawler, state)
    for asked in site.asked:
        names = {name.lower() for name in asked.headers}
        assert names <= {"accept", "accept-encoding", "host", "user-agent"}, asked
        assert asked.header("User-Agent") == b"storywatch/1 (+desk@example.org)"
        assert b"gzip" in (asked.header("Accept-Encoding") or b"")
    feed = site.visits("/feed")[0]
    assert b"application/rss+xml" in (feed.header("Accept") or b"") and b"atom" in (feed.header("Accept") or b"")


def test_pages_ask_for_pages(engine: Any, build: Any, site: Any) -> None:
    url = site.answer("/page", b"<p>x</p>", Content_Type="text/html")

    async def read() -> list[Any]:
        return [one async for one in build_.read([("tag", PageRequest(url))])]

    build_ = build()
    [(tag, fetch)] = engine.run(read())
    assert tag == "tag" and fetch.outcome is Outcome.OK
    assert (site.visits("/page")[0].header("Accept") or b"").startswith(b"text/html")


def test_a_page_that_is_looked_at_again_is_asked_for_conditionally(engine: Any, build: Any, site: Any) -> None:
    url = site.answer("/page", b"<p>x</p>", Content_Type="text/html", ETag='"v1"')
    crawler = build()

    async def read(validators: Validators | None) -> Fetch:
        [(_tag, fetch)] = [one async for one in crawler.read([("tag", PageRequest(url, validators))])]
        return fetch

    first = engine.run(read(None))
    site.answer("/page", b"", 304)
    assert validators_of(first) == Validators('"v1"')
    again = engine.run(read(validators_of(first)))
    assert (again.outcome, again.status) == (Outcome.UNCHANGED, 304)
    assert [one.header("If-None-Match") for one in site.visits("/page")] == [None, b'"v1"']


@pytest.mark.parametrize(
    "path",
    [
        "/feed?a=1&b=2&a=3",
        "/feed?q=%D1%8F&utm_source=rss",
        "/fe%65d/%7euser/",
        "/feed;v=1?x=[1]|{2}^`'",
        "/a//b/../c/./d",
        "/feed?url=http://example.org/?a=b",
        "/feed?plus=a+b&percent=%",
    ],
)
def test_the_address_is_sent_as_it_stands(engine: Any, build: Any, site: Any, path: str) -> None:
    polled(engine, build(), SourceState("harbour", site.answer(path, FEED), NOW))
    assert [one.path for one in site.asked] == ["/robots.txt", path]


def test_letters_beyond_ascii_are_escaped(engine: Any, build: Any, site: Any) -> None:
    site.answer("/%D0%BC%D0%B8%D1%80", FEED)
    assert polled(engine, build(), SourceState("harbour", site.url("/мир"), NOW)).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("statuses", "permanent"),
    [
        ([301], True),
        ([308], True),
        ([301, 308], True),
        ([302], False),
        ([307], False),
        ([303], False),
        ([301, 302], False),
    ],
)
def test_only_a_chain_of_permanent_redirects_is_a_move(
    engine: Any, build: Any, site: Any, statuses: list[int], permanent: bool
) -> None:
    for number, status in enumerate(statuses):
        site.answer(f"/{number}", b"", status, Location=f"/{number + 1}")
    target = site.answer(f"/{len(statuses)}", FEED)
    fetch = polled(engine, build(), SourceState("harbour", site.url("/0"), NOW))
    assert fetch.outcome is Outcome.OK and fetch.final_url == target
    assert fetch.permanent_url == (target if permanent else "")


def test_a_move_is_followed_for_good_after_three_equal_answers(engine: Any, build: Any, site: Any) -> None:
    site.answer("/old", b"", 301, Location="/new")
    target = site.answer("/new", FEED)
    crawler, state = build(), SourceState("harbour", site.url("/old"), NOW)
    seen = []
    for _ in range(4):
        state = after(state, polled(engine, crawler, state))
        seen.append(state.url)
    assert seen == [site.url("/old"), site.url("/old"), target, target]
    assert len(site.visits("/old")) == 3


def test_a_permanent_redirect_to_an_error_is_no_move(engine: Any, build: Any, site: Any) -> None:
    site.answer("/old", b"", 301, Location="/missing")
    fetch = polled(engine, build(), SourceState("harbour", site.url("/old"), NOW))
    assert (fetch.outcome, fetch.permanent_url) == (Outcome.NOT_FOUND, "")


def test_a_full_answer_without_validators_clears_them(engine: Any, build: Any, site: Any) -> None:
    url = site.answer("/feed", FEED)
    state = replace(SourceState("harbour", url, NOW), etag='"old"', last_modified="old")
    crawler = build()
    state = after(state, polled(engine, crawler, state))
    assert (state.etag, state.last_modified) == ("", "")
    polled(engine, crawler, state)
    assert site.visits("/feed")[-1].header("If-None-Match") is None
