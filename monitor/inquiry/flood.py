"""Would a rule flood: more alerts than its limit lets through. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.config import ChannelConfig
from monitor.model import Rule

Limit = tuple[int, timedelta]
USUAL: Limit = (30, timedelta(hours=1))
"""What a rule is held against when neither it nor a channel of it has a limit."""
LOOK_BACK = timedelta(days=30)
_NAMES = {timedelta(minutes=1): "m", timedelta(hours=1): "h", timedelta(days=1): "d"}


@dataclass(frozen=True, slots=True)
class Flood:
    """`total` alerts, of which `worst` came within one period of the limit, from `since` on."""

    total: int
    worst: int
    since: datetime
    limit: Limit


def limit_of(rule: Rule, channels: Sequence[ChannelConfig]) -> Limit:
    """What a rule may send: its own limit, else the narrowest of its channels', else the usual one."""
    if rule.limit is not None:
        return rule.limit
    own = [one.limit for one in channels if one.limit is not None and (not rule.channels or one.id in rule.channels)]
    return min(own, key=lambda limit: limit[0] / limit[1].total_seconds(), default=USUAL)


def flood(alerts: Sequence[datetime], limit: Limit) -> Flood | None:
    """What would flood, or None. `alerts`: when each would have gone out, in any order."""
    most, period = limit
    within: deque[datetime] = deque()
    worst, since = 0, None
    for moment in sorted(alerts):
        within.append(moment)
        while moment - within[0] >= period:
            within.popleft()
        if len(within) > worst:
            worst, since = len(within), within[0]
    return None if since is None or worst <= most else Flood(len(alerts), worst, since, limit)


def rate(limit: Limit) -> str:
    """As the config writes it: 10/h."""
    return f"{limit[0]}/{_NAMES.get(limit[1], limit[1])}"
