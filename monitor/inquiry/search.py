"""Search in the archive: the same language as the rules; the index proposes, the live matcher decides. Newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo

from monitor.inquiry.candidates import Candidate, opened
from monitor.inquiry.marked import Piece, lines
from monitor.model import Article, Hit, Level, Origin
from monitor.query import Compiled, compile_query, holds, match
from monitor.query.superset import EVERYTHING, superset
from monitor.store import Store, articles, proposals, review
from monitor.store.bits import as_bytes
from monitor.store.proposals import Facets, Proposal
from monitor.store.review import ArticleFilter
from monitor.store.texts import documents

_BATCH = 400
_FEW = 25
"""As many candidates as are all held against the query, so that what is counted is exact: little more than a page."""
Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """Some of what a search found, newest first.

    `total` and `facets` count everything that was found or, unless `total_exact`, what the index proposed: no less.
    `next` is the `after` that goes on, None at the end. By article id: `hits` point into the newest version, `lines`
    are those of its body with hits in them.
    """

    rows: tuple[Article, ...]
    total: int
    total_exact: bool
    next: int | None
    hits: Mapping[int, tuple[Hit, ...]] = field(default_factory=dict)
    lines: Mapping[int, tuple[Line, ...]] = field(default_factory=dict)
    facets: Facets | None = None


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
    facets: tzinfo | None = None,
) -> Found:
    """The articles whose newest text matches `query` (empty: all), first seen in [since, until).

    Only fetched articles that belong to the watch, or with `everything` off-topic and corpus too. `after`: only ids
    below. `most`: how many candidates a page reads before it is cut off; None: all. `facets`: count them, days in this
    zone. Raises QueryError.
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
        return _listed(store, chosen, limit, after, facets)
    return Search(store, compile_query(query, lists), chosen, facets).run(limit, after, most)


def _listed(store: Store, chosen: ArticleFilter, limit: int | None, after: int | None, zone: tzinfo | None) -> Found:
    with store.read() as tx:
        total = review.article_count(tx, chosen)
        page = review.article_page(tx, chosen, total if limit is None else limit, after)
        counted = proposals.facets(tx, EVERYTHING, chosen, zone) if zone else None
    return Found(page.rows, total, True, page.next, facets=counted)


class Search:
    """One query over the proposals of the index.

    `within`: only these articles, a set of bits. Once it has run, `counted` holds the articles of its `total`.
    """

    def __init__(
        self,
        store: Store,
        compiled: Compiled,
        chosen: ArticleFilter,
        zone: tzinfo | None = None,
        within: int | None = None,
    ) -> None:
        self.store = store
        self.within = within
        self.counted: Sequence[int] = ()
        self.compiled = compiled
        self.chosen = chosen
        self.zone = zone
        self.wanted = superset(compiled.expr)

    def run(self, limit: int | None, after: int | None, most: int | None) -> Found:
        with self.store.read() as tx:
            found = proposals.proposed(tx, self.wanted, self.chosen)
        if self.within is not None:
            found = found.within(as_bytes(self.within))
        if len(found.version_ids) <= min(_FEW, most or _FEW) or (limit is None and most is None):
            return self._all(found, limit, after)
        return self._some(found, limit, after, most)

    def _all(self, found: Proposal, limit: int | None, after: int | None) -> Found:
        """Everything is held against the query, and what is counted is exact."""
        ids: list[int] = []
        page: list[Candidate] = []
        rest = 0
        for one in self._held(found, 0, len(found.version_ids)):
            ids.append(one.article_id)
            if after is None or one.article_id < after:
                rest += 1
                if limit is None or len(page) < limit:
                    # A page's texts are kept for their evidence; those of a whole archive would not fit.
                    page.append(one if len(page) < _BATCH else replace(one))
        following = None if len(page) == rest else page[-1].article_id if page else after
        self.counted = ids
        return self._shown(page, len(ids), True, following, self._counted(ids))

    def _some(self, found: Proposal, limit: int | None, after: int | None, most: int | None) -> Found:
        """Candidates are held against the query until the page is full."""
        start = 0 if after is None else found.below(after)
        end = len(found.version_ids) if most is None else min(len(found.version_ids), start + most)
        page: list[Candidate] = []
        following = None if end == len(found.version_ids) else found.article_ids[end - 1]
        for one in self._held(found, start, end):
            if limit is not None and len(page) == limit:
                following = page[-1].article_id if page else after
                break
            page.append(one)
        if start == 0 and following is None:
            self.counted = [one.article_id for one in page]
            return self._shown(page, len(page), True, None, self._counted([one.article_id for one in page]))
        self.counted = found.article_ids
        return self._shown(page, len(found.version_ids), found.certain, following, self._counted(None))

    def _held(self, found: Proposal, start: int, end: int) -> Iterator[Candidate]:
        for one in opened(self.store, found, start, _BATCH, end):
            if found.certain or holds(self.compiled, one.text):
                yield one

    def _counted(self, held: Sequence[int] | None) -> Facets | None:
        """The facets of these articles, or of all that the index proposes."""
        if self.zone is None:
            return None
        with self.store.read() as tx:
            if held is None:
                return proposals.facets(tx, self.wanted, self.chosen, self.zone)
            return proposals.facets_of(tx, held, self.zone)

    def _shown(
        self, page: Sequence[Candidate], total: int, exact: bool, following: int | None, counted: Facets | None
    ) -> Found:
        """The rows of a page with the evidence, which needs the original texts."""
        rows: list[Article] = []
        hits: dict[int, tuple[Hit, ...]] = {}
        shown: dict[int, tuple[Line, ...]] = {}
        for start in range(0, len(page), _BATCH):
            part = page[start : start + _BATCH]
            with self.store.read() as tx:
                known = articles.by_ids(tx, [one.article_id for one in part])
                read = documents(tx, [one.version_id for one in part])
            for one in part:
                document, _ = read[one.version_id]
                rows.append(known[one.article_id])
                found = match(self.compiled, one.text.written(document.title, document.text, document.captions)) or ()
                hits[one.article_id] = found
                shown[one.article_id] = lines(document.text, spans(found, "body"))
        return Found(tuple(rows), total, exact, following, hits, shown, counted)


def spans(hits: Sequence[Hit], field: str) -> list[tuple[int, int]]:
    """Where the hits of one field stand."""
    return [(hit.start, hit.end) for hit in hits if hit.field == field]
