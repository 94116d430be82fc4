"""How many of a rule's alerts people called relevant, and how sure that figure is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Precision:
    """`relevant` of `judged` alerts; `low` and `high` bound the true share with 95 % confidence (Wilson)."""

    relevant: int
    judged: int
    low: float
    high: float

    @property
    def share(self) -> float:
        return self.relevant / self.judged


def precision(relevant: int, judged: int) -> Precision | None:
    """The figure with Wilson's score interval (E. B. Wilson 1927); None while nobody has judged."""
    if judged == 0:
        return None
    share, spread = relevant / judged, _Z95**2 / judged
    centre = (share + spread / 2) / (1 + spread)
    reach = _Z95 * sqrt(share * (1 - share) / judged + spread / (4 * judged)) / (1 + spread)
    # Rounding must not put the share outside its own bounds.
    low, high = min(share, centre - reach), max(share, centre + reach)
    return Precision(relevant, judged, max(0.0, low), min(1.0, high))
