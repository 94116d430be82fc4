"""Alerts by mail: one message and one SMTP transaction for each recipient."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from alerts import compose
from alerts.channels.letter import Envelope, letter, mailbox
from alerts.channels.smtp import Waits, transmit
from alerts.compose import Telling
from monitor.config import EmailChannel
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Destination, Message, Notice, Receipt


@dataclass(frozen=True, slots=True)
class Email:
    """Stateless: a connection lives for one mail, because alerts are rare and servers drop idle ones."""

    config: EmailChannel
    telling: Telling
    waits: Waits = field(default_factory=Waits)
    kind: str = "email"

    @property
    def id(self) -> str:
        return self.config.id

    def compose(self, alert: Alert, destination: Destination, key: str) -> Message:
        envelope = Envelope(
            self.config.sender,
            destination.address,
            key,
            self.telling.watch,
            story=alert.story_id,
            development=alert.development_id,
            date=alert.first_seen,
        )
        return compose.tell(alert, self.telling, lambda told: letter(told, envelope))

    def compose_summary(self, told: Sequence[Alert], destination: Destination, key: str) -> Message:
        newest = max((alert.first_seen for alert in told), default=None)
        envelope = Envelope(self.config.sender, destination.address, key, self.telling.watch, date=newest)
        return compose.tell_summary(told, self.telling, lambda outline: letter(outline, envelope))

    def compose_edit(self, notice: Notice, destination: Destination, key: str) -> Message:
        envelope = Envelope(
            self.config.sender,
            destination.address,
            key,
            self.telling.watch,
            story=notice.alert.story_id,
            development=notice.alert.development_id,
            date=notice.seen,
        )
        return compose.tell_edit(notice, self.telling, lambda told: letter(told, envelope))

    def test_message(self, destination: Destination, key: str) -> Message:
        envelope = Envelope(self.config.sender, destination.address, key, self.telling.watch)
        return letter(compose.trial(self.telling), envelope)

    def send(self, delivery: Delivery) -> Receipt:
        if delivery.message is None:
            raise DeliveryError("the delivery has no composed message", permanent=True)
        try:
            sender, recipient = mailbox(self.config.sender), mailbox(delivery.destination.address)
            mail = delivery.message.body.encode("ascii")
        except ValueError as error:
            raise DeliveryError(f"this mail cannot be sent: {error}", permanent=True) from error
        return Receipt(detail=transmit(self.config, sender.addr_spec, recipient.addr_spec, mail, self.waits))
