"""Whether Slack has a message: looked for by the delivery's key, which stands in the message's metadata."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from alerts.channels.slack_answers import Meaning, Verdict
from alerts.channels.slack_blocks import Json
from alerts.channels.slack_calls import Calls
from monitor.errors import DeliveryError
from monitor.model import Receipt

# Fifty whole messages fit in the million bytes of an answer that are read.
_PAGE = 50
_MOST_PAGES = 40
# Slack's clock and ours may differ.
_MARGIN = timedelta(hours=1)


def search(calls: Calls, channel: str, key: str, thread: str, since: datetime) -> Receipt | None:
    """The receipt of the message that carries `key`, in its thread or as a root. Raises DeliveryError: cannot be seen.

    A thread that is gone does not end the search: the message may have become a root then.
    """
    oldest = f"{(since - _MARGIN).timestamp():.6f}"
    places = [("conversations.history", {"channel": channel, "oldest": oldest})]
    if thread:
        places.insert(0, ("conversations.replies", {"channel": channel, "ts": thread, "oldest": oldest}))
    for method, where in places:
        for message in _messages(calls, method, where):
            ts = message.get("ts")
            if _key(message) == key and isinstance(ts, str):
                return Receipt(ref=_root(message) or ts, detail=f"found {ts}")
    return None


def _messages(calls: Calls, method: str, where: dict[str, str]) -> Iterator[Json]:
    cursor = ""
    for _ in range(_MOST_PAGES):
        asked = where | {"limit": str(_PAGE), "include_all_metadata": "true"} | ({"cursor": cursor} if cursor else {})
        judged, told, _ = calls.read(method, asked)
        if judged.meaning is Meaning.THREAD and method == "conversations.replies":
            return
        if judged.meaning is not Meaning.SENT:
            raise unseen(judged)
        found = told.get("messages")
        yield from (one for one in found if isinstance(one, dict)) if isinstance(found, list) else ()
        cursor = _next(told)
        if not cursor:
            return
    raise DeliveryError(f"Slack shows more than {_PAGE * _MOST_PAGES} messages since then: not looked through")


def unseen(judged: Verdict) -> DeliveryError:
    """That nothing was seen says nothing about whether it is there, nor about the way to send."""
    return DeliveryError(f"Slack does not show its messages: {judged.said}", retry_after=judged.pause)


def _next(told: Json) -> str:
    place = told.get("response_metadata")
    cursor = place.get("next_cursor") if isinstance(place, dict) else ""
    return cursor if isinstance(cursor, str) else ""


def _key(message: Json) -> object:
    metadata = message.get("metadata")
    payload = metadata.get("event_payload") if isinstance(metadata, dict) else None
    return payload.get("delivery_id") if isinstance(payload, dict) else None


def _root(message: Json) -> str:
    thread = message.get("thread_ts")
    return thread if isinstance(thread, str) else ""
