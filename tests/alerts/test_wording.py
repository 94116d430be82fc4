"""Cut text, times and links."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.wording import LONGEST_LINK, counted, cut, link, listed, when


@pytest.mark.parametrize(
    ("text", "limit", "wanted"),
    [
        ("short", 10, "short"),
        ("exactly ten", 11, "exactly ten"),
        ("several words in a row", 16, "several words…"),
        ("x" * 20, 10, "x" * 9 + "…"),
        ("two\nlines\u2028of\ttext", 40, "two lines of text"),
        ("", 10, ""),
        ("abcde e\u0301\u0323f and more", 8, "abcde…"),
    ],
)
def test_cut(text: str, limit: int, wanted: str) -> None:
    assert cut(text, limit) == wanted


@pytest.mark.parametrize("family", ["👩‍👩‍👧‍👦", "🧑🏽‍🚒"])
def test_a_joined_emoji_is_kept_or_dropped_whole(family: str) -> None:
    for limit in range(4, 12):
        kept = cut("abc" + family + "defghijk", limit)
        assert kept.rstrip("…") in ("abc", "abc" + family) or kept.startswith("abc" + family)


@settings(derandomize=True, max_examples=200)
@given(st.text(), st.integers(2, 60))
def test_cut_never_exceeds_its_limit(text: str, limit: int) -> None:
    kept = cut(text, limit)
    assert len(kept) <= limit and "\n" not in kept
    kept.encode()


@pytest.mark.parametrize("mark", ["\u0301", "\u200d", "\ufe0f"])
def test_cut_copes_with_a_pile_of_marks(mark: str) -> None:
    assert len(cut("a" + mark * 10_000 + "b" * 100, 50)) <= 50


def test_times_are_told_in_the_watch_s_zone() -> None:
    assert when(datetime(2025, 3, 18, 17, 5, tzinfo=UTC), "Europe/Kyiv") == "2025-03-18 19:05 EET"
    assert when(datetime(2025, 7, 18, 17, 5, tzinfo=UTC), "Europe/Kyiv") == "2025-07-18 20:05 EEST"


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "",
        "//host/x",
        "mailto:a@b.example",
        "https://a.example/" + "x" * 3000,
    ],
)
def test_what_is_no_web_address_becomes_no_link(url: str) -> None:
    assert link(url) == ""


@settings(derandomize=True, max_examples=200)
@given(st.text())
def test_a_link_cannot_end_the_markup_around_it(tail: str) -> None:
    made = link("https://news.example/" + tail)
    assert not set(made) & set("<>|\"'` \n\t\\") and len(made) <= LONGEST_LINK and made.isascii()


def test_counts_and_lists() -> None:
    assert counted(1, "source") == "1 source" and counted(3, "source") == "3 sources"
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more" and listed(["a"], 2) == "a"
