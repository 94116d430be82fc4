"""Alerts as text on a stream: the terminal, or the daemon's log."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TextIO

from alerts import compose
from alerts.compose import Outline, Telling
from alerts.plain import plain
from monitor.config import ConsoleChannel
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Destination, Message, Notice, Receipt

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_RULE = "=" * 78


@dataclass(frozen=True, slots=True)
class Console:
    """Writes to `stream`, or to what is stdout at the moment of writing."""

    config: ConsoleChannel
    telling: Telling
    stream: TextIO | None = None
    kind: str = "console"

    @property
    def id(self) -> str:
        return self.config.id

    def compose(self, alert: Alert, destination: Destination, key: str) -> Message:
        return compose.tell(alert, self.telling, self._message)

    def compose_summary(self, told: Sequence[Alert], destination: Destination, key: str) -> Message:
        return compose.tell_summary(told, self.telling, self._message)

    def compose_edit(self, notice: Notice, destination: Destination, key: str) -> Message:
        return compose.tell_edit(notice, self.telling, self._message)

    def test_message(self, destination: Destination, key: str) -> Message:
        return self._message(compose.trial(self.telling))

    def send(self, delivery: Delivery) -> Receipt:
        if delivery.message is None:
            raise DeliveryError("the delivery has no composed message", permanent=True)
        stream = self.stream or sys.stdout
        text = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", delivery.message.body)
        encoding = getattr(stream, "encoding", None) or "utf-8"
        try:
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            stream.flush()
        except (OSError, ValueError) as error:
            # ValueError: the stream was closed.
            raise DeliveryError(f"cannot write to the console: {error}", ambiguous=True) from error
        return Receipt(detail="written")

    def _message(self, told: Outline) -> Message:
        return Message(told.headline, f"{_RULE}\n{plain(told)}")
