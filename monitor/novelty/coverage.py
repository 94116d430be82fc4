"""How much of each sentence is known: by the weight of its words that stand close together in one known text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from monitor.novelty.digest import Digest

_WINDOW = 3  # sentences


@dataclass(frozen=True, slots=True)
class Coverage:
    """Share 0..1 for each passage of the new text in order (1.0 for those without meaningful words), and `newword`."""

    passages: tuple[float, ...]
    newword: float


def coverage(new: Digest, known: Sequence[Digest]) -> Coverage:
    """Hold a text against known ones, each word weighing by its rarity among them.

    Of a sentence the best of all windows of three known sentences counts; newword is the weighted share of the text's
    distinct words that no known text holds.
    """
    spread = Counter(stem for one in known for stem in one.all_stems)
    weights = {
        stem: 1 + log((len(known) + 1) / (spread[stem] + 1)) for passage in new.passages for stem in passage.stems
    }
    places = _places(known, weights)
    shares = tuple(_best(passage.stems, places, weights) for passage in new.passages)
    total = sum(weights[stem] for stem in new.stems)
    unseen = sum(weights[stem] for stem in new.stems if not spread[stem])
    return Coverage(shares, unseen / total if total else 0.0 if known else 1.0)


def _places(known: Sequence[Digest], wanted: Iterable[str]) -> dict[str, set[int]]:
    """For every wanted stem the numbers of the windows that hold it; no window reaches from one text into the next."""
    places: defaultdict[str, set[int]] = defaultdict(set)
    wanted = frozenset(wanted)
    number = 0
    for one in known:
        for stems in (one.title_stems, *(passage.stems for passage in one.passages)):
            for stem in stems & wanted:
                places[stem].update(range(number, number + _WINDOW))
            number += 1
        number += _WINDOW
    return places


def _best(stems: frozenset[str], places: dict[str, set[int]], weights: dict[str, float]) -> float:
    if not stems:
        return 1.0
    held: defaultdict[int, float] = defaultdict(float)
    for stem in stems:
        for window in places.get(stem, ()):
            held[window] += weights[stem]
    return min(1.0, max(held.values(), default=0.0) / sum(weights[stem] for stem in stems))
