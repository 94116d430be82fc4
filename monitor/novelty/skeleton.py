"""Consonant skeletons: what a name keeps when it is written in another alphabet. Zelensky and Зеленський are zlnsk."""

from __future__ import annotations

import re
from functools import lru_cache

from monitor.novelty.spelling import spelled
from monitor.novelty.stems import stem

_CYRILLIC = str.maketrans(
    {"б": "b", "в": "v", "г": "h", "ж": "j", "з": "z", "к": "k", "л": "l", "м": "m", "н": "n", "п": "p", "р": "r"}
    | {"с": "s", "т": "t", "ф": "f", "х": "h", "ц": "c", "ч": "c", "ш": "s", "щ": "s"}
    | dict.fromkeys("аеєиіїйоуьъыэюяё", "")
)
# What Latin spellings of the same sounds have in common. Order matters: longer groups first.
_SOUNDS = (
    ("shch", "s"),
    ("sch", "s"),
    ("zh", "j"),
    ("kh", "h"),
    ("gh", "h"),
    ("ch", "c"),
    ("sh", "s"),
    ("ts", "c"),
    ("tz", "c"),
    ("th", "t"),
    ("ph", "f"),
    ("ck", "k"),
    ("x", "ks"),
    ("q", "k"),
    ("w", "v"),
    ("g", "h"),
)
_VOWELS = re.compile(r"[aeiouy]|[^a-z]")
_TWICE = re.compile(r"(.)\1+")
_SOFT = re.compile(r"c(?=[eiy])")
_HARD = re.compile(r"c(?![eiyhc])")
_SHORTEST = 2


@lru_cache(maxsize=1 << 16)
def skeleton(word: str) -> str:
    """Return the consonants of a folded word's stem, one letter a sound; "" when fewer than two are left."""
    word = stem(spelled(word))
    if word.isascii():
        for group, sound in _SOUNDS:
            word = word.replace(group, sound)
        word = _VOWELS.sub("", word)
    else:
        word = _VOWELS.sub("", word.translate(_CYRILLIC))
    word = _TWICE.sub(r"\1", word)
    return word if len(word) >= _SHORTEST else ""
