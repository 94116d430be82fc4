"""A sentence as it is compared."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence of the text; `stems` are its meaningful words. Unscored ones are furniture or too short.

    `marks` are what it keeps in another language: n30 and d03-18 for figures, p- and c- for places and concepts of the
    gazetteer, k- for the skeletons of other names.
    """

    start: int
    end: int
    stems: frozenset[str]
    scored: bool
    marks: frozenset[str] = frozenset()
