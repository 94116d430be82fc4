"""The numbers that decide; every one may be set by configuration under [novelty]."""

from __future__ import annotations

from dataclasses import dataclass

from monitor.errors import UsageError


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Shares are 0..1. Copy figures are measured on wires, sentence coverage on hand labels (P .76, R .87 at .40).

    Event figures are measured on the newsroom's script and on pairs of reports in three languages.
    """

    copy: float = 0.80  # containment in both directions of a copy, in one of a truncated copy
    related: float = 0.40  # containment from which two texts have a common source
    agreement: float = 0.60  # of numbers and names, without which equal wording means a form that is filled in anew
    sentence: float = 0.40  # coverage under which a sentence is new
    newword: float = 0.20  # share of new words from which a text is more than a rewrite
    facts: int = 3  # new facts that make a development by themselves
    event: float = 0.40  # resemblance from which two reports tell one event
    event_days: float = 1.5  # days between two reports of one event before their resemblance fades
    event_fade: float = 0.10  # by how much it fades each further day
    leftover: int = 2  # new figures and dates beside a known event that make a development of their own
    story: float = 0.28  # resemblance from which a development belongs to a story that is there
    brief: int = 12  # marks; two reports that have fewer are briefs, whose marks alone say little
    brief_event: float = 0.80  # resemblance from which two briefs tell one event
    doubt: float = 0.34  # resemblance from which an encoder is asked about reports in two languages
    likeness: float = 0.58  # of meaning, from which such two tell one event
    brief_likeness: float = 0.66  # of meaning, from which two briefs do


_SENSITIVITIES = {
    "calm": Thresholds(sentence=0.30, newword=0.30, facts=4, event=0.36, leftover=3, doubt=0.30),
    "normal": Thresholds(),
    "eager": Thresholds(sentence=0.45, newword=0.15, facts=2, event=0.48, leftover=1, doubt=0.42),
}


def thresholds(sensitivity: str) -> Thresholds:
    """Return the thresholds of "calm", "normal" or "eager"; UsageError for any other word."""
    try:
        return _SENSITIVITIES[sensitivity]
    except KeyError:
        raise UsageError(f"sensitivity is {', '.join(_SENSITIVITIES)}; not {sensitivity!r}") from None
