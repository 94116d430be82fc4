"""Real feeds, the fixtures of other readers, and hostile bodies: a value or a ParseError, never anything else."""

from __future__ import annotations

import asyncio
import gzip
import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import feedparser
import pytest

from monitor.errors import ParseError
from monitor.model import Source
from monitor.runtime.pool import Killed, Limits, Pool
from spiders.extract import extract
from spiders.parse import parse_feed

NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://paper.example/feed"
SOURCE = Source("any", "feed", URL)


def test_real_feeds_lose_no_entry(shared: Path) -> None:
    files = sorted((shared / "data/feeds/real").glob("*.gz"))
    assert len(files) == 100
    listed = 0
    for number, file in enumerate(files):
        body = gzip.decompress(file.read_bytes())
        listing = parse_feed(body, SOURCE, URL, "", NOW)
        # The other way of reading them costs as much again: every tenth is compared, the total covers the rest.
        if number % 10 == 0:
            plain = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
            assert len(listing.entries) + len(listing.rejected) >= len(plain.entries), file.name
        assert all(entry.url.startswith("http") and entry.guid for entry in listing.entries)
        assert all(entry.published is None or entry.published <= NOW for entry in listing.entries)
        listed += len(listing.entries)
    assert listed >= 2_600


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


@pytest.mark.timeout(120)
def test_hostile_bodies_in_the_pool(shared: Path) -> None:
    ends: Counter[str] = Counter()

    async def one(pool: Pool, file: Path) -> None:
        body = file.read_bytes()
        try:
            await pool.run(parse_feed, body, SOURCE, URL, "", NOW, timeout=10)
            ends["value"] += 1
        except ParseError as error:
            assert str(error)
            ends["refused"] += 1
        except Killed:
            ends["killed"] += 1

    async def session() -> None:
        pool = Pool(2, Limits(cpu_seconds=1))
        try:
            await asyncio.gather(*(one(pool, file) for file in hostile_sample(shared)))
        finally:
            await pool.close()

    asyncio.run(session())
    assert ends["value"] > 20
    assert ends["refused"] > 10
    assert ends["killed"] <= 8


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
