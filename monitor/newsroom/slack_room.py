"""What a Slack workspace keeps: channels, their messages, threads and edits, and how much of them it shows."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from monitor.newsroom.slack_rules import refusal, specials

Json = dict[str, Any]
_MOST_SHOWN = 999
_BOT = "bot"
# The sender's clock and ours may tick apart.
_TOLERANCE = 0.98


@dataclass(frozen=True, slots=True)
class Posted:
    """One message that was taken. `ts` is its name; `thread` the name of its root or ""; `specials` must be empty."""

    channel: str
    ts: str
    thread: str
    by: str
    payload: Json
    specials: tuple[str, ...]
    edits: int = 0


class Refused(Exception):
    """Slack's code for a call that it does not take; `pause` in seconds where it is one of rate."""

    def __init__(self, code: str, pause: int = 0) -> None:
        self.code = code
        self.pause = pause
        super().__init__(code)


class Room:
    """The messages of a few channels, safe to use from many threads.

    `pace`: seconds that must lie between two messages to a channel, or the second is refused (0: none; Slack says 1).
    `lagging`: history shows nothing that came after this was set.
    """

    def __init__(self, channels: tuple[str, ...]) -> None:
        self.channels = channels
        self.pace = 0.0
        self.archived: set[str] = set()
        self._lock = threading.Lock()
        self._posted: list[Posted] = []
        self._last = 0
        self._hidden: str | None = None
        self._taken_at: dict[str, float] = {}

    @property
    def posted(self) -> tuple[Posted, ...]:
        with self._lock:
            return tuple(self._posted)

    @property
    def lagging(self) -> bool:
        return self._hidden is not None

    @lagging.setter
    def lagging(self, value: bool) -> None:
        with self._lock:
            self._hidden = self._name(self._last) if value else None

    def delete(self, ts: str) -> None:
        with self._lock:
            self._posted = [one for one in self._posted if one.ts != ts]

    def post(self, message: Json) -> Posted:
        """Take a bot's message for the channel that it names. Raises Refused."""
        return self._take(message, str(message.get("channel", "")), str(message.get("thread_ts") or ""), _BOT)

    def hook(self, message: Json) -> Posted:
        """Take a message that came by the webhook, which knows one channel and no threads. Raises Refused."""
        return self._take(message, self.channels[0], "", "webhook")

    def _take(self, message: Json, channel: str, thread: str, by: str) -> Posted:
        self._enter(channel)
        error = refusal(message)
        if error:
            raise Refused(error)
        with self._lock:
            if thread:
                self._check_thread(channel, thread)
            self._check_pace(channel)
            # Names never repeat and always grow, whatever the clock does.
            self._last = max(self._last + 1, time.time_ns() // 1000)
            posted = Posted(channel, self._name(self._last), thread, by, message, specials(message))
            self._posted.append(posted)
            return posted

    def _enter(self, channel: str) -> None:
        if channel not in self.channels:
            raise Refused("channel_not_found")
        if channel in self.archived:
            raise Refused("is_archived")

    def _check_thread(self, channel: str, thread: str) -> None:
        root = next((one for one in self._posted if one.ts == thread and one.channel == channel), None)
        if root is None:
            raise Refused("thread_not_found")
        if root.thread:
            raise Refused("cannot_reply_to_message")

    def _check_pace(self, channel: str) -> None:
        now = time.monotonic()
        if now - self._taken_at.get(channel, -self.pace) < self.pace * _TOLERANCE:
            raise Refused("ratelimited", pause=1)
        self._taken_at[channel] = now

    @staticmethod
    def _name(microseconds: int) -> str:
        return f"{microseconds // 1_000_000}.{microseconds % 1_000_000:06}"

    def update(self, message: Json) -> Posted:
        """Put a new text in the place of the old one. Raises Refused."""
        self._enter(str(message.get("channel", "")))
        error = refusal(message)
        if error:
            raise Refused(error)
        with self._lock:
            for at, one in enumerate(self._posted):
                if one.ts == message.get("ts") and one.channel == message.get("channel"):
                    if one.by != _BOT:
                        raise Refused("cant_update_message")
                    kept = ("text", "blocks", "metadata")
                    fresh = one.payload | {name: message[name] for name in kept if name in message}
                    self._posted[at] = replace(one, payload=fresh, specials=specials(fresh), edits=one.edits + 1)
                    return self._posted[at]
        raise Refused("message_not_found")

    def history(self, asked: Mapping[str, Any]) -> Json:
        """One page of a channel, newest first, without the replies. Raises Refused."""
        self._enter(str(asked.get("channel", "")))
        roots = [one for one in self._seen(asked) if not one.thread]
        return self._page(roots[::-1], asked)

    def replies(self, asked: Mapping[str, Any]) -> Json:
        """One page of a thread, oldest first, its root at the head of the first page. Raises Refused."""
        self._enter(str(asked.get("channel", "")))
        thread = asked.get("ts")
        if not any(one.ts == thread and one.channel == asked.get("channel") for one in self.posted):
            raise Refused("thread_not_found")
        return self._page([one for one in self._seen(asked) if thread in (one.ts, one.thread)], asked)

    def _seen(self, asked: Mapping[str, Any]) -> list[Posted]:
        oldest, latest = float(asked.get("oldest") or 0), float(asked.get("latest") or "inf")
        with self._lock:
            hidden = float(self._hidden) if self._hidden is not None else float("inf")
            posted = list(self._posted)
        own = asked.get("ts")
        # A thread's root is shown whatever is asked.
        return [
            one
            for one in posted
            if one.channel == asked.get("channel")
            and float(one.ts) <= hidden
            and (oldest < float(one.ts) < latest or one.ts == own)
        ]

    @staticmethod
    def _page(found: list[Posted], asked: Mapping[str, Any]) -> Json:
        start = _place(str(asked.get("cursor") or ""))
        most = min(max(int(asked.get("limit") or 100), 1), _MOST_SHOWN)
        metadata = str(asked.get("include_all_metadata", "")).lower() in ("1", "true")
        shown = [_shown(one, metadata=metadata) for one in found[start : start + most]]
        more = start + most < len(found)
        cursor = base64.b64encode(f"next:{start + most}".encode()).decode() if more else ""
        return {"messages": shown, "has_more": more, "response_metadata": {"next_cursor": cursor}}


def _place(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).removeprefix(b"next:"))
    except ValueError:
        raise Refused("invalid_cursor") from None


def _shown(one: Posted, *, metadata: bool) -> Json:
    message = {"type": "message", "ts": one.ts, "text": one.payload.get("text", ""), "bot_id": "B0NEWS"}
    if one.thread:
        message["thread_ts"] = one.thread
    if metadata and "metadata" in one.payload:
        message["metadata"] = one.payload["metadata"]
    return message


def shown(one: Posted) -> Json:
    """A message as the answer to posting it tells it."""
    return _shown(one, metadata=False)
