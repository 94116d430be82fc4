"""Pages of our own: where text, title, author, date, language and the rest come from, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone, tzinfo

import pytest

from monitor.errors import ParseError
from monitor.model import Document, Entry, Source, TextMode
from spiders.extract import extract, from_entry

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
URL = "https://www.paper.example/news/harbour.html"
PARAGRAPHS = (
    "The harbour of the southern city opened its gates on Monday after eleven weeks of repairs, officials said.",
    "Two grain ships left before noon, and the port authority expects nine more by the end of the week.",
    "Insurers asked for guarantees that the corridor would stay free of mines, says a letter seen by the paper.",
    "Fishermen from three villages gathered on the pier, some with their children, to watch the first departure.",
)
TEXT = "\n\n".join(PARAGRAPHS)
SITE = '<meta property="og:site_name" content="The Paper">'


def page(
    head: str = "", body: str = "", paragraphs: tuple[str, ...] = PARAGRAPHS, html: str = '<html lang="en-GB">'
) -> str:
    text = "".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"<!DOCTYPE html>{html}<head>{head}</head><body><article>{text}</article>{body}</body></html>"


def ld(value: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(value)}</script>'


def read(
    text: str | bytes,
    content_type: str = "",
    entry: Entry | None = None,
    source: Source | None = None,
    naive: tzinfo = UTC,
) -> Document:
    body = text if isinstance(text, bytes) else text.encode()
    return extract(body, URL, NOW, content_type=content_type, entry=entry, source=source, naive=naive)


def test_everything_from_structured_data() -> None:
    document = read(
        page(
            f'<title>ignored</title><meta property="og:title" content="Other">{SITE}'
            '<link rel="canonical" href="/news/harbour">'
            + ld(
                {
                    "@context": "https://schema.org",
                    "@graph": [
                        {"@type": "WebSite", "name": "The Paper"},
                        {"@type": "Person", "@id": "#p1", "name": "Iryna Sokil"},
                        {
                            "@type": ["Thing", "NewsArticle"],
                            "headline": "Harbour reopens &amp; ships sail",
                            "author": [{"@id": "#p1"}, {"@type": "Person", "name": "Ben Marlow"}],
                            "datePublished": "2026-03-09T18:42:10+02:00",
                            "dateModified": "2026-03-09T17:00:00Z",
                            "isAccessibleForFree": "False",
                        },
                    ],
                }
            )
        )
    )
    assert document.title == "Harbour reopens & ships sail"
    assert document.text == TEXT
    assert document.author == "Iryna Sokil, Ben Marlow"
    assert document.published == datetime(2026, 3, 9, 16, 42, 10, tzinfo=UTC)
    assert document.published_raw == "2026-03-09T18:42:10+02:00"
    assert document.modified == datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
    assert (document.language, document.site, document.method) == ("en", "The Paper", "trafilatura")
    assert document.canonical == "https://www.paper.example/news/harbour"
    assert document.paywalled
    assert not document.partial


@pytest.mark.parametrize(
    "script",
    [
        '<!-- {"@type": "Article", "headline": "Found"} -->',
        '//<![CDATA[\n{"@type": "Article", "headline": "Found"}\n//]]>',
        '/*<![CDATA[*/{"@type": "Article", "headline": "Found"}/*]]>*/',
        '{"@type": "Article", "headline": "Found"};',
        '[{"@type": "https://schema.org/BlogPosting", "headline": "Found"}]',
        "{&quot;@type&quot;: &quot;Article&quot;, &quot;headline&quot;: &quot;Found&quot;}",
        '{"@type": "Article", "headline": "Found", "text": "a raw\nline end"}',
        '{"@type": "WebPage", "mainEntity": {"@type": "ReportageNewsArticle", "headline": ["Found"]}}',
        '{"@type": "Article"}</script><script type="application/ld+json">{"@type": "Article", "headline": "Found"}',
        '{broken</script><script type="application/ld+json">{"@type": "Article", "headline": {"@value": "Found"}}',
    ],
)
def test_json_ld_in_all_the_wrong_ways(script: str) -> None:
    assert read(page(f'<script type="application/ld+json">{script}</script>')).title == "Found"


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ('<meta property="og:title" content="Harbour reopens | The Paper">' + SITE,
         "", "Harbour reopens"),
        ('<meta property="og:title" content="Calm — and after - The Paper">' + SITE,
         "", "Calm — and after"),
        ("<title>x</title>", "<h1>THE PAPER</h1><article><h1>Harbour <b>reopens</b></h1></article>", "Harbour reopens"),
        ("<title>Harbour reopens after repairs - The Paper</title>", "", "Harbour reopens after repairs"),
        ("<title>Talks on Monday - what we know so far and what remains entirely open</title>", "",
         "Talks on Monday - what we know so far and what remains entirely open"),
        ("", "", "From the feed"),
    ],
)  # fmt: skip
def test_title(head: str, body: str, title: str) -> None:
    entry = Entry(URL, title="From the feed")
    assert read(page(head, body), entry=entry).title == title


@pytest.mark.parametrize(
    ("head", "published"),
    [
        ('<meta property="article:published_time" content="2026-03-08T07:15:00+02:00">', "2026-03-08 05:15"),
        ('<meta itemprop="datePublished dateCreated" content="2026-03-08T11:00:09.000Z">', "2026-03-08 11:00"),
        ('<meta name="date" content="2026-03-08 09:00">', "2026-03-08 07:00"),
        ('<meta property="article:published_time" content="2026-03-31T07:15:00Z">', "2026-03-10 12:00"),
        ('<meta property="article:published_time" content="2026-03-09">', "2026-03-09 09:30"),
        ('<meta property="article:published_time" content="2026-01-05">', "2026-01-04 22:00"),
        ('<meta property="article:published_time" content="soon">', "2026-03-09 09:30"),
        ("", "2026-03-09 09:30"),
    ],
)
def test_published(head: str, published: str) -> None:
    entry = Entry(URL, published=datetime(2026, 3, 9, 9, 30, tzinfo=UTC), published_raw="Mon, 09 Mar 2026 09:30:00 GMT")
    document = read(page(head), entry=entry, naive=timezone(timedelta(hours=2)))
    assert f"{document.published:%Y-%m-%d %H:%M}" == published


def test_dates_written_for_people_and_no_date_at_all() -> None:
    line = '<div class="publish-date"> Published 11:11 PM EST Mar 6, 2026 </div>'
    assert read(page(body=line)).published == datetime(2026, 3, 7, 4, 11, tzinfo=UTC)
    timed = '<time datetime="2026-03-06T08:00:00Z">Friday</time>'
    assert read(page(body=timed)).published == datetime(2026, 3, 6, 8, 0, tzinfo=UTC)
    assert read(page(body=timed + '<time datetime="2026-03-07T08:00:00Z">a teaser</time>')).published is None
    assert read(page()).published is None


def test_naive_dates_take_the_source_s_offset() -> None:
    source = Source("paper", "feed", URL, utc_offset=timedelta(hours=3))
    document = read(page('<meta name="pubdate" content="2026-03-08 09:00">'), source=source)
    assert document.published == datetime(2026, 3, 8, 6, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("address", "canonical"),
    [
        ("https://paper.example/news/harbour?utm_source=x", "https://paper.example/news/harbour"),
        ("https://m.paper.example/news/harbour", "https://m.paper.example/news/harbour"),
        ("https://other.example/stolen", ""),
        ("https://www.paper.example/", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_only_the_own_site_is_believed_about_the_address(address: str, canonical: str) -> None:
    assert read(page(f'<link rel="canonical" href="{address}">')).canonical == canonical


@pytest.mark.parametrize(
    ("head", "author"),
    [
        ('<meta name="author" content="By Ana Reyes">', "Ana Reyes"),
        ('<meta property="article:author" content="https://social.example/ana">', "From Feed"),
        (ld({"@type": "Article", "author": "Ana Reyes"}), "Ana Reyes"),
        (ld({"@type": "Article", "author": {"name": "<b>Ana</b> Reyes"}}), "Ana Reyes"),
        ("", "From Feed"),
    ],
)
def test_author(head: str, author: str) -> None:
    assert read(page(head), entry=Entry(URL, author="From Feed")).author == author


@pytest.mark.parametrize(
    ("html", "paragraphs", "expected", "language"),
    [
        ('<html lang="en-US">', PARAGRAPHS, ("en",), "en"),
        ("<html>", PARAGRAPHS, (), "en"),
        ('<html lang="en">', ["Порт знову відкрито, і перші кораблі вже вийшли, їх зустріли люди."] * 3, (), "uk"),
        ('<html lang="uk">', ["Порт снова открыт, и первые корабли вышли утром, это сказали рыбаки."] * 3, (), "ru"),
        ('<html lang="bg">', ["Пристанището отново отвори врати и първите кораби отплаваха."] * 3, (), "bg"),
        ('<html lang="en">', ["Der Hafen ist nach elf Wochen wieder offen, die Schiffe sind da."] * 3,
         ("de",), "de"),
    ],
)  # fmt: skip
def test_language(html: str, paragraphs: Sequence[str], expected: tuple[str, ...], language: str) -> None:
    source = Source("paper", "feed", URL, language=expected)
    assert read(page(html=html, paragraphs=paragraphs), source=source).language == language


@pytest.mark.parametrize("shown", [0, 1, 3])
def test_a_body_for_machines_replaces_a_text_that_is_much_shorter(shown: int) -> None:
    body = "&lt;p&gt;" + "&lt;/p&gt;&lt;p&gt;".join(PARAGRAPHS * 3) + "&lt;/p&gt;"
    document = read(page(ld({"@type": "Article", "articleBody": body}), paragraphs=PARAGRAPHS[:shown]))
    assert document.method == "json-ld"
    assert document.text.split("\n\n") == list(PARAGRAPHS * 3)


def test_paywall_mark_of_the_page_s_head() -> None:
    assert read(page('<meta property="article:content_tier" content="locked">')).paywalled
    assert not read(page('<meta property="article:content_tier" content="free">')).paywalled
    parts = [{"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".rest"}]
    assert read(page(ld({"@type": "Article", "hasPart": parts}))).paywalled


def test_page_furniture_is_no_text() -> None:
    furniture = (
        "<p>Share</p><p>Facebook Twitter WhatsApp</p><p>Advertisement</p><p>READ MORE: Another story of the day</p>"
    )
    form = (
        "<div><h3>Leave a Reply</h3><p>Your email address will not be published. Required fields are marked *</p>"
        "<p>Save my name, email, and website in this browser.</p></div>"
    )
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    document = read(f"<html><body><div class='post'><h1>Harbour</h1>{furniture}{text}{form}</div></body></html>")
    assert document.text == TEXT


@pytest.mark.parametrize(
    ("codec", "head", "content_type"),
    [
        ("windows-1251", "<meta charset='windows-1251'>", ""),
        ("windows-1251", "", "text/html; charset=windows-1251"),
        ("windows-1251", "", ""),
        ("windows-1251", "<meta charset='utf-8'>", "text/html; charset=utf-8"),
        ("koi8-r", "<meta http-equiv='Content-Type' content='text/html; charset=koi8-r'>", ""),
        ("utf-8", "<meta charset='windows-1251'>", "text/html; charset=iso-8859-1"),
        ("utf-8-sig", "", ""),
        ("utf-16", "", ""),
        ("utf-8", "<meta charset='punycode'>", "text/html; charset=undefined"),
    ],
)
def test_encodings(codec: str, head: str, content_type: str) -> None:
    words = "Порт снова открыт, и первые корабли вышли в море рано утром, сообщили рыбаки с южного пирса."
    html = f"<html><head>{head}</head><body><article><p>{words}</p><p>{words}</p></article></body></html>"
    assert words in read(html.encode(codec), content_type=content_type).text


def test_western_bytes_without_a_declaration() -> None:
    words = "Der Bürgermeister erklärte, die Brücke über die Förde werde noch größer als geplant."
    assert words in read(f"<html><body><article><p>{words}</p></article></body></html>".encode("cp1252")).text


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        (b"", "an empty page"),
        (b"  \n ", "an empty page"),
        (b"%PDF-1.7\n...", "a PDF, not a page"),
        (b'{"title": "x"}', "JSON, not a page"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "a picture, not a page"),
        (b'<?xml version="1.0"?><rss version="2.0"><channel/></rss>', "a feed, not a page"),
        (bytes(range(32)) * 9, "binary data, not a page"),
        (b"<html><head><title>x</title></head><body></body></html>", "no article text found"),
        (b"<html><body><p>Please enable JavaScript to read this page, then reload it.</p></body></html>", "JavaScript"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_cause(body: bytes, cause: str) -> None:
    with pytest.raises(ParseError, match=cause):
        read(body)


ENTRY = Entry(
    URL, title="Harbour reopens", summary="Ships sail again.", published=NOW + timedelta(days=1), language="en"
)


@pytest.mark.parametrize(
    ("entry", "mode", "text", "partial"),
    [
        (ENTRY, TextMode.PAGE, "Ships sail again.", True),
        (ENTRY, TextMode.FEED, "Ships sail again.", False),
        (Entry(URL, title="Harbour", summary="S", text="All of it."), TextMode.PAGE, "All of it.", False),
        (Entry(URL, title="Harbour reopens"), TextMode.HEADLINE, "Harbour reopens", True),
        (Entry(URL, title="Harbour reopens"), TextMode.FEED, "Harbour reopens", True),
    ],
)
def test_a_document_from_what_was_listed(entry: Entry, mode: TextMode, text: str, partial: bool) -> None:
    document = from_entry(entry, Source("paper", "feed", URL, name="The Paper", text=mode), NOW)
    assert (document.text, document.partial, document.method, document.site) == (text, partial, "feed", "The Paper")
    assert document.published in (None, NOW)


def test_an_entry_without_words_is_refused() -> None:
    with pytest.raises(ParseError, match="neither title nor text"):
        from_entry(Entry(URL), Source("paper", "feed", URL), NOW)
