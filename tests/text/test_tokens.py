"""The one tokenizer: what becomes a word, how it folds, and that offsets are always true."""

from __future__ import annotations

from itertools import groupby, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.text import exact, fold, folded_words, tokens

FOLDED = [
    ("Ships leave, Port opens.", ["ships", "leave", "port", "opens"]),
    ("a 2½-hour call", ["a", "2.5", "hour", "call"]),
    ("½ cup, 1¼ miles", ["0.5", "cup", "1.25", "miles"]),
    ("800,000 people and 1,250,000.5 more", ["800000", "people", "and", "1250000.5", "more"]),
    ("30 000 людей, 1\u00a0000\u00a0000 грн", ["30000", "людей", "1000000", "грн"]),
    ("1.5bn or 2,5 млн", ["1.5bn", "or", "2.5", "млн"]),
    ("1.000.000 on 18.03.2025 at 10:30", ["1000000", "on", "18.03.2025", "at", "10", "30"]),
    ("a 30-day F-16 plan", ["a", "30", "day", "f", "16", "plan"]),
    ("U.S. and U.N.-led, U.S.’s", ["us", "and", "un", "led", "us"]),
    ("U.S.proposal", ["us", "proposal"]),
    ("Ukraine’s UKRAINE'S Ukraineʼs", ["ukraine"] * 3),
    ("здоров'я здоров’я здоровʼя здоров‘я здоров`я здоров´я", ["здоровя"] * 6),
    ("don't 'quoted' rock’n’roll", ["dont", "quoted", "rocknroll"]),
    ("infra\u00adstructure cease\u200bfire \ufeffword", ["infrastructure", "ceasefire", "word"]),
    ("мо\u0301ре за\u0301мок", ["море", "замок"]),
    ("йод и\u0306од їжа і\u0308жа", ["йод", "йод", "їжа", "їжа"]),
    ("Чёрное ґанок", ["черное", "ганок"]),
    ("Łódź Malmö straße café ŒUVRE Ørsted", ["lodz", "malmo", "strasse", "cafe", "oeuvre", "orsted"]),
    ("İSTANBUL ŉ", ["istanbul", "n"]),
    ("Άθήνα", ["αθηνα"]),
    ("和平会谈 ミサイル", list("和平会谈") + list("ミサイル")),
    ("👩\u200d💻 peace 🕊️ talks", ["peace", "talks"]),
    ("नमस्ते", ["नमस्ते"]),
    ("km² № ⒈ ﬁre", ["km2", "1", "fire"]),
    ("snake_case #tag @name 50% $3", ["snake", "case", "tag", "name", "50", "3"]),
    ("", []),
    ("— … !", []),
]


@pytest.mark.parametrize(("text", "expected"), FOLDED)
def test_words_fold(text: str, expected: list[str]) -> None:
    assert [token.folded for token in tokens(text)] == expected


@pytest.mark.parametrize(
    ("spelling", "expected"),
    [
        ("U.S.", "US"),
        ("us", "us"),
        ("Trump’s", "Trump"),
        ("Café", "Café"),
        ("Чёрное", "Чёрное"),
        ("мо\u0301ре", "море"),
    ],
)
def test_exact_keeps_case_and_letters(spelling: str, expected: str) -> None:
    assert exact(spelling) == expected


def test_offsets_point_into_the_original() -> None:
    text = "The U.S.  plan:\n\nперемир’я, 2½ hours"
    assert [text[token.start : token.end] for token in tokens(text)] == [
        "The",
        "U.S.",
        "plan",
        "перемир’я",
        "2½",
        "hours",
    ]


def test_only_a_blank_line_starts_a_paragraph() -> None:
    assert [token.paragraph for token in tokens("one\ntwo\n \t\nthree\n\n\n\nfour")][:3] == [0, 0, 1]
    assert tokens("one\n\n\n\nfour")[1].paragraph > 0


ALPHABET = st.one_of(
    st.sampled_from("aZéйё’'ʼ.½,10 -\n\u0301\u0306\u00ad\u200d和ー💻ßİﬁﷺ⒈۳\u0300\U0001d165"),
    st.characters(codec="utf-8"),
)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.text(ALPHABET, max_size=60))
def test_every_token_is_the_fold_of_its_spelling(text: str) -> None:
    found = tokens(text)
    assert all(fold(text[token.start : token.end]) == token.folded != "" for token in found)
    assert all(one.end <= other.start and one.paragraph <= other.paragraph for one, other in pairwise(found))
    assert all(not any(char.isspace() for char in token.folded) for token in found)


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.text(ALPHABET, max_size=20))
def test_folding_twice_changes_nothing(word: str) -> None:
    assert fold(fold(word)) == fold(word)


@pytest.mark.parametrize(
    "hostile",
    [
        "a" * 200_000,
        "a" + "\u0300\u0316" * 100_000,
        "a." * 100_000,
        "1," * 100_000,
        "1 000" * 50_000,
        "a'" * 100_000,
        "\n " * 100_000,
    ],
    ids=["letters", "marks", "dots", "commas", "thousands", "apostrophes", "lines"],
)
def test_hostile_runs_end_and_words_stay_short(hostile: str) -> None:
    assert all(len(token.folded) <= 100 for token in tokens(hostile))


@settings(derandomize=True, max_examples=400, deadline=None)
@given(st.text("1234567890,.'’ \u00a0abZé\u0301\u200d½\n«їґё中🚢", max_size=60))
def test_folded_words_are_those_of_the_tokens_by_paragraph(text: str) -> None:
    found = tokens(text)
    paragraphs = [[one.folded for one in group] for _, group in groupby(found, key=lambda one: one.paragraph)]
    assert list(folded_words(text)) == paragraphs
