"""Which known report tells the same event: by marks, or where they leave a doubt by an encoder of meaning."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from monitor.model import Document
from monitor.novelty.event import Resemblance
from monitor.novelty.thresholds import Thresholds

_READ = 400  # characters of headline and text that an encoder reads: what an event is stands at the top
_ASKED = 3  # known reports that an encoder is asked about
_FEWEST_OF_BRIEF = 5  # common marks that join two briefs; of few marks, four are the subject
_FEWEST_TO_ASK = 2


class Encoder(Protocol):
    """Tells how alike two texts are in meaning, in any languages: -1..1. The same texts always get the same answer."""

    def likeness(self, one: str, other: str, /) -> float: ...


@dataclass(frozen=True, slots=True)
class Joined:
    """A known report of the same event; `likeness` is the encoder's where that decided, `reason` says it in words."""

    to: Resemblance
    reason: str
    likeness: float | None = None


def same_event(
    document: Document, alike: Sequence[Resemblance], limits: Thresholds, encoder: Encoder | None
) -> Joined | None:
    """Return the most alike report that tells the same event, if any.

    Two briefs, reports of few marks, need nearly all of them in common. The encoder is asked only about reports in
    another language that marks cannot decide.
    """
    for one in alike:
        least = limits.brief_event if one.brief else limits.event
        if one.score >= least and (not one.brief or len(one.common) >= _FEWEST_OF_BRIEF):
            return Joined(one, f"resemblance {one.score:.2f} >= {least:.2f} (one event)")
    return None if encoder is None else _by_meaning(document, alike, limits, encoder)


def _by_meaning(
    document: Document, alike: Iterable[Resemblance], limits: Thresholds, encoder: Encoder
) -> Joined | None:
    doubtful = [one for one in alike if _is_doubtful(document, one, limits)]
    doubtful.sort(key=lambda one: (-one.score, -len(one.common), one.known.version_id))
    ours = _opening(document.title, document.prose)
    found = [(encoder.likeness(ours, _opening(one.known.title, one.known.text)), one) for one in doubtful[:_ASKED]]
    for likeness, one in sorted(found, key=lambda pair: (-pair[0], pair[1].known.version_id)):
        least = limits.brief_likeness if one.brief else limits.likeness
        if likeness >= least:
            return Joined(one, f"likeness {likeness:.2f} >= {least:.2f} (one event, by the encoder)", likeness)
    return None


def _is_doubtful(document: Document, one: Resemblance, limits: Thresholds) -> bool:
    if not one.known.text or not is_foreign(document.language, one.known.language):
        return False
    if one.brief:
        return one.faded == 0 and len(one.common) >= _FEWEST_TO_ASK
    return one.score >= limits.doubt


def _opening(title: str, text: str) -> str:
    return f"{title}. {text}"[:_READ]


def is_foreign(ours: str, theirs: str) -> bool:
    """Are these two languages, as far as both are known?"""
    return bool(ours and theirs) and ours[:2] != theirs[:2]
