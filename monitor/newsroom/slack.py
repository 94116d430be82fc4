"""The Slack double: as much of Slack's API as Storywatch uses, on loopback, with the channel as a page to look at."""

from __future__ import annotations

import json
import ssl
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from monitor.newsroom.loopback import Loopback, Reply, Request, missing, stylesheet
from monitor.newsroom.slack_page import STYLE, channel_page
from monitor.newsroom.slack_room import Posted, Refused, Room, shown

__all__ = ["Fault", "Posted", "SlackDouble"]

Json = dict[str, Any]
_JSON = "application/json; charset=utf-8"
_SCOPES = ("chat:write", "channels:history", "groups:history")
# What a call needs; one of them is enough.
_NEEDS = {
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history"),
    "conversations.replies": ("channels:history", "groups:history"),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What the next call gets instead of the real answer; with `accept` the message is taken all the same.

    `call`: only a call of this method ("chat.update", "webhook") meets it. `half`: the connection is reset when half of
    the request has come, and nothing is answered or taken.
    """

    reply: Reply
    accept: bool = False
    call: str = ""
    half: bool = False


class SlackDouble:
    """Runs from construction until `stop()`. `api_url` and `token` are for a bot, `webhook_url` for simple mode.

    `token`, `scopes` and what `room` says can be changed while it runs.
    """

    def __init__(
        self,
        *,
        token: str = "xoxb-newsroom",
        channels: tuple[str, ...] = ("C0NEWSDESK",),
        title: str = "storywatch-desk",
        port: int = 0,
        context: ssl.SSLContext | None = None,
        pace: float = 0.0,
    ) -> None:
        self.token = token
        self.scopes: tuple[str, ...] = _SCOPES
        self.title = title
        self.room = Room(channels)
        self.room.pace = pace
        self._lock = threading.Lock()
        self._faults: deque[Fault] = deque()
        self._requests: list[Request] = []
        self._server = Loopback(self._route, port, context, early=self._early)
        self.port = self._server.port
        self.url = self._server.url
        self.api_url = f"{self.url}api/"
        self.webhook_url = f"{self.url}services/T0NEWS/B0NEWS/X0NEWS"

    def stop(self) -> None:
        self._server.stop()

    @property
    def posted(self) -> tuple[Posted, ...]:
        """The messages taken so far, in order."""
        return self.room.posted

    @property
    def requests(self) -> tuple[Request, ...]:
        """Every call so far, refused ones included."""
        with self._lock:
            return tuple(self._requests)

    def calls(self, method: str) -> tuple[Request, ...]:
        """The calls of one method so far."""
        return tuple(one for one in self.requests if _method(one.path) == method)

    def script(self, *faults: Fault) -> None:
        """The next calls fail like this, one fault each."""
        with self._lock:
            self._faults.extend(faults)

    def delete(self, ts: str) -> None:
        """Somebody deletes a message."""
        self.room.delete(ts)

    def _early(self, request: Request) -> bool:
        with self._lock:
            fault = self._next(request.path, half=True)
            if fault is not None:
                self._faults.remove(fault)
        return fault is not None

    def _next(self, path: str, *, half: bool) -> Fault | None:
        method = _method(path)
        first = next((one for one in self._faults if one.call in ("", method)), None) if method else None
        return first if first is not None and first.half is half else None

    def _route(self, request: Request) -> Reply:
        if request.method == "GET" and request.path == "/":
            return channel_page(self.title, [(one.ts, one.thread, one.payload) for one in self.posted])
        if request.method == "GET" and request.path == "/style.css":
            return stylesheet(STYLE)
        if not _method(request.path) or request.broken:
            return missing()
        with self._lock:
            self._requests.append(request)
            fault = self._next(request.path, half=False)
            if fault is not None:
                self._faults.remove(fault)
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
        try:
            self.room.hook(message)
        except Refused as refused:
            return _slower(refused) if refused.pause else _text(400, refused.code)
        return _text(200, "ok")

    def _api(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return _failed("invalid_auth" if "authorization" in request.headers else "not_authed")
        method, arguments = _method(request.path), _object(request)
        call = self._calls().get(method)
        if call is None:
            return _failed("unknown_method")
        if arguments is None:
            return _failed("invalid_json")
        needed = _NEEDS.get(method, ())
        if needed and not set(needed) & set(self.scopes):
            return _failed("missing_scope", needed=needed[0], provided=",".join(self.scopes))
        try:
            return _ok(call(arguments), self.scopes)
        except Refused as refused:
            return _slower(refused) if refused.pause else _failed(refused.code)

    def _calls(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "auth.test": self._auth,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "conversations.history": self.room.history,
            "conversations.replies": self.room.replies,
        }

    def _auth(self, _arguments: Json) -> Json:
        names = {"team": "Newsroom", "user": "storywatch", "team_id": "T0NEWS", "user_id": "U0NEWS"}
        return {"url": self.url, "bot_id": "B0NEWS", **names}

    def _post(self, message: Json) -> Json:
        posted = self.room.post(message)
        return {"channel": posted.channel, "ts": posted.ts, "message": shown(posted)}

    def _update(self, message: Json) -> Json:
        updated = self.room.update(message)
        return {"channel": updated.channel, "ts": updated.ts, "text": updated.payload.get("text", "")}


def _method(path: str) -> str:
    if path.startswith("/services/"):
        return "webhook"
    return path.removeprefix("/api/") if path.startswith("/api/") else ""


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


def _ok(fields: Json, scopes: tuple[str, ...]) -> Reply:
    headers = {"X-OAuth-Scopes": ",".join(scopes)}
    return Reply(200, json.dumps({"ok": True, **fields}).encode(), _JSON, headers)


def _failed(error: str, **more: str) -> Reply:
    return Reply(200, json.dumps({"ok": False, "error": error, **more}).encode(), _JSON)


def _slower(refused: Refused) -> Reply:
    body = json.dumps({"ok": False, "error": refused.code}).encode()
    return Reply(429, body, _JSON, {"Retry-After": str(refused.pause)})


def _text(status: int, text: str) -> Reply:
    return Reply(status, text.encode(), "text/html")
