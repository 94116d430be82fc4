"""Opening an archive: what is made, and what is refused with which words."""

from __future__ import annotations

from monitor.store import Store, review


def test_an_empty_archive_holds_nothing(store: Store) -> None:
    with store.read() as tx:
        assert review.counts(tx).articles == 0
        assert review.article_page(tx, review.ArticleFilter()).rows == ()
