"""Words near a hit that may turn its meaning round: not, denied, refuses to. They are shown, and never drop a hit."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache

from monitor.query.analysis import Text
from monitor.query.forms import english
from monitor.text import Token, fold


class _Reach(Enum):
    """How many words before and after itself a cue bears on, and whether it reaches beyond a comma."""

    PARTICLE = (5, 3, False)
    DETERMINER = (4, 0, False)
    DENIAL = (8, 6, True)

    @property
    def before_hit(self) -> int:
        return self.value[0]

    @property
    def after_hit(self) -> int:
        return self.value[1]

    @property
    def over_commas(self) -> bool:
        return self.value[2]


FARTHEST = max(max(reach.before_hit, reach.after_hit) for reach in _Reach)
_PARTICLES = """
not never cannot hardly unlikely dont doesnt didnt isnt arent wasnt werent wont wouldnt couldnt shouldnt hasnt havent
hadnt cant mustnt neednt shant не ніколи никогда навряд вряд нельзя неможливо невозможно нет немає нема
"""
_DETERMINERS = (
    "no none without neither nor без ні ані ни жоден жодна жодне жодні жодної жодного жодних никакой никакого никаких"
)
_DENIALS = "deny refuse reject rebuff refute dismiss disavow denial refusal rejection false fake untrue"
# A verb that denies only together with the word behind it.
_PAIRS = {
    "to": "decline declines declined declining fail fails failed failing failure refusal refuse refuses refused"
    " refusing",
    "out": "rule rules ruled ruling",
    "from": "far",
}
_SLAVIC_DENIAL = re.compile(
    "запереч(?!н)|спросту|спростов|відкин|відкида|відмов|відхил|отверг|отверж|отказ|отклон(?!ени)|опроверг|опроверж"
    "|отриц(?!ател)|исключ(ил|ает|ают|ила|или)$|виключ(ив|ила|или|ає|ають)$|неправд|фейк"
)
# "not only", "не лише": the word behind makes it no negation.
_NO_NEGATION = {
    **dict.fromkeys(
        ("not", "isnt", "arent", "wasnt", "doesnt"), "only just merely simply least surprisingly unlike unusual"
    ),
    "no": "doubt matter wonder one",
    "не": "только лише тільки лишь просто менш менше менее меньше більше більш более больше пізніше позднее позже"
    " раніше раньше исключено виключено далі вперше впервые",
    "без": "сумніву сомнения сомнений",
    "ні": "в",
}
_MENTION = ["to", "mention"]
_THAN = (["than"], ["ніж"], ["чем"])
_BREAK = re.compile(r"[,;:()—–]|\s-\s")
_STOP = re.compile(r"[.!?…][\"'”’»)\]]*\s|\n[^\S\n]*\n")


def cue_near(
    words: Sequence[Token], first: int, last: int, window: tuple[int, int], text: str
) -> tuple[int, int] | None:
    """The span in `text` of the nearest cue to the words `first` to `last`, or None.

    Looks only inside the window of word numbers and inside the hit's sentence; of two equally near the one before.
    """
    low, high = max(window[0], first - FARTHEST), min(window[1], last + FARTHEST + 1)
    for distance in range(1, FARTHEST + 1):
        for place in (first - distance, last + distance):
            if low <= place < high and _bears(words, place, (first, last), high, text):
                end = place + 1 if _pair(words, place, window[1]) else place
                return words[place].start, words[end].end
    return None


def cue_places(text: Text) -> list[int]:
    """The numbers, rising, of all words of a text that may be a cue or begin one."""
    cyrillic = text.vocabulary[bisect_left(text.vocabulary, "\u0400") :]
    words = {*filter(_SLAVIC_DENIAL.match, cyrillic), *(_CUES & text.words)}
    return sorted(number for word in words for number in text.places[word])


def close(places: Sequence[int], first: int, last: int) -> bool:
    """Whether one of these places is as near to the words `first` to `last` as any cue can be."""
    found = bisect_left(places, first - FARTHEST)
    return found < len(places) and places[found] <= last + FARTHEST


def _bears(words: Sequence[Token], place: int, hit: tuple[int, int], high: int, text: str) -> bool:
    reach = _reach(words, place, high)
    if reach is None:
        return False
    first, last = hit
    if place < first:
        near, between = first - place <= reach.before_hit, text[words[place].end : words[first].start]
    else:
        near, between = place - last <= reach.after_hit, text[words[last].end : words[place].start]
    # A full stop right behind an abbreviation ends no sentence, but no cue is lost that matters.
    return near and not _STOP.search(between) and (reach.over_commas or not _BREAK.search(between))


def _reach(words: Sequence[Token], place: int, high: int) -> _Reach | None:
    following = [words[number].folded for number in range(place + 1, min(high + 2, len(words), place + 3))]
    word = words[place].folded
    if _pair(words, place, len(words)):
        return _Reach.DENIAL
    reach = _kind(word)
    if reach in (None, _Reach.DENIAL) or not following:
        return reach
    behind = following[0]
    if behind in _friends(word) or behind[0].isdigit() or following == _MENTION or following[1:] in _THAN:
        return None
    if place and words[place - 1].folded in ("or", "чи", "или") and word in ("not", "ні", "нет"):
        return None
    return reach


def _pair(words: Sequence[Token], place: int, high: int) -> bool:
    if place + 1 >= high:
        return False
    return words[place].folded in _paired(words[place + 1].folded)


@lru_cache(maxsize=64)
def _friends(word: str) -> frozenset[str]:
    return frozenset(map(fold, _NO_NEGATION.get(word, "").split()))


@lru_cache(maxsize=1 << 12)
def _paired(behind: str) -> frozenset[str]:
    return frozenset(_PAIRS.get(behind, "").split())


@lru_cache(maxsize=1 << 12)
def _kind(word: str) -> _Reach | None:
    if word in _PARTICLE_WORDS:
        return _Reach.PARTICLE
    if word in _DETERMINER_WORDS:
        return _Reach.DETERMINER
    return _Reach.DENIAL if word in _DENIAL_WORDS or _SLAVIC_DENIAL.match(word) else None


_PARTICLE_WORDS = frozenset(map(fold, _PARTICLES.split()))
_DETERMINER_WORDS = frozenset(map(fold, _DETERMINERS.split()))
_DENIAL_WORDS = frozenset(form for word in _DENIALS.split() for form in english.paradigm(word))
_CUES = frozenset().union(
    _PARTICLE_WORDS, _DETERMINER_WORDS, _DENIAL_WORDS, *(words.split() for words in _PAIRS.values())
)
