"""How often one client may ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Limiter:
    """How often one client may ask: enough for people and for mail programs, too little for guessing or flooding."""

    a_minute: int = 60
    clock: Callable[[], float] = time.monotonic
    _minute: int = -1
    _asked: dict[str, int] = field(default_factory=dict)

    def passes(self, client: str) -> bool:
        """Count one request of a client; False when it is one too many."""
        self._turn()
        self._asked[client] = self._asked.get(client, 0) + 1
        return self._asked[client] <= self.a_minute

    def spent(self, client: str) -> bool:
        """Whether one more would be too many; counts nothing."""
        self._turn()
        return self._asked.get(client, 0) >= self.a_minute

    def _turn(self) -> None:
        minute = int(self.clock() // 60)
        if minute != self._minute:
            self._minute, self._asked = minute, {}
