"""Whether two pages of common wording tell one story, or only stand in the same frame."""

from __future__ import annotations

from collections.abc import Set

from monitor.model import Document, Judgement, Known
from monitor.novelty.digest import Digest, digest
from monitor.novelty.profile import all_of

_SAME_SENTENCE = 0.4  # of a sentence's words that another one has
_SAME_STORY = 0.2  # of the words of the smaller rest that the other rest has


def only_frame(new: Digest, added: Set[int], old: Digest) -> bool:
    """Return whether what two texts do not have in common has nothing to do with each other.

    The rest of each is its title and the sentences that the other does not have; `added` are the numbers of the new
    one's. A text that another takes up whole, or adds nothing to, is no frame.
    """
    ours = [one.stems for number, one in enumerate(new.passages) if one.scored and number in added]
    whole = [one.stems for one in new.passages]
    theirs = [one.stems for one in old.passages if one.scored and not _stands_in(one.stems, whole)]
    if not ours or not theirs:
        return False
    left, right = all_of(ours) | new.title_stems, all_of(theirs) | old.title_stems
    return len(left & right) < _SAME_STORY * min(len(left), len(right))


def judged_only_frame(document: Document, judgement: Judgement, known: Known) -> bool:
    """The same of a judged document and a known one; False for one whose text is not at hand."""
    new = digest(document.title, document.prose)
    starts = {one.start for one in judgement.sentences if one.new}
    added = {number for number, one in enumerate(new.passages) if one.start in starts}
    return bool(known.text) and only_frame(new, added, digest(known.title, known.text))


def _stands_in(stems: frozenset[str], passages: list[frozenset[str]]) -> bool:
    return any(len(stems & one) >= _SAME_SENTENCE * len(stems) for one in passages)
