"""Signed addresses that a mail carries: what each lets its reader do, and nothing else. Pure.

Whoever has such an address may use it, without a login: it is a capability for one destination or one delivery.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum

from monitor.model import Destination

UNSUBSCRIBE_PATH, ANSWER_PATH = "/u/", "/answer/"
_MARK_BYTES = 18
_ANSWER = re.compile(r"([nm])([0-9a-f]{64})\.([A-Za-z0-9_-]{24})")


class Wish(Enum):
    """What the reader of an alert answers."""

    NOT_RELEVANT = "n"
    MUTE_STORY = "m"


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and reads the addresses; `key` is the archive's."""

    key: bytes = field(repr=False)
    public_url: str = ""

    def unsubscribe(self, place: Destination) -> str:
        """The address that ends alerts to one destination, "" without a public address."""
        return self._page(UNSUBSCRIBE_PATH + self._mark("unsubscribe", place.channel, place.address))

    def answer(self, wish: Wish, delivery_key: str) -> str:
        """The address that answers one delivery, "" without a public address."""
        return self._page(f"{ANSWER_PATH}{wish.value}{delivery_key}.{self._mark('answer', wish.value, delivery_key)}")

    def subscriber(self, token: str, places: Iterable[Destination]) -> Destination | None:
        """Which of these destinations a token of /u/ is for."""
        given = token.encode("utf-8", "replace")
        marks = {self._mark("unsubscribe", one.channel, one.address).encode(): one for one in places}
        return next((one for mark, one in marks.items() if hmac.compare_digest(mark, given)), None)

    def answered(self, token: str) -> tuple[Wish, str] | None:
        """What a token of /answer/ wishes, and the key of the delivery; None when we did not make it."""
        found = _ANSWER.fullmatch(token)
        if found is None or not hmac.compare_digest(self._mark("answer", found[1], found[2]), found[3]):
            return None
        return Wish(found[1]), found[2]

    def _mark(self, *parts: str) -> str:
        # Ids and addresses hold no NUL, so no two lists of parts read the same.
        digest = hmac.new(self.key, "\0".join(parts).encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest[:_MARK_BYTES]).decode()

    def _page(self, path: str) -> str:
        return self.public_url.rstrip("/") + path if self.public_url else ""
