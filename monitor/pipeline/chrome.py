"""A reading without what its site repeats: worked out before the lock, learned from inside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Connection

from monitor.model import Known, Reading
from monitor.novelty import sketch
from monitor.novelty.chrome import Mask, blanked, mask, told
from monitor.store import chrome
from monitor.urls import host_of


@dataclass(frozen=True, slots=True)
class Masked:
    """`kept` is what is stored: the document as it was read. `seen` is what rules and novelty see: chrome blanked.

    Both have the sketch of what is seen. `marks` are all its sentences', to learn from.
    """

    kept: Reading
    seen: Reading
    mask: Mask
    marks: frozenset[int]


def masked(tx: Connection, reading: Reading) -> Masked:
    """Blank what the host of a reading is known to repeat."""
    document = reading.document
    sentences = reading.told or told(host_of(document.url), document.text)
    marks = frozenset(one.mark for one in sentences)
    found = mask(sentences, chrome.repeated(tx, marks))
    if not found.spans:
        return Masked(reading, reading, found, marks)
    seen = replace(document, text=blanked(document.text, found.spans))
    own = sketch(seen)
    return Masked(Reading(document, own), Reading(seen, own), found, marks)


def same_but_for_chrome(tx: Connection, own: Masked, latest: Known) -> bool:
    """Whether a text differs from an earlier version only by what its site repeats, learned since then perhaps."""
    if not own.mask.spans:
        return False
    document = replace(own.kept.document, url=latest.url, title=latest.title, text=latest.text, captions=0)
    earlier = masked(tx, Reading(document, own.kept.sketch))
    return bool(earlier.mask.spans) and earlier.seen.sketch.text_hash == own.seen.sketch.text_hash


def record_chrome(tx: Connection, own: Masked, version_id: int, story_id: int | None, now: datetime) -> None:
    """Store the mask that was in force, and learn from an article that tells a story."""
    chrome.keep_mask(tx, version_id, own.mask)
    if story_id is not None:
        chrome.learn(tx, own.marks, story_id, now)
