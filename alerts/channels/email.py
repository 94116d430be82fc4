"""Alerts by mail: one message and one SMTP transaction for each recipient."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from alerts import compose
from alerts.channels.contract import Taken, unheard
from alerts.channels.letter import Envelope, letter, mailbox
from alerts.channels.smtp import Waits, transmit
from alerts.compose import Telling
from monitor.config import EmailChannel
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Destination, Digest, Message, Notice, Receipt, Subject


@dataclass(frozen=True, slots=True)
class Email:
    """Stateless: a connection lives for one mail, because alerts are rare and servers drop idle ones."""

    config: EmailChannel
    telling: Telling
    waits: Waits = field(default_factory=Waits)
    kind: str = "email"
    reconciles: bool = False

    @property
    def id(self) -> str:
        return self.config.id

    def compose(self, subject: Subject, destination: Destination, key: str) -> Message:
        envelope = self._envelope(subject, destination, key)
        return compose.tell(subject, self.telling, lambda told: letter(told, envelope))

    def _envelope(self, subject: Subject, destination: Destination, key: str) -> Envelope:
        bare = Envelope(self.config.sender, destination.address, key, self.telling.watch)
        match subject:
            case Alert():
                alert, date = subject, subject.first_seen
            case Notice():
                alert, date = subject.alert, subject.seen
            case Digest():
                return replace(bare, date=max((alert.first_seen for alert in subject.alerts), default=None))
            case _:
                return bare
        return replace(bare, story=alert.story_id, development=alert.development_id, date=date)

    def send(self, delivery: Delivery, taken: Taken = unheard) -> Receipt:
        if delivery.message is None:
            raise DeliveryError("the delivery has no composed message", permanent=True)
        try:
            sender, recipient = mailbox(self.config.sender), mailbox(delivery.destination.address)
            mail = delivery.message.body.encode("ascii")
        except ValueError as error:
            raise DeliveryError(f"this mail cannot be sent: {error}", permanent=True) from error
        receipt = Receipt(detail=transmit(self.config, sender.addr_spec, recipient.addr_spec, mail, self.waits))
        taken(receipt)
        return receipt

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def probe(self, destination: Destination) -> str:
        return "not checked"
