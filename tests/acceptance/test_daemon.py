"""The real command against the newsroom: started, killed, started again, drained, reloaded."""

from __future__ import annotations

import json
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

UNSETTLED = "select count(*) from delivery where state in ('pending', 'sending', 'ambiguous', 'held')"
WAITING = "select count(*) from entry where state in ('waiting', 'reading')"

BROKEN = """
[[rules]]
id = "broken"
query = "(truce"

[[rules]]
id = "missing"
query = "@nowhere"

[[rules]]
id = "good"
query = "truce"
"""


def ask(database: Path, question: str) -> list[Any]:
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10) as archive:
        rows = archive.execute(question).fetchall()
    archive.close()
    return rows


def settled(scene: Any) -> bool:
    return ask(scene.database, UNSETTLED)[0][0] == 0 and ask(scene.database, WAITING)[0][0] == 0


def kept(database: Path, rule_id: str) -> bool:
    return bool(ask(database, f"select * from rule_revision where rule_id = '{rule_id}'"))


@pytest.mark.long
def test_killed_again_and_again_nothing_is_lost(make_scene: Callable[..., Any]) -> None:
    scene = make_scene(pace=8.0)
    chance = random.Random(7)
    for _ in range(4):
        process = scene.start("run")
        scene.wait_ready()
        time.sleep(chance.uniform(0.5, 4.0))
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    scene.start("run")
    scene.wait_ready()
    scene.wait_for(lambda: scene.newsroom.finished, 60, "the story to be told")
    time.sleep(4)
    scene.wait_for(lambda: settled(scene), 60, "every delivery to be settled")
    owed = ask(scene.database, "select id, channel, may_repeat, state, key from delivery where kind = 'development'")
    assert owed, "the story made nobody's alert"
    states = Counter(state for _id, _channel, _repeat, state, _key in owed)
    assert set(states) <= {"sent", "merged", "suppressed"}, states
    mails = Counter(mail.message["X-Storywatch-Delivery"].strip() for mail in scene.mailbox.mails)
    for number, channel, may_repeat, state, key in owed:
        if channel != "desk-email" or state != "sent":
            continue
        assert mails[key] >= 1, f"delivery {number} is recorded as sent and never arrived"
        assert mails[key] == 1 or may_repeat, f"delivery {number} was repeated unmarked"
    slack = sum(1 for _id, channel, _repeat, state, _key in owed if channel == "desk-slack" and state == "sent")
    assert len(scene.slack.posted) >= slack


@pytest.mark.long
def test_a_term_signal_drains_and_the_next_start_goes_on(make_scene: Callable[..., Any]) -> None:
    scene = make_scene(pace=6.0)
    process = scene.start("run")
    scene.wait_ready()
    scene.wait_for(lambda: len(scene.mailbox.mails) > 2, 60, "the first mails")
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(35) == 0
    assert time.monotonic() - begun < 30
    assert ask(scene.database, "select count(*) from delivery where state = 'sending'") == [(0,)]


def test_a_second_daemon_is_refused_with_a_word(make_scene: Callable[..., Any]) -> None:
    scene = make_scene()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    # Both on one port, as with the default config: the word is about the archive, not about the port.
    text = scene.config.read_text(encoding="utf-8")
    assert 'listen = "127.0.0.1:0"' in text
    scene.config.write_text(text.replace("127.0.0.1:0", f"127.0.0.1:{port}"), encoding="utf-8")
    first = scene.start("run")
    scene.wait_ready()
    for words in (("run",), ("fetch",)):
        second = scene.start(*words)
        assert second.wait(30) == 1
        assert str(first.pid) in scene.log()
        assert "Traceback" not in scene.log()


def test_health_reload_and_the_service_manager(make_scene: Callable[..., Any], tmp_path: Path) -> None:
    scene = make_scene()
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(path))
        manager.settimeout(30)
        process = scene.start("run", notify=str(path))
        screens = scene.wait_ready()
        with urllib.request.urlopen(f"{screens}healthz", timeout=10) as answer:
            assert answer.status == 200
        good = scene.config.read_text(encoding="utf-8")
        scene.config.write_text(good + BROKEN, encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        scene.wait_for(lambda: "reload refused" in scene.log(), 20, "the broken reload to be refused")
        assert "broken" in scene.log() and "missing" in scene.log()
        with urllib.request.urlopen(f"{screens}healthz", timeout=10) as answer:
            assert answer.status == 200
            assert "reload refused: 2 problems" in answer.read().decode()
        with urllib.request.urlopen(screens, timeout=10) as answer:
            assert "Reload refused" in answer.read().decode()
        scene.config.write_text(good + '\n[[rules]]\nid = "added"\nquery = "truce"\n', encoding="utf-8")
        process.send_signal(signal.SIGHUP)
        scene.wait_for(lambda: '"event": "reloaded"' in scene.log(), 20, "the good reload")
        with urllib.request.urlopen(f"{screens}healthz", timeout=10) as answer:
            assert answer.read().decode() == "well\n"
        scene.wait_for(lambda: kept(scene.database, "added"), 20, "the new rule's revision")
        # A good rule beside a broken one did not come in: the whole file was refused.
        assert not kept(scene.database, "good")
        process.send_signal(signal.SIGTERM)
        assert process.wait(35) == 0
        heard = {manager.recv(200).decode()}
        manager.setblocking(False)
        while True:
            try:
                heard.add(manager.recv(200).decode())
            except BlockingIOError:
                break
    assert {"READY=1", "WATCHDOG=1", "RELOADING=1", "STOPPING=1"} <= heard


def test_one_pass_tells_what_it_did(make_scene: Callable[..., Any]) -> None:
    scene = make_scene(pace=0.0)
    scene.newsroom.begin()
    command = [sys.executable, "-m", "monitor", "fetch", "--json", "--config", str(scene.config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=scene.folder)
    told = json.loads(done.stdout)
    assert done.returncode == 3, done.stderr[-2000:]
    outcomes = {source["id"]: source["outcome"] for source in told["sources"]}
    assert len(outcomes) == len(scene.newsroom.outlets)
    assert set(told) == {"sources", "articles", "developments", "delivered", "failed"}
    assert set(told["sources"][0]) == {"id", "outcome", "status", "listed", "new", "error"}
    assert told["articles"] > 40
    # Everything was out before the first check, so it is a first import: silent, with one summary per destination.
    assert told["delivered"] == 3
    assert len(scene.mailbox.mails) == 1 and len(scene.slack.posted) == 1


def test_the_log_shows_no_secret(make_scene: Callable[..., Any]) -> None:
    scene = make_scene(pace=3.0)
    process = scene.start("-v", "run")
    scene.wait_ready()
    scene.wait_for(lambda: bool(scene.slack.posted), 60, "a Slack message")
    process.send_signal(signal.SIGTERM)
    process.wait(35)
    assert scene.slack.token not in scene.log()
    dump = b"".join(row[0].encode() for row in ask(scene.database, "select coalesce(body, '') from delivery"))
    assert scene.slack.token.encode() not in dump
