"""Alerts to Slack: by a bot (threads, one per story) or an incoming webhook (neither threads nor updates)."""

from __future__ import annotations

import json
import threading
import time
import uuid
from dataclasses import dataclass, field

from alerts import compose
from alerts.channels.contract import Taken, unheard
from alerts.channels.exchange import Waits, post
from alerts.channels.slack_answers import Meaning, Verdict, verdict
from alerts.channels.slack_blocks import Json, payload
from alerts.compose import Outline, Telling
from monitor.config import SlackChannel
from monitor.errors import DeliveryError
from monitor.model import Delivery, Destination, Message, Receipt, Subject

_NAMESPACE = uuid.UUID("6f1d9a52-58f5-4f0e-9d3f-2f7c3a1e5b11")
# A pause that is nearly over is sat out; a longer one goes back to the schedule.
_PATIENCE = 2.0


@dataclass(slots=True)
class Slack:
    """Remembers when the channel is free again: Slack takes one message a second, and 429 pauses all of them."""

    config: SlackChannel
    telling: Telling
    waits: Waits = field(default_factory=Waits)
    interval: float = 1.0
    kind: str = "slack"
    _free_at: float = field(default=0.0, init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False)

    @property
    def id(self) -> str:
        return self.config.id

    def compose(self, subject: Subject, destination: Destination, key: str) -> Message:
        return compose.tell(subject, self.telling, lambda told: self._message(told, destination, key))

    def send(self, delivery: Delivery, taken: Taken = unheard) -> Receipt:
        """Post the frozen payload; a reply joins its thread, and becomes a new root when that thread is gone."""
        if delivery.message is None:
            raise DeliveryError("the delivery has no composed message", permanent=True)
        body = delivery.message.body.encode()
        thread = delivery.thread_ref if self.config.token is not None else ""
        with self._turn:
            answer = self._post(_in_thread(body, thread))
            if answer.meaning is Meaning.THREAD and thread:
                thread = ""
                answer = self._post(body)
            if answer.meaning is Meaning.DEGRADE:
                answer = self._post(_in_thread(_without_form(body), thread))
        if answer.meaning is not Meaning.SENT:
            raise _error(answer)
        ref = (thread or answer.ts) if self.config.token is not None else ""
        receipt = Receipt(ref=ref, detail=f"ok {answer.ts}".strip())
        taken(receipt)
        return receipt

    @property
    def reconciles(self) -> bool:
        return False

    def find(self, delivery: Delivery) -> Receipt | None:
        return None

    def probe(self, destination: Destination) -> str:
        return "not checked"

    def _post(self, body: bytes) -> Verdict:
        self._wait()
        url, headers = self._target()
        self._free_at = time.monotonic() + self.interval
        answer = verdict(post(url, body, headers, self.waits))
        if answer.pause is not None:
            self._free_at = time.monotonic() + answer.pause
        return answer

    def _wait(self) -> None:
        wait = self._free_at - time.monotonic()
        if wait > max(_PATIENCE, self.interval):
            raise DeliveryError("Slack asked for a pause that is not over", retry_after=wait)
        if wait > 0:
            time.sleep(wait)

    def _target(self) -> tuple[str, dict[str, str]]:
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "storywatch", "Connection": "close"}
        if self.config.token is not None:
            token = self.config.token.reveal()
            if not (token.isascii() and token.isprintable()):
                raise DeliveryError("the Slack token holds characters that no token has", permanent=True)
            return f"{self.config.api_url}chat.postMessage", headers | {"Authorization": f"Bearer {token}"}
        return self.config.webhook.reveal() if self.config.webhook is not None else "", headers

    def _message(self, told: Outline, destination: Destination, key: str) -> Message:
        body = payload(told)
        if self.config.token is not None:
            body |= _bot_fields(destination.address or self.config.channel, key)
        return Message(told.headline, json.dumps(body, ensure_ascii=False))


def _bot_fields(channel: str, key: str) -> Json:
    """Where to, and the delivery's name in two places: one that Slack may dedupe by, one that can be found again."""
    return {
        "channel": channel,
        "parse": "none",
        "link_names": False,
        "client_msg_id": str(uuid.uuid5(_NAMESPACE, key)),
        "metadata": {"event_type": "storywatch_alert", "event_payload": {"delivery_id": key}},
    }


def _in_thread(body: bytes, thread: str) -> bytes:
    return json.dumps(json.loads(body) | {"thread_ts": thread}, ensure_ascii=False).encode() if thread else body


def _without_form(body: bytes) -> bytes:
    told = json.loads(body)
    return json.dumps({name: told[name] for name in told if name not in ("blocks", "metadata")}).encode()


def _error(answer: Verdict) -> DeliveryError:
    return DeliveryError(
        f"Slack: {answer.meaning.value}: {answer.said}",
        permanent=answer.meaning in (Meaning.PERMANENT, Meaning.DEGRADE, Meaning.THREAD),
        ambiguous=answer.meaning is Meaning.AMBIGUOUS,
        retry_after=answer.pause,
    )
