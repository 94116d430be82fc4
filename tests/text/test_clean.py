"""The door: what is dropped, what is folded, what survives."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.text import clean, plain

CLEANED = [
    ("a\x00b\x07c\x7fd\x9fe", "abcde"),
    ("one\u2028two\u2029three\u0085four\x0bfive\r\nsix", "one two three four five six"),
    ("\u202eevil\u202c \u2066x\u2069 \u200fy", "evil x y"),
    ("ze\u200bro\ufeff wi\u2060dth so\u00adft", "zero width soft"),
    ("lone \ud800 surrogate \udfff", "lone surrogate"),
    ("pair \ud83d\udd4a ok", "pair 🕊 ok"),
    ("  many \t spaces\u00a0here  ", "many spaces here"),
    ("и\u0306 e\u0301", "й é"),
    ("👩\u200d💻 stays, a\u200db does not", "👩\u200d💻 stays, ab does not"),
    ("tag\U000e0041\U000e0042 hidden", "tag hidden"),
    ("ﷺ 和平 ½ ＡＢ", "ﷺ 和平 ½ ＡＢ"),
]


@pytest.mark.parametrize(("text", "expected"), CLEANED)
def test_clean(text: str, expected: str) -> None:
    assert clean(text) == expected


def test_lines_and_paragraphs_stay_when_asked_for() -> None:
    assert clean("\n one  two \r\nthree\r\r\n\n four\u2029five\n", lines=True) == "one two\nthree\n\nfour\nfive"


def test_limit_counts_characters() -> None:
    assert clean("abc def", 4) == "abc"
    assert len(clean("слово " * 50_000)) <= 100_000


@pytest.mark.parametrize("run", ["\u0300\u0316", "\U0001d165\U0001d16d", "\U0001e8d0\u0300"])
def test_piled_marks_are_cut(run: str) -> None:
    assert len(clean("a" + run * 50_000)) <= 10


@settings(derandomize=True, max_examples=300, deadline=None)
@given(st.text(st.characters() | st.sampled_from("\u200d\u202e\x00\ud800\udc00\u0301\n\u2028")), st.booleans())
def test_cleaned_text_is_safe_and_clean(text: str, lines: bool) -> None:
    once = clean(text, lines=lines)
    once.encode()
    assert once == unicodedata.normalize("NFC", once)
    assert clean(once, lines=lines) == once
    allowed = {"\n"} if lines else set()
    assert not [char for char in once if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") and char not in allowed]


PLAIN = [
    ("<p>Talks &amp; <b>cease</b>fire</p><p>Next</p>", "Talks & ceasefire Next"),
    ("one<br/>two<li>three", "one two three"),
    ("&amp;lt;b&amp;gt; once &lt;i&gt;", "&lt;b&gt; once <i>"),
    ("a < b and 3 > 2", "a < b and 3 > 2"),
    ("x<!-- hidden --> y<script>var a = '<p>';</script> z<STYLE>p{}</style >!", "x y z!"),
    ("cut <a href='http://example.org", "cut"),
    ("never <!-- closed", "never"),
    ("&#0;&#x110000;&#99999999999;ok", "\ufffd\ufffd\ufffdok"),
    ("AT&T, R&D; 5 &euro;", "AT&T, R&D; 5 €"),
]


@pytest.mark.parametrize(("markup", "expected"), PLAIN)
def test_plain(markup: str, expected: str) -> None:
    assert plain(markup) == expected


def test_plain_keeps_paragraphs_when_asked_for() -> None:
    assert plain("<p>one</p>\n<p>two<br>three</p>", lines=True) == "one\n\ntwo\nthree"


@pytest.mark.parametrize("piece", ["<a", "<!--", "<script>", "<", "</", "&#9", "<b>", "<!-", "&"])
def test_hostile_markup_ends(piece: str) -> None:
    assert len(plain(piece * 100_000)) <= 100_000


def test_endless_numeric_entity_does_not_raise() -> None:
    assert plain("&#" + "9" * 10_000 + ";x") == "\ufffdx"
