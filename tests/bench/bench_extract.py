"""Extraction and feeds on real input: quality beside trafilatura's own, time per page, feeds per second.

Run: python tests/bench/bench_extract.py [--hostile]   (with all hostile bodies in the pool, a minute)
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median

import feedparser
import trafilatura
from lxml.html import document_fromstring

from monitor.errors import ParseError
from monitor.model import Document, Source
from monitor.runtime.pool import Killed, Pool
from spiders.charset import decode
from spiders.extract import extract
from spiders.parse import parse_feed

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
URL = "https://paper.example/feed"
SOURCE = Source("any", "feed", URL)
Shingles = Counter[tuple[str, ...]]


def shingles(text: str) -> Shingles:
    words = re.findall(r"\w+", text)
    return Counter([tuple(words)] if 0 < len(words) < 4 else zip(*(words[start:] for start in range(4)), strict=False))


def ours(body: bytes, url: str) -> str:
    try:
        return extract(body, url, NOW).prose
    except ParseError:
        return ""


def fast(body: bytes, url: str) -> str:
    return trafilatura.extract(decode(body), fast=True, include_comments=False) or ""


def default(body: bytes, url: str) -> str:
    return trafilatura.extract(decode(body), include_comments=False) or ""


def parsed(body: bytes, _url: str) -> str:
    """The floor: the page parsed, and nothing read from it."""
    document_fromstring(body)
    return ""


def milliseconds(reader: Callable[[bytes, str], str], body: bytes, url: str) -> float:
    start = time.process_time()
    reader(body, url)
    return 1000 * (time.process_time() - start)


def against_parsing(pages: list[tuple[bytes, str, Shingles]]) -> None:
    """What extraction costs as a multiple of lxml's parsing of the same page, and how exactly it is dated."""
    floor, own = ([milliseconds(reader, body, url) for body, url, _gold in pages] for reader in (parsed, ours))
    marks = [sorted(times)[int(0.99 * len(times))] for times in (own, floor)]
    print(
        f"against lxml parsing: median {median(own) / median(floor):.1f}x, p99 {marks[0] / marks[1]:.1f}x"
        f" (parsing median {median(floor):.2f} ms, p99 {marks[1]:.1f} ms)"
    )
    dates = [found.published for body, url, _gold in pages if (found := document(body, url)) is not None]
    timed = [one for one in dates if one is not None and (one.hour, one.minute) != (0, 0)]
    print(f"dated: {sum(one is not None for one in dates)} of {len(pages)}, to the minute {len(timed)}")


def document(body: bytes, url: str) -> Document | None:
    try:
        return extract(body, url, NOW)
    except ParseError:
        return None


def score(name: str, reader: Callable[[bytes, str], str], pages: list[tuple[bytes, str, Shingles]]) -> None:
    precisions, recalls, times = [], [], []
    for body, url, gold in pages:
        start = time.process_time()
        found = shingles(reader(body, url))
        times.append(1000 * (time.process_time() - start))
        common = sum((found & gold).values())
        if found:
            precisions.append(common / sum(found.values()))
        recalls.append(common / max(1, sum(gold.values())))
    precision, recall = mean(precisions), mean(recalls)
    f1 = 2 * precision * recall / (precision + recall)
    p99 = sorted(times)[int(0.99 * len(times))]
    print(
        f"{name:20} F1 {f1:.3f}  P {precision:.3f}  R {recall:.3f}  ms/page median {median(times):.1f}  p99 {p99:.1f}"
    )


def pages() -> None:
    gold = json.loads((DATA / "articles/ground-truth.json").read_text(encoding="utf-8"))
    read = [
        (
            gzip.decompress((DATA / "articles/html" / f"{name}.html.gz").read_bytes()),
            page["url"],
            shingles(page["articleBody"]),
        )
        for name, page in gold.items()
    ]
    print(f"{len(read)} pages; CPU time with decoding and scoring, one at a time")
    for name, reader in (("ours", ours), ("trafilatura fast", fast), ("trafilatura default", default)):
        score(name, reader, read)
    against_parsing(read)


