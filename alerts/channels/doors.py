"""The doors of mail servers: one connection at a time, so many mails a minute, a rest when a server asks for it."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from monitor.errors import DeliveryError

FIRST_REST = 60.0
LONGEST_REST = 900.0
# Another channel's mail may take as long as a server may think about it.
_TURN_SECONDS = 900.0
_SOON = 0.05


@dataclass(slots=True)
class Door:
    """One server. `clock` is monotonic, in seconds."""

    clock: Callable[[], float]
    turn: threading.Lock = field(default_factory=threading.Lock)
    opened: deque[float] = field(default_factory=deque)
    rests_until: float = 0.0
    refusals: int = 0

    @contextlib.contextmanager
    def passing(self, server: str, pace: tuple[int, timedelta]) -> Iterator[None]:
        """Alone at the server while the block runs. Raises DeliveryError with `retry_after` when it is not our time."""
        if not self.turn.acquire(timeout=_TURN_SECONDS):
            raise DeliveryError(f"{server} is busy with another mail of ours: nothing was sent")
        try:
            self._wait(server, pace)
            self.opened.append(self.clock())
            yield
            self.refusals = 0
        finally:
            self.turn.release()

    def rest(self) -> float:
        """The server has too many of us: keep away, longer each time; returns for how many seconds."""
        seconds = min(FIRST_REST * 2.0**self.refusals, LONGEST_REST)
        self.refusals += 1
        self.rests_until = self.clock() + seconds
        return seconds

    def _wait(self, server: str, pace: tuple[int, timedelta]) -> None:
        count, span = pace[0], pace[1].total_seconds()
        now = self.clock()
        while self.opened and self.opened[0] <= now - span:
            self.opened.popleft()
        if self.rests_until > now + _SOON:
            raise DeliveryError(f"{server} asked for a pause: nothing was sent yet", retry_after=self.rests_until - now)
        if len(self.opened) >= count:
            free = self.opened[-count] + span - now
            raise DeliveryError(f"{server} gets {count} mails in {span:.0f} s at most (pace)", retry_after=free)


@dataclass(slots=True)
class Doors:
    """The door of every server, shared by all channels that use it."""

    clock: Callable[[], float] = time.monotonic
    _doors: dict[tuple[str, int], Door] = field(default_factory=dict)
    _making: threading.Lock = field(default_factory=threading.Lock)

    def of(self, host: str, port: int) -> Door:
        """The one door of a server."""
        with self._making:
            return self._doors.setdefault((host.lower().rstrip("."), port), Door(self.clock))
