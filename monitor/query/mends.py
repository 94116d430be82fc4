"""What people write who know another product's query language, and how it is written here."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches

FIELDS = ("title", "lead", "body", "source", "lang")
_PATTERNS = "there are no regular expressions: use * for letters and ? for one letter, after at least 3 letters"
_SAME_FIELD = {
    "title": "headline heading header intitle allintitle subject hd h1 name",
    "lead": "lede intro summary teaser first top hlp lp",
    "body": "text content article fulltext story",
    "source": "site domain host url inurl link outlet publisher feed",
    "lang": "language locale la",
}
_MEANT = {word: field for field, words in _SAME_FIELD.items() for word in words.split()}
_MENDS = {
    "/": "put it in quotation marks; distances are written NEAR/8, in capitals",
    ":": "put it in quotation marks; the fields are title: lead: body: source: lang:",
    "+": "words side by side must all occur, + is not needed",
    "|": "write OR",
    "&": "write AND",
    "!": "write NOT",
    "=": 'put = right before a word or a phrase: ="US proposal"',
    "<": "distances are written a NEAR/8 b, or a ONEAR/8 b for this order",
    ">": "distances are written a NEAR/8 b, or a ONEAR/8 b for this order",
    "\\": "nothing needs to be escaped: put it in quotation marks",
    **dict.fromkeys("[]{}", "groups are written in ( )"),
    **dict.fromkeys("'‘’`´", 'single quotation marks do not make a phrase, use "..."'),
}
_DISTANCE = re.compile(r"\b(?:(near|w|within|n)|(onear|pre|adj|before))$", re.IGNORECASE)
_COUNTED = re.compile(r"(NEAR|ONEAR|ATLEAST)(\d+)|(near|onear|adj|atleast)(\d+)")
_STRANGE = {
    "ANDNOT": "write NOT",
    "XOR": "write (a OR b) and leave out what must not occur with NOT",
}
_LANGUAGES = {
    "english": "en",
    "ukrainian": "uk",
    "russian": "ru",
    "german": "de",
    "french": "fr",
    "polish": "pl",
    "ua": "uk",
    "gb": "en",
    "us": "en",
    "eng": "en",
    "ukr": "uk",
    "rus": "ru",
}
_CODE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")


def character(query: str, position: int) -> str:
    """How to mend a character that cannot stand where it stands."""
    char, before = query[position], query[:position]
    following = query[position + 1 :]
    if char == "/":
        return _slash(before, following)
    if char == "~":
        if before.endswith(('"', "”", "“", "»")):
            return "use NEAR/n for words near each other, as in storm NEAR/5 surge"
        return "nothing is fuzzy: a word finds its own forms; write (a OR b) or * for spellings, NEAR/n for distances"
    if char == "!" and before[-1:].isalnum():
        return "to find all words that begin so write *, as in attack*; to exclude a word write NOT"
    return _MENDS.get(char, "leave it out or put the words in quotation marks")


def _slash(before: str, following: str) -> str:
    if re.match(r"[^/]*/(\s|$)", following) and (not before or before[-1] in " (:"):
        return f"{_PATTERNS}, as in evacuat*"
    number = re.match(r"\d{1,2}\b", following)
    distance = _DISTANCE.search(before)
    if distance and number:
        return f"write {'NEAR' if distance[1] else 'ONEAR'}/{number[0]}, in capitals"
    if distance and before[-1].isupper():
        return f"the number stands right behind it, as in {distance[0].upper()}/8"
    if distance and re.match(r"[sp]\b", following):
        return "write NEAR/20: it never crosses a paragraph"
    if re.search(r"\batleast$", before, re.IGNORECASE):
        return "write ATLEAST/2(a, b, c), in capitals"
    return _MENDS["/"]


def field(written: str) -> str:
    """What to say of an unknown field; `written` is without its colon."""
    lower = written.lower()
    if lower in ("re", "regex", "regexp"):
        return _PATTERNS
    meant = lower if lower in FIELDS else _MEANT.get(lower) or nearest(lower, FIELDS)
    known = "there are title: lead: body: source: lang:"
    if meant:
        return f"write {meant}: ({known})"
    return f'{known}; put "{written}:" in quotation marks if you mean the word'


def nearest(written: str, known: Iterable[str]) -> str:
    """The known name that was probably meant, or nothing."""
    return next(iter(get_close_matches(written, list(known), 1, 0.6)), "")


def strange_word(word: str) -> str:
    """How to mend a word that is an operator of another product, or one of ours without its stroke; "" for a word."""
    counted = _COUNTED.fullmatch(word)
    if counted:
        name, number = (counted[1] or counted[3]).upper(), counted[2] or counted[4]
        return f"write {'ONEAR' if name == 'ADJ' else name}/{number}"
    return _STRANGE.get(word, "")


def language(code: str) -> str:
    """What is wrong with the value of lang:, or nothing."""
    if code in _LANGUAGES:
        return f"write lang:{_LANGUAGES[code]}"
    return "" if _CODE.fullmatch(code) else "expected a language code of two or three letters, as in lang:uk"