def feeds() -> None:
    bodies = [gzip.decompress(file.read_bytes()) for file in sorted((DATA / "feeds/real").glob("*.gz"))]
    times, entries = [], 0
    for body in bodies:
        start = time.process_time()
        entries += len(parse_feed(body, SOURCE, URL, "", NOW).entries)
        times.append(time.process_time() - start)
    size = sum(map(len, bodies)) / 2**20
    print(
        f"{len(bodies)} feeds, {entries} entries, {size:.0f} MB: {len(bodies) / sum(times):.1f} feeds/s"
        f"  {size / sum(times):.1f} MB/s  ms/feed median {1000 * median(times):.1f}  most {1000 * max(times):.0f}"
    )


Counts = Counter[str]


def counted(body: bytes) -> Counts:
    """What our reader finds in a feed; entries that it cannot use are told, so they count as found."""
    found = parse_feed(body, SOURCE, URL, "", NOW)
    dates = sum(one.published is not None for one in found.entries)
    titles = sum(bool(one.title) for one in found.entries)
    return Counter(
        entries=len(found.entries) + len(found.rejected), titles=titles, links=len(found.entries), dates=dates
    )


def feedparsers(body: bytes) -> Counts:
    """What feedparser finds with its own settings."""
    found = feedparser.parse(body).entries
    return Counter(
        entries=len(found),
        titles=sum(bool(one.get("title")) for one in found),
        links=sum(bool(one.get("link")) for one in found),
        dates=sum(bool(one.get("published_parsed") or one.get("updated_parsed")) for one in found),
    )


def against_feedparser(most: int) -> None:
    """Both readers over the same real feeds, and every feed in which ours finds fewer entries."""
    sums, spent = (Counter[str](), Counter[str]()), [0.0, 0.0]
    for file in sorted((DATA / "feeds/real").glob("*.gz"))[:most]:
        body, found = gzip.decompress(file.read_bytes()), []
        for number, reader in enumerate((counted, feedparsers)):
            start = time.process_time()
            found.append(reader(body))
            spent[number] += time.process_time() - start
            sums[number].update(found[number])
        if found[0]["entries"] < found[1]["entries"]:
            print(f"fewer entries in {file.stem}: {found[0]['entries']} of {found[1]['entries']}")
    for name, one, seconds in zip(("ours", "feedparser default"), sums, spent, strict=True):
        print(f"{name:20} {dict(one)} in {seconds:.1f} s CPU")
    print(f"feedparser takes {spent[1] / spent[0]:.1f} x the time of ours")


async def hostile() -> None:
    names = ("LICENSE", "ORIGIN_COMMIT")
    files = [file for file in sorted((DATA / "hostile").rglob("*")) if file.is_file() and file.name not in names]
    bodies = [file.read_bytes() for file in files if not file.name.startswith("bomb_")]
    ends: Counter[str] = Counter()
    pool = Pool(2)

    async def one(body: bytes, kind: str) -> None:
        try:
            if kind == "feed":
                await pool.run(parse_feed, body, SOURCE, URL, "", NOW, timeout=10)
            else:
                await pool.run(extract, body, URL, NOW, timeout=10)
            ends[f"{kind} read"] += 1
        except (ParseError, Killed) as error:
            ends[f"{kind} {type(error).__name__}"] += 1

    start = time.monotonic()
    await asyncio.gather(*(one(body, kind) for body in bodies for kind in ("feed", "page")))
    await pool.close()
    print(f"{len(bodies)} hostile bodies as feed and as page in {time.monotonic() - start:.0f} s: {dict(ends)}")


if __name__ == "__main__":
    pages()
    feeds()
    against_feedparser(100)
    if "--hostile" in sys.argv:
        asyncio.run(hostile())
