"""Opening an archive: what is made, and what is refused with which words."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.errors import StoreError
from monitor.store import Store, open_store, review


def test_an_empty_archive_holds_nothing(store: Store) -> None:
    with store.read() as tx:
        assert review.counts(tx).articles == 0
        assert review.article_page(tx, review.ArticleFilter()).rows == ()
