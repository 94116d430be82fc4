"""The channels: a config block becomes something that composes and sends."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import TextIO

from alerts.channels.apprise import Apprise
from alerts.channels.console import Console
from alerts.channels.contract import Channel, Taken
from alerts.channels.doors import Doors
from alerts.channels.email import Email
from alerts.channels.feed import Feed
from alerts.channels.gate import Gate
from alerts.channels.slack import Slack
from alerts.channels.webhook import Webhook
from alerts.compose import Telling
from alerts.links import Links
from alerts.sample import sample
from monitor.config import (
    AppriseChannel,
    ChannelConfig,
    Config,
    ConsoleChannel,
    EmailChannel,
    FeedChannel,
    SlackChannel,
    WebhookChannel,
)
from monitor.model import Delivery, DeliveryKind, DeliveryState, Destination
from monitor.netguard import Allow

__all__ = ["Channel", "Means", "Taken", "channel", "open_channels", "telling_of", "trial_delivery"]


@dataclass(frozen=True, slots=True)
class Means:
    """What channels share. `stream`: where the console writes, stdout by default; `links`: None, mails carry none."""

    stream: TextIO | None = None
    links: Links | None = None
    doors: Doors = field(default_factory=Doors)
    allow: Allow = field(default_factory=Allow)


def channel(config: ChannelConfig, telling: Telling, means: Means) -> Channel:
    """The channel of a config block."""
    match config:
        case EmailChannel():
            return Email(config, telling, links=means.links, doors=means.doors)
        case SlackChannel():
            return Slack(config, telling)
        case WebhookChannel():
            return Webhook(config, telling, Gate(means.allow, config.insecure))
        case ConsoleChannel():
            return Console(config, telling, means.stream)
        case FeedChannel():
            return Feed(config, telling)
        case AppriseChannel():
            return Apprise(config, telling)


def open_channels(config: Config, console: TextIO | None = None, link_key: bytes | None = None) -> dict[str, Channel]:
    """The channels of a config, ready to compose and send, by id; `console` is where the console writes (stdout).

    `link_key` is the archive's, for the signed addresses in mails; None: they carry none.
    """
    telling = telling_of(config)
    links = Links(link_key, config.watch.public_url) if link_key is not None else None
    means = Means(console, links, Doors(), Allow.parse(config.fetch.allow_private))
    return {one.id: channel(one, telling, means) for one in config.channels}


def telling_of(config: Config) -> Telling:
    """What every channel of a config knows besides what it tells."""
    watch = config.watch
    names = {source.id: source.name for source in config.sources if source.name}
    return Telling(watch.title, watch.public_url, watch.timezone, names, watch.id)


def trial_delivery(one: Channel, destination: Destination, now: datetime) -> Delivery:
    """A sample alert, composed and ready for `send`; it stands in no archive."""
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
        message=one.compose(sample(one.telling, now), destination, key),
    )
