"""The documents of all fingerprints: known before the start, without text here; found as an archive finds its own."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from monitor.model import Known, Profile, Sketch
from monitor.novelty.weights import Weights

NEAREST = 10
_RAREST = 48  # words and marks that a document is looked for by
_Postings = Mapping[int, Sequence[int]]


class Memory:
    """Documents without text, each once; all must have a sketch and a profile of the same bits."""

    def __init__(self, documents: Iterable[Known] = ()) -> None:
        self.documents = tuple({one.version_id: one for one in documents}.values())
        bits = {one.profile.bits for one in self.documents if one.profile is not None}
        self._cut = (1 << max(bits, default=0)) - 1
        self._texts = _postings([one.sketch.text_hash] if one.sketch else () for one in self.documents)
        self._shingles = _postings(one.sketch.sampled if one.sketch else () for one in self.documents)
        self._stems = _postings(one.profile.all_stems if one.profile else () for one in self.documents)
        self._marks = _postings(one.profile.all_marks if one.profile else () for one in self.documents)

    def wording(self, own: Sketch) -> tuple[Known, ...]:
        """Those of the same text, then those with the most shingles in common."""
        same = self._texts.get(own.text_hash, ())
        shared = Counter(place for value in own.sampled for place in self._shingles.get(value, ()))
        return self._chosen((*same, *_most(shared)))

    def nearest(self, own: Profile, weights: Weights) -> tuple[Known, ...]:
        """Those with the most of a document's rarest stems, and those with the most of its rarest marks."""
        stems = _shared({number: weights.stem(number) for number in own.all_stems}, self._stems, self._cut)
        marks = _shared({number: weights.mark(number) for number in own.all_marks}, self._marks, -1)
        return self._chosen((*_most(stems), *_most(marks)))

    def weighed(self, weights: Weights, own: Profile, known: Iterable[Known]) -> Weights:
        """The weights with these documents counted too, for a document's words and the marks it is held against."""
        if not self.documents:
            return weights
        marks = own.all_marks.union(*(one.profile.all_marks for one in known if one.profile is not None))
        counts = Counter(weights.counts)
        counts.update({number: len(self._marks[number]) for number in marks if number in self._marks})
        stems = {number: self._stems.get(number & self._cut, ()) for number in own.all_stems}
        counts.update({number: len(places) for number, places in stems.items() if places})
        return Weights(weights.documents + len(self.documents), counts)

    def _chosen(self, places: Iterable[int]) -> tuple[Known, ...]:
        return tuple(self.documents[place] for place in dict.fromkeys(places))


def _postings(documents: Iterable[Iterable[int]]) -> _Postings:
    """For each number the places of the documents that have it, in order."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    for place, numbers in enumerate(documents):
        for number in numbers:
            found[number].append(place)
    return dict(found)


def _shared(weighed: Mapping[int, float], postings: _Postings, cut: int) -> Mapping[int, int]:
    """The weight that each document shares of the heaviest numbers that any has."""
    known = [number for number in weighed if number & cut in postings]
    shared: Counter[int] = Counter()
    for number in sorted(known, key=lambda one: (-weighed[one], one))[:_RAREST]:
        for place in postings[number & cut]:
            shared[place] += round(1000 * weighed[number])
    return shared


def _most(shared: Mapping[int, int]) -> list[int]:
    """The places of the documents with the largest shares, the first of equals first."""
    ordered = sorted((-share, place) for place, share in shared.items() if share > 0)
    return [place for _, place in ordered[:NEAREST]]
