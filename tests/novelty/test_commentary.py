"""Commentary: by what the outlet says, by the headline, or by a writer who argues."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from monitor.model import Document, Level
from monitor.novelty.commentary import commentary


@pytest.fixture(scope="module")
def measures() -> Mapping[str, Any]:
    return runpy.run_path(str(Path(__file__).with_name("measures.py")))


def test_no_report_is_taken_for_a_column(measures: Mapping[str, Any]) -> None:
    tuned, unseen = measures["columns"]()
    assert (tuned.false, unseen.false) == ([], [])
    assert tuned.recall >= 0.90
    assert unseen.recall >= 0.70


@pytest.mark.parametrize(
    "title",
    ["Opinion: let them talk", "The truce at a glance", "Підсумки тижня: без змін", "Главное за сутки", "Why now?"],
)
def test_headlines_that_are_commentary(title: str) -> None:
    assert commentary(Document("https://example.org/1", title, "")) == "marked as opinion, analysis or summary"


@pytest.mark.parametrize("title", ["Opinion polls open in Kyiv", "Підсумки виборів оголосили", "Итоги обмена пленными"])
def test_headlines_that_are_not(title: str) -> None:
    assert commentary(Document("https://example.org/1", title, "")) == ""


def test_a_quoted_argument_is_news(measures: Mapping[str, Any]) -> None:
    column = next(one for one in measures["LABELS"]["columns"]() if one[0] == "en-patience")
    assert commentary(Document("https://example.org/1", "", column[3])) == "its writer argues"
    quoted = "\n\n".join(f'The envoy said: "{part}"' for part in column[3].split("\n\n"))
    assert commentary(Document("https://example.org/1", "", quoted)) == ""


@pytest.mark.parametrize(
    ("more", "level"),
    [
        ("", Level.COMMENTARY),
        ("Remember the promises made in Geneva in 1954 and again in 1973.", Level.COMMENTARY),
        ("The ministry has 640 tanks left and lost 217 of them.", Level.NEW),
    ],
)
def test_a_column_is_news_only_with_new_figures(measures: Mapping[str, Any], more: str, level: Level) -> None:
    """Years and places are what columns remember."""
    columns = {one[0]: one for one in measures["LABELS"]["columns"]()}
    old = measures["document"](columns["en-demand"][3], columns["en-demand"][2], "en")
    new = measures["document"](f"{columns['en-patience'][3]}\n\n{more}", "Price of patience", "en")
    found = measures["held"](new, [old], measures["weights_of"]([]))
    assert found.level is level
    assert found.decided.startswith("its writer argues; 1 new figures < 2") is (level is Level.COMMENTARY)


def test_a_column_that_tells_nothing_new_stays_silent(measures: Mapping[str, Any]) -> None:
    column = next(one for one in measures["LABELS"]["columns"]() if one[0] == "en-patience")
    one = measures["document"](column[3], column[2], "en")
    assert measures["held"](one, [one], measures["weights_of"]([])).level is Level.SAME
