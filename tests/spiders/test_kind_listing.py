"""Listing pages: links by selector, links by guess; and the page of an article by its source's selectors."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from monitor.errors import ParseError
from monitor.model import Listing, Selectors, Source
from spiders.extract import extract
from spiders.kinds import Polled, read

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
ADDRESS = "https://harbour.example/news"
CARDS = "".join(
    f'<article class="card"><a href="/2026/{slug}"><img alt=""><h3>{title}</h3><p>Lead words of it.</p></a>'
    f'<time datetime="2026-03-{day}T08:00:00Z">x</time><a href="/2026/{slug}">Read</a></article>'
    for slug, title, day in (
        ("truce-holds", "Truce holds in the harbour of Varn", 18),
        ("mines-found", "Divers find 31 mines off Skerry", 19),
        ("ships-leave", "First ships leave the quay at dawn", 20),
    )
)
PAGE = f"""<!doctype html><html lang="en"><head><title>Harbour news</title></head><body>
<nav><ul><li><a href="/politics">All our news about the politics</a></li>
<li><a href="/b">All our news about the sea</a></li>
<li><a href="/c">All our news about the weather</a></li></ul></nav>
<main>{CARDS}<p><a href="https://other.example/x">A partner's story about something else</a></p>
<a href="/about/us-and-our-work">About us and our work at the harbour</a></main>
<div class="footer-links"><ul><li><a href="/jobs-x">Jobs at the harbour news desk</a></li>
<li><a href="/jobs-y">Terms of the harbour news desk</a></li>
<li><a href="/jobs-z">Prices at the harbour news desk</a></li></ul></div>
</body></html>"""


def listed(page: str, **select: str) -> Listing:
    return read(Polled(page.encode(), Source("harbour", "listing", ADDRESS, select=Selectors(**select)), ADDRESS, NOW))


def test_headlines_are_guessed_from_repeated_blocks_outside_menus() -> None:
    found = listed(PAGE)
    assert [(entry.url, entry.title) for entry in found.entries] == [
        ("https://harbour.example/2026/truce-holds", "Truce holds in the harbour of Varn"),
        ("https://harbour.example/2026/mines-found", "Divers find 31 mines off Skerry"),
        ("https://harbour.example/2026/ships-leave", "First ships leave the quay at dawn"),
    ]
    assert [entry.published.day for entry in found.entries if entry.published] == [18, 19, 20]
    assert (found.title, found.dialect, found.language) == ("Harbour news", "listing page", "en")


def test_selectors_decide_what_is_listed() -> None:
    assert [entry.title for entry in listed(PAGE, links="p a").entries] == ["A partner's story about something else"]
    found = listed(PAGE, links=".card")
    assert [entry.url.rpartition("/")[2] for entry in found.entries] == ["truce-holds", "mines-found", "ships-leave"]
    assert found.entries[0].published == datetime(2026, 3, 18, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("page", "select", "word"),
    [
        (PAGE, {"links": ".story a"}, r"nothing fits select.links = '.story a'"),
        ("<html><body><p>Soon.</p></body></html>", {}, "no list of headlines"),
        ("%PDF-1.7", {}, "a PDF"),
    ],
)
def test_a_page_without_headlines_is_a_failure_with_a_word(page: str, select: dict[str, str], word: str) -> None:
    with pytest.raises(ParseError, match=word):
        listed(page, **select)


def test_a_page_four_times_as_long_takes_no_sixteen_times_the_work() -> None:
    def work(rows: int) -> float:
        cards = "".join(
            f"<div class=row><div><a href='/a-{n}'>Some headline with words {n}</a></div></div>" for n in range(rows)
        )
        begun = time.process_time()
        assert listed(f"<html><body>{cards}<time>x</time></body></html>").entries
        return time.process_time() - begun

    assert work(8_000) < 10 * min(work(2_000), work(2_000))


ARTICLE = """<!doctype html><html lang="en"><head><title>Varn</title></head><body><h1>Harbour news</h1>
<article><h2 class="head">Truce holds in the harbour of Varn</h2><div class="text"><h2>On Monday</h2>
<p>The two coastal states signed a truce for the harbour of Varn on Monday morning.</p>
<ul><li>Grain ships may leave the quay for 40 days, envoy Marta Lindqvist said.</li></ul>
<p>Insurers expect premiums to fall by a third.<br>Others expect more of it.</p></div>
<p>The harbour calendar shows twelve views of the harbour and of its boats, and costs nine crowns.</p>
<p>It is sold at the desk of the harbour master, on all days but Sunday, until the last one is gone.</p></article>
</body></html>"""


def test_the_selectors_of_a_source_read_its_articles() -> None:
    source = Source("harbour", "listing", ADDRESS, select=Selectors(title=".head", body=".text"))
    document = extract(ARTICLE.encode(), "https://harbour.example/2026/truce", NOW, source=source)
    assert document.title == "Truce holds in the harbour of Varn"
    assert document.method == "selector"
    assert document.text.split("\n\n") == [
        "On Monday",
        "The two coastal states signed a truce for the harbour of Varn on Monday morning.",
        "Grain ships may leave the quay for 40 days, envoy Marta Lindqvist said.",
        "Insurers expect premiums to fall by a third. Others expect more of it.",
    ]
    plain = extract(ARTICLE.encode(), "https://harbour.example/2026/truce", NOW)
    assert "calendar" in plain.text


def test_selectors_that_fit_nothing_leave_the_page_to_the_usual_readers() -> None:
    source = Source("harbour", "listing", ADDRESS, select=Selectors(title=".gone", body="#gone"))
    document = extract(ARTICLE.encode(), "https://harbour.example/2026/truce", NOW, source=source)
    assert document.method != "selector" and "Insurers" in document.text
