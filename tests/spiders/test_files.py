"""Articles as files: titles, bylines, dates, furniture, Markdown, encodings."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from monitor.errors import ParseError
from monitor.model import Document
from spiders.files import document_from_file

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
FIRST = "The harbour opened its gates on Monday after eleven weeks of repairs, officials of the city said."
SECOND = "Two grain ships left before noon. Nine more are expected by the end of the week."


def read(text: str, name: str = "story.txt", url: str = "") -> Document:
    return document_from_file(name, text.encode(), NOW, url=url)


def test_a_headline_becomes_the_title_and_its_repetition_is_folded() -> None:
    document = read(f"Harbour reopens after repairs\n\nHarbour reopens after repairs\n{FIRST}\n\n{SECOND}")
    assert document.title == "Harbour reopens after repairs"
    assert document.text == f"{FIRST}\n\n{SECOND}"
    assert (document.method, document.language, document.published, document.url) == ("text", "en", None, "")


def test_without_a_headline_the_first_sentence_is_the_title() -> None:
    assert read(f"{SECOND}\n{FIRST}").title == "Two grain ships left before noon"
    document = read(f"{FIRST[:-1]}, while insurers went on asking for guarantees.\n{SECOND}")
    assert document.title.endswith("…")
    assert 60 < len(document.title) <= 111
    assert document.text.startswith(FIRST[:-1])


def test_a_leading_date_is_the_publication() -> None:
    document = read(f" date 2026-03-08 {FIRST}\n\n{SECOND}")
    assert document.published == datetime(2026, 3, 8, tzinfo=UTC)
    assert document.text == f"{FIRST}\n\n{SECOND}"


@pytest.mark.parametrize(
    ("line", "author", "published"),
    [
        ("By Ana Reyes in Odesa March 9, 2026", "Ana Reyes", "2026-03-09 00:00"),
        ("By Ana Reyes and Ben O'Hara", "Ana Reyes and Ben O'Hara", None),
        ("By Ana Reyes | 9 March 2026, 10:40 GMT", "Ana Reyes", "2026-03-09 10:40"),
        ("Published: Monday, March 9, 2026 at 5:05 p.m.", "", "2026-03-09 17:05"),
        ("09.03.2026, 10:40", "", "2026-03-09 10:40"),
        ("9 березня 2026", "", "2026-03-09 00:00"),
        ("Автор: Ірина Сокіл", "Ірина Сокіл", None),
        ("Updated March 9, 2026", "", None),
    ],
)  # fmt: skip
def test_lines_above_the_text_are_read(line: str, author: str, published: str | None) -> None:
    document = read(f"Harbour reopens\n{line}\n{FIRST}\n{SECOND}")
    assert document.author == author
    assert (document.published and f"{document.published:%Y-%m-%d %H:%M}") == published
    assert document.text == f"{FIRST}\n\n{SECOND}"


@pytest.mark.parametrize(
    "line",
    [
        "By Monday the harbour had reopened.",
        "By the river on March 9, 2026 the mayor spoke.",
        "On March 9, 2026 the gates opened again.",
        "By Ana Reyes the bridge was called unsafe",
    ],
)
def test_sentences_that_only_look_like_bylines_stay(line: str) -> None:
    document = read(f"Harbour reopens\n{FIRST}\n{line}\n{SECOND}")
    assert line in document.text
    assert document.author == ""
    assert document.published is None


def test_furniture_goes_and_captions_stay() -> None:
    caption = "Fishermen on the southern pier. / The Paper"
    document = read(
        f"Harbour reopens\n\nShare\n\n{caption}\n\n{FIRST}\n\nRead also: Grain prices fall\n\n{SECOND}\n\n"
        "Source link\n\nLeave a Reply\n\nYour email address will not be published. Required fields are marked *\n\n"
        "Back To Top"
    )
    assert document.text == f"{caption}\n\n{FIRST}\n\n{SECOND}"


def test_lines_wrapped_at_a_width_are_one_paragraph() -> None:
    words = f"{FIRST} {SECOND} {FIRST}".split()
    lines: list[str] = [""]
    for word in words:
        if len(lines[-1]) + len(word) > 70:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    document = read("Harbour reopens\n\n" + "\n".join(lines))
    assert document.text == " ".join(words)


def test_markdown() -> None:
    document = read(
        '---\ntitle: "Harbour reopens"\ndate: 2026-03-09\nauthor: By Ana Reyes\nurl: https://paper.example/h\n---\n'
        f"# Harbour reopens\n\n![pier](pier.jpg)\n\n{FIRST.replace('Monday', '**Monday**')}\n\n## Ships\n\n"
        f"> {SECOND}\n\n- see [the letter](https://paper.example/l) and `corridor_map`\n"
        "- snake_case_word stays\n\n***\n\n```\ncode\n```\n",
        "story.md",
    )
    assert (document.title, document.author, document.url) == (
        "Harbour reopens",
        "Ana Reyes",
        "https://paper.example/h",
    )
    assert document.published == datetime(2026, 3, 9, tzinfo=UTC)
    assert document.text.split("\n\n") == [
        FIRST,
        "Ships",
        SECOND,
        "see the letter and corridor_map",
        "snake_case_word stays",
        "code",
    ]
    assert document.method == "markdown"


def test_markdown_without_front_matter_takes_its_heading() -> None:
    assert read(f"Harbour reopens\n===\n{FIRST}", "a.md").title == "Harbour reopens"
    assert read(f"# Harbour *reopens*\n{FIRST}", "a.markdown").title == "Harbour reopens"


@pytest.mark.parametrize(
    ("name", "url"), [("page.html", ""), ("page", ""), ("page.htm", "https://paper.example/other")]
)
def test_html_goes_through_extraction(name: str, url: str) -> None:
    html = (
        '<html lang="en"><head><title>Harbour reopens</title><link rel="canonical" href="https://paper.example/h"></head>'
        f"<body><article><p>{FIRST}</p><p>{SECOND}</p></article></body></html>"
    )
    document = read(html, name, url)
    assert document.title == "Harbour reopens"
    assert document.text == f"{FIRST}\n\n{SECOND}"
    assert document.url == (url or "https://paper.example/h")


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "cp1251"])
def test_encodings(codec: str) -> None:
    words = "Порт снова открыт\n\nПервые корабли вышли в море рано утром, сообщили рыбаки с южного пирса."
    document = document_from_file("story.txt", words.encode(codec), NOW)
    assert document.title == "Порт снова открыт"
    assert document.language == "ru"


@pytest.mark.parametrize(
    ("name", "data", "cause"),
    [
        ("empty.txt", b"", "empty"),
        ("blank.md", b" \n\n", "empty"),
        ("paper.txt", b"%PDF-1.7", "a PDF, not a text"),
        ("noise.txt", bytes(range(32)) * 9, "binary data"),
        ("only.txt", b"Share\n\nLeave a Reply", "no text in it"),
        ("page.html", b"<html><body></body></html>", "no article text"),
    ],
)
def test_what_holds_no_article_is_refused(name: str, data: bytes, cause: str) -> None:
    with pytest.raises(ParseError, match=cause):
        document_from_file(name, data, NOW)


def test_the_seed_articles(shared: Path) -> None:
    files = sorted((shared / "seeds").glob("*.txt"))
    documents = [document_from_file(file.name, file.read_bytes(), NOW) for file in files]
    assert len(documents) == 5
    for file, document in zip(files, documents, strict=True):
        assert 30 <= len(document.title) <= 120
        assert "\n" not in document.title
        assert "Putin" in document.title
        assert "Trump" in document.title
        assert not document.text.startswith(document.title + "\n")
        assert document.language == "en"
        words = len(file.read_text(encoding="utf-8").split())
        assert 0.94 * words < len(document.text.split()) <= words
        last = document.text.split("\n\n")[-1]
        assert len(last) > 80
        blocks = {block.casefold() for block in document.text.split("\n\n")}
        assert not blocks & {"share", "leave a reply", "source link", "back to top", "news", "dismiss"}
        assert "email address" not in document.text
    assert [bool(document.author) for document in documents] == [False, True, False, False, False]
    dates = [document.published and document.published.date().isoformat() for document in documents]
    assert dates == ["2025-03-19", "2025-03-19", None, None, None]
