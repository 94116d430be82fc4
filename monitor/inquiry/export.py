"""The archive for other programs: rows of articles, and raw records in one WARC file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from monitor import __version__
from monitor.inquiry import shapes
from monitor.model import Origin
from monitor.store import Store, evidence, review
from monitor.store.raw import read_bytes
from monitor.store.records import file_head, sha256
from monitor.store.review import ArticleFilter

_PAGE = 200


@dataclass
class Copied:
    """What a WARC export wrote; `missed` says of each record that is not in it why."""

    records: int = 0
    missed: list[str] = field(default_factory=list)


def rows(
    store: Store, since: datetime | None, *, everything: bool = False, after: int | None = None
) -> Iterator[shapes.Json]:
    """Articles first seen since a moment (None: all), newest first, with their newest text.

    `everything`: off-topic articles and the corpus, too. `after`: only those that come after this one.
    """
    chosen = _chosen(since, everything=everything)
    while True:
        with store.read() as tx:
            page = review.article_texts(tx, chosen, _PAGE, after)
        for article, document in page.rows:
            yield {
                **shapes.article(article),
                "author": document.author,
                "modified": shapes.stamp(document.modified),
                "site": document.site,
                "canonical": document.canonical,
                "paywalled": document.paywalled,
                "method": document.method,
                "text": document.text,
            }
        after = page.next
        if after is None:
            return


def _chosen(since: datetime | None, *, everything: bool) -> ArticleFilter:
    about = {"on_topic": None} if everything else {"origin": Origin.FETCHED}
    return replace(ArticleFilter(since=since), **about)


def count(store: Store, since: datetime | None, *, everything: bool = False) -> int:
    """How many rows there will be."""
    with store.read() as tx:
        return review.article_count(tx, _chosen(since, everything=everything))


def copy_raw(
    store: Store,
    folder: Path,
    since: datetime | None,
    name: str,
    out: BinaryIO,
    now: datetime,
    tell: Callable[[int, int, int], None] = lambda _done, _total, _last: None,
    begun: tuple[int, int] = (0, 0),
) -> Copied:
    """Write the raw records fetched since a moment as one WARC file, byte for byte as they were kept.

    `tell` hears after each page how many are done, of how many, and the number of the last one; `begun`: the last one
    of an earlier part of the file, and how many that has.
    """
    after, earlier = begun
    copied = Copied(earlier)
    with store.read() as tx:
        total = evidence.count_since(tx, since)
    if not after:
        out.write(file_head(name, f"storywatch/{__version__}", now))
    while True:
        with store.read() as tx:
            page = evidence.since(tx, since, after, _PAGE)
        for row in page:
            after = row.id
            try:
                data = read_bytes(folder, row.file, row.offset, row.length)
            except OSError as error:
                copied.missed.append(f"{row.url}: {error}")
                continue
            if sha256(data) != row.digest:
                copied.missed.append(f"{row.url}: its bytes in {row.file} were changed")
                continue
            out.write(data)
            copied.records += 1
        if not page:
            return copied
        tell(copied.records, total, after)
