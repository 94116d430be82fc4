"""News sitemaps, plain sitemaps and indexes of them, also broken, packed and hostile."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor.config.sections import SOURCE_KINDS
from monitor.errors import ParseError
from monitor.model import Child, Entry, Listing, Source
from spiders.kinds import KINDS, Polled, read, recognise
from spiders.kinds.sitemap import MOST_UNDATED, changed_children

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
ADDRESS = "https://harbour.example/news-sitemap.xml"
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" '
    'xmlns:news="http://www.google.com/schemas/sitemap-news/0.9" xmlns:image="http://x.example/image">'
)
STORY = """<url><loc>https://harbour.example/truce?a=1&amp;b=2</loc><lastmod>2026-03-20T08:30:00Z</lastmod>
<news:news><news:publication><news:name>Harbour</news:name><news:language>en</news:language></news:publication>
<news:publication_date>2026-03-20T10:15:00+02:00</news:publication_date>
<news:title>Truce holds in the harbour &amp;amp; beyond</news:title></news:news>
<image:image><image:loc>https://harbour.example/quay.jpg</image:loc></image:image></url>"""


def sitemap(text: str | bytes, **values: Any) -> Listing:
    body = text if isinstance(text, bytes) else text.encode()
    source = Source("harbour", "sitemap", ADDRESS, language=values.pop("language", ()))
    return read(Polled(body, source, ADDRESS, NOW, **values))


def plain_map(*rows: tuple[str, str]) -> str:
    return HEAD + "".join(f"<url><loc>{loc}</loc>{last}</url>" for loc, last in rows) + "</urlset>"


def test_the_table_of_kinds_is_what_a_config_may_say() -> None:
    assert tuple(KINDS) == SOURCE_KINDS
    with pytest.raises(ParseError, match="feed, sitemap"):
        read(Polled(b"x", Source("a", "gopher", ADDRESS), ADDRESS, NOW))


def test_a_news_sitemap_keeps_title_date_and_language() -> None:
    found = sitemap(HEAD + STORY + "</urlset>")
    assert found.dialect == "news sitemap"
    (entry,) = found.entries
    assert entry == Entry(
        url="https://harbour.example/truce?a=1&b=2",
        guid="https://harbour.example/truce?a=1&b=2",
        title="Truce holds in the harbour & beyond",
        published=datetime(2026, 3, 20, 8, 15, tzinfo=UTC),
        published_raw="2026-03-20T10:15:00+02:00",
        updated_raw="2026-03-20T08:30:00Z",
        language="en",
    )


def test_pages_without_news_beside_news_are_the_older_ones() -> None:
    old = "<url><loc>https://harbour.example/old</loc></url>"
    found = sitemap(HEAD + old + STORY + "</urlset>")
    assert [entry.url for entry in found.entries] == ["https://harbour.example/truce?a=1&b=2"]
    assert found.rejected == ("1 older pages left out",)


def test_a_plain_sitemap_lists_what_changed_lately_newest_first() -> None:
    found = sitemap(
        plain_map(
            ("https://harbour.example/2019/a", "<lastmod>2019-01-01</lastmod>"),
            ("https://harbour.example/ships-leave-the-quay.html", "<lastmod>2026-03-19</lastmod>"),
            ("https://harbour.example/divers-find-mines", "<lastmod>2026-03-20T08:00:00Z</lastmod>"),
        )
    )
    assert [entry.title for entry in found.entries] == ["divers find mines", "ships leave the quay"]
    assert found.entries[0].updated_raw == "2026-03-20T08:00:00Z"
    assert found.rejected == ("1 older pages left out",)


def test_a_plain_sitemap_without_dates_is_not_a_reason_to_read_a_whole_site() -> None:
    found = sitemap(plain_map(*((f"https://harbour.example/page-{number}", "") for number in range(1_000))))
    assert len(found.entries) == MOST_UNDATED


def test_a_packed_sitemap_is_unpacked_within_the_size_limit() -> None:
    body = gzip.compress((HEAD + STORY + "</urlset>").encode())
    assert len(sitemap(body).entries) == 1
    bomb = gzip.compress(b"<!-- " + b" " * 3_000_000 + b" -->")
    with pytest.raises(ParseError, match="max_body"):
        sitemap(bomb, limit=1_000_000)
    with pytest.raises(ParseError, match="gzip"):
        sitemap(b"\x1f\x8b\x08 nothing of the kind")


