"""Every hostile file through the real parsers in the real pool: crashes, CPU, memory, and what good items suffer.

Each feed, XML, JSON and HTML file is read as a feed and as a page; each hostile line is put between two good items of
a feed, escaped and raw. A good feed follows every fifty files: whoever went before must not have harmed its reader.

Run: python tests/fuzz/fuzz_spiders.py [FOLDER WITH THE CORPORA]. Exits with 1 when something crashed, was lost, or
took more than 5 s CPU or 512 MB.
"""

from __future__ import annotations

import asyncio
import gzip
import html
import json
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from monitor.errors import ParseError
from monitor.model import Entry, Fetch, Outcome, Source
from monitor.reading import read_listing, read_or_name
from monitor.runtime.pool import Killed, Pool
from spiders.blocks import Cause

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)
SOURCE = Source("hostile", "feed", "https://gulf.example/feed")
KINDS = ("xml", "rss", "atom", "rdf", "json", "html", "htm", "xhtml", "opml", "txt", "dat", "test", "gz", "svg", "md")
MOST_CPU, MOST_MEMORY, SECONDS = 5.0, 512, 10.0
UNPACKED = 10_000_000
GOOD = ("Harbour opens", "Ferry sails")
Told = tuple[str, float, float, int]


def used(way: str, body: bytes) -> Told:
    """In the child: read a body one way; returns the end in a word, CPU seconds, peak megabytes, good items found."""
    began = time.process_time()
    good = 0
    try:
        fetch = Fetch("https://gulf.example/world/a", Outcome.OK, NOW, status=200, body=body)
        if way == "feed":
            listing = read_listing(fetch, SOURCE, UTC, NOW)
            word = "listing" if listing.entries else "empty listing"
            good = sum(entry.title in GOOD for entry in listing.entries)
        else:
            found = read_or_name(fetch, Entry(fetch.url, title="A headline"), SOURCE, UTC, NOW)
            word = found.outcome.value if isinstance(found, Cause) else "article"
    except ParseError:
        word = "refused"
    except Exception as error:  # what a fuzzer is for
        word = f"CRASH {type(error).__name__}: {error}"[:200]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return word, time.process_time() - began, peak, good


@dataclass
class Tally:
    """What came of a series."""

    words: Counter[str] = field(default_factory=Counter)
    cpu: list[float] = field(default_factory=list)
    peak: float = 0.0
    bad: list[str] = field(default_factory=list)

    def add(self, name: str, told: Told) -> None:
        word, cpu, peak, _good = told
        self.words[word.split(":")[0]] += 1
        self.cpu.append(cpu)
        self.peak = max(self.peak, peak)
        if word.startswith("CRASH") or cpu > MOST_CPU or peak > MOST_MEMORY:
            self.bad.append(f"{name}: {word}, {cpu:.1f} s CPU, {peak:.0f} MB")

    def told(self, title: str) -> None:
        words = ", ".join(f"{count} {word}" for word, count in self.words.most_common(12))
        cuts = statistics.quantiles(self.cpu, n=100) if len(self.cpu) > 1 else [0.0] * 99
        print(
            f"{title}: {len(self.cpu)} ({words}); CPU p50 {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.0f} ms,"
            f" most {max(self.cpu, default=0):.2f} s; peak {self.peak:.0f} MB"
        )


async def sent(pool: Pool, way: str, body: bytes) -> Told:
    try:
        return await pool.run(used, way, body, timeout=SECONDS)
    except Killed as error:
        return f"KILLED {error}", 0.0, 0.0, 0


def feed_with(*titles: str) -> bytes:
    items = "".join(f"<item><title>{title}</title><link>/{n}</link></item>" for n, title in enumerate(titles))
    return f"<rss version='2.0'><channel><title>Gulf</title>{items}</channel></rss>".encode("utf-8", "replace")


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.suffix.lstrip(".").lower() in KINDS:
            yield str(file.relative_to(folder)), file.read_bytes()
            if file.suffix == ".gz":
                with gzip.open(file) as packed:
                    yield f"{file.relative_to(folder)} unpacked", packed.read(UNPACKED)


def lines(folder: Path) -> list[str]:
    found: list[str] = []
    for file in sorted(folder.rglob("*")):
        if file.name in ("blns.json", "payloads.json", "headlines.json"):
            listed = json.loads(file.read_text(encoding="utf-8"))
            found += [one if isinstance(one, str) else str(one.get("payload", "")) for one in listed]
        elif file.suffix == ".txt" and "XSS" in str(file):
            found += file.read_text(encoding="utf-8", errors="replace").splitlines()
    return [one for one in dict.fromkeys(found) if one.strip()]


async def whole_files(pool: Pool, folder: Path) -> tuple[Tally, int]:
    tally, harmed = Tally(), 0
    for number, (name, body) in enumerate(files(folder)):
        for way, told in zip(
            ("feed", "page"), await asyncio.gather(*(sent(pool, way, body) for way in ("feed", "page"))), strict=True
        ):
            tally.add(f"{name} as {way}", told)
        if number % 50 == 0:
            harmed += (await sent(pool, "feed", feed_with(*GOOD)))[3] != len(GOOD)
    return tally, harmed


async def between_good(pool: Pool, folder: Path) -> tuple[Tally, list[str]]:
    """Escaped, a hostile title is a title like any other. Raw, it may break the XML: what stood before it must stay."""
    tally, lost = Tally(), []
    for line in lines(folder):
        bodies = (feed_with(GOOD[0], html.escape(line), GOOD[1]), feed_with(*GOOD, line))
        for body, told in zip(bodies, await asyncio.gather(*(sent(pool, "feed", one) for one in bodies)), strict=True):
            tally.add(repr(line[:60]), told)
            if told[3] != len(GOOD):
                lost.append(f"{'escaped' if body is bodies[0] else 'raw'} {line[:80]!r}: {told[3]} of {len(GOOD)}")
    return tally, lost


async def main(folder: Path) -> int:
    pool = Pool(2)
    began = time.monotonic()
    tally, harmed = await whole_files(pool, folder)
    tally.told("files, each as feed and as page")
    series, lost = await between_good(pool, folder)
    series.told("hostile titles between good items")
    await pool.close()
    killed = sum(count for word, count in (tally.words + series.words).items() if word.startswith("KILLED"))
    print(f"good items lost: {len(lost)}; readers harmed: {harmed}; children killed at their limit: {killed}")
    print(f"took {time.monotonic() - began:.0f} s")
    for one in (*tally.bad, *series.bad, *lost):
        print("  ", one)
    return 1 if tally.bad or series.bad or lost or harmed else 0


if __name__ == "__main__":
    beside = Path(__file__).resolve().parents[3] / "shared/data/hostile"
    corpora = Path(sys.argv[1]) if len(sys.argv) > 1 else beside
    if not corpora.is_dir():
        sys.exit(f"no corpora in {corpora}: name their folder")
    sys.exit(asyncio.run(main(corpora)))
