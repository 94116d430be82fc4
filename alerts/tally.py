"""How many messages interrupted whom in a sliding window: what limits and the budget are held against. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.model import Delivery, Destination, Ping, What

Rate = tuple[int, timedelta]


def what(delivery: Delivery) -> What:
    """What a delivery tells, whoever hears it."""
    if delivery.development_id is None:
        return ("message", delivery.id, None)
    return (delivery.kind.value, delivery.development_id, delivery.version_id)


@dataclass
class Tally:
    """The pings of the longest window, by destination, by rule and all of them."""

    places: dict[Destination, dict[What, datetime]] = field(default_factory=dict)
    rules: dict[str, dict[What, datetime]] = field(default_factory=dict)
    alone: dict[What, datetime] = field(default_factory=dict)

    @classmethod
    def of(cls, pings: Iterable[Ping]) -> Tally:
        made = cls()
        for ping in pings:
            made.add(ping)
        return made

    def add(self, ping: Ping) -> None:
        """Count one more."""
        _latest(self.places.setdefault(ping.destination, {}), ping)
        if ping.alone:
            _latest(self.alone, ping)
            for rule in ping.rules:
                _latest(self.rules.setdefault(rule, {}), ping)


def _latest(times: dict[What, datetime], ping: Ping) -> None:
    times[ping.what] = max(ping.at, times.get(ping.what, ping.at))


def room_at(times: Mapping[What, datetime], rate: Rate | None, new: What, now: datetime) -> datetime | None:
    """When one more fits under a rate; None: it does now, or it is counted already."""
    if rate is None:
        return None
    most, span = rate
    live = sorted(at for one, at in times.items() if at > now - span and one != new)
    counted = times.get(new)
    if len(live) < most or (counted is not None and counted > now - span):
        return None
    return live[len(live) - most] + span
