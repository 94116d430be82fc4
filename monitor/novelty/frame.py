"""Whether two pages of common wording tell one story, or only stand in the same frame."""

from __future__ import annotations

from monitor.model import Document, Judgement, Known
from monitor.novelty.digest import digest
from monitor.novelty.profile import all_of

_SAME_SENTENCE = 0.4  # of a sentence's words that another one has
_SAME_STORY = 0.2  # of the words of the smaller rest that the other rest has


def only_frame(document: Document, judgement: Judgement, known: Known) -> bool:
    """Return whether what two texts do not have in common has nothing to do with each other.

    The rest of each is its title and the sentences that the other does not have. A text that another takes up whole,
    or adds nothing to, is no frame; nor is one that is not at hand.
    """
    new, old = digest(document.title, document.prose), digest(known.title, known.text)
    if not known.text:
        return False
    added = {one.start for one in judgement.sentences if one.new}
    ours = [one.stems for one in new.passages if one.scored and one.start in added]
    whole = [one.stems for one in new.passages]
    theirs = [one.stems for one in old.passages if one.scored and not _stands_in(one.stems, whole)]
    if not ours or not theirs:
        return False
    left, right = all_of(ours) | new.title_stems, all_of(theirs) | old.title_stems
    return len(left & right) < _SAME_STORY * min(len(left), len(right))


def _stands_in(stems: frozenset[str], passages: list[frozenset[str]]) -> bool:
    return any(len(stems & one) >= _SAME_SENTENCE * len(stems) for one in passages)
