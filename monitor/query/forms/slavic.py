"""Ukrainian and Russian words in all their forms, by the dictionaries of the extra `slavic`. Loaded at first use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

LANGUAGES = ("uk", "ru")
_APOSTROPHE = re.compile("['’ʼ‘`´＇]")
_UKRAINIAN = re.compile("[іїєґ'’ʼ‘`´＇]", re.IGNORECASE)
_RUSSIAN = re.compile("[ыэъё]", re.IGNORECASE)
# A guess that is this much worse than the best one is noise.
_LEAST_SHARE = 0.2


@cache
def installed() -> bool:
    """Are the dictionaries there? Does not load them."""
    return all(find_spec(name) for name in ("pymorphy3", *(f"pymorphy3_dicts_{language}" for language in LANGUAGES)))


def paradigm(word: str) -> set[str]:
    """All forms of all readings of a word, as the dictionaries spell them; empty without dictionaries.

    A dictionary that knows the word decides. Where none does (new names), its forms are guessed from its ending.
    """
    if not installed():
        return set()
    languages = _languages(word)
    known = {form for language in languages for form in _known(word, language)}
    return known or {form for language in languages for form in _guessed(word, language)}


def _languages(word: str) -> tuple[str, ...]:
    """What the letters say: those of one language only, or both."""
    if _UKRAINIAN.search(word):
        return ("uk",)
    return ("ru",) if _RUSSIAN.search(word) else LANGUAGES


def _known(word: str, language: str) -> Iterator[str]:
    for spelling in _spellings(word):
        if _analyzer(language).word_is_known(spelling):
            for reading in _analyzer(language).parse(spelling):
                if reading.is_known:
                    yield from _lexeme(reading)


def _guessed(word: str, language: str) -> Iterator[str]:
    readings = _analyzer(language).parse(_APOSTROPHE.sub("'", word.lower()))
    best = max((reading.score for reading in readings), default=0)
    for reading in readings:
        if reading.score >= best * _LEAST_SHARE:
            yield from _lexeme(reading)


def _spellings(word: str) -> Iterator[str]:
    """The apostrophes that dictionaries may use; folded away first, a word would be a different one."""
    lower = word.lower()
    for apostrophe in "'ʼ’" if _APOSTROPHE.search(lower) else "'":
        yield _APOSTROPHE.sub(apostrophe, lower)


def _lexeme(reading: Any) -> Iterator[str]:
    for form in reading.lexeme:
        yield form.word


@cache
def _analyzer(language: str) -> Any:
    from pymorphy3 import MorphAnalyzer

    return MorphAnalyzer(lang=language)
