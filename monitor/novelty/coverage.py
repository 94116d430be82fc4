"""How much of each sentence is known: by the weight of its words that stand close together in one known text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass

from monitor.model import Profile
from monitor.novelty.profile import all_of
from monitor.novelty.weights import Weights

_WINDOW = 3  # sentences
_EVERYWHERE = 500  # windows
_MANY = 12  # windows
_FULLEST = 0.9  # share of the numbers of few bits; beyond it they say too little for any guess
_FEWEST_MARKS = 3  # marks of a sentence that can be looked for in another language
_NOWHERE: frozenset[int] = frozenset()
Passages = Sequence[frozenset[int]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """Share 0..1 for each passage of the new text in order, the title first (1.0 for empty ones), and `newword`."""

    passages: tuple[float, ...]
    newword: float


def coverage(new: Profile, known: Sequence[Profile], foreign: Sequence[Profile], weights: Weights) -> Coverage:
    """Hold a text against known ones of its language and, by marks, against those of others.

    Of a sentence the best of all windows of three known sentences counts; newword is the weighted share of the text's
    distinct words that no known text of its language holds.
    """
    shares = [0.0 if stems else 1.0 for stems in new.stems]
    for bits in {one.bits for one in known}:
        texts = [one.stems for one in known if one.bits == bits]
        own = _best_of(new.stems, texts, weights.stem, (1 << bits) - 1)
        shares = [max(pair) for pair in zip(shares, own, strict=True)]
    if foreign:
        marked = _best_of(new.marks, [one.marks for one in foreign], weights.mark, -1)
        pairs = zip(shares, marked, new.marks, strict=True)
        shares = [max(share, mark) if len(marks) >= _FEWEST_MARKS else share for share, mark, marks in pairs]
    return Coverage(tuple(shares), _newword(new, known, weights))


def _newword(new: Profile, known: Sequence[Profile], weights: Weights) -> float:
    own = new.all_stems
    total = sum(map(weights.stem, own))
    if not total:
        return 0.0 if known else 1.0
    share = 1.0
    unseen = own
    # The most bits first: what fewer bits take for seen by mere chance is given back, by how full their numbers are.
    for bits in sorted(_bits(known), reverse=True):
        numbers = frozenset[int]().union(*(one.all_stems for one in known if one.bits == bits))
        unseen = frozenset(number for number in unseen if number & (1 << bits) - 1 not in numbers)
        left = sum(map(weights.stem, unseen)) / total
        share = min(share, left / (1 - min(_FULLEST, len(numbers) / (1 << bits))))
    return share


def _bits(known: Sequence[Profile]) -> set[int]:
    return {one.bits for one in known}


def _best_of(own: Passages, texts: Sequence[Passages], weigh: Callable[[int], float], cut: int) -> list[float]:
    """The best share of each passage in any window of any of these texts; `cut` is the bits that they kept."""
    weights = {number: weigh(number) for number in all_of(own)}
    places = _places(texts, {number & cut for number in weights})
    # A page that repeats one line thousands of times has it scored once.
    best = {passage: _best(passage, places, weights, cut) for passage in set(own)}
    return [best[passage] for passage in own]


def _places(texts: Sequence[Passages], wanted: Iterable[int]) -> dict[int, set[int]]:
    """For every wanted word the numbers of the windows that hold it; no window reaches from one text into the next."""
    places: defaultdict[int, set[int]] = defaultdict(set)
    wanted = frozenset(wanted)
    number = 0
    for passages in texts:
        for words in passages:
            for word in words & wanted:
                places[word].update(range(number, number + _WINDOW))
            number += 1
        number += _WINDOW
    return places


def _best(passage: frozenset[int], places: Mapping[int, Set[int]], weights: Mapping[int, float], cut: int) -> float:
    total = sum(map(weights.__getitem__, passage))
    if not total:
        return 1.0
    held: defaultdict[int, float] = defaultdict(float)
    words = [(places.get(number & cut, _NOWHERE), weights[number]) for number in passage]
    found = sorted([word for word in words if word[0]], key=_how_common)
    left = sum([weight for _, weight in found])
    settled = False
    for windows, weight in found:
        # Beside rarer words, one that stands nearly everywhere counts only where those stand: exact for real articles.
        narrow = held and len(windows) > max(_EVERYWHERE, 4 * len(held))
        # Nor can a window win that has nothing yet when all that is left weighs less than another one holds.
        settled = settled or (len(windows) > _MANY and max(held.values(), default=0.0) > left)
        for window in held.keys() & windows if narrow or settled else windows:
            held[window] += weight
        left -= weight
    return min(1.0, max(held.values(), default=0.0) / total)


def _how_common(word: tuple[Set[int], float]) -> int:
    return len(word[0])
