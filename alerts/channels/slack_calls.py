"""How Slack is called: where to, with which token, how often."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlencode

from alerts.channels.exchange import Answer, Waits, exchanged, post
from alerts.channels.slack_answers import Meaning, Verdict, verdict
from alerts.channels.slack_blocks import Json
from monitor.config import SlackChannel
from monitor.errors import DeliveryError

_AGENT = {"User-Agent": "storywatch", "Connection": "close"}
_JSON = {"Content-Type": "application/json; charset=utf-8"}
# Methods that only read take no JSON.
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(slots=True)
class Rhythm:
    """Whoever wants to call takes turns, and each call begins some time after the one before."""

    _free_at: float = field(default=0.0, init=False)
    _turn: threading.Lock = field(default_factory=threading.Lock, init=False)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Others wait while the block runs; within it, `wait` goes before each call."""
        with self._turn:
            yield

    def wait(self, seconds: float, behind: Rhythm | None = None) -> None:
        """Sleep until a call is free; the next is free `seconds` later. `behind`: one that goes first."""
        free_at = max(self._free_at, behind._free_at if behind is not None else 0.0)
        pause = free_at - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        self._free_at = time.monotonic() + seconds


@dataclass(frozen=True, slots=True)
class Calls:
    """One bot or one webhook. Everything raises DeliveryError, whose text holds no secret."""

    config: SlackChannel
    waits: Waits

    @property
    def bot(self) -> bool:
        return self.config.token is not None

    @property
    def webhook(self) -> str:
        """The whole address, as secret as a token."""
        return self.config.webhook.reveal() if self.config.webhook is not None else ""

    def posting(self, body: bytes) -> AbstractContextManager[Answer]:
        """Post a message; its answer, while the connection is open."""
        if not self.bot:
            return exchanged(self.webhook, body, _AGENT | _JSON, self.waits)
        return exchanged(self._url("chat.postMessage"), body, _AGENT | _JSON | self._token(), self.waits)

    def updating(self, body: bytes) -> Verdict:
        """Put another text in the place of a message."""
        return verdict(post(self._url("chat.update"), body, _AGENT | _JSON | self._token(), self.waits))

    def read(self, method: str, arguments: Mapping[str, str]) -> tuple[Verdict, Json, Answer]:
        """Ask something: what the answer means, and what it tells."""
        body = urlencode(arguments).encode()
        answer = post(self._url(method), body, _AGENT | _FORM | self._token(), self.waits)
        judged = verdict(answer)
        return judged, json.loads(answer.body) if judged.meaning is Meaning.SENT else {}, answer

    def _url(self, method: str) -> str:
        return f"{self.config.api_url}{method}"

    def _token(self) -> dict[str, str]:
        token = self.config.token.reveal() if self.config.token is not None else ""
        if not (token.isascii() and token.isprintable()):
            raise DeliveryError("the Slack token holds characters that no token has", off=True)
        return {"Authorization": f"Bearer {token}"}
