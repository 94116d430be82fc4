"""Receivers that refuse, fail and go away: each failure is shown, nothing is lost, what arrived arrived once."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from typing import Any

import pytest

from monitor.newsroom.loopback import Reply
from monitor.newsroom.mailbox import Mailbox, Manners
from monitor.newsroom.slack import Fault

RIGHT, WRONG = "correct-horse-battery", "letmein-please"
USERS = Manners(users={"desk": RIGHT})
# One development of the newsroom's script, told by one outlet.
RULE = """[[rules]]
id = "hospital"
query = '"Sumy hospital"'
channels = ["desk-email", "desk-slack"]

"""


# Beside it, the owner is told through Slack that mail is off.
ALERT = "kind = 'development'"


def rows(scene: Any, question: str) -> list[Any]:
    with closing(sqlite3.connect(f"file:{scene.database}?mode=ro", uri=True, timeout=10)) as archive:
        return archive.execute(question).fetchall()


def storywatch(scene: Any, *words: str) -> Any:
    """What a command beside the daemon tells as JSON."""
    command = [sys.executable, "-m", "monitor", *words, "--json", "--config", str(scene.config)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=scene.folder, env=os.environ)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def set_up(scene: Any) -> None:
    """One rule, so that there is one thing to tell, and a mail server that wants a password, which is wrong."""
    scene.mailbox.stop()
    scene.mailbox = Mailbox(USERS)
    (scene.folder / "password").write_text(WRONG, encoding="utf-8")
    text = scene.config.read_text(encoding="utf-8")
    before, after = text.split("[[rules]]", 1)
    rest = after[after.index("[alerts]") :]
    sign_in = f'port = {scene.mailbox.port}\nusername = "desk"\npassword = "file:password"\n'
    lines = [sign_in if line.startswith("port = ") else f"{line}\n" for line in rest.splitlines()]
    scene.config.write_text(before + RULE + "".join(lines), encoding="utf-8")


def journal(scene: Any, channel: str) -> list[Any]:
    """Every attempt of the channel's one delivery: number, outcome, owner, when it began (seconds)."""
    attempts = "select number, outcome, owner, julianday(started) * 86400 from attempt"
    return rows(
        scene, f"{attempts} where delivery_id = (select id from delivery where {ALERT} and channel = '{channel}')"
    )


def state(scene: Any, channel: str) -> str:
    return "".join(row[0] for row in rows(scene, f"select state from delivery where {ALERT} and channel = '{channel}'"))


@pytest.mark.long
def test_what_receivers_refuse_is_shown_and_arrives_once_in_the_end(make_scene: Callable[..., Any]) -> None:
    scene = make_scene(pace=4.0)
    set_up(scene)
    _killed_between_two_tries(scene)
    _off_until_the_password_is_right(scene)
    scene.processes[-1].send_signal(signal.SIGTERM)
    assert scene.processes[-1].wait(35) == 0
    assert rows(scene, "select distinct state from delivery") == [("sent",)]
    assert len(scene.mailbox.mails) == 1
    for number in range(len(scene.processes)):
        said = scene.log(number)
        assert RIGHT not in said and WRONG not in said and "Traceback" not in said


def _killed_between_two_tries(scene: Any) -> None:
    """Slack puts us off twice, and between the two the daemon is killed: the tries go on counting."""
    later = Fault(Reply(200, b'{"ok": false, "error": "service_unavailable"}', "application/json"))
    scene.slack.script(later, later)
    process = scene.start("run")
    scene.wait_ready()
    scene.wait_for(lambda: journal(scene, "desk-slack") and switched_off(scene), 60, "two failures")
    scene.wait_for(lambda: state(scene, "desk-slack") == "pending", 20, "the first one's record")
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    scene.start("run")
    scene.wait_ready()
    scene.wait_for(lambda: state(scene, "desk-slack") == "sent", 60, "Slack to take the message")
    first, second, third = journal(scene, "desk-slack")
    assert [one[:2] for one in (first, second, third)] == [(1, "failed"), (2, "failed"), (3, "sent")]
    assert second[2] == third[2]
    # The waits grow by five: 1 s after the first failure, 5 s after the second.
    assert second[3] - first[3] > 0.9 and third[3] - second[3] > 4.9
    key = rows(scene, f"select key from delivery where {ALERT} and channel = 'desk-slack'")[0][0]
    posts = [one.body for one in scene.slack.calls("chat.postMessage") if key.encode() in one.body]
    assert len(posts) == 3 and len(set(posts)) == 1, "each attempt sends the same bytes"
    assert [key in str(one.payload) for one in scene.slack.posted].count(True) == 1


def switched_off(scene: Any) -> list[Any]:
    return rows(scene, "select channel, reason from lane where off_since is not null")


def _off_until_the_password_is_right(scene: Any) -> None:
    """A wrong password switches mail off, also over a restart; mended, with the server away at first, it is sent."""
    ((channel, reason),) = switched_off(scene)
    assert channel == "desk-email" and "535" in reason and "signing in" in reason
    (waiting,) = storywatch(scene, "alerts", "list", "--state", "pending")["rows"]
    assert waiting["channel"] == "desk-email" and waiting["attempts"] == 0 and "535" in waiting["last_error"]
    assert len(journal(scene, "desk-email")) == 1, "a channel that is off is left alone"
    assert scene.mailbox.mails == () and scene.processes[-1].poll() is None
    (scene.folder / "password").write_text(RIGHT, encoding="utf-8")
    scene.mailbox.stop()
    scene.processes[-1].send_signal(signal.SIGHUP)
    scene.wait_for(lambda: '"event": "channel on again"' in scene.log(), 20, "the reload")
    scene.wait_for(lambda: len(journal(scene, "desk-email")) == 2, 20, "a try with the server away")
    scene.wait_for(lambda: state(scene, "desk-email") == "pending", 20, "its failure")
    ((said, attempts),) = rows(
        scene, "select last_error, attempts from delivery where " + ALERT + " and channel = 'desk-email'"
    )
    assert "nothing was delivered" in said and attempts == 1
    scene.mailbox = Mailbox(USERS, port=scene.mailbox.port)
    scene.wait_for(lambda: state(scene, "desk-email") == "sent", 30, "the mail to be taken")
    (mail,) = scene.mailbox.mails
    assert mail.signed_in == "desk"
