"""The versions that a rule may match, newest first: the index proposes, whoever asks lets the live matcher decide."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from monitor.model import Document
from monitor.query import Compiled, Text, thaw
from monitor.query.superset import superset
from monitor.store import Store, proposals
from monitor.store.proposals import Frozen, Proposal
from monitor.store.review import ArticleFilter
from monitor.store.texts import documents
from monitor.watch import text_of


@dataclass(frozen=True)
class Candidate:
    """A version that may match. Not slotted: its text is made when it is first asked for, and kept."""

    article_id: int
    version_id: int
    read: Callable[[], Text]

    @cached_property
    def text(self) -> Text:
        """The version as live matching read it; its spelling is fetched only when a rule asks for it."""
        return self.read()


def candidates(
    store: Store,
    compiled: Compiled,
    chosen: ArticleFilter,
    *,
    after: int | None = None,
    newest_only: bool = True,
    batch: int = 200,
) -> Iterator[Candidate]:
    """Every version that `compiled` may match, of the newest article first, then the newest version first.

    `after`: only articles with a smaller id. `newest_only` False: older versions of an article, too. No transaction is
    open while the caller works.
    """
    with store.read() as tx:
        found = proposals.proposed(tx, superset(compiled.expr), chosen, newest_only=newest_only)
    yield from opened(store, found, 0 if after is None else found.below(after), batch)


def opened(store: Store, found: Proposal, start: int, batch: int, end: int | None = None) -> Iterator[Candidate]:
    """The proposed versions from one place up to another, fetched in batches that double up to `batch`."""
    size, end = min(batch, 25), len(found.version_ids) if end is None else end
    while start < end:
        part = slice(start, min(end, start + size))
        yield from _batch(store, found.article_ids[part].tolist(), found.version_ids[part].tolist())
        start, size = start + size, min(batch, 2 * size)


def _batch(store: Store, article_ids: Sequence[int], version_ids: Sequence[int]) -> Iterator[Candidate]:
    with store.read() as tx:
        words = proposals.frozen(tx, version_ids)
        unknown = [one for one in version_ids if one not in words]
        whole = documents(tx, unknown) if unknown else {}
    for article_id, version_id in zip(article_ids, version_ids, strict=True):
        if version_id in words:
            yield Candidate(article_id, version_id, partial(_thawed, store, version_id, words[version_id]))
        elif version_id in whole:
            yield Candidate(article_id, version_id, partial(text_of, *whole[version_id]))


def _thawed(store: Store, version_id: int, found: Frozen) -> Text:
    def written() -> tuple[str, str, int]:
        document = document_of(store, version_id)
        return document.title, document.text, document.captions

    return thaw(found.words, original=written, source=found.source, language=found.language)


def document_of(store: Store, version_id: int) -> Document:
    """A version as live saw it."""
    with store.read() as tx:
        return documents(tx, [version_id])[version_id][0]
