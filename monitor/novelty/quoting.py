"""Which known sentences a sentence is held against: what is shown to a person beside its share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.model import Known
from monitor.novelty.digest import Digest, digest
from monitor.novelty.profile import all_of

_LEAST = 0.2  # of a sentence's words that a known one must share to be worth showing


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence of a known text, with the share 0..1 of the other's words (across languages: marks) it has."""

    known: Known
    text: str
    share: float


def quotes(sentence: str, language: str, known: Sequence[Known], limit: int = 3) -> tuple[Quote, ...]:
    """Return the known sentences that have most of a sentence's words, the best first, one of each text.

    Texts that are not at hand (fingerprints) are left out.
    """
    own = digest("", sentence)
    found = [quote for one in known if one.text for quote in _best(own, language, one)]
    return tuple(sorted(found, key=lambda quote: (-quote.share, quote.known.version_id))[:limit])


def _best(own: Digest, language: str, known: Known) -> Iterator[Quote]:
    old = digest(known.title, known.text)
    foreign = bool(language and known.language) and language[:2] != known.language[:2]
    wanted = all_of(own.marks) if foreign else all_of(one.stems for one in own.passages)
    theirs = old.marks[1:] if foreign else [one.stems for one in old.passages]
    shares = [len(wanted & words) / len(wanted) if wanted else 0.0 for words in theirs]
    best = max(range(len(shares)), key=shares.__getitem__, default=None)
    if best is not None and shares[best] >= _LEAST:
        passage = old.passages[best]
        yield Quote(known, known.text[passage.start : passage.end].strip(), shares[best])
