"""Indexing what is in the archive already: versions from before the index, and after an upgrade of the analyser."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from monitor.store import Store, index
from monitor.store.index import Folded, folded
from monitor.store.texts import documents
from monitor.watch import text_of

_BATCH = 500
Waiting = Mapping[int, Folded]


def waiting_words(store: Store, limit: int) -> Waiting:
    """The words of some versions that are not indexed, the newest first; made at about a millisecond each."""
    with store.read() as tx:
        found = documents(tx, index.waiting(tx, limit))
    return {version_id: folded(text_of(document, source)) for version_id, (document, source) in found.items()}


def index_words(store: Store, words: Waiting) -> int:
    """Put them into the index; returns how many somebody else had not put there meanwhile."""
    with store.write() as tx:
        return index.put(tx, words)


def reindex(store: Store, tell: Callable[[int, int], None]) -> tuple[int, bool]:
    """Make the index anew, in short transactions beside a running daemon; an interrupted run goes on at the next call.

    `tell(done, total)` hears how far it is. Returns how many versions were indexed, and whether it went on.
    """
    with store.write() as tx:
        went_on = not index.begin(tx)
    with store.read() as tx:
        left, total = index.counts(tx)
    done = 0
    tell(total - left, total)
    while words := waiting_words(store, _BATCH):
        done += index_words(store, words)
        tell(min(total, total - left + done), total)
    with store.write() as tx:
        index.finish(tx)
    return done, went_on
