"""What every channel can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from monitor.model import Alert, Delivery, Destination, Message, Notice, Receipt


class Channel(Protocol):
    """Composing is pure and never fails; sending does one attempt in the caller's thread."""

    @property
    def id(self) -> str: ...

    @property
    def kind(self) -> str: ...

    def compose(self, alert: Alert, destination: Destination, key: str) -> Message:
        """The message of one development; `key` is the delivery's, the same on every attempt."""

    def compose_summary(self, told: Sequence[Alert], destination: Destination, key: str) -> Message:
        """One message for everything that was out already at a first import."""

    def compose_edit(self, notice: Notice, destination: Destination, key: str) -> Message:
        """The message of an announced article that was edited; it joins its story's thread."""

    def test_message(self, destination: Destination, key: str) -> Message:
        """A message that shows the channel works."""

    def send(self, delivery: Delivery) -> Receipt:
        """Send the frozen message once. Raises DeliveryError, whose text never holds a secret."""
