"""Alerts as text on a stream: the terminal, or the daemon's log."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from typing import TextIO

from alerts import compose
from alerts.channels.contract import Taken, unheard
from alerts.compose import Outline, Telling
from alerts.plain import plain
from monitor.config import ConsoleChannel
from monitor.errors import DeliveryError
from monitor.model import Delivery, Destination, Message, Receipt, Subject

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_RULE = "=" * 78


@dataclass(frozen=True, slots=True)
class Console:
    """Writes to `stream`, or to what is stdout at the moment of writing."""

    config: ConsoleChannel
    telling: Telling
    stream: TextIO | None = None
    kind: str = "console"
    reconciles: bool = False

    @property
    def id(self) -> str:
        return self.config.id

    def compose(self, subject: Subject, destination: Destination, key: str) -> Message:
        return compose.tell(subject, self.telling, self._message)

    def send(self, delivery: Delivery, taken: Taken = unheard) -> Receipt:
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
        receipt = Receipt(detail="written")
        taken(receipt)
        return receipt

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def probe(self, destination: Destination) -> str:
        return "writes to the terminal or the log"

    def _message(self, told: Outline) -> Message:
        return Message(told.headline, f"{_RULE}\n{plain(told)}")
