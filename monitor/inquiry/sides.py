"""On whose side a source stands, as pictures and lists group them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from monitor.model import Source

OFFICIAL = "Official"
OTHER = "Other"
# What a config's `side` begins with, and its group; in the order in which pictures stack them.
_GROUPS = (
    ("official", OFFICIAL),
    ("ukrainian", "Ukrainian"),
    ("russian-state", "Russian state"),
    ("russian-independent", "Russian independent"),
    ("western", "Western"),
    ("international", "International"),
)
_LANGUAGES = {"en": "In English", "uk": "In Ukrainian", "ru": "In Russian"}
_ORDER = [*(group for _word, group in _GROUPS), *_LANGUAGES.values()]


def side_of(source: Source | None) -> str:
    """The group of a source, such as "Ukrainian" or "Official"; `OTHER` for one that the config does not say it of.

    Without a side it is the source's first language; None (a corpus article, a source that is gone) is `OTHER`.
    """
    if source is None:
        return OTHER
    written = source.side.strip().lower()
    for word, group in _GROUPS:
        if written.startswith(word):
            return group
    if written:
        return written.replace("-", " ").capitalize()
    first = source.language[0].partition("-")[0].lower() if len(source.language) == 1 else ""
    return _LANGUAGES.get(first, f"In {first}" if first else OTHER)


def parts(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Counts by side in the order of every picture, without those of zero."""
    return tuple((side, counts[side]) for side in in_order(counts) if counts[side])


def in_order(sides: Iterable[str]) -> list[str]:
    """Sides in the order of every picture: officials first, the unknown last."""

    def place(side: str) -> tuple[int, str]:
        return (len(_ORDER) + (side == OTHER) if side not in _ORDER else _ORDER.index(side), side)

    return sorted(set(sides), key=place)
