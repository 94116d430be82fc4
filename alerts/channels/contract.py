"""What every channel can do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeGuard

from alerts.compose import Telling
from monitor.model import Delivery, Destination, Message, Receipt, Subject

# Called once, while the connection is still open, when the receiver has taken the message: the result is recorded
# before anything else can go wrong.
Taken = Callable[[Receipt], None]


def unheard(_receipt: Receipt) -> None:
    """For a message that stands in no archive: nobody records what became of it."""


class Channel(Protocol):
    """Composing is pure and never fails; sending does one attempt in the caller's thread."""

    @property
    def id(self) -> str: ...

    @property
    def kind(self) -> str: ...

    @property
    def telling(self) -> Telling:
        """What it knows besides the subjects."""

    @property
    def reconciles(self) -> bool:
        """Whether the receiver can be asked what became of a message (`find`)."""

    def compose(self, subject: Subject, destination: Destination, key: str) -> Message:
        """The message that tells a subject; `key` is the delivery's, the same on every attempt."""

    def send(self, delivery: Delivery, taken: Taken = unheard) -> Receipt:
        """Send the frozen message once; `taken` hears of it first. Raises DeliveryError, whose text holds no secret."""

    def find(self, delivery: Delivery) -> Receipt | None:
        """Look whether the receiver has an ambiguous delivery. Raises DeliveryError when that cannot be seen."""

    def probe(self, destination: Destination) -> str:
        """Check the way to a destination (name, TLS, sign-in) without sending; what was found. Raises DeliveryError."""


class Counting(Channel, Protocol):
    """A channel whose roots can be made to say more later, without anybody being pinged."""

    def recount(self, delivery: Delivery, ref: str, message: Message) -> None:
        """Let the root `ref`, which `delivery` became, say what `message` says. Raises DeliveryError."""


def counting(channel: Channel) -> TypeGuard[Counting]:
    """Whether a channel can do that, as it is configured: what can be found again can be changed."""
    return channel.reconciles and hasattr(channel, "recount")
