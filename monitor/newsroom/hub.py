"""A WebSub hub on loopback: verifies what it is asked, signs what it pushes, and remembers both."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from monitor.newsroom.loopback import Loopback, Reply, Request, missing

_PLAIN = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Who wants to hear of a topic; `lease` in seconds."""

    callback: str
    topic: str
    secret: str
    lease: int


@dataclass
class HubDouble:
    """Serves from construction until `stop()`. `reach` turns a callback's address into the one that is dialled.

    `lease` is what is granted (None: as asked), `refuses` a reason to deny everybody, `asked` every request's form.
    """

    reach: Callable[[str], str] = lambda callback: callback
    lease: int | None = None
    refuses: str = ""
    asked: list[dict[str, str]] = field(default_factory=list)
    subscribers: dict[str, Subscriber] = field(default_factory=dict)
    verdicts: list[tuple[str, int, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._server = Loopback(self._route)
        self.url = f"{self._server.url}hub"

    def stop(self) -> None:
        """End the server."""
        self._server.stop()

    def publish(self, topic: str, body: bytes, content_type: str, *, signature: str = "") -> list[int]:
        """Push to all who want to hear of a topic; returns their answers' status. `signature` replaces the true one."""
        return [
            self._push(one, body, content_type, signature)
            for one in tuple(self.subscribers.values())
            if one.topic == topic
        ]

    def _push(self, one: Subscriber, body: bytes, content_type: str, signature: str) -> int:
        true = "sha256=" + hmac.new(one.secret.encode(), body, hashlib.sha256).hexdigest()
        links = f'<{self.url}>; rel="hub", <{one.topic}>; rel="self"'
        headers = {"Content-Type": content_type, "Link": links, "X-Hub-Signature": signature or true}
        return self.call("POST", one.callback, body, headers)[0]

    def call(
        self, method: str, address: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        """One request at a callback as a hub makes it; returns status and text."""
        parts = urlsplit(self.reach(address))
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
        try:
            path = f"{parts.path}?{parts.query}" if parts.query else parts.path
            connection.request(method, path, body or None, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode("utf-8", "replace")
        finally:
            connection.close()

    def _route(self, request: Request) -> Reply:
        if request.method != "POST" or request.path != "/hub":
            return missing()
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        self.asked.append(form)
        if form.get("hub.mode") not in ("subscribe", "unsubscribe"):
            return Reply(400, b"which mode?\n", _PLAIN)
        threading.Thread(target=self._verify, args=(form,), daemon=True).start()
        return Reply(202, b"", _PLAIN)

    def _verify(self, form: dict[str, str]) -> None:
        mode, topic, callback = form["hub.mode"], form["hub.topic"], form["hub.callback"]
        if self.refuses:
            query = {"hub.mode": "denied", "hub.topic": topic, "hub.reason": self.refuses}
            self.verdicts.append(("denied", *self.call("GET", f"{callback}?{urlencode(query)}")))
            return
        challenge = secrets.token_hex(16)
        lease = self.lease or int(form.get("hub.lease_seconds", 864000))
        query = {"hub.mode": mode, "hub.topic": topic, "hub.challenge": challenge, "hub.lease_seconds": str(lease)}
        status, said = self.call("GET", f"{callback}?{urlencode(query)}")
        self.verdicts.append((mode, status, said))
        if status // 100 != 2 or said != challenge:
            return
        if mode == "subscribe":
            self.subscribers[callback] = Subscriber(callback, topic, form.get("hub.secret", ""), lease)
        else:
            self.subscribers.pop(callback, None)
