"""The newsroom around a real `storywatch` process: outlets, mailbox and Slack double, and a hand on its life."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from monitor.newsroom.mailbox import Mailbox
from monitor.newsroom.newsroom import Newsroom
from monitor.newsroom.slack import SlackDouble

CHANNEL = "C0NEWSROOM"


@dataclass
class Scene:
    """One newsroom with its config file, and the processes that were started on it."""

    folder: Path
    newsroom: Newsroom
    mailbox: Mailbox
    slack: SlackDouble
    config: Path
    processes: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def database(self) -> Path:
        return self.folder / "storywatch.db"

    def start(self, *words: str, notify: str = "") -> subprocess.Popen[str]:
        """Start `storywatch WORDS --config ...`; its output goes to a file of its own."""
        log = self.folder / f"process-{len(self.processes)}.log"
        environ = {**os.environ, "NO_COLOR": "1", **({"NOTIFY_SOCKET": notify} if notify else {})}
        with log.open("w", encoding="utf-8") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "monitor", *words, "--config", str(self.config)],
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
                env=environ,
                cwd=self.folder,
            )
        self.processes.append(process)
        return process

    def log(self, number: int = -1) -> str:
        """What the process with this number has said so far."""
        count = len(self.processes)
        return (self.folder / f"process-{number % count}.log").read_text(encoding="utf-8", errors="replace")

    def wait_for(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait until the condition holds; the test fails with the process's words when it does not."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                pytest.fail(f"waited {seconds} s for {what}; the process said:\n{self.log()[-3000:]}")
            time.sleep(0.05)

    def wait_ready(self) -> str:
        """Wait until the newest process serves its screens; returns their address."""
        self.wait_for(lambda: '"event": "ready"' in self.log(), 60, "the daemon to be ready")
        line = next(line for line in self.log().splitlines() if '"event": "ready"' in line)
        return line.split('"screens": "')[1].split('"')[0]


@pytest.fixture
def make_scene(tmp_path: Path) -> Iterator[Callable[..., Scene]]:
    made: list[Scene] = []

    def make(pace: float = 10.0) -> Scene:
        newsroom = Newsroom(pace, patience=60.0)
        newsroom.start()
        mailbox, slack = Mailbox(), SlackDouble(channels=(CHANNEL,))
        token = tmp_path / "token"
        token.write_text(slack.token, encoding="utf-8")
        text = newsroom.config_toml(
            tmp_path,
            mail_port=mailbox.port,
            slack_url=slack.api_url,
            slack_token=f"file:{token}",
            slack_channel=CHANNEL,
        )
        config = tmp_path / "storywatch.toml"
        config.write_text(text, encoding="utf-8")
        scene = Scene(tmp_path, newsroom, mailbox, slack, config)
        made.append(scene)
        return scene

    yield make
    for scene in made:
        for process in scene.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGKILL)
            process.wait(10)
        scene.newsroom.stop()
        scene.mailbox.stop()
        scene.slack.stop()
