"""Every way in which an exchange can end has its name, and none of them stops the caller."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import socket
import ssl
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import trustme

from monitor.model import Fetch, Outcome, Source, SourceState
from monitor.schedule import retry_after
from spiders.exchange import Ask
from spiders.feed import FeedSpider
from spiders.page import PageRequest, PageSpider

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def fetched(engine: Any, crawler: Any, url: str, spider: type[Any] = FeedSpider) -> Fetch:
    fetch = engine.run(crawler.fetch(Ask(url), spider))
    assert isinstance(fetch, Fetch)
    return fetch


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.OK),
        (203, Outcome.OK),
        (204, Outcome.EMPTY),
        (304, Outcome.UNCHANGED),
        (400, Outcome.CLIENT_ERROR),
        (401, Outcome.UNAUTHORISED),
        (402, Outcome.CLIENT_ERROR),
        (403, Outcome.FORBIDDEN),
        (404, Outcome.NOT_FOUND),
        (410, Outcome.GONE),
        (418, Outcome.CLIENT_ERROR),
        (429, Outcome.RATE_LIMITED),
        (451, Outcome.LEGAL),
        (500, Outcome.SERVER_ERROR),
        (503, Outcome.SERVER_ERROR),
        (599, Outcome.SERVER_ERROR),
        (302, Outcome.REDIRECTS),
    ],
)
def test_statuses(engine: Any, build: Any, site: Any, status: int, outcome: Outcome) -> None:
    body = b"" if status in (204, 304) else b"<x/>"
    fetch = fetched(engine, build(), site.answer("/feed", body, status))
    assert (fetch.outcome, fetch.status, fetch.final_url) == (outcome, status, site.url("/feed"))
    assert bool(fetch.error) == (outcome not in (Outcome.OK, Outcome.UNCHANGED))


@pytest.mark.parametrize(("status", "requests"), [(429, 1), (503, 1), (404, 1), (500, 2), (502, 2)])
def test_only_passing_errors_are_tried_again_at_once(
    engine: Any, build: Any, site: Any, status: int, requests: int
) -> None:
    fetched(engine, build(), site.answer("/feed", b"", status))
    assert len(site.visits("/feed")) == requests


def test_a_second_try_can_succeed(engine: Any, build: Any, site: Any) -> None:
    url = site.script("/feed", site.reply(b"", 502), site.reply(b"<rss/>"))
    assert fetched(engine, build(), url).outcome is Outcome.OK


@pytest.mark.parametrize("text", ["90", "Sun, 01 Mar 2026 12:01:30 GMT"])
def test_retry_after_arrives_in_both_spellings(engine: Any, build: Any, site: Any, text: str) -> None:
    fetch = fetched(engine, build(), site.answer("/feed", b"", 429, Retry_After=text))
    assert retry_after(fetch.headers, NOW) == timedelta(seconds=90)


def dripping(connection: socket.socket, _asked: Any) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    for _ in range(60):
        connection.sendall(b"x")
        time.sleep(0.1)


def silent(connection: socket.socket, _asked: Any) -> None:
    connection.recv(1)


def slow_header(connection: socket.socket, _asked: Any) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    for number in range(60):
        connection.sendall(f"X-{number}: y\r\n".encode())
        time.sleep(0.1)


@pytest.mark.parametrize("script", [dripping, silent, slow_header])
def test_slow_servers_are_cut_off(engine: Any, build: Any, site: Any, script: Any) -> None:
    began = time.monotonic()
    fetch = fetched(engine, build(timeout=timedelta(seconds=0.5)), site.script("/feed", script))
    assert fetch.outcome is Outcome.TIMEOUT and time.monotonic() - began < 3


def endless(connection: socket.socket, _asked: Any) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"8000\r\n" + b"x" * 0x8000 + b"\r\n")


def test_endless_bodies_are_cut_off(engine: Any, build: Any, site: Any) -> None:
    assert fetched(engine, build(max_body=200_000), site.script("/feed", endless)).outcome is Outcome.TOO_LARGE


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, b"x" * 100_001),
        ({"Content_Encoding": "gzip"}, gzip.compress(b"x" * 3_000_000, mtime=0)),
        ({"Content_Encoding": "deflate"}, zlib.compress(b"x" * 3_000_000)),
        ({"Content_Encoding": "gzip, gzip"}, gzip.compress(gzip.compress(b"x" * 3_000_000, mtime=0), mtime=0)),
    ],
)
def test_bodies_are_measured_after_decoding(
    engine: Any, build: Any, site: Any, headers: dict[str, str], body: bytes
) -> None:
    fetch = fetched(engine, build(max_body=100_000), site.answer("/feed", body, **headers))
    assert (fetch.outcome, fetch.body) == (Outcome.TOO_LARGE, b"")


def test_compressed_bodies_arrive_decoded(engine: Any, build: Any, site: Any) -> None:
    fetch = fetched(engine, build(), site.answer("/feed", gzip.compress(b"<rss/>", mtime=0), Content_Encoding="gzip"))
    assert (fetch.outcome, fetch.body) == (Outcome.OK, b"<rss/>")


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("data", "reset"),
    [
        (HEAD + b"Content-Length: 100\r\n\r\nshort", False),
        (HEAD + b"Content-Length: 100\r\n\r\nshort", True),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", False),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n", False),
        (HEAD + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", False),
        (HEAD + b"Content-Length: 6\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8bnope", False),
        (HEAD[:9], False),
        (b"", False),
        (b"", True),
        (b"<html>no head at all</html>\r\n\r\n", False),
        (HEAD + b"X: " + b"y" * 100_000 + b"\r\n\r\n", False),
    ],
)
def test_broken_answers(engine: Any, build: Any, site: Any, data: bytes, reset: bool) -> None:
    fetch = fetched(engine, build(), site.raw("/feed", data, reset=reset))
    assert fetch.outcome is Outcome.BROKEN and fetch.error


def test_an_answer_without_length_ends_with_its_connection(engine: Any, build: Any, site: Any) -> None:
    fetch = fetched(engine, build(), site.raw("/feed", HEAD + b"\r\n<rss/>"))
    assert (fetch.outcome, fetch.body) == (Outcome.OK, b"<rss/>")


def test_nobody_listens(engine: Any, build: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        door = f"127.0.0.1:{server.getsockname()[1]}"
    assert fetched(engine, build(allow_private=(door,)), f"http://{door}/").outcome is Outcome.REFUSED


def test_no_such_name(engine: Any, build: Any) -> None:
    fetch = fetched(engine, build(), "http://nowhere.example/")
    assert fetch.outcome is Outcome.DNS and "nowhere.example" in fetch.error


@contextlib.contextmanager
def listening(speak: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that says one thing to each of its visitors."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, contextlib.suppress(OSError):
                        speak(connection)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join(5)


def test_an_untrusted_certificate_is_refused(engine: Any, build: Any) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("localhost").configure_cert(context)
    with listening(lambda connection: context.wrap_socket(connection, server_side=True).close()) as port:
        fetch = fetched(engine, build(allow_private=(f"localhost:{port}",)), f"https://localhost:{port}/")
    assert fetch.outcome is Outcome.TLS and "verify failed" in fetch.error


def test_plain_http_where_tls_was_asked_for(engine: Any, build: Any) -> None:
    def speak(connection: socket.socket) -> None:
        connection.recv(1000)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with listening(speak) as port:
        fetch = fetched(engine, build(allow_private=(f"127.0.0.1:{port}",)), f"https://127.0.0.1:{port}/")
    assert fetch.outcome is Outcome.TLS


@pytest.mark.parametrize("body", [b"", b"   \r\n\t"])
def test_empty(engine: Any, build: Any, site: Any, body: bytes) -> None:
    assert fetched(engine, build(), site.answer("/feed", body)).outcome is Outcome.EMPTY


@pytest.mark.parametrize(
    ("content_type", "body", "outcome"),
    [
        ("text/html", b"<p>x</p>", Outcome.OK),
        ("application/octet-stream", b"\xef\xbb\xbf\n <!doctype html><p>x</p>", Outcome.OK),
        ("", b"<html>x</html>", Outcome.OK),
        ("text/plain", b"plain words", Outcome.OK),
        ("application/pdf", b"%PDF-1.7 ...", Outcome.NOT_HTML),
        ("text/html; charset=utf-8", b"%PDF-1.7 ...", Outcome.NOT_HTML),
        ("image/png", b"\x89PNG\r\n", Outcome.NOT_HTML),
        ("application/json", b'{"a": 1}', Outcome.NOT_HTML),
    ],
)
def test_pages_are_known_by_their_content(
    engine: Any, build: Any, site: Any, content_type: str, body: bytes, outcome: Outcome
) -> None:
    headers = {"Content_Type": content_type} if content_type else {}
    fetch = fetched(engine, build(), site.answer("/page", body, **headers), PageSpider)
    assert fetch.outcome is outcome and bool(fetch.body) == (outcome is Outcome.OK)
    assert fetched(engine, build(), site.url("/page"), FeedSpider).outcome is Outcome.OK


@pytest.mark.parametrize(
    ("location", "outcome"),
    [
        ("/loop", Outcome.REDIRECTS),
        ("file:///etc/passwd", Outcome.REDIRECTS),
        ("", Outcome.REDIRECTS),
        ("http://", Outcome.REDIRECTS),
        ("http://[::1", Outcome.REDIRECTS),
        ("\xff\xfe://\x81", Outcome.NOT_FOUND),
        ("/" + "x" * 20_000, Outcome.BROKEN),
    ],
)
def test_redirects_that_lead_nowhere(engine: Any, build: Any, site: Any, location: str, outcome: Outcome) -> None:
    fetch = fetched(engine, build(), site.answer("/loop", b"x", 302, Location=location))
    assert fetch.outcome is outcome, fetch
    assert len(site.visits("/loop")) <= 6


def test_six_redirects_are_too_many_and_five_are_not(engine: Any, build: Any, site: Any) -> None:
    for number in range(6):
        site.answer(f"/{number}", b"", 302, Location=f"/{number + 1}")
    site.answer("/6", b"<rss/>")
    assert fetched(engine, build(), site.url("/1")).outcome is Outcome.OK
    assert fetched(engine, build(), site.url("/0")).outcome is Outcome.REDIRECTS


class Crashing(PageSpider):
    def parse(self, response: Any, **_kwargs: Any) -> None:
        raise ZeroDivisionError("in a callback")


class CrashingAtStart(PageSpider):
    async def start(self) -> Any:
        for number, ask in enumerate(self.errand.asks[:1]):
            yield self._request(number, ask)
        raise KeyError("at the start")


@pytest.mark.parametrize(("spider", "name"), [(Crashing, "ZeroDivisionError"), (CrashingAtStart, "KeyError")])
def test_a_crashed_spider_is_an_outcome(engine: Any, build: Any, site: Any, spider: Any, name: str) -> None:
    crawler, url = build(), site.answer("/page", b"<p>x</p>")

    async def both() -> dict[int, Fetch]:
        return {number: fetch async for number, fetch in crawler._errand([Ask(url), Ask(url)], spider)}

    fetches = engine.run(both())
    assert sorted(fetches) == [0, 1]
    assert fetches[1].outcome is Outcome.CRASHED and name in fetches[1].error
    assert fetched(engine, crawler, url, PageSpider).outcome is Outcome.OK


def test_pages_come_in_order_each_with_its_tag(engine: Any, build: Any, site: Any) -> None:
    pages = [site.answer(f"/{number}", b"<p>x</p>") for number in range(5)]
    site.raw("/2", b"", reset=True)

    async def read() -> list[tuple[int, Outcome]]:
        tagged = [(number, PageRequest(url)) for number, url in enumerate(pages)]
        return [(tag, fetch.outcome) async for tag, fetch in crawler.read(tagged)]

    crawler = build()
    seen = engine.run(read())
    assert sorted(seen) == [(n, Outcome.BROKEN if n == 2 else Outcome.OK) for n in range(5)]
    assert [one.path for one in site.asked if one.path not in ("/robots.txt", "/2")] == ["/0", "/1", "/3", "/4"]
    assert site.most_open == 1


def test_no_pages_are_no_crawl(engine: Any, build: Any, site: Any) -> None:
    async def read() -> list[Any]:
        return [one async for one in crawler.read([])]

    crawler = build()
    assert engine.run(read()) == [] and site.asked == []


def test_stopping_waits_for_what_is_in_flight(engine: Any, build: Any, site: Any) -> None:
    def slowly(connection: socket.socket, asked: Any) -> None:
        time.sleep(0.5)
        site.reply(b"<p>x</p>")(connection, asked)

    pages = [site.script(f"/{number}", slowly) for number in range(3)]

    async def read_and_stop() -> list[Outcome]:
        reading = asyncio.ensure_future(collect())
        while not site.visits("/0"):
            await asyncio.sleep(0.02)
        await crawler.stop()
        return await reading

    async def collect() -> list[Outcome]:
        tagged = [(number, PageRequest(url)) for number, url in enumerate(pages)]
        return [fetch.outcome async for _tag, fetch in crawler.read(tagged)]

    crawler = build()
    assert engine.run(read_and_stop()) == [Outcome.OK, Outcome.STOPPED, Outcome.STOPPED]
    assert fetched(engine, crawler, pages[0]).outcome is Outcome.STOPPED
    state = SourceState("s", pages[0], NOW)
    assert engine.run(crawler.check(Source("s", "feed", pages[0]), state, NOW)).outcome is Outcome.STOPPED


def test_what_does_not_end_in_time_is_stopped(engine: Any, build: Any, site: Any) -> None:
    url = site.script("/0", lambda _connection, _asked: time.sleep(1))

    async def read_and_stop() -> Outcome:
        reading = asyncio.ensure_future(crawler.fetch(Ask(url)))
        while not site.visits("/0"):
            await asyncio.sleep(0.02)
        await crawler.stop(within=0.1)
        return (await reading).outcome

    crawler = build(timeout=timedelta(seconds=20))
    assert engine.run(read_and_stop()) is Outcome.STOPPED


def test_a_job_has_one_deadline_for_everything(engine: Any, build: Any, site: Any) -> None:
    def almost(connection: socket.socket, asked: Any) -> None:
        time.sleep(0.4)
        site.reply(b"", 302, Location=f"{asked.path}0")(connection, asked)

    for number in range(1, 8):
        site.script("/r" + "0" * number, almost)
    began = time.monotonic()
    fetch = fetched(engine, build(timeout=timedelta(seconds=0.6)), site.url("/r0"))
    assert fetch.outcome is Outcome.TIMEOUT and time.monotonic() - began < 4
