"""Alerts to Slack: by a bot (threads, one per story) or an incoming webhook (neither threads nor updates)."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field

from alerts import compose
from alerts.channels.contract import Taken, unheard
from alerts.channels.exchange import Waits, reached
from alerts.channels.slack_answers import Meaning, Verdict, verdict
from alerts.channels.slack_blocks import Json, again, payload
from alerts.channels.slack_calls import Calls, Rhythm
from alerts.channels.slack_search import search, unseen
from alerts.compose import Outline, Telling
from alerts.wording import cut
from monitor.config import SlackChannel
from monitor.crashpoint import crashpoint
from monitor.errors import DeliveryError
from monitor.model import Delivery, Destination, Message, Receipt, Subject

_NAMESPACE = uuid.UUID("6f1d9a52-58f5-4f0e-9d3f-2f7c3a1e5b11")
# What nobody knows yet is tried for a day.
_UNKNOWN_FOR = 24 * 3600.0
_READING = ("channels:history", "groups:history")


@dataclass(slots=True)
class Slack:
    """Slack takes one message a second and channel; a longer pause that it asks for is the sender's to keep."""

    config: SlackChannel
    telling: Telling
    waits: Waits = field(default_factory=Waits)
    interval: float = 1.0
    kind: str = "slack"
    _posts: Rhythm = field(default_factory=Rhythm, init=False)
    _updates: Rhythm = field(default_factory=Rhythm, init=False)

    @property
    def id(self) -> str:
        return self.config.id

    @property
    def reconciles(self) -> bool:
        return self.config.token is not None

    @property
    def _calls(self) -> Calls:
        return Calls(self.config, self.waits)

    def compose(self, subject: Subject, destination: Destination, key: str) -> Message:
        return compose.tell(subject, self.telling, lambda told: self._message(told, destination, key))

    def send(self, delivery: Delivery, taken: Taken = unheard) -> Receipt:
        """Post the frozen payload; a reply joins its thread, and becomes a new root when that thread is gone.

        What may be there already says so: the mark is put in here, because the first try was without it.
        """
        body = _frozen(delivery)
        thread = delivery.thread_ref if self.reconciles else ""
        plain = False
        with self._posts.turn():
            while True:
                judged, receipt = self._post(body, thread, taken)
                if receipt is not None:
                    return receipt
                if judged.meaning is Meaning.THREAD and thread:
                    thread = ""
                    crashpoint("T3")
                elif judged.meaning is Meaning.DEGRADE and not plain:
                    body, plain = _without_form(body, judged), True
                    crashpoint("D11")
                else:
                    raise _error(judged)

    def _post(self, body: bytes, thread: str, taken: Taken) -> tuple[Verdict, Receipt | None]:
        self._posts.wait(self.interval)
        with self._calls.posting(_in_thread(body, thread)) as answer:
            judged = verdict(answer)
            if judged.meaning is not Meaning.SENT:
                return judged, None
            ref = (thread or judged.ts) if self.reconciles else ""
            receipt = Receipt(ref=ref, detail=f"ok {judged.ts}".strip())
            crashpoint("D7")
            taken(receipt)
            crashpoint("D9")
            return judged, receipt

    def find(self, delivery: Delivery) -> Receipt | None:
        """Look through the thread and the channel for the delivery's key, since the delivery was made."""
        if not self.reconciles or delivery.message is None:
            return None
        channel = str(json.loads(delivery.message.body).get("channel", ""))
        return search(self._calls, channel, delivery.key, delivery.thread_ref, delivery.created)

    def recount(self, delivery: Delivery, ref: str, message: Message) -> None:
        """Let the root `ref`, which `delivery` became, say what `message` says. Raises DeliveryError; nobody is pinged.

        It waits for alerts, and no alert waits for it.
        """
        body = again(message.body) if delivery.may_repeat else message.body.encode()
        with self._updates.turn():
            self._updates.wait(self.interval, behind=self._posts)
            judged = self._calls.updating(_update(body, ref))
            if judged.meaning is Meaning.DEGRADE:
                self._updates.wait(self.interval, behind=self._posts)
                judged = self._calls.updating(_update(_without_form(body, judged), ref))
        if judged.meaning is not Meaning.SENT:
            raise _error(judged)

    def probe(self, destination: Destination) -> str:
        """Sign in and look into the channel, as far as the token may."""
        if not self.reconciles:
            said = reached(self._calls.webhook, self.waits)
            return f"{said}; only `alerts test {self.id}` tells whether the webhook takes messages"
        judged, told, answer = self._calls.read("auth.test", {})
        if judged.meaning is not Meaning.SENT:
            raise _error(judged)
        scopes = [one.strip() for one in answer.headers.get("x-oauth-scopes", "").split(",") if one.strip()]
        if scopes and "chat:write" not in scopes:
            raise DeliveryError("Slack: the token lacks the scope chat:write", off=True)
        return f"signed in as {_name(told, 'user')} of {_name(told, 'team')}; {self._seen(destination)}"

    def _seen(self, destination: Destination) -> str:
        channel = destination.address or self.config.channel
        judged, _, _ = self._calls.read("conversations.history", {"channel": channel, "limit": "1"})
        if judged.meaning is Meaning.SENT:
            return "can look for its own messages"
        if judged.code == "missing_scope":
            lacks = " or ".join(_READING)
            return f"cannot look for its own messages (needs {lacks}): after an unclear answer an alert may come twice"
        raise _error(judged) if judged.meaning is Meaning.OFF else unseen(judged)

    def _message(self, told: Outline, destination: Destination, key: str) -> Message:
        body = payload(told)
        if self.reconciles:
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


def _frozen(delivery: Delivery) -> bytes:
    if delivery.message is None:
        raise DeliveryError("the delivery has no composed message", permanent=True)
    return again(delivery.message.body) if delivery.may_repeat else delivery.message.body.encode()


def _in_thread(body: bytes, thread: str) -> bytes:
    return json.dumps(json.loads(body) | {"thread_ts": thread}, ensure_ascii=False).encode() if thread else body


def _update(body: bytes, ref: str) -> bytes:
    told = json.loads(body)
    kept = ("channel", "text", "blocks", "parse", "link_names", "metadata")
    return json.dumps({name: told[name] for name in kept if name in told} | {"ts": ref}, ensure_ascii=False).encode()


def _without_form(body: bytes, judged: Verdict) -> bytes:
    """The plain text alone; it can still be found by its metadata, unless that is what was refused."""
    told = json.loads(body)
    left_out = {"blocks"} | ({"metadata"} if "metadata" in judged.code else set())
    return json.dumps({name: told[name] for name in told if name not in left_out}, ensure_ascii=False).encode()


def _name(told: Json, what: str) -> str:
    return cut(str(told.get(what, "")), 80) or "somebody"


def _error(judged: Verdict) -> DeliveryError:
    # A channel that takes nothing but replies takes no root either.
    off = judged.meaning is Meaning.OFF or judged.code.startswith("restricted_action")
    return DeliveryError(
        f"Slack: {judged.meaning.value}: {judged.said}",
        permanent=not off and judged.meaning in (Meaning.PERMANENT, Meaning.DEGRADE, Meaning.THREAD),
        ambiguous=judged.meaning is Meaning.AMBIGUOUS,
        retry_after=judged.pause,
        off=off,
        give_up_after=_UNKNOWN_FOR if judged.meaning is Meaning.UNKNOWN else None,
    )
