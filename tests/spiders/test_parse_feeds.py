"""Feeds of our own in every dialect, and bodies that are no feeds."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from monitor.errors import ParseError
from monitor.model import Listing, Source, TextMode
from monitor.urls import url_key
from spiders.parse import parse_feed

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
URL = "https://paper.example/feeds/main.xml"
PAPER = Source("paper", "feed", URL, language=("en",))


def parse(body: str | bytes, source: Source = PAPER, content_type: str = "", url: str = URL) -> Listing:
    return parse_feed(body.encode() if isinstance(body, str) else body, source, url, content_type, NOW)


def rss(items: str, channel: str = "") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">'
        f"<channel><title>The Paper</title>{channel}{items}</channel></rss>"
    )


def item(extra: str = "", link: str = "<link>https://paper.example/a/1</link>") -> str:
    return f"<item><title>Harbour reopens</title>{link}{extra}</item>"


def test_rss_item_with_everything() -> None:
    listing = parse(
        rss(
            item(
                "<guid isPermaLink='false'>id-77</guid><dc:creator>Olha Maiboroda</dc:creator>"
                "<description>&lt;p&gt;Ships &amp;amp; tugs&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</description>"
                "<pubDate>Mon, 09 Mar 2026 18:05:00 +0200</pubDate>"
                "<content:encoded><![CDATA[<p>First part.</p><p>Second <b>part</b>.</p>"
                "<p>The post Harbour reopens appeared first on The Paper.</p>]]></content:encoded>"
            ),
            "<language>en-us</language><ttl>45</ttl>",
        )
    )
    (entry,) = listing.entries
    assert entry.url == "https://paper.example/a/1"
    assert (entry.guid, entry.title, entry.summary) == ("id-77", "Harbour reopens", "Ships & tugs")
    assert entry.text == "First part.\n\nSecond part."
    assert (entry.author, entry.language) == ("Olha Maiboroda", "en")
    assert entry.published == datetime(2026, 3, 9, 16, 5, tzinfo=UTC)
    assert entry.published_raw == "Mon, 09 Mar 2026 18:05:00 +0200"
    assert (listing.title, listing.dialect, listing.ttl) == ("The Paper", "rss20", timedelta(minutes=45))
    assert listing.rejected == ()


def test_atom_takes_the_alternate_link_and_xml_base() -> None:
    listing = parse(
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="uk"><title>Газета</title>'
        '<entry xml:base="https://other.example/news/"><id>tag:x,2026:1</id>'
        '<title type="html">Порт &lt;i&gt;знову&lt;/i&gt; працює</title>'
        '<link rel="self" href="https://other.example/api/1"/>'
        '<link rel="enclosure" href="photo.jpg" type="image/jpeg"/>'
        '<link rel="alternate" type="text/html" href="port.html"/><author><name>І. Коваль</name></author>'
        "<published>2026-03-09T10:00:00Z</published><updated>2026-03-09T11:00:00Z</updated>"
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Перший.</p><p>Другий.</p></div></content>'
        "</entry></feed>",
        Source("gazeta", "feed", URL),
    )
    (entry,) = listing.entries
    assert entry.url == "https://other.example/news/port.html"
    assert (entry.title, entry.author, entry.language) == ("Порт знову працює", "І. Коваль", "uk")
    assert entry.text == "Перший.\n\nДругий."
    assert entry.published == datetime(2026, 3, 9, 10, tzinfo=UTC)
    assert entry.updated_raw == "2026-03-09T11:00:00Z"


def test_rdf() -> None:
    listing = parse(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>Old school</title></channel>'
        '<item rdf:about="https://paper.example/r1"><title>One</title><link>https://paper.example/r1</link>'
        "<dc:date>2026-03-01T08:00:00+01:00</dc:date></item></rdf:RDF>"
    )
    assert listing.dialect == "rss10"
    assert [(entry.url, entry.published) for entry in listing.entries] == [
        ("https://paper.example/r1", datetime(2026, 3, 1, 7, tzinfo=UTC))
    ]


def test_json_feed() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Json Paper",
        "language": "en-GB",
        "items": [
            {
                "id": 5,
                "url": "/j/5",
                "title": "Prices < wages",
                "content_html": "<p>One.</p><p>Two.</p>",
                "authors": [{"name": "A. One"}, {"name": "B. Two"}],
                "date_published": "2026-03-02T09:30:00Z",
            },
            {"id": "6", "external_url": "https://paper.example/j/6", "content_text": "Plain <text> only\n\nagain"},
            {"id": "7"},
            "no item",
        ],
    }
    listing = parse("\ufeff" + json.dumps(feed), content_type="application/feed+json")
    first, second = listing.entries
    assert (first.url, first.guid, first.title) == ("https://paper.example/j/5", "5", "Prices < wages")
    assert (first.text, first.author) == ("One.\n\nTwo.", "A. One, B. Two")
    assert first.published == datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    assert second.text == "Plain <text> only\n\nagain"
    assert second.title == "Plain <text> only again"
    assert (listing.dialect, listing.language, len(listing.rejected)) == ("json 1.1", "en", 1)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("<link>../a/2?x=1&amp;y=2</link>", "https://paper.example/a/2?x=1&y=2"),
        ("<link>//cdn.example/a</link>", "https://cdn.example/a"),
        ("<guid>https://paper.example/by-guid</guid>", "https://paper.example/by-guid"),
        ("<guid isPermaLink='false'>https://paper.example/odd</guid>", "https://paper.example/odd"),
        ("<guid isPermaLink='false'>tag:1</guid>", None),
        ("<link>javascript:alert(1)</link>", None),
        ("<link>data:text/html,x</link>", None),
        ("", None),
    ],
)
def test_links_are_absolute_http_or_the_item_is_rejected_with_a_word(link: str, expected: str | None) -> None:
    listing = parse(rss(item(link=link)))
    assert [entry.url for entry in listing.entries] == ([expected] if expected else [])
    assert listing.rejected == (() if expected else ("Harbour reopens: no link that can be fetched",))


TOLD = replace(PAPER, text=TextMode.FEED)
BULLETIN = "<guid isPermaLink='false'>bulletin 7</guid><description>Ships may leave from noon.</description>"


@pytest.mark.parametrize(
    ("channel", "page"),
    [
        ("", URL),
        ("<link>https://paper.example/bulletins</link>", "https://paper.example/bulletins"),
        ("<link>/bulletins/#now</link>", "https://paper.example/bulletins/"),
        ("<link>javascript:alert(1)</link>", URL),
    ],
)
def test_without_a_link_what_the_feed_tells_in_full_is_a_place_on_its_page(channel: str, page: str) -> None:
    body = rss(item(BULLETIN, link="") + item(BULLETIN.replace("7", "8"), link=""), channel)
    listing = parse(body, TOLD)
    first, second = (entry.url for entry in listing.entries)
    assert listing.rejected == ()
    assert first.startswith(f"{page}#!") and second.startswith(f"{page}#!")
    assert len({url_key(first), url_key(second), url_key(page)}) == 3
    edited = parse(rss(item(BULLETIN.replace("noon", "one")).replace("Harbour", "The harbour"), channel), TOLD)
    assert edited.entries[0].url == "https://paper.example/a/1", "a link is a link"
    again = parse(rss(item(BULLETIN.replace("noon", "one"), link=""), channel), TOLD)
    assert again.entries[0].url == first


@pytest.mark.parametrize(
    ("extra", "kept"),
    [
        ("<guid isPermaLink='false'>7</guid><description>From noon.</description>", True),
        ("<description>From noon.</description>", True),
        ("<guid isPermaLink='false'>7</guid>", False),
    ],
)
def test_an_item_without_link_needs_words_to_be_kept(extra: str, kept: bool) -> None:
    listing = parse(rss(item(extra, link="")), TOLD)
    assert [entry.url.partition("#!")[0] for entry in listing.entries] == ([URL] if kept else [])
    assert len(listing.rejected) == (0 if kept else 1)


def test_a_json_feed_without_links_is_kept_by_its_ids() -> None:
    items = [{"id": str(number), "content_text": f"Bulletin {number}."} for number in range(3)]
    feed = {"version": "https://jsonfeed.org/version/1.1", "home_page_url": "https://paper.example/", "items": items}
    listing = parse(json.dumps(feed), TOLD, "application/feed+json")
    assert len({entry.url for entry in listing.entries}) == 3
    assert all(entry.url.startswith("https://paper.example/#!") for entry in listing.entries)


def test_a_counter_s_link_gives_way_to_the_original() -> None:
    body = rss(item("<feedburner:origLink>https://paper.example/real</feedburner:origLink>")).replace(
        "<rss ", '<rss xmlns:feedburner="http://rssnamespace.org/feedburner/ext/1.0" '
    )
    assert parse(body).entries[0].url == "https://paper.example/real"


def test_guids() -> None:
    source = Source("bbc-like", "feed", URL, guid_strip=r"#\d+$")
    listing = parse(
        rss(
            item("<guid isPermaLink='false'>story-1#4</guid>")
            + item("", "<link>https://paper.example/a/2</link>")
            + item("<guid isPermaLink='false'>story-1#9</guid>")
            + item("<guid isPermaLink='false'>story-1#1</guid>", "<link>https://paper.example/a/3</link>")
        ),
        source,
    )
    assert [entry.guid for entry in listing.entries] == [
        "story-1",
        "https://paper.example/a/2",
        "https://paper.example/a/3",
    ]
    assert listing.rejected == ("Harbour reopens: listed twice",)


def test_a_broken_guid_expression_is_named() -> None:
    with pytest.raises(ParseError, match="guid_strip of source paper is no regular expression"):
        parse(rss(item()), Source("paper", "feed", URL, guid_strip="("))


@pytest.mark.parametrize(
    ("written", "offset", "expected"),
    [
        ("2026-03-09T10:00:00+04:00", 3, "2026-03-09 07:00"),
        ("Mon, 09 Mar 2026 10:00:00 GMT", 3, "2026-03-09 07:00"),
        ("2026-03-09 10:00", 2, "2026-03-09 08:00"),
        ("2026-03-09 10:00", None, "2026-03-09 10:00"),
        ("Mon, 09 Mar 26 10:00:00 +0300", None, "2026-03-09 07:00"),
        ("Mon, 09 Mar 2026 10:00:00 MSK", None, "2026-03-09 07:00"),
        ("March 9, 2026 5:00 PM EST", None, "2026-03-09 22:00"),
        ("2026-03-11T10:00:00Z", None, "2026-03-10 12:00"),
        ("1970-01-01T00:00:00Z", None, None),
        ("0001-01-01T00:00:00+14:00", None, None),
        ("Thu, 32 Foo 2026", None, None),
        ("12", None, None),
        ("yesterday", None, None),
    ],
)
def test_dates_become_utc_and_none_is_invented(written: str, offset: int | None, expected: str | None) -> None:
    hours = None if offset is None else timedelta(hours=offset)
    listing = parse(rss(item(f"<pubDate>{written}</pubDate>")), Source("paper", "feed", URL, utc_offset=hours))
    (entry,) = listing.entries
    assert (entry.published and f"{entry.published:%Y-%m-%d %H:%M}") == expected
    assert entry.published_raw == written


def test_an_item_without_a_date_has_none() -> None:
    assert parse(rss(item())).entries[0].published is None


@pytest.mark.parametrize(
    ("channel", "wait"),
    [
        ("<ttl>60</ttl>", timedelta(hours=1)),
        ("<ttl>0</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<ttl>999999</ttl>", timedelta(days=31)),
        (
            "<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>",
            timedelta(hours=6),
        ),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", timedelta(hours=1)),
        ("", None),
    ],
)
def test_the_feed_s_own_wish_about_polling(channel: str, wait: timedelta | None) -> None:
    assert parse(rss(item(), channel), replace(PAPER, every=timedelta(days=40))).ttl == wait


def test_a_period_is_advice_and_holds_up_no_check_beyond_every() -> None:
    period = "<sy:updatePeriod>hourly</sy:updatePeriod>"
    assert parse(rss(item(), period), replace(PAPER, every=timedelta(minutes=10))).ttl == timedelta(minutes=10)
    asked = parse(rss(item(), f"<ttl>60</ttl>{period}"), replace(PAPER, every=timedelta(minutes=10)))
    assert asked.ttl == timedelta(hours=1)


def test_long_summaries_are_the_article_and_nameless_items_get_their_first_words() -> None:
    words = "The council met again and spoke about the bridge for hours. " * 30
    listing = parse(rss(f"<item><link>https://paper.example/n</link><description>{words}</description></item>"))
    (entry,) = listing.entries
    assert entry.text.startswith("The council met again")
    assert len(entry.title) <= 101
    assert entry.title.endswith("…")


def test_an_empty_feed_is_a_listing() -> None:
    assert parse(rss("")).entries == ()


def test_more_items_than_anybody_reads_are_cut() -> None:
    listing = parse(json.dumps({"items": [{"url": f"/{number}", "title": "x"} for number in range(10_002)]}))
    assert len(listing.entries) == 10_000
    assert listing.rejected == ("everything after item 10000: too many",)


@pytest.mark.parametrize("codec", ["windows-1251", "koi8-r", "utf-16"])
def test_declared_encodings(codec: str) -> None:
    body = rss("<item><title>Порт открыт</title><link>https://paper.example/1</link></item>")
    assert parse(body.replace("utf-8", codec).encode(codec)).entries[0].title == "Порт открыт"


@pytest.mark.parametrize("declared", ["text/xml; charset=iso-8859-1", "text/html", "text/plain; charset=us-ascii", ""])
@pytest.mark.parametrize("head", ['<?xml version="1.0" encoding="iso-8859-1"?>', ""])
def test_utf8_is_utf8_whatever_is_declared(declared: str, head: str) -> None:
    body = rss("<item><title>Порт</title><author>Олена</author><link>https://paper.example/1</link></item>")
    (entry,) = parse(head + body.partition("?>")[2], content_type=declared).entries
    assert (entry.title, entry.author) == ("Порт", "Олена")


@pytest.mark.parametrize("codec", ["punycode", "undefined", "idna", "rot13", "unicode_escape", "no-such-codec"])
def test_a_lying_encoding_is_read_as_utf8_or_refused(codec: str) -> None:
    body = rss("<item><title>Порт відкрито</title><link>https://paper.example/1</link></item>")
    assert parse(body.replace('"utf-8"', f'"{codec}"')).entries[0].title == "Порт відкрито"


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", r"nothing \(an empty answer\), not a feed"),
        (b" \n", "empty answer"),
        (
            b"<!DOCTYPE html><html><head><title>News</title></head><body><p>Hi</p></body></html>",
            "an HTML page, not a feed",
        ),
        (b"<html><form><input name=p type='password'></form></html>", "a login page, not a feed"),
        (b"<html><title>Just a moment...</title><body></body></html>", "checks for robots"),
        (b'<?xml version="1.0"?><urlset><url><loc>https://e.example/</loc></url></urlset>', "a sitemap, not a feed"),
        (b'<?xml version="1.0"?><opml version="2.0"><body/></opml>', "an OPML list"),
        (b'<?xml version="1.0"?><catalog><book/></catalog>', "XML with the root <catalog>"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\x1f\x8b\x08\x00rest", "compressed"),
        (b"just words", "plain text"),
        (bytes(range(256)) * 4, "binary data"),
        (b'{"error": "no such feed"}', "no JSON Feed"),
        (b'{"items": [', "broken JSON"),
        (b"[" * 100_000, "broken JSON"),
    ],
)
def test_what_is_no_feed_is_named(body: bytes, word: str) -> None:
    with pytest.raises(ParseError, match=word):
        parse(body)


def test_a_body_that_is_a_path_opens_no_file() -> None:
    with pytest.raises(ParseError, match="plain text, not a feed"):
        parse(b"/etc/hostname")


@pytest.mark.parametrize("domain", ["example.org", "editors.example", "long.photography"])
def test_an_author_written_as_mail_and_name_is_the_name(domain: str) -> None:
    body = (
        '<rss version="2.0"><channel><title>t</title><item><title>a</title><link>http://x.example/1</link>'
        f"<author>desk@{domain} (Марта Костюк)</author></item></channel></rss>"
    )
    source = Source("a", "feed", "http://x.example/")
    listing = parse_feed(body.encode(), source, source.url, "application/rss+xml", datetime(2025, 3, 18, tzinfo=UTC))
    assert listing.entries[0].author == "Марта Костюк"
