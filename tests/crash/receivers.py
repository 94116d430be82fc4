"""What alerts are sent to, in a process of its own: it outlives every sender, and tells what it was given."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from monitor.newsroom.loopback import Loopback, Reply, Request
from monitor.newsroom.mailbox import Mailbox
from monitor.newsroom.slack import Fault, SlackDouble
from monitor.newsroom.slack_room import Posted, Room

_JSON = "application/json"
_QUIET_SECONDS = 3.0


def _refusal(code: str) -> Reply:
    return Reply(200, json.dumps({"ok": False, "error": code}).encode(), _JSON)


# What goes wrong at the other end, by name; those marked "taken" lose only the answer.
SLACK = {
    "pause": Fault(Reply(429, b"", headers={"Retry-After": "1"}), call="chat.postMessage"),
    "degrade": Fault(_refusal("invalid_blocks"), call="chat.postMessage"),
    "later": Fault(_refusal("service_unavailable"), call="chat.postMessage"),
    "taken, then 500": Fault(Reply(500, b"oops"), accept=True, call="chat.postMessage"),
    "taken, then silence": Fault(Reply(hang_up=True), accept=True, call="chat.postMessage"),
    "history pauses": Fault(Reply(429, b"", headers={"Retry-After": "1"}), call="conversations.history"),
}
MAIL = {"greylisted": ("RCPT", "450 4.2.0 Later, please"), "full": ("DATA", "452 4.3.1 No room just now")}
FAULTS = (*SLACK, *MAIL, "hook busy")


@dataclass
class Report:
    """What was taken since `begin`, in order: delivery keys, and for each what tells copies apart."""

    slack: list[tuple[str, str]] = field(default_factory=list)
    mail: list[tuple[str, str]] = field(default_factory=list)
    hook: list[tuple[str, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)


class _Receivers:
    def __init__(self) -> None:
        self.mailbox, self.slack = Mailbox(), SlackDouble()
        self.hooks: list[str] = []
        self.busy = 0
        self.deleted: list[str] = []
        self.hook = Loopback(self._hooked)
        self.mails_before = 0
        self.threads = threading.active_count()

    def _hooked(self, request: Request) -> Reply:
        if request.method == "POST" and not request.broken:
            if self.busy:
                self.busy -= 1
                return Reply(503, b"")
            self.hooks.append(request.headers.get("webhook-id", ""))
        return Reply(200, b"ok")

    def begin(self) -> None:
        self.slack.room = Room(self.slack.room.channels)
        self.mails_before = len(self.mailbox.mails)
        self.hooks.clear()
        self.deleted.clear()
        self.busy = 0

    def fault(self, name: str) -> None:
        if name in SLACK:
            self.slack.script(SLACK[name])
        elif name in MAIL:
            self.mailbox.script(*MAIL[name])
        else:
            self.busy += 1

    def lose_root(self) -> None:
        """Somebody deletes the first root."""
        roots = [one for one in self.slack.posted if not one.thread]
        if roots:
            self.deleted.append(_key(roots[0]))
            self.slack.delete(roots[0].ts)

    def settle(self) -> None:
        """Return when everything that was written to us has been read: its writer may be dead."""
        until = time.monotonic() + _QUIET_SECONDS
        while time.monotonic() < until:
            sessions = asyncio.run_coroutine_threadsafe(_sessions(), self.mailbox._loop).result(5)
            if threading.active_count() <= self.threads and sessions == 0:
                return
            time.sleep(0.001)

    def report(self) -> Report:
        self.settle()
        told = Report(hook=[(one, "") for one in self.hooks], deleted=list(self.deleted))
        for one in self.slack.posted:
            told.slack.append((_key(one), one.thread))
        for mail in self.mailbox.mails[self.mails_before :]:
            message = mail.message
            told.mail.append((message["X-Storywatch-Delivery"].strip(), message["Message-ID"].strip()))
        return told

    def places(self) -> dict[str, str]:
        slack, hook = self.slack, self.hook
        own = {"api": slack.api_url, "token": slack.token, "hook": hook.url, "allowed": f"127.0.0.1:{hook.port}"}
        return own | {"port": str(self.mailbox.port)}


def _key(one: Posted) -> str:
    return str(one.payload["metadata"]["event_payload"]["delivery_id"])


async def _sessions() -> int:
    return len(asyncio.all_tasks()) - 1


def _serve(line: Connection) -> None:
    here = _Receivers()
    commands: dict[str, Callable[..., Any]] = {
        "places": here.places,
        "begin": here.begin,
        "fault": here.fault,
        "lose_root": here.lose_root,
        "settle": here.settle,
        "report": here.report,
    }
    while (asked := line.recv()) is not None:
        line.send(commands[asked[0]](*asked[1:]))


class Receivers:
    """The way to that process. One asks at a time."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("fork")
        self._line, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other,), daemon=True)
        self._process.start()
        other.close()

    def ask(self, *words: str) -> Any:
        self._line.send(words)
        return self._line.recv()

    def stop(self) -> None:
        self._line.send(None)
        self._process.join(5)