def test_a_sitemap_that_breaks_off_or_holds_bare_ampersands_gives_what_it_has() -> None:
    cut = sitemap(HEAD + STORY + "<url><loc>https://harbour.example/la")
    assert [entry.title for entry in cut.entries] == ["Truce holds in the harbour & beyond"]
    assert "not well-formed" in cut.rejected[-1]
    bare = sitemap(plain_map(("https://harbour.example/a?x=1&y=2&z", "")))
    assert [entry.url for entry in bare.entries] == ["https://harbour.example/a?x=1&y=2&z"]
    prefixless = STORY.join(('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">', "</urlset>"))
    assert [entry.title for entry in sitemap(prefixless).entries] == ["Truce holds in the harbour & beyond"]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "nothing"),
        (b"<html><body>Sign in</body></html>", "HTML"),
        (b"{}", "JSON"),
        (b"<rss><channel></channel></rss>", "a feed"),
        (
            b'<!DOCTYPE urlset [<!ENTITY a SYSTEM "file:///etc/passwd">]><urlset><url><loc>&a;</loc></url></urlset>',
            "DTD",
        ),
        (b'<!DOCTYPE u [<!ENTITY a "aa"><!ENTITY b "&a;&a;&a;">]><urlset><url><loc>&b;</loc></url></urlset>', "DTD"),
    ],
)
def test_what_is_no_sitemap_is_named(body: bytes, word: str) -> None:
    with pytest.raises(ParseError, match=word):
        sitemap(body)


def test_an_index_names_its_children() -> None:
    index = sitemap(
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
        "<sitemap><loc>/maps/news-1.xml.gz</loc><lastmod>2026-03-20T08:00:00Z</lastmod></sitemap>"
        "<sitemap><loc>ftp://harbour.example/x</loc></sitemap></sitemapindex>"
    )
    assert index.entries == ()
    (child,) = index.children
    assert child.url == "https://harbour.example/maps/news-1.xml.gz"
    assert (child.lastmod, child.changed) == ("2026-03-20T08:00:00Z", NOW - timedelta(hours=1))


def _child(name: str, hours: float | None) -> Child:
    changed = None if hours is None else NOW - timedelta(hours=hours)
    return Child(f"https://harbour.example/{name}", changed.isoformat() if changed else "", changed)


def test_only_changed_children_are_asked_newest_first_and_never_the_archive() -> None:
    old, today, newest, undated = _child("2019", 60_000), _child("b", 20), _child("c", 1), _child("pages", None)
    listed = [old, today, newest]
    assert changed_children(listed, {}) == (newest, today)
    assert changed_children(listed, {newest.url: newest}) == (today,)
    assert changed_children(listed, {newest.url: newest, today.url: _child("b", 30)}) == (today,)
    assert changed_children(listed, {one.url: one for one in listed}) == ()
    remembered = Child(undated.url, etag='"7"')
    assert changed_children([undated], {undated.url: remembered}) == (remembered,)
    many = [_child(f"part-{number}", None) for number in range(50)]
    news = _child("latest-news", None)
    chosen = changed_children([*many, news], {})
    assert chosen[0] == news and len(chosen) == 3


@pytest.mark.parametrize(
    ("body", "url", "kind"),
    [
        (b"<rss version='2.0'><channel/></rss>", ADDRESS, "feed"),
        (HEAD.encode() + b"</urlset>", ADDRESS, "sitemap"),
        (gzip.compress(HEAD.encode() + b"</urlset>"), ADDRESS, "sitemap"),
        (b"<sitemapindex/>", ADDRESS, "sitemap"),
        (b"<!doctype html><html></html>", ADDRESS, "listing"),
        (b"<!doctype html><html></html>", "https://t.me/s/harbour", "telegram"),
        (b'{"articles": []}', ADDRESS, "json"),
        (b'{"version": "https://jsonfeed.org/version/1.1", "items": []}', ADDRESS, "feed"),
        (b"%PDF-1.7", ADDRESS, "feed"),
        (b"\x1f\x8b broken", ADDRESS, "feed"),
    ],
)
def test_a_kind_is_recognised(body: bytes, url: str, kind: str) -> None:
    assert recognise(body, url) == kind


_MATERIAL = {".xml", ".json", ".html", ".htm", ".rss", ".atom", ".txt", ".bin", ".gz"}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"feed"}))
def test_hostile_material_is_a_listing_or_a_word(kind: str, shared: Any) -> None:
    source = Source("hostile", kind, "https://hostile.example/")
    files = sorted(one for one in (shared / "data" / "hostile").rglob("*") if one.suffix.lower() in _MATERIAL)
    for file in files[:: max(1, len(files) // 400)]:
        try:
            found = read(Polled(file.read_bytes()[:2_000_000], source, "https://hostile.example/", NOW))
        except ParseError as error:
            assert str(error).strip()
            continue
        assert all(entry.url.startswith(("http://", "https://")) for entry in found.entries)
    assert len(files) > 100
