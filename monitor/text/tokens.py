"""The one tokenizer: words with true offsets into the original text, each folded by itself."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from monitor.text.letters import APOSTROPHES, INVISIBLE, MARKS, UNSPACED

ANALYSER = 1
"""Version of folding and tokenising; stored beside everything that was made with them."""

_LONGEST = 100  # characters of a folded word: PostgreSQL refuses lexemes over 2,046 bytes
_EXAMINED = 400  # characters of a spelling that are looked at: NFKC sorts long runs of marks in quadratic time

_LETTER = rf"[^\W_{UNSPACED}]"
_ALPHA = rf"[^\W\d_{UNSPACED}]"
_JOINED = rf"[{MARKS}{INVISIBLE}]"
_RUN = rf"{_LETTER}++(?:{_JOINED}++{_LETTER}*+)*+"
_QUOTE = rf"[{APOSTROPHES}]"
_PARAGRAPH_END = re.compile(r"\n[^\S\n]*\n")
_INVISIBLE = re.compile(rf"[{INVISIBLE}]")
_POSSESSIVE = re.compile(rf"{_QUOTE}[sS]$")
_FRACTION = re.compile(r"(\d*)([¼-¾⅐-⅞↉])")
_THOUSANDS = re.compile(r"(?<=\d)([,'’ \u00a0\u2009\u202f])(?=\d{3}(?!\d))")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d)")
_DOTTED_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3}){2,}(?!\d)")
_LOOSE_DOT = re.compile(r"(?<!\d)\.|\.(?!\d)")
# Marks that a writer may add or leave out: accents and stress, Arabic and Hebrew vowel points, variation selectors.
_OPTIONAL_MARK = re.compile(
    "[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe2f]"
)
_SPELLINGS = str.maketrans(
    {"ё": "е", "ѐ": "е", "ѝ": "и", "ґ": "г"}
    | {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"}
)


class Token(NamedTuple):
    """One word: the spelling is text[start:end] of the original text; `paragraph` counts from 0."""

    folded: str
    start: int
    end: int
    paragraph: int


def tokens(text: str, paragraph: int = 0) -> list[Token]:
    """All words in order. A blank line starts a paragraph, `paragraph` is the first. Linear in the text's length."""
    found: list[Token] = []
    scan, make, add = _token().finditer, Token._make, found.append
    for number, start, end in _paragraphs(text, paragraph):
        for match in scan(text, start, end):
            if folded := fold(match[0]):
                add(make((folded, *match.span(), number)))
    return found


def folded_words(text: str) -> Iterator[list[str]]:
    """The folded words that tokens() finds, for each paragraph that has some: a third of its work."""
    scan = _token().findall
    for _, start, end in _paragraphs(text, 0):
        words = [
            word.lower() if len(word) <= _LONGEST and word.isascii() and word.isalnum() else fold(word)
            for word in scan(text, start, end)
        ]
        if not all(words):
            words = [word for word in words if word]
        if words:
            yield words


def worded(text: str, paragraph: int = 0) -> Iterator[tuple[int, int, int]]:
    """The paragraphs that have words in them: number, start and end. Reads no more than the first word of each."""
    for number, start, end in _paragraphs(text, paragraph):
        if next(_words(text, start, end), None):
            yield number, start, end


def spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """Where the words of a paragraph stand, without what they are: half the work of tokens()."""
    if text.isascii():
        return [match.span() for match in _token().finditer(text, start, end)]
    return [match.span() for match in _words(text, start, end)]


def _words(text: str, start: int, end: int) -> Iterator[re.Match[str]]:
    # Of words in ASCII something is always left; of others folding may leave nothing.
    return (match for match in _token().finditer(text, start, end) if match[0].isascii() or fold(match[0]))


def _paragraphs(text: str, first: int) -> Iterator[tuple[int, int, int]]:
    ends = [*(match.end() for match in _PARAGRAPH_END.finditer(text)), len(text)]
    return zip(range(first, first + len(ends)), [0, *ends[:-1]], ends, strict=True)


def fold(word: str) -> str:
    """The one form that all spellings of a word share: case, accents, apostrophes, 's and number style folded away."""
    if word.isascii() and word.isalnum():
        return word[:_LONGEST].lower()
    return _folded(word[:_EXAMINED])


def exact(word: str) -> str:
    """The word as `=exact` compares it: case and accents kept; U.S. is US, Trump's is Trump."""
    text = _OPTIONAL_MARK.sub("", unicodedata.normalize("NFKC", _bare(word[:_EXAMINED])))
    return _kept(text)


@cache
def _token() -> re.Pattern[str]:
    """Compiled at first use: the classes cost 30 ms, which `--help` need not pay. No groups: findall gives words."""
    thousands = "|".join(rf"{mark}\d{{3}}(?:{mark}\d{{3}})*+" for mark in ",'’ \u00a0\u2009\u202f")
    return re.compile(
        rf"(?:\d{{1,3}}+(?:{thousands})(?!\d)"  # 800,000
        rf"(?:[.,]\d{{1,2}}+(?!\d))?+"  # 1 000 000,5
        rf"|\d++(?:\.\d++)++|\d++,\d{{1,2}}+(?!\d))(?:{_RUN})?+"  # 1.5bn, 18.03.2025 and 2,5
        rf"|{_ALPHA}(?:\.{_ALPHA}(?!{_LETTER}|{_JOINED}))++\.?+(?:{_QUOTE}[sS](?!{_LETTER}))?+"  # U.S.
        rf"|{_RUN}(?:{_QUOTE}{_RUN})*+"
        rf"|[{UNSPACED}]{_JOINED}*+"
    )


@lru_cache(maxsize=1 << 16)
def _folded(word: str) -> str:
    text = unicodedata.normalize("NFKC", _bare(word).casefold())
    text = "".join(map(_without_accent, text.casefold()))
    text = _OPTIONAL_MARK.sub("", text).translate(_SPELLINGS)
    return _kept(text)


def _bare(word: str) -> str:
    """Without invisible characters, possessive, apostrophes and thousands separators; fractions as decimals."""
    word = _POSSESSIVE.sub("", _INVISIBLE.sub("", word))
    if any(map(str.isdecimal, word)) or _FRACTION.search(word):
        word = _FRACTION.sub(_decimal, word)
        word = _DECIMAL_COMMA.sub(".", _THOUSANDS.sub("", word))
        word = _DOTTED_THOUSANDS.sub(lambda number: number[0].replace(".", ""), word)
    return re.sub(_QUOTE, "", word)


def _decimal(fraction: re.Match[str]) -> str:
    """2½ is 2.5; NFKC alone would make it 21/2."""
    share = f"{unicodedata.numeric(fraction[2]):.3f}".rstrip("0").rstrip(".")
    return (fraction[1] or "0") + share[1:]


def _without_accent(char: str) -> str:
    """The bare letter for Latin and Greek. Others keep their marks: й and ї are letters of their own."""
    letter = unicodedata.normalize("NFD", char)[0]
    return letter if letter < "\u0400" else char


def _kept(word: str) -> str:
    """Without the spaces and apostrophes that NFKC may bring, and without dots except between digits."""
    return "".join(filter(_belongs, _LOOSE_DOT.sub("", word)))[:_LONGEST].rstrip(".")


def _belongs(char: str) -> bool:
    if char in APOSTROPHES:
        return False
    return char.isalnum() or char == "." or unicodedata.category(char).startswith("M")
