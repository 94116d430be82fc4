"""How much of each sentence is known: by the weight of its words that stand close together in one known text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from monitor.model import Profile
from monitor.novelty.weights import Weights

_WINDOW = 3  # sentences
_FULLEST = 0.9  # share of the numbers of few bits; beyond it they say too little for any guess
_FEWEST_MARKS = 3  # marks of a sentence that can be looked for in another language
_WHOLE = (-1, (1 << 32) - 1)  # cuts that take nothing away
_Words = frozenset[int]
_Text = tuple[Sequence[_Words], _Words]


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
        texts = [(one.stems, one.all_stems) for one in known if one.bits == bits]
        own = _best_of(new.stems, texts, weights.stem, (1 << bits) - 1)
        shares = [max(pair) for pair in zip(shares, own, strict=True)]
    if foreign:
        marked = _best_of(new.marks, [(one.marks, one.all_marks) for one in foreign], weights.mark, -1)
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


def _best_of(own: Sequence[_Words], texts: Sequence[_Text], weigh: Callable[[int], float], cut: int) -> list[float]:
    """The best share of each passage in any window of any of these texts; `cut` is the bits that they kept."""
    weights = {number: weigh(number) for number in frozenset[int]().union(*own)}
    wanted = frozenset(number & cut for number in weights)
    known = [_Known(passages, words & wanted) for passages, words in texts]
    # A page that repeats one line thousands of times has it scored once.
    best = {passage: _best(passage, known, weights, cut) for passage in set(own)}
    return [best[passage] for passage in own]


class _Known:
    """A known text: those of its words that are asked about, and where they stand, found out when that matters."""

    def __init__(self, passages: Sequence[_Words], words: _Words) -> None:
        self.passages = passages
        self.words = words

    @cached_property
    def places(self) -> Mapping[int, Sequence[int]]:
        """For each of the words the numbers of the passages that have it, rising."""
        found: dict[int, list[int]] = {number: [] for number in self.words}
        for place, words in enumerate(self.passages):
            for number in words & self.words:
                found[number].append(place)
        return found


def _best(passage: _Words, texts: Iterable[_Known], weights: Mapping[int, float], cut: int) -> float:
    total = sum(map(weights.__getitem__, passage))
    if not total:
        return 1.0
    own = weights if cut in _WHOLE else _folded(passage, weights, cut)
    numbers = passage if cut in _WHOLE else frozenset(own)
    shared = [(text, common) for text in texts if (common := numbers & text.words)]
    ranked = [(sum(map(own.__getitem__, common)), text, common) for text, common in shared]
    ranked.sort(key=_most, reverse=True)
    best = 0.0
    for most, text, common in ranked:
        if most <= best:
            break
        best = most if len(common) == 1 else max(best, _in_window(text, common, own))
    return min(1.0, best / total)


def _folded(passage: _Words, weights: Mapping[int, float], cut: int) -> Mapping[int, float]:
    """The weights of a passage by the bits that were kept: words that became one weigh together."""
    folded: defaultdict[int, float] = defaultdict(float)
    for number in passage:
        folded[number & cut] += weights[number]
    return folded


def _most(ranked: tuple[float, _Known, _Words]) -> float:
    return ranked[0]


def _in_window(text: _Known, common: Iterable[int], own: Mapping[int, float]) -> float:
    """The most weight of these words that stands within any three neighbouring passages of a text."""
    held = [0.0] * (len(text.passages) + _WINDOW)
    for number in common:
        weight, end = own[number], 0
        for place in text.places[number]:
            for window in range(max(place, end), place + _WINDOW):
                held[window] += weight
            end = place + _WINDOW
    return max(held)
