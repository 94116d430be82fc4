"""The article that somebody names, by its id or by its address."""

from __future__ import annotations

from monitor.errors import UsageError
from monitor.inquiry import shapes
from monitor.model import Article, EntryState
from monitor.store import Store, articles, review
from monitor.store.detail import ArticleDetail, article_detail
from monitor.store.review import EntryRow
from monitor.urls import canonical, url_key

_NOT_READ = {
    EntryState.WAITING: "it waits to be read",
    EntryState.READING: "it is being read",
    EntryState.DONE: "it was read",
    EntryState.FILTERED: "its title and summary do not match the source's `only`, so its page was not fetched",
    EntryState.FAILED: "it could not be read",
}


def find(store: Store, ident: str) -> Article:
    """The article of an id like a12 or of an address. Raises UsageError, which says what is known of the address."""
    with store.read() as tx:
        if not ident.lower().startswith(("http://", "https://")):
            found = articles.by_id(tx, shapes.number("a", ident))
            entry = None
        else:
            key = url_key(canonical(ident))
            found, entry = articles.by_key(tx, key), review.entry_by_key(tx, key)
            if found is None and entry is not None and entry.article_id is not None:
                found = articles.by_id(tx, entry.article_id)
    if found is not None:
        return found
    raise UsageError(_listed(ident, entry) if entry is not None else f"there is no article {ident} in the archive")


def detail_of(store: Store, ident: str) -> ArticleDetail:
    """Everything about the article of an id or address. Raises UsageError."""
    found = find(store, ident)
    with store.read() as tx:
        detail = article_detail(tx, found.id)
    if detail is None:
        raise UsageError(f"there is no article {ident} in the archive")
    return detail


def _listed(ident: str, entry: EntryRow) -> str:
    """What became of an address that a source listed and that is no article."""
    why = f": {entry.error}" if entry.error else ""
    stands = f"{entry.source_id} listed it on {entry.first_seen:%Y-%m-%d}, {_NOT_READ[entry.state]}{why}"
    return f"{ident} is no article: {stands}"
