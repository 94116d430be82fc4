"""Which words of a text a word of a rule stands for: the rule is inflected, never the article."""

from __future__ import annotations

import re
from functools import lru_cache

from monitor.query.forms import english, slavic
from monitor.text import fold

_SHORTEST = 3
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[a-z]+")
# The tokenizer folds apostrophes away; here they decide how a dictionary spells the word.
_SLAVIC_WORD = re.compile(r"[\u0400-\u04ff]+(?:['’ʼ‘`´＇][\u0400-\u04ff]+)*")


@lru_cache(maxsize=1 << 14)
def forms(word: str) -> frozenset[str]:
    """The folded forms that match the rule's word, itself among them.

    English is inflected by rule, Cyrillic words by the dictionaries of the extra `slavic` where they are installed.
    Numbers, words with digits, acronyms in capitals and words of one or two letters stand only for themselves.
    """
    folded = fold(word)
    if not _inflected(word):
        return frozenset({folded})
    if _CYRILLIC.search(word):
        return frozenset({folded, *map(fold, slavic.paradigm(word))} - {""})
    if not _LATIN.fullmatch(folded):
        return frozenset({folded})
    return english.name(folded) if word[0].isupper() else english.paradigm(folded)


def without_dictionary(word: str) -> bool:
    """Is this a Cyrillic word that matches only as written, because no dictionary is installed?"""
    return _inflected(word) and bool(_SLAVIC_WORD.fullmatch(word)) and not slavic.installed()


def _inflected(word: str) -> bool:
    letters = word.replace(".", "")
    if letters.isupper() or any(map(str.isdigit, letters)):
        return False
    return len(letters) >= _SHORTEST or english.irregular(letters)
