"""Search in the archive: the same language as the rules, matched against the stored texts, newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from monitor.inquiry.marked import Piece, lines
from monitor.model import Article, Document, Hit, Level, Origin
from monitor.query import Compiled, compile_query, match
from monitor.store import Store, review
from monitor.store.review import ArticleFilter
from monitor.watch import text_of

_BATCH = 200
Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Some of what a search found, newest first.

    `total` counts everything that was looked through; it is exact unless the search stopped early. `next` is the
    `after` that goes on, None at the end. By article id: `hits` point into the newest version, `lines` are those of its
    body with hits in them.
    """

    rows: tuple[Article, ...]
    total: int
    total_exact: bool
    next: int | None
    hits: Mapping[int, tuple[Hit, ...]] = field(default_factory=dict)
    lines: Mapping[int, tuple[Line, ...]] = field(default_factory=dict)


def search(
    store: Store,
    lists: Mapping[str, str],
    query: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    source: str | None = None,
    language: str | None = None,
    story: int | None = None,
    level: Level | None = None,
    everything: bool = False,
    limit: int | None = 20,
    after: int | None = None,
    most: int | None = None,
) -> Found:
    """The articles whose newest text matches `query` (empty: all), first seen in [since, until).

    Only fetched articles that belong to the watch, or with `everything` off-topic and corpus too. `after`: only ids
    below. With a query at most `most` texts are read from there on; None reads all. Raises QueryError.
    """
    chosen = ArticleFilter(
        source=source,
        language=language,
        level=level,
        story=story,
        since=since,
        until=until,
        on_topic=None if everything else True,
        origin=None if everything else Origin.FETCHED,
    )
    if not query.strip():
        return _listed(store, chosen, limit, after)
    return _Scan(compile_query(query, lists), limit, after, most).run(_texts(store, chosen, after if most else None))


def _listed(store: Store, chosen: ArticleFilter, limit: int | None, after: int | None) -> Found:
    with store.read() as tx:
        total = review.article_count(tx, chosen)
        page = review.article_page(tx, chosen, total if limit is None else limit, after)
    return Found(page.rows, total, True, page.next)


def _texts(store: Store, chosen: ArticleFilter, after: int | None) -> Iterator[tuple[Article, Document]]:
    """Every chosen article with its newest text. A transaction a batch: a long search must not hold the log open."""
    while True:
        with store.read() as tx:
            page = review.article_texts(tx, chosen, _BATCH, after)
        yield from page.rows
        if page.next is None:
            return
        after = page.next


class _Scan:
    """One pass over the texts: everything is counted, what belongs to the page is kept."""

    def __init__(self, compiled: Compiled, limit: int | None, after: int | None, most: int | None) -> None:
        self.compiled = compiled
        self.limit = limit
        self.after = after
        self.most = most
        self.rows: list[Article] = []
        self.hits: dict[int, tuple[Hit, ...]] = {}
        self.lines: dict[int, tuple[Line, ...]] = {}
        self.total = 0
        self.next: int | None = None

    def run(self, texts: Iterator[tuple[Article, Document]]) -> Found:
        last = self.after
        for number, (article, document) in enumerate(texts):
            if number == self.most:
                # Not all was looked through: the next page begins after the last text that was.
                return self._found(exact=False, following=self.next or last)
            last = article.id
            hits = match(self.compiled, text_of(document, article.source_id))
            if hits is not None:
                self._keep(article, document, hits)
        return self._found(exact=self.most is None or self.after is None, following=self.next)

    def _keep(self, article: Article, document: Document, hits: tuple[Hit, ...]) -> None:
        self.total += 1
        if self.after is not None and article.id >= self.after:
            return
        if self.limit is not None and len(self.rows) == self.limit:
            self.next = self.rows[-1].id if self.rows else self.after
            return
        self.rows.append(article)
        self.hits[article.id] = hits
        self.lines[article.id] = lines(document.text, spans(hits, "body"))

    def _found(self, *, exact: bool, following: int | None) -> Found:
        return Found(tuple(self.rows), self.total, exact, following, self.hits, self.lines)


def spans(hits: Sequence[Hit], field: str) -> list[tuple[int, int]]:
    """Where the hits of one field stand."""
    return [(hit.start, hit.end) for hit in hits if hit.field == field]
