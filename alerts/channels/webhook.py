"""Alerts as signed HTTP POSTs, by the rules of Standard Webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from alerts.channels.contract import Taken, unheard
from alerts.channels.exchange import Answer, Waits, exchanged, reached
from alerts.channels.gate import Gate
from alerts.channels.webhook_body import message
from alerts.compose import Telling
from monitor.config import WebhookChannel, signing_key
from monitor.crashpoint import crashpoint
from monitor.errors import DeliveryError
from monitor.model import Delivery, Destination, Message, Receipt, Subject

# Seconds before each further try: about three days.
RETRIES = (5, 30, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
_BUSY = frozenset({408, 409, 425, 429})
_MAY_SAY_WHEN = frozenset({429, 503})
_GONE = 410
_TRIES_OF_A_REFUSAL = 3


@dataclass(frozen=True, slots=True)
class Webhook:
    """`clock` tells Unix seconds: receivers refuse what was signed long ago."""

    config: WebhookChannel
    telling: Telling
    gate: Gate = field(default_factory=Gate)
    waits: Waits = field(default_factory=lambda: Waits(step=10.0, whole=10.0))
    clock: Callable[[], float] = time.time
    kind: str = "webhook"
    reconciles: bool = False

    @property
    def id(self) -> str:
        return self.config.id

    def compose(self, subject: Subject, destination: Destination, key: str) -> Message:
        return message(subject, self.telling, key)

    def send(self, delivery: Delivery, taken: Taken = unheard) -> Receipt:
        """POST the frozen body; every attempt has the same webhook-id, so a receiver can drop what it has."""
        if delivery.message is None:
            raise DeliveryError("the delivery has no composed message", permanent=True)
        body, url = delivery.message.body.encode(), self.config.url.reveal()
        try:
            with exchanged(url, body, self._headers(delivery.key, body), self.waits, self.gate) as answer:
                self._refuse(answer)
                receipt = Receipt(detail=f"HTTP {answer.status}")
                crashpoint("D7")
                taken(receipt)
                crashpoint("D9")
        except DeliveryError as error:
            raise scheduled(error, delivery.attempts) from None
        return receipt

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def probe(self, destination: Destination) -> str:
        return reached(self.config.url.reveal(), self.waits, self.gate)

    def _headers(self, key: str, body: bytes) -> dict[str, str]:
        moment = str(int(self.clock()))
        secrets = (self.config.secret, self.config.old_secret)
        marks = (signed(signing_key(one), key, moment, body) for one in secrets if one is not None)
        return {
            "Content-Type": "application/json",
            "User-Agent": "storywatch",
            "Connection": "close",
            "webhook-id": key,
            "webhook-timestamp": moment,
            "webhook-signature": " ".join(marks),
            "Idempotency-Key": key,
        }

    def _refuse(self, answer: Answer) -> None:
        """Raise DeliveryError for anything but 2xx. Nothing that was answered is repeated: it may hold the address."""
        status, host = answer.status, urlsplit(self.config.url.reveal()).hostname
        if 200 <= status < 300:
            return
        words = f"{host} answered HTTP {status}"
        if status == _GONE:
            raise DeliveryError(f"{words}: it wants no more", off=True)
        if status in _BUSY or status >= 500:
            wait = _asked(answer.headers.get("retry-after", ""), self.clock()) if status in _MAY_SAY_WHEN else None
            raise DeliveryError(words, retry_after=wait)
        redirect = ": redirects are not followed" if 300 <= status < 400 else ""
        raise Refusal(words + redirect)


class Refusal(DeliveryError):
    """An answer that trying again hardly changes."""


def scheduled(error: DeliveryError, attempts: int) -> DeliveryError:
    """The error with its next try, `attempts` counting this one; after the last it is permanent."""
    if error.permanent or error.off or error.retry_after is not None:
        return error
    over = attempts >= _TRIES_OF_A_REFUSAL if isinstance(error, Refusal) else attempts > len(RETRIES)
    if over:
        error.permanent = True
    else:
        error.again = float(RETRIES[min(attempts, len(RETRIES)) - 1])
    return error


def signed(key: bytes, name: str, moment: str, body: bytes) -> str:
    """A signature as it stands in the header: "v1," and base64 of an HMAC-SHA256 over id, time and body."""
    digest = hmac.new(key, f"{name}.{moment}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def _asked(header: str, now: float) -> float | None:
    """Seconds that Retry-After asks for, in either of its forms; None when it says nothing."""
    if header.isascii() and header.isdigit():
        return float(header[:9])
    try:
        moment: datetime = parsedate_to_datetime(header)
        return max(moment.timestamp() - now, 0.0)
    except (ValueError, TypeError, OverflowError):
        return None
