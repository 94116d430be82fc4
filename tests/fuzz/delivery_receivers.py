"""Receivers played in process: they answer as Slack, mail servers and webhooks do, and keep all that they took."""

from __future__ import annotations

import json
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Protocol

from alerts.channels.contract import Taken, unheard
from alerts.compose import Telling
from monitor.crashpoint import crashpoint
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Destination, Digest, Message, Receipt, Subject


class Answer(Enum):
    """What a receiver does with a message. UNHEARD, CUT, BROKE: nobody hears what became of it."""

    TAKEN = "taken"
    BUSY = "busy for now"
    PAUSE = "too many messages"
    LONG_PAUSE = "too many messages, come back tomorrow"
    REFUSED = "refused for good"
    OFF = "the token was revoked"
    LATER = "a try by the channel's own schedule"
    NEW_CODE = "a word that nobody knows yet"
    UNHEARD = "no answer, and nothing taken"
    CUT = "taken, and no answer"
    BROKE = "a fault of ours, and nothing taken"
    BROKE_LATE = "a fault of ours, when it was taken"


class Look(Enum):
    """What a receiver shows when it is asked for a message that it may have."""

    LAGS = "it does not show yet what it took"
    PAUSE = "it shows nothing now: too many questions"
    BROKE = "a fault of ours"


TAKES = (Answer.TAKEN, Answer.CUT, Answer.BROKE_LATE)
PAUSES = {Answer.PAUSE: 40.0, Answer.LONG_PAUSE: 86400.0}
LONGEST_PAUSE = 900.0
AGAIN = 300.0
DAY = 86400.0


@dataclass(frozen=True)
class Post:
    """A message that was taken. `root`: it begins a thread named `ref`; else it stands in that thread."""

    at: datetime
    delivery: Delivery
    ref: str
    root: bool
    turns: tuple[int, ...]
    more: int


class Judge(Protocol):
    """Who watches the receivers."""

    now: datetime

    def offered(self, receiver: Receiver, delivery: Delivery) -> None: ...

    def took(self, receiver: Receiver, post: Post) -> None: ...


@dataclass
class Receiver:
    """One channel. `threads`: it keeps threads; `reconciles`: it can be asked for what it took."""

    id: str
    judge: Judge
    reconciles: bool = False
    threads: bool = False
    kind: str = "played"
    telling: Telling = field(default_factory=lambda: Telling("Talks", "", "UTC"))
    answers: deque[Answer] = field(default_factory=deque)
    looks: deque[Look] = field(default_factory=deque)
    posts: list[Post] = field(default_factory=list)
    deleted: set[str] = field(default_factory=set)
    recorded: set[str] = field(default_factory=set)
    hidden: set[int] = field(default_factory=set)
    tries: Counter[int] = field(default_factory=Counter)
    last: dict[int, Answer] = field(default_factory=dict)

    def compose(self, subject: Subject, destination: Destination, key: str) -> Message:
        turns = [subject] if isinstance(subject, Alert) else list(subject.alerts) if isinstance(subject, Digest) else []
        more = subject.more if isinstance(subject, Digest) else 0
        told = {"key": key, "turns": [one.development_id for one in turns], "more": more}
        return Message(type(subject).__name__, json.dumps(told))

    def send(self, delivery: Delivery, taken: Taken = unheard) -> Receipt:
        self.judge.offered(self, delivery)
        answer = self.answers.popleft() if self.answers else Answer.TAKEN
        self.last[delivery.id] = answer
        crashpoint("D5")
        if answer not in TAKES:
            raise self._refusal(answer, delivery)
        post = self._take(delivery)
        crashpoint("D6")
        if answer is Answer.CUT:
            self.tries[delivery.id] += 1
            raise DeliveryError("no answer", ambiguous=True)
        if answer is Answer.BROKE_LATE:
            self.tries[delivery.id] += 1
            raise RuntimeError("broke after it was taken")
        receipt = Receipt(post.ref if self.threads else "", "ok")
        crashpoint("D7")
        taken(receipt)
        self.recorded.add(post.ref)
        crashpoint("D9")
        return receipt

    def _refusal(self, answer: Answer, delivery: Delivery) -> Exception:
        if answer in PAUSES:
            return DeliveryError("slow down", retry_after=PAUSES[answer])
        if answer is Answer.OFF:
            return DeliveryError("token revoked", off=True)
        self.tries[delivery.id] += 1
        match answer:
            case Answer.REFUSED:
                return DeliveryError("refused", permanent=True)
            case Answer.UNHEARD:
                return DeliveryError("no answer", ambiguous=True)
            case Answer.LATER:
                return DeliveryError("not now", again=AGAIN)
            case Answer.NEW_CODE:
                return DeliveryError("what_is_this", give_up_after=DAY)
            case Answer.BROKE:
                return RuntimeError("broke before anything was written")
        return DeliveryError("busy")

    def _take(self, delivery: Delivery) -> Post:
        """Into its thread, if that still stands; else it begins one, as a second request that drops the thread does."""
        assert delivery.message is not None
        joins = self.threads and delivery.thread_ref != "" and delivery.thread_ref not in self.deleted
        if delivery.thread_ref in self.deleted:
            crashpoint("T3")
        # A mail's name is the same on every try; Slack gives a new one to each message.
        own = delivery.key if not self.reconciles else f"{self.id}-{len(self.posts)}"
        told = json.loads(delivery.message.body)
        ref = delivery.thread_ref if joins else own
        post = Post(self.judge.now, delivery, ref, not joins, tuple(told["turns"]), told["more"])
        self.posts.append(post)
        self.judge.took(self, post)
        return post

    def find(self, delivery: Delivery) -> Receipt | None:
        if self.looks:
            self.hidden.add(delivery.id)
            match self.looks.popleft():
                case Look.PAUSE:
                    raise DeliveryError("it shows nothing", retry_after=30.0)
                case Look.BROKE:
                    raise RuntimeError("broke while looking")
            return None
        found = next((one for one in self.posts if one.delivery.key == delivery.key), None)
        return None if found is None or found.ref in self.deleted else Receipt(found.ref, "found")

    def probe(self, destination: Destination) -> str:
        return ""

    def roots(self) -> list[Post]:
        """The roots that still stand; one mail that came twice is one."""
        return [one for one in self.posts if self.threads and one.root and one.ref not in self.deleted]

    def count(self, delivery_id: int) -> int:
        return sum(one.delivery.id == delivery_id for one in self.posts)
