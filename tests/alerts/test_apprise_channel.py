"""Everything else by Apprise, against a receiver of its json:// kind: taken, refused, hanging, hostile, killed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from alerts.channels.apprise import RETRIES, Apprise, answer_of, disarmed, spaced
from alerts.compose import Telling
from monitor.config import AppriseChannel
from monitor.config.secret import Surroundings
from monitor.errors import DeliveryError
from monitor.model import Alert, Delivery, Destination, Message
from monitor.newsroom.loopback import Loopback, Reply, Request

pytest.importorskip("apprise", reason="the extra apprise is not installed")
DESK = Destination("phone")
SECRET = "t0ken-5c2b9e"
SHIPPED = Path(__file__).parents[2] / "alerts" / "channels" / "apprise_child.py"


@dataclass
class Receiver:
    """What json:// posted to, and what it answers."""

    reply: Reply = field(default_factory=lambda: Reply(200, b"ok"))
    got: list[dict[str, Any]] = field(default_factory=list)
    port: int = 0

    def answer(self, request: Request) -> Reply:
        if request.method == "POST" and not request.broken:
            self.got.append(json.loads(request.body))
        return self.reply

    def url(self, query: str = "") -> str:
        return f"json://desk:{SECRET}@127.0.0.1:{self.port}/in{query}"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    server = Loopback(made.answer)
    made.port = server.port
    yield made
    server.stop()


@pytest.fixture
def phone(telling: Telling) -> Callable[..., Apprise]:
    def make(url: str, **more: Any) -> Apprise:
        around = Surroundings({"A": url}, Path())
        block = {"kind": "apprise", "id": "phone", "url": "env:A"}
        return Apprise(AppriseChannel.model_validate(block, context=around), telling, **more)

    return make


@pytest.fixture
def told(a_delivery: Callable[..., Delivery]) -> Delivery:
    return a_delivery(Message("Ports join the truce", "NEW\n- 30 days & <b>more</b>"))


def failure(channel: Apprise, delivery: Delivery) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        channel.send(delivery)
    assert SECRET not in str(caught.value)
    return caught.value


def test_taken(receiver: Receiver, phone: Callable[..., Apprise], told: Delivery) -> None:
    heard: list[str] = []
    receipt = phone(receiver.url()).send(told, lambda one: heard.append(one.detail))
    assert "best effort: may repeat" in receipt.detail and heard == [receipt.detail]
    (got,) = receiver.got
    assert (got["title"], got["message"]) == ("Ports join the truce", "NEW\n- 30 days & <b>more</b>")


def test_a_second_try_says_so(receiver: Receiver, phone: Callable[..., Apprise], told: Delivery) -> None:
    phone(receiver.url()).send(replace(told, may_repeat=True))
    assert receiver.got[0]["title"] == "(may repeat) Ports join the truce"


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (Reply(500, b"oops"), "(HTTP 500)"),
        (Reply(429, b"", headers={"Retry-After": "1"}), "(HTTP 429)"),
        (Reply(403, b"no"), "(HTTP 403)"),
        (Reply(hang_up=True), "reports a failure"),
    ],
)
def test_any_failure_is_unclear_and_made_once(
    reply: Reply, word: str, receiver: Receiver, phone: Callable[..., Apprise], told: Delivery
) -> None:
    receiver.reply = reply
    # The address asks for tries of its own: it gets none.
    error = failure(phone(receiver.url("?retry=3&wait=0")), told)
    assert error.ambiguous and not error.permanent and error.again == RETRIES[0]
    assert word in str(error) and "best effort: may repeat" in str(error)
    assert len(receiver.got) == 1


def test_nobody_listens(phone: Callable[..., Apprise], told: Delivery) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        error = failure(phone(f"json://desk:{SECRET}@127.0.0.1:{free.getsockname()[1]}/"), told)
    assert error.ambiguous


def test_who_hangs_is_killed(receiver: Receiver, phone: Callable[..., Apprise], told: Delivery) -> None:
    receiver.reply = Reply(200, b"late", wait=60)
    begun = time.monotonic()
    with watched() as seen:
        error = failure(phone(receiver.url(), seconds=4.0), told)
    assert time.monotonic() - begun < 20 and error.ambiguous and "no end within 4 s" in str(error)
    assert seen.children and not any(Path(f"/proc/{pid}").exists() for pid in seen.children)


def test_a_child_that_does_not_end_by_itself_is_killed_with_what_it_started() -> None:
    program = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(300)'])"
    pipe = subprocess.PIPE
    begun = time.monotonic()
    with subprocess.Popen([sys.executable, "-c", program], stdin=pipe, stdout=pipe, start_new_session=True) as child:
        assert answer_of(child, b"{}", 2.0) == {"outcome": "hangs", "seconds": "2"}
    assert child.returncode == -9 and time.monotonic() - begun < 100
    with pytest.raises(ProcessLookupError):
        while time.monotonic() - begun < 100:
            os.killpg(child.pid, 0)
            time.sleep(0.05)


