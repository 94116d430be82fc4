"""The newsroom's clock: real seconds into simulated days. Pure: `now` is monotonic seconds, given by the caller."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime


def simulated(opening: datetime, moments: Sequence[datetime], pace: float, elapsed: float) -> datetime:
    """The simulated moment after `elapsed` real seconds: `moments` come up at equal real distances over `pace` seconds.

    The first is due after one such distance, the last after all of `pace`.
    """
    if not moments:
        return opening
    stations = (opening, *moments)
    # A hair of tolerance: the moment that is due must not stay hidden behind a rounding error.
    place = max(0.0, elapsed) / pace * len(moments) + 1e-9 if pace > 0 else float(len(moments))
    if place >= len(moments):
        return stations[-1]
    step, part = divmod(place, 1.0)
    before, after = stations[int(step)], stations[int(step) + 1]
    return before + (after - before) * part


class Clock:
    """Stands at the opening until everything in `wanted` was read once, so that no first import meets the script.

    `patience` seconds after the first reading it runs in any case.
    """

    def __init__(
        self, opening: datetime, moments: Sequence[datetime], wanted: Collection[str], pace: float, patience: float
    ) -> None:
        self.opening, self.moments, self.pace, self.patience = opening, tuple(moments), pace, patience
        self._wanted = frozenset(wanted)
        self._unread = set(wanted)
        self._first_read: float | None = None
        self._begun: float | None = None

    def read(self, name: str, now: float) -> None:
        """Somebody read this; what is not wanted does not count."""
        if name not in self._wanted:
            return
        self._unread.discard(name)
        if self._first_read is None:
            self._first_read = now
        if not self._unread:
            self.begin(now)

    def begin(self, now: float) -> None:
        """Run from now on; once begun, it runs."""
        if self._begun is None:
            self._begun = now

    def elapsed(self, now: float) -> float | None:
        """Real seconds since it began; None while it stands."""
        if self._begun is None and self._first_read is not None and now >= self._first_read + self.patience:
            self._begun = self._first_read + self.patience
        return None if self._begun is None else now - self._begun

    def moment(self, now: float) -> datetime:
        """The simulated moment."""
        elapsed = self.elapsed(now)
        return self.opening if elapsed is None else simulated(self.opening, self.moments, self.pace, elapsed)

    def share(self, now: float) -> float:
        """How much of the script's time has passed, 0..1."""
        elapsed = self.elapsed(now)
        if elapsed is None:
            return 0.0
        return min(1.0, elapsed / self.pace) if self.pace > 0 else 1.0
