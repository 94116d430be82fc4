"""Alerts for whoever comes and reads them: what is taken here stands at /feed.atom of the screens."""

from __future__ import annotations

from dataclasses import dataclass

from alerts import compose
from alerts.channels.contract import Taken, unheard
from alerts.compose import Outline, Telling
from alerts.plain import plain
from monitor.config import FeedChannel
from monitor.errors import DeliveryError
from monitor.model import Delivery, Destination, Message, Receipt, Subject


@dataclass(frozen=True, slots=True)
class Feed:
    """Nothing leaves this machine: the archive is what the feed is made of, so what is recorded has arrived."""

    config: FeedChannel
    telling: Telling
    kind: str = "feed"
    reconciles: bool = False

    @property
    def id(self) -> str:
        return self.config.id

    def compose(self, subject: Subject, destination: Destination, key: str) -> Message:
        return compose.tell(subject, self.telling, _message)

    def send(self, delivery: Delivery, taken: Taken = unheard) -> Receipt:
        if delivery.message is None:
            raise DeliveryError("the delivery has no composed message", permanent=True)
        receipt = Receipt(detail="stands in /feed.atom")
        taken(receipt)
        return receipt

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def probe(self, destination: Destination) -> str:
        return "read at /feed.atom of the screens"


def _message(told: Outline) -> Message:
    return Message(told.headline, plain(told))
