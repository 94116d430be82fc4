"""Lists of sources as written for other readers."""

from __future__ import annotations

import pytest

from monitor.model import Source
from spiders.opml import read_opml, write_opml


@pytest.mark.parametrize("name", ["Varn\x00 Post", "a\x1b[31mb", "\ufffe\uffff", "<b>&\"'", "\ud800", "\u202eevil"])
def test_a_name_of_any_characters_can_be_read_back(name: str) -> None:
    sources = [
        Source("one", "feed", "https://one.example/rss", name=name),
        Source("two", "feed", "https://two.example/"),
    ]
    found, skipped = read_opml(write_opml(name, sources), {"feed"})
    assert [one.url for one in found] == ["https://one.example/rss", "https://two.example/"] and skipped == ()