def test_the_secret_stands_in_no_listing(receiver: Receiver, phone: Callable[..., Apprise], told: Delivery) -> None:
    receiver.reply = Reply(200, b"ok", wait=1.0)
    os.environ["STORYWATCH_TEST_SECRET"] = SECRET
    try:
        with watched() as seen:
            phone(receiver.url()).send(told)
    finally:
        del os.environ["STORYWATCH_TEST_SECRET"]
    assert seen.children and seen.listed and SECRET not in "".join(seen.listed)
    assert any("apprise_child.py" in one for one in seen.listed)


@dataclass
class Seen:
    children: set[int] = field(default_factory=set)
    listed: list[str] = field(default_factory=list)


@contextmanager
def watched() -> Iterator[Seen]:
    """What a neighbour sees of our children meanwhile: command lines and environments."""
    seen, over = Seen(), threading.Event()

    def look() -> None:
        while not over.wait(0.05):
            for folder in Path("/proc").glob("[0-9]*"):
                try:
                    line = (folder / "cmdline").read_text()
                    if str(SHIPPED) not in line or f"PPid:\t{os.getpid()}\n" not in (folder / "status").read_text():
                        continue
                    seen.children.add(int(folder.name))
                    seen.listed += [line, (folder / "environ").read_text()]
                except OSError:
                    continue

    if not Path("/proc/self/cmdline").exists():
        pytest.skip("no /proc here: what processes show cannot be looked at")
    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def test_an_address_that_apprise_does_not_know(phone: Callable[..., Apprise], told: Delivery) -> None:
    channel = phone(f"nosuchservice://{SECRET}")
    error = failure(channel, told)
    assert error.off and not error.ambiguous and "does not understand" in str(error)
    with pytest.raises(DeliveryError, match="does not understand"):
        channel.probe(DESK)


def test_a_probe_sends_nothing(receiver: Receiver, phone: Callable[..., Apprise]) -> None:
    assert "JSON" in phone(receiver.url()).probe(DESK)
    assert receiver.got == []


def test_without_the_package(telling: Telling, told: Delivery, tmp_path: Path) -> None:
    """As in an environment where it was installed at the start and is gone now."""
    (tmp_path / "apprise.py").write_text("raise ImportError('gone')\n", encoding="utf-8")
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(tmp_path)
    try:
        around = Surroundings({"A": "json://127.0.0.1/"}, Path())
        block = {"kind": "apprise", "id": "phone", "url": "env:A"}
        error = failure(Apprise(AppriseChannel.model_validate(block, context=around), telling), told)
    finally:
        os.environ.pop("PYTHONPATH")
        if before is not None:
            os.environ["PYTHONPATH"] = before
    assert error.off and "pip install 'storywatch[apprise]'" in str(error)


def test_five_tries_at_most() -> None:
    waits = []
    for attempts in range(1, 7):
        error = spaced(DeliveryError("x", ambiguous=True), attempts)
        waits.append(None if error.permanent else error.again)
    assert waits == [60, 600, 3600, 21_600, None, None]


@pytest.mark.parametrize(
    ("text", "calm"),
    [
        ("@everyone and @here", "@\u2060everyone and @\u2060here"),
        ("<!channel> <@U012> <@&5> <#C1|x>", "<\u2060!channel> <\u2060@\u2060U012> <\u2060@\u2060&5> <\u2060#C1|x>"),
        ("<https://evil.example|bank.example>", "<\u2060https://evil.example|bank.example>"),
        ("see https://a.example/@ann?x=1 @ann", "see https://a.example/%40ann?x=1 @\u2060ann"),
        ("3 < 4 and a @ b", "3 < 4 and a @ b"),
    ],
)
def test_calls_are_disarmed(text: str, calm: str) -> None:
    assert disarmed(text) == calm
    assert disarmed(calm) == calm


def test_hostile_text_arrives_as_text(
    receiver: Receiver, phone: Callable[..., Apprise], an_alert: Callable[..., Alert], a_delivery: Any
) -> None:
    # An address that asks for markup gets text all the same.
    channel = phone(receiver.url("?format=markdown&overflow=split&emojis=yes"))
    attack = "<!channel> @everyone <script>alert(1)</script> *bold* \\n :smile: {{app_id}} \u2028\x00\x1b[31m \ud800"
    reports = tuple(replace(one, title=attack, lead=attack, source_id=attack) for one in an_alert().reports)
    alert = an_alert(title=attack, story_title=attack, reports=reports, sentences=(attack,) * 9, against=attack)
    message = channel.compose(alert, DESK, "k")
    channel.send(a_delivery(message))
    (got,) = receiver.got
    assert got["title"] == message.subject and got["message"] == message.body.rstrip()
    told = got["title"] + got["message"]
    assert "@everyone" not in told and "<!channel" not in told and "\\n :smile: {{app_id}}" in told
    assert not any(ord(char) < 32 and char != "\n" for char in told)


def test_an_orphan_ends_by_itself(receiver: Receiver) -> None:
    """Its daemon was killed: nobody is left who would kill it."""
    receiver.reply = Reply(200, b"late", wait=60)
    asked = {"url": receiver.url(), "title": "t", "body": "b", "send": True, "seconds": 4}
    child = subprocess.Popen([sys.executable, "-P", str(SHIPPED)], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    with child:
        child.communicate(json.dumps(asked).encode(), timeout=30)
    assert child.returncode == -14
