"""The channels: a config block becomes something that composes and sends."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import TextIO

from alerts.channels.console import Console
from alerts.channels.contract import Channel, Taken
from alerts.channels.email import Email
from alerts.channels.slack import Slack
from alerts.compose import Telling, trial
from monitor.config import ChannelConfig, Config, EmailChannel, SlackChannel
from monitor.model import Delivery, DeliveryKind, DeliveryState, Destination

__all__ = ["Channel", "Taken", "channel", "open_channels", "trial_delivery"]


def channel(
    config: ChannelConfig,
    *,
    watch_title: str,
    public_url: str,
    timezone: str,
    names: Mapping[str, str] | None = None,
    stream: TextIO | None = None,
) -> Channel:
    """The channel of a config block.

    `names`: a source's name by its id. `stream`: where the console writes, stdout by default.
    """
    telling = Telling(watch_title, public_url, timezone, names or {})
    if isinstance(config, EmailChannel):
        return Email(config, telling)
    if isinstance(config, SlackChannel):
        return Slack(config, telling)
    return Console(config, telling, stream)


def open_channels(config: Config, console: TextIO | None = None) -> dict[str, Channel]:
    """The channels of a config, ready to compose and send, by id; `console` is where the console writes (stdout)."""
    return {
        one.id: channel(
            one,
            watch_title=config.watch.title,
            public_url=config.watch.public_url,
            timezone=config.watch.timezone,
            names={source.id: source.name for source in config.sources if source.name},
            stream=console,
        )
        for one in config.channels
    }


def trial_delivery(one: Channel, destination: Destination, now: datetime) -> Delivery:
    """A test message, composed and ready for `send`; it stands in no archive."""
    seed = f"test {one.id} {destination.address} {now.isoformat()}"
    key = hashlib.sha256(seed.encode()).hexdigest()
    return Delivery(
        id=0,
        key=key,
        kind=DeliveryKind.DEVELOPMENT,
        development_id=None,
        story_id=None,
        destination=destination,
        state=DeliveryState.SENDING,
        due_at=now,
        attempts=1,
        created=now,
        message=one.compose(trial(one.telling), destination, key),
    )
