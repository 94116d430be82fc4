"""A news sitemap of 1,000 addresses: time and kept fields, beside Scrapy's own reader and the bare parser in one run.

Run: python tests/bench/bench_kinds.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from statistics import median
from typing import Any

from lxml import etree
from scrapy.utils.sitemap import Sitemap

from monitor.model import Source
from spiders.kinds import Polled, read
from spiders.kinds.sitemap import _rows

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
ADDRESS = "https://harbour.example/news.xml"
COUNT, ROUNDS = 1_000, 15
Kept = tuple[int, int, int, int]


def body() -> bytes:
    parts = []
    for number in range(COUNT):
        when = (NOW - timedelta(minutes=number)).isoformat()
        parts.append(
            f"<url><loc>https://harbour.example/world/2026/03/story-{number}-of-the-harbour?id={number}</loc>"
            f"<lastmod>{when}</lastmod><news:news><news:publication><news:name>Harbour</news:name>"
            f"<news:language>en</news:language></news:publication><news:publication_date>{when}"
            f"</news:publication_date><news:title>Ship number {number} leaves the harbour of Varn &amp; returns"
            "</news:title></news:news><image:image><image:loc>https://harbour.example/i.jpg</image:loc></image:image></url>"
        )
    spaces = (
        'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
        'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" '
        'xmlns:image="http://www.google.com/schemas/sitemap-image/1.1"'
    )
    return f'<?xml version="1.0" encoding="UTF-8"?><urlset {spaces}>{"".join(parts)}</urlset>'.encode()


def ours(data: bytes) -> Kept:
    found = read(Polled(data, Source("harbour", "sitemap", ADDRESS), ADDRESS, NOW)).entries
    titles, dates = sum(bool(one.title) for one in found), sum(one.published is not None for one in found)
    return len(found), titles, dates, sum(one.language == "en" for one in found)


def rows(data: bytes) -> Kept:
    found: list[Any] = []
    _rows(data, found, recover=False)
    dates, languages = (sum(f"news:{name}" in row for row in found) for name in ("publication_date", "language"))
    return len(found), sum("news:title" in row for row in found), dates, languages


def scrapys(data: bytes) -> Kept:
    found = list(Sitemap(data))
    return len(found), sum("title" in row for row in found), sum("publication_date" in row for row in found), 0


def bare(data: bytes) -> Kept:
    found = sum(1 for _event, one in etree.iterparse(BytesIO(data)) if one.tag.endswith("}loc"))
    return found, 0, 0, 0


def timed(name: str, reader: Callable[[bytes], Kept], data: bytes) -> None:
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        kept = reader(data)
        times.append(1000 * (time.process_time() - begun))
    urls, titles, dates, languages = kept
    print(f"{name:32} {median(times):7.1f} ms  addresses {urls}, titles {titles}, dates {dates}, languages {languages}")


def main() -> None:
    data = body()
    print(f"{COUNT} addresses, {len(data) / 1000:.0f} kB, median of {ROUNDS}, CPU time")
    timed("lxml iterparse alone", bare, data)
    timed("scrapy Sitemap", scrapys, data)
    timed("sitemap kind, fields as written", rows, data)
    timed("sitemap kind, to clean entries", ours, data)


if __name__ == "__main__":
    main()
