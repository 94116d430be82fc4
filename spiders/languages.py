"""Which language a text is in: what was declared, held against its letters. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

SAMPLE = 4_000
_TAG = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]*)?\s*\Z")
_THREE_LETTERS = {"eng": "en", "ukr": "uk", "rus": "ru", "deu": "de", "ger": "de", "fra": "fr", "pol": "pl"}
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
_RUSSIAN = re.compile("[ыэъёЫЭЪЁ]")
_ENGLISH = re.compile(r"\b(?:the|of|and|to|in|that|for|on|with|said|is|was)\b", re.IGNORECASE)
_WORD = re.compile(r"\b[^\W\d_]+\b")
_ENGLISH_SHARE = 0.12
# Languages in Cyrillic letters that the two sets of letters above do not tell apart.
_OTHER_CYRILLIC = frozenset({"be", "bg", "kk", "ky", "mk", "mn", "sr", "tg", "tt"})


def language_code(declared: Sequence[str], expected: Sequence[str] = ()) -> str:
    """The two-letter code of the first declaration that a source's `expected` ones allow, else its only one."""
    codes = [code for tag in declared if (code := _code(tag))]
    likely = [code for code in codes if not expected or code in expected]
    if likely:
        return likely[0]
    if len(expected) == 1:
        return expected[0]
    return codes[0] if codes else ""


def language_of(text: str, declared: str) -> str:
    """The declared code unless the letters of the text contradict it; without one a guess (uk, ru, en) or ""."""
    sample = text[:SAMPLE]
    cyrillic, latin = len(_CYRILLIC.findall(sample)), len(_LATIN.findall(sample))
    if cyrillic > latin:
        return declared if declared in _OTHER_CYRILLIC else _east_slavic(sample, declared)
    if declared and declared not in ("uk", "ru", "be"):
        return declared
    if latin <= cyrillic or latin < 20:
        return declared
    words = len(_WORD.findall(sample))
    return "en" if len(_ENGLISH.findall(sample)) > _ENGLISH_SHARE * words else ""


def _east_slavic(sample: str, declared: str) -> str:
    ukrainian, russian = len(_UKRAINIAN.findall(sample)), len(_RUSSIAN.findall(sample))
    if ukrainian != russian:
        return "uk" if ukrainian > russian else "ru"
    return declared if declared in ("uk", "ru") else ""


def _code(tag: str) -> str:
    found = _TAG.match(tag)
    return _THREE_LETTERS.get(found[1].lower(), found[1].lower()) if found else ""
