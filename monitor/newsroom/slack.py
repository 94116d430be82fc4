"""The Slack double: as much of Slack's API as Storywatch uses, on loopback, with the channel as a page to look at."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from monitor.newsroom.loopback import Loopback, Reply, Request, missing, stylesheet
from monitor.newsroom.slack_page import STYLE, channel_page
from monitor.newsroom.slack_rules import refusal, specials

Json = dict[str, Any]
_JSON = "application/json; charset=utf-8"


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


@dataclass(frozen=True, slots=True)
class Fault:
    """What the next call gets instead of the real answer; with `accept` the message is taken all the same."""

    reply: Reply
    accept: bool = False


class SlackDouble:
    """Runs from construction until `stop()`. `api_url` and `token` are for a bot, `webhook_url` for simple mode."""

    def __init__(
        self,
        *,
        token: str = "xoxb-newsroom",
        channels: tuple[str, ...] = ("C0NEWSDESK",),
        title: str = "storywatch-desk",
        port: int = 0,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.token = token
        self.channels = channels
        self.title = title
        self._lock = threading.Lock()
        self._posted: list[Posted] = []
        self._faults: deque[Fault] = deque()
        self._requests: list[Request] = []
        self._last = 0
        self._server = Loopback(self._route, port, context)
        self.port = self._server.port
        self.url = self._server.url
        self.api_url = f"{self.url}api/"
        self.webhook_url = f"{self.url}services/T0NEWS/B0NEWS/X0NEWS"

    def stop(self) -> None:
        self._server.stop()

    @property
    def posted(self) -> tuple[Posted, ...]:
        """The messages taken so far, in order."""
        with self._lock:
            return tuple(self._posted)

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every call so far, refused ones included."""
        with self._lock:
            return tuple(self._requests)

    def script(self, *faults: Fault) -> None:
        """The next calls fail like this, one fault each."""
        with self._lock:
            self._faults.extend(faults)

    def delete(self, ts: str) -> None:
        """Somebody deletes a message."""
        with self._lock:
            self._posted = [one for one in self._posted if one.ts != ts]

    def _route(self, request: Request) -> Reply:
        if request.method == "GET" and request.path == "/":
            return channel_page(self.title, [(one.ts, one.thread, one.payload) for one in self.posted])
        if request.method == "GET" and request.path == "/style.css":
            return stylesheet(STYLE)
        if not request.path.startswith(("/api/", "/services/")) or request.broken:
            return missing()
        with self._lock:
            self._requests.append(request)
            fault = self._faults.popleft() if self._faults else None
        if fault is not None and not fault.accept:
            return fault.reply
        answer = self._webhook(request) if request.path.startswith("/services/") else self._api(request)
        return fault.reply if fault is not None else answer

    def _webhook(self, request: Request) -> Reply:
        if f"{self.url.rstrip('/')}{request.path}" != self.webhook_url:
            return _text(404, "no_service")
        message = _object(request)
        if message is None:
            return _text(400, "invalid_payload")
        error = refusal(message)
        if error:
            return _text(400, error)
        self._take(self.channels[0], "", "webhook", message)
        return _text(200, "ok")

    def _api(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _failed("invalid_auth" if "authorization" in request.headers else "not_authed")
        call = {
            "/api/auth.test": self._auth,
            "/api/chat.postMessage": self._post,
            "/api/chat.update": self._update,
            "/api/conversations.history": self._history,
            "/api/conversations.replies": self._replies,
        }.get(request.path)
        arguments = _object(request)
        if call is None:
            return _failed("unknown_method")
        return _failed("invalid_json") if arguments is None else call(arguments)

    def _auth(self, _arguments: Json) -> Reply:
        return _ok(
            url=self.url, team="Newsroom", user="storywatch", team_id="T0NEWS", user_id="U0NEWS", bot_id="B0NEWS"
        )

    def _post(self, message: Json) -> Reply:
        channel, thread = str(message.get("channel", "")), str(message.get("thread_ts") or "")
        error = "channel_not_found" if channel not in self.channels else refusal(message)
        if not error and thread:
            error = self._thread_refusal(channel, thread)
        if error:
            return _failed(error)
        posted = self._take(channel, thread, "bot", message)
        return _ok(channel=channel, ts=posted.ts, message=_shown(posted, metadata=False))

    def _thread_refusal(self, channel: str, thread: str) -> str:
        root = next((one for one in self.posted if one.ts == thread and one.channel == channel), None)
        if root is None:
            return "thread_not_found"
        return "cannot_reply_to_message" if root.thread else ""

    def _take(self, channel: str, thread: str, by: str, message: Json) -> Posted:
        with self._lock:
            # Names never repeat and always grow, whatever the clock does.
            self._last = max(self._last + 1, time.time_ns() // 1000)
            ts = f"{self._last // 1_000_000}.{self._last % 1_000_000:06}"
            posted = Posted(channel, ts, thread, by, message, specials(message))
            self._posted.append(posted)
            return posted

    def _update(self, message: Json) -> Reply:
        error = refusal(message)
        if error:
            return _failed(error)
        with self._lock:
            for at, one in enumerate(self._posted):
                if one.ts == message.get("ts") and one.channel == message.get("channel"):
                    fresh = one.payload | {name: message[name] for name in ("text", "blocks") if name in message}
                    self._posted[at] = replace(one, payload=fresh, specials=specials(fresh), edits=one.edits + 1)
                    return _ok(channel=one.channel, ts=one.ts)
        return _failed("message_not_found")

    def _history(self, asked: Json) -> Reply:
        roots = [one for one in self.posted if one.channel == asked.get("channel") and not one.thread]
        return _page(roots[::-1], asked)

    def _replies(self, asked: Json) -> Reply:
        thread = asked.get("ts")
        found = [one for one in self.posted if one.channel == asked.get("channel") and thread in (one.ts, one.thread)]
        return _page(found, asked) if found else _failed("thread_not_found")


def _page(found: list[Posted], asked: Json) -> Reply:
    start, most = int(asked.get("cursor") or 0), int(asked.get("limit") or 100)
    metadata = str(asked.get("include_all_metadata", "")).lower() in ("1", "true")
    shown = [_shown(one, metadata=metadata) for one in found[start : start + most]]
    more = start + most < len(found)
    cursor = {"next_cursor": str(start + most) if more else ""}
    return _ok(messages=shown, has_more=more, response_metadata=cursor)


def _shown(one: Posted, *, metadata: bool) -> Json:
    message = {"type": "message", "ts": one.ts, "text": one.payload.get("text", ""), "bot_id": "B0NEWS"}
    if one.thread:
        message["thread_ts"] = one.thread
    if metadata and "metadata" in one.payload:
        message["metadata"] = one.payload["metadata"]
    return message


def _object(request: Request) -> Json | None:
    """The arguments of a call: a JSON object, a form, or the query."""
    kind = request.headers.get("content-type", "")
    if not kind.startswith("application/json") or not request.body:
        return dict(request.query) | dict(parse_qsl(request.body.decode("utf-8", "replace")))
    try:
        told = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _ok(**fields: Any) -> Reply:
    return Reply(200, json.dumps({"ok": True, **fields}).encode(), _JSON)


def _failed(error: str) -> Reply:
    return Reply(200, json.dumps({"ok": False, "error": error}).encode(), _JSON)


def _text(status: int, text: str) -> Reply:
    return Reply(status, text.encode(), "text/html")
