"""Two versions of a text side by side: which sentence became which. Lines that tell nothing are known as such."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from monitor.novelty.dates import dates
from monitor.novelty.digest import MOST, cut
from monitor.novelty.furniture import is_furniture
from monitor.novelty.stems import means_nothing, stem

SAME_SENTENCE = 0.34
"""Share of the meaningful words of two sentences in one place that makes one the other's new form."""

TOLD_ELSEWHERE = 0.85
"""Share of a sentence's meaningful words that stand side by side in the other version: it was moved, not removed."""

_LONGEST_LINE = 15
_MOST_BESIDES = 2  # a place or time zone, and "at"
_STOP = re.compile(r"[.!?…][\"'”’»)\]]*$")
_BULLET = re.compile(r"\s*(?:[-*•▪–—]|\d{1,2}[.)])\s")
_STAMP = re.compile(
    r"\W*(?:this (?:article|story|report) (?:was|has been) (?:first )?)?"
    r"(?:(?:last|first) )?(?:updated?|published|posted|changed|modified|reading time|min(?:ute)?s? read"
    r"|оновлен\w*|опубл[іи]кован\w*|обновлен\w*|час читання|время чтения)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence or a loose line with its words in one spelling; `loose`: none that an edit could be told of."""

    start: int
    end: int
    words: tuple[str, ...]
    loose: bool

    @property
    def stems(self) -> frozenset[str]:
        return frozenset(stem(word) for word in self.words if not means_nothing(word)) or frozenset(self.words)


Pair = tuple[Line | None, Line | None]


def pairs(old: str, new: str) -> Iterator[Pair]:
    """Yield what changed between two texts, in the order of the new one: (line, its new form), one None if lost or new.

    A sentence that was only moved, split or joined to its neighbour is not yielded. Linear in what did not change.
    """
    before, after = lines(old), lines(new)
    matcher = SequenceMatcher(None, [one.words for one in before], [one.words for one in after], autojunk=False)
    for kind, first, last, begin, end in matcher.get_opcodes():
        if kind != "equal":
            for gone, came in _paired(before[first:last], after[begin:end]):
                if not _elsewhere(gone, came, before, after):
                    yield gone, came


def lines(text: str) -> list[Line]:
    """Return the sentences and lines of a text; at its two ends loose lines are stamps, links and invitations."""
    found = [Line(start, end, words, False) for start, end, words in cut(text).sentences[:MOST] if words]
    firm = [not _is_loose(text, part) for part in _paragraphs(text, found) for _ in part]
    inside = range(firm.index(True), len(firm) - firm[::-1].index(True)) if True in firm else range(0)
    return [
        Line(one.start, one.end, one.words, _tells_nothing(text[one.start : one.end], number in inside, firm[number]))
        for number, one in enumerate(found)
    ]


def _paragraphs(text: str, found: Sequence[Line]) -> list[list[Line]]:
    """Sentences by the lines of the text in which they begin."""
    return [list(part) for _, part in groupby(found, lambda one: text.rfind("\n", 0, one.start))]


def _is_loose(text: str, part: Sequence[Line]) -> bool:
    """Is this paragraph a line without a full stop at its end, and short?"""
    words = sum(len(one.words) for one in part)
    return words <= _LONGEST_LINE and not _STOP.search(text[part[0].start : part[-1].end])


def _tells_nothing(sentence: str, inside: bool, firm: bool) -> bool:
    if is_furniture(sentence) or _STAMP.match(sentence) or _is_moment(sentence):
        return True
    # A list may end a text, and tell figures; its items begin with a bullet.
    return not (firm or inside or _BULLET.match(sentence))


def _is_moment(sentence: str) -> bool:
    """Does a line tell only when: a date or a time of day, with two words besides at most?"""
    rest, found = sentence, False
    for one in sorted(dates(sentence), reverse=True, key=lambda one: one.start):
        rest, found = rest[: one.start] + rest[one.end :], True
    return found and sum(any(map(str.isalpha, word)) for word in rest.split()) <= _MOST_BESIDES


def _paired(gone: Sequence[Line], came: Sequence[Line]) -> Iterator[Pair]:
    """Each lost line with the new one that is most like it, keeping their order where that is undecided."""
    scores = sorted(
        (
            (_likeness(one, other), -abs(number - place), number, place)
            for number, one in enumerate(gone)
            for place, other in enumerate(came)
        ),
        reverse=True,
    )
    partner: dict[int, int] = {}
    for score, _, number, place in scores:
        if score >= SAME_SENTENCE and number not in partner.values() and place not in partner:
            partner[place] = number
    if len(gone) == len(came) == 1 and not (gone[0].loose or came[0].loose):
        # Its neighbours stayed as they were: what stands between them is the same sentence, however it reads now.
        partner = {0: 0} if scores[0][0] > 0 else {}
    taken = set(partner.values())
    yield from ((one, None) for number, one in enumerate(gone) if number not in taken)
    yield from ((gone[partner[place]] if place in partner else None, one) for place, one in enumerate(came))


def _likeness(one: Line, other: Line) -> float:
    first, second = one.stems, other.stems
    return 2 * len(first & second) / (len(first) + len(second))


def _elsewhere(gone: Line | None, came: Line | None, before: Sequence[Line], after: Sequence[Line]) -> bool:
    """Whether a lost or new sentence stands in the other version too, whole or joined to another."""
    if gone is not None and came is not None:
        return False
    one, others = (gone, after) if gone is not None else (came, before)
    return one is not None and any(len(one.stems & other.stems) >= TOLD_ELSEWHERE * len(one.stems) for other in others)
