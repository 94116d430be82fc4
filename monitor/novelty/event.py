"""One event told by two outlets, in one language or in two: how alike two reports are by what every language keeps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

from monitor.model import Known, Profile
from monitor.novelty.thresholds import Thresholds
from monitor.novelty.weights import Weights

_DAY = 86_400
FEWEST = 4
"""Common marks that two reports of one event have at least: one place and one concept are a subject."""


@dataclass(frozen=True, slots=True)
class Resemblance:
    """How alike a new document and a known one are, 0..1; `score` is `share` less what the time between them takes.

    `brief`: both have so few marks that a share of them says little.
    """

    known: Known
    share: float
    faded: float
    common: frozenset[int]
    brief: bool

    @property
    def score(self) -> float:
        return self.share - self.faded


def _share(ours: frozenset[int], power: float, theirs: frozenset[int], weights: Weights) -> float:
    """The cosine of two sets of marks, each mark weighing by its rarity; 0.0 when too few are common."""
    common = ours & theirs
    both = weights.power(common) if len(common) >= FEWEST else 0.0
    return both / sqrt(power * weights.power(theirs)) if both else 0.0


def resemblances(
    new: Profile,
    published: datetime | None,
    around: Iterable[tuple[Known, Profile]],
    weights: Weights,
    limits: Thresholds,
) -> tuple[Resemblance, ...]:
    """Return how alike a document and each known one is, the most alike first, the older first of equals."""
    ours = new.all_marks
    power = weights.power(ours)
    found = (_to_one(ours, power, published, one, theirs, weights, limits) for one, theirs in around)
    return tuple(sorted(found, key=lambda one: (-one.score, one.known.version_id)))


def _to_one(
    ours: frozenset[int],
    power: float,
    published: datetime | None,
    one: Known,
    its: Profile,
    weights: Weights,
    limits: Thresholds,
) -> Resemblance:
    theirs = its.all_marks
    share = _share(ours, power, theirs, weights)
    brief = max(len(ours), len(theirs)) < limits.brief
    return Resemblance(one, share, _faded(published, one.published, limits), ours & theirs, brief)


def _faded(one: datetime | None, other: datetime | None, limits: Thresholds) -> float:
    """What the days between two reports take: an event is told within a day or two, its background for months."""
    if one is None or other is None:
        return 0.0
    days = abs((one - other).total_seconds()) / _DAY
    return max(0.0, days - limits.event_days) * limits.event_fade
