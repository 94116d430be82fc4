"""Captions: which of a page's are the article's own, and where its text keeps them."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from monitor.model import Document
from spiders.extract import extract

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
PARAGRAPHS = (
    "The harbour of the southern city opened its gates on Monday after eleven weeks of repairs, officials said.",
    "Two grain ships left before noon, and the port authority expects nine more by the end of the week.",
    "Insurers asked for guarantees that the corridor would stay free of mines, says a letter seen by the paper.",
    "Fishermen from three villages gathered on the pier, some with their children, to watch the first departure.",
)
TEXT = "\n\n".join(PARAGRAPHS)
PIER = "Ferries wait at the northern pier. Photo: N. Example"


def page(inside: str = "", outside: str = "", head: str = "", tag: str = "article") -> str:
    first, *rest = (f"<p>{one}</p>" for one in PARAGRAPHS)
    body = f"<{tag}>{first}{inside}{''.join(rest)}</{tag}>{outside}"
    return f"<!DOCTYPE html><html lang='en'><head><title>Harbour opens</title>{head}</head><body>{body}</body></html>"


def figure(text: str, around: str = "figcaption") -> str:
    name = around.partition(" ")[0]
    return f"<figure><img src='a.jpg' alt='x'><{around}>{text}</{name}></figure>"


def read(markup: str) -> Document:
    return extract(markup.encode(), "https://www.paper.example/news/harbour.html", NOW)


def captions(document: Document) -> list[str]:
    return document.text[len(document.prose) :].strip().split("\n\n") if document.captions else []


@pytest.mark.parametrize(
    "around",
    [
        "figcaption",
        'p class="wp-caption-text"',
        'div class="photo__caption"',
        'span class="imageCaption"',
        'div itemprop="caption"',
    ],
)
def test_a_caption_is_a_paragraph_of_its_own_behind_the_text(around: str) -> None:
    document = read(page(figure(PIER, around)))
    assert document.prose == TEXT
    assert document.text == f"{TEXT}\n\n{PIER}"
    assert captions(document) == [PIER]


@pytest.mark.parametrize(
    "elsewhere",
    [
        f"<aside>{figure(PIER)}</aside>",
        f"<div class='related-stories'>{figure(PIER)}</div>",
        f"<a href='/news/other.html'>{figure(PIER)}</a>",
        f"<article>{figure(PIER)}</article>",
        f"<div class='has-caption'>{PIER}</div>",
        figure("Photo: N. Example / Agency"),
        figure("Share this on Facebook"),
        figure("word " * 400),
    ],
)
def test_what_belongs_to_a_neighbour_or_says_nothing_is_no_caption(elsewhere: str) -> None:
    document = read(page(elsewhere))
    assert captions(document) == []
    assert PIER not in document.text[len(document.prose) :]


def test_a_picture_outside_the_article_is_not_its_own() -> None:
    document = read(page(figure(PIER), outside=f"<section>{figure('A dog looks at the camera in the park')}</section>"))
    assert captions(document) == [PIER]


def test_a_picture_that_links_to_itself_and_a_page_without_article_element() -> None:
    document = read(page(f"<a href='/img/a.jpg'>{figure(PIER)}</a>", tag="div"))
    assert captions(document) == [PIER]


def test_declared_captions_of_the_article_s_pictures() -> None:
    graph = [
        {
            "@type": "NewsArticle",
            "headline": "Harbour opens",
            "image": [{"@id": "#one"}, {"caption": "Cranes at dusk again"}],
        },
        {"@type": "ImageObject", "@id": "#one", "caption": PIER},
        {"@type": "ImageObject", "@id": "#logo", "caption": "The logo of the paper"},
    ]
    head = f'<script type="application/ld+json">{json.dumps({"@graph": graph})}</script>'
    assert captions(read(page(figure(PIER.upper()), head=head))) == [PIER.upper(), "Cranes at dusk again"]
    named = json.dumps({"@type": "NewsArticle", "image": {"caption": "Harbour opens"}})
    assert captions(read(page(head=f'<script type="application/ld+json">{named}</script>'))) == []


def test_a_caption_that_was_read_as_a_paragraph_is_moved_behind_the_text() -> None:
    document = read(page(f"<p class='caption'>{PIER}</p>"))
    assert (document.prose, captions(document)) == (TEXT, [PIER])


def test_a_page_of_pictures_is_read_in_bounded_time() -> None:
    many = read(page("".join(figure(f"Picture number {one} of the pier") for one in range(2_000))))
    assert len(captions(many)) == 30
