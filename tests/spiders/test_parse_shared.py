"""Real feeds, the fixtures of other readers, and hostile bodies: a value or a ParseError, never anything else."""

from __future__ import annotations

import asyncio
import gzip
import io
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import feedparser

from monitor.errors import ParseError
from monitor.model import Listing, Source
from monitor.runtime.pool import Killed, Limits, Pool
from spiders.extract import extract
from spiders.parse import parse_feed

NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://paper.example/feed"
SOURCE = Source("any", "feed", URL)


def in_pool(bodies: Sequence[bytes], limits: Limits | None = None) -> list[Listing | ParseError | Killed]:
    """What parsing each body in a child ends with; any other exception fails the test."""

    async def one(pool: Pool, body: bytes) -> Listing | ParseError | Killed:
        try:
            return await pool.run(parse_feed, body, SOURCE, URL, "", NOW, timeout=60)
        except (ParseError, Killed) as error:
            return error

    async def session() -> list[Listing | ParseError | Killed]:
        pool = Pool(2, limits)
        try:
            return await asyncio.gather(*(one(pool, body) for body in bodies))
        finally:
            await pool.close()

    return asyncio.run(session())


def test_real_feeds_lose_no_entry(shared: Path) -> None:
    files = sorted((shared / "data/feeds/real").glob("*.gz"))
    bodies = [gzip.decompress(file.read_bytes()) for file in files]
    listings = in_pool(bodies)
    assert len(listings) == 100
    listed = 0
    for number, (body, listing) in enumerate(zip(bodies, listings, strict=True)):
        assert isinstance(listing, Listing), files[number].name
        assert all(entry.url.startswith("http") and entry.guid for entry in listing.entries)
        assert all(entry.published is None or entry.published <= NOW for entry in listing.entries)
        listed += len(listing.entries)
        # Reading all of them the other way costs as much again: every tenth is compared, the total covers the rest.
        if number % 10 == 0:
            plain = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
            assert len(listing.entries) + len(listing.rejected) >= len(plain.entries), files[number].name
    assert listed >= 2_645


def test_fixtures_of_other_readers(shared: Path) -> None:
    folders = (shared / "data/feeds/miniflux", shared / "data/feeds/reader-tests-data")
    files = [
        file for folder in folders for file in folder.rglob("*") if file.suffix in (".xml", ".rss", ".atom", ".json")
    ]
    assert len(files) > 25
    read = 0
    for file in files:
        try:
            read += bool(parse_feed(file.read_bytes(), SOURCE, URL, "", NOW).entries)
        except ParseError as error:
            assert str(error)
    assert read >= 16


def hostile_sample(shared: Path) -> list[Path]:
    """Every attack of our own, and every so-many-th file of the large collections."""
    folder = shared / "data/hostile"
    own = [file for file in (folder / "generated").iterdir() if not file.name.startswith("bomb_")]
    bombs = list((folder / "defusedxml").rglob("*.xml"))
    many = [file for name in ("feedparser-tests", "feedvalidator") for file in sorted((folder / name).rglob("*.xml"))]
    other = sorted((folder / "jsontestsuite").rglob("*.json")) + sorted((folder / "dompurify").iterdir())
    return own + bombs + many[::100] + other[::30]


def test_hostile_bodies_in_the_pool(shared: Path) -> None:
    results = in_pool([file.read_bytes() for file in hostile_sample(shared)], Limits(cpu_seconds=1))
    ends = Counter(type(result) for result in results)
    assert ends[Listing] > 20
    assert ends[ParseError] > 10
    assert ends[Killed] <= 8
    assert all(str(result) for result in results)


def test_hostile_pages_are_read_or_refused(shared: Path) -> None:
    ends: Counter[str] = Counter()
    for file in hostile_sample(shared):
        body = file.read_bytes()
        if len(body) > 200_000:
            continue
        for page in (body, b"<html><body><article><p>" + body + b"</p></article></body></html>"):
            try:
                extract(page, URL, NOW)
                ends["value"] += 1
            except ParseError as error:
                assert str(error)
                ends["refused"] += 1
    assert ends["value"] > 10
    assert ends["refused"] > 10
