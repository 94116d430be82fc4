"""How much of each sentence is known: by the weight of its words that stand close together in one known text."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from math import log

from monitor.novelty.digest import MOST, Digest

_WINDOW = 3  # sentences
_EVERYWHERE = 500  # windows
_NOWHERE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Coverage:
    """Share 0..1 for each passage of the new text in order (1.0 for unscored and empty ones), and `newword`."""

    passages: tuple[float, ...]
    newword: float


def coverage(new: Digest, known: Sequence[Digest]) -> Coverage:
    """Hold a text against known ones, each word weighing by its rarity among them.

    Of a sentence the best of all windows of three known sentences counts; newword is the weighted share of the text's
    distinct words that no known text holds.
    """
    spread = Counter(stem for one in known for stem in one.all_stems)
    weights = {stem: 1 + log((len(known) + 1) / (spread[stem] + 1)) for stem in new.stems}
    places = _places(known, weights)
    # A page that repeats one line thousands of times has it scored once.
    best = {stems: _best(stems, places, weights) for stems in {one.stems for one in new.passages if one.scored}}
    shares = tuple(best.get(passage.stems, 1.0) for passage in new.passages)
    total = sum(weights[stem] for stem in new.stems)
    unseen = sum(weights[stem] for stem in new.stems if not spread[stem])
    return Coverage(shares, unseen / total if total else 0.0 if known else 1.0)


def _places(known: Sequence[Digest], wanted: Iterable[str]) -> dict[str, set[int]]:
    """For every wanted stem the numbers of the windows that hold it; no window reaches from one text into the next."""
    places: defaultdict[str, set[int]] = defaultdict(set)
    wanted = frozenset(wanted)
    number = 0
    for one in known:
        for stems in (one.title_stems, *(passage.stems for passage in one.passages[:MOST])):
            for stem in stems & wanted:
                places[stem].update(range(number, number + _WINDOW))
            number += 1
        number += _WINDOW
    return places


def _best(stems: frozenset[str], places: Mapping[str, Set[int]], weights: dict[str, float]) -> float:
    if not stems:
        return 1.0
    held: defaultdict[int, float] = defaultdict(float)
    for windows, weight in sorted(((places.get(stem, _NOWHERE), weights[stem]) for stem in stems), key=_how_common):
        # Beside rarer words, one that stands nearly everywhere counts only where those stand: exact for real articles.
        narrow = held and len(windows) > max(_EVERYWHERE, 4 * len(held))
        for window in held.keys() & windows if narrow else windows:
            held[window] += weight
    return min(1.0, max(held.values(), default=0.0) / sum(weights[stem] for stem in stems))


def _how_common(word: tuple[Set[int], float]) -> int:
    return len(word[0])
