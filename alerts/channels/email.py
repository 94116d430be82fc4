"""Alerts by mail: one message and one SMTP transaction for each recipient."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from email.headerregistry import Address

from alerts import compose
from alerts.channels.contract import Taken, unheard
from alerts.channels.doors import Door, Doors
from alerts.channels.letter import Envelope, letter, mailbox, text_only
from alerts.channels.smtp import Post, probe, transmit
from alerts.channels.smtp_answers import TooBig, Waits
from alerts.compose import Telling
from alerts.links import Links, Wish
from alerts.sample import SAMPLE_ID
from monitor.config import EmailChannel
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Destination, Digest, Message, Notice, Receipt, Subject

_WORDS = {Wish.NOT_RELEVANT: "Not relevant", Wish.MUTE_STORY: "Mute this story for 24 hours"}


@dataclass(frozen=True, slots=True)
class Email:
    """A connection lives for one mail, because alerts are rare and servers drop idle ones.

    `links` makes the addresses that readers answer by; None: the mails carry none.
    """

    config: EmailChannel
    telling: Telling
    waits: Waits = field(default_factory=Waits)
    links: Links | None = None
    doors: Doors = field(default_factory=Doors)
    kind: str = "email"
    reconciles: bool = False

    @property
    def id(self) -> str:
        return self.config.id

    def compose(self, subject: Subject, destination: Destination, key: str) -> Message:
        envelope = self._envelope(subject, destination, key)
        answers = self._answers(subject, destination, key)
        return compose.tell(subject, self.telling, lambda told: letter(replace(told, answers=answers), envelope))

    def _envelope(self, subject: Subject, destination: Destination, key: str) -> Envelope:
        bare = Envelope(
            self.config.sender,
            destination.address,
            key,
            self.telling.watch,
            reply_to=self.config.reply_to,
            unsubscribe=self.links.unsubscribe(destination) if self.links is not None else "",
        )
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

    def _answers(self, subject: Subject, destination: Destination, key: str) -> tuple[tuple[str, str], ...]:
        """What a reader may say to an alert, as words and address."""
        wishes: dict[type, tuple[Wish, ...]] = {Alert: (Wish.NOT_RELEVANT, Wish.MUTE_STORY), Notice: (Wish.MUTE_STORY,)}
        if self.links is None or not self.links.public_url:
            return ()
        # A sample stands in no archive: there is nothing to judge or to mute.
        real = isinstance(subject, Notice) or (isinstance(subject, Alert) and subject.development_id != SAMPLE_ID)
        wanted = wishes.get(type(subject), ()) if real else ()
        said = tuple((_WORDS[wish], self.links.answer(wish, key)) for wish in wanted)
        return (*said, ("Unsubscribe", self.links.unsubscribe(destination)))

    def send(self, delivery: Delivery, taken: Taken = unheard) -> Receipt:
        """Send the frozen mail; where the server finds it too big, once more without its HTML part."""
        if delivery.message is None:
            raise DeliveryError("the delivery has no composed message", permanent=True)
        recipient = self._recipient(delivery.destination)
        try:
            return self._transmit(recipient, delivery.message.body, taken)
        except TooBig:
            return self._transmit(recipient, text_only(delivery.message.body), taken)

    def _transmit(self, recipient: Address, mail: str, taken: Taken) -> Receipt:
        post = Post(mailbox(self.config.sender).addr_spec, recipient.addr_spec, mail.encode())
        return transmit(self.config, post, self.waits, self._door, taken)

    @property
    def _door(self) -> Door:
        return self.doors.of(self.config.host, self.config.port)

    def _recipient(self, destination: Destination) -> Address:
        try:
            return mailbox(destination.address)
        except ValueError as error:
            raise DeliveryError(f"this mail cannot be sent: {error}", permanent=True) from error

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def probe(self, destination: Destination) -> str:
        self._recipient(destination)
        return probe(self.config, self.waits, self._door)
