"""The second half of `make crash`: the real command beside the newsroom, killed at random moments and named points."""

from __future__ import annotations

import argparse
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monitor.newsroom.mailbox import Mailbox
from monitor.newsroom.newsroom import Newsroom
from monitor.newsroom.slack import SlackDouble

CHANNEL = "C0NEWSROOM"
KILLS_A_STORY = 8
_LONGEST = 150.0
POINTS = ("F1", "F2", "I1", "I4", "I5", "L1", "R1", "R2", "R3", *(f"D{number}" for number in range(1, 10)))
_SAID = """select id, key, channel, state, may_repeat, merged_into, story_id, kind, last_error from delivery"""
_OPEN = "select count(*) from delivery where state in ('pending', 'sending', 'ambiguous')"
_UNREAD = "select count(*) from entry where state in ('waiting', 'reading')"


@dataclass
class Tally:
    """Kills by point, and everything that must not have happened."""

    kills: Counter[str] = field(default_factory=Counter)
    owed: int = 0
    repeats: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


class Story:
    """The newsroom's story told once beside processes that are killed."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder, self.chance = folder, chance
        self.newsroom = Newsroom(8.0, patience=60.0)
        self.newsroom.start()
        self.mailbox, self.slack = Mailbox(), SlackDouble(channels=(CHANNEL,))
        (folder / "token").write_text(self.slack.token, encoding="utf-8")
        text = self.newsroom.config_toml(
            folder,
            mail_port=self.mailbox.port,
            slack_url=self.slack.api_url,
            slack_token=f"file:{folder / 'token'}",
            slack_channel=CHANNEL,
        )
        (folder / "storywatch.toml").write_text(text, encoding="utf-8")

    def stop(self) -> None:
        self.newsroom.stop()
        self.mailbox.stop()
        self.slack.stop()

    def start(self, point: str = "", times: int = 1) -> subprocess.Popen[bytes]:
        armed = [str(Path(__file__).with_name("armed.py")), point, str(times)]
        with (self.folder / "said").open("ab") as said:
            command = [sys.executable, *armed, "run", "--config", str(self.folder / "storywatch.toml")]
            return subprocess.Popen(command, stdout=said, stderr=said, cwd=self.folder, env=os.environ)

    def kill(self, tally: Tally) -> None:
        """One more death: at a point, or at a moment while it starts or works."""
        point = self.chance.choice(("", "", *POINTS))
        process = self.start(point, self.chance.randint(1, 3))
        wait = self.chance.uniform(0.5, 9.0) if not point else 12.0
        try:
            code = process.wait(wait)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            code, point = process.wait(10), ""
        if code == -signal.SIGKILL:
            tally.kills[point or "random"] += 1
        else:
            tally.broken.append(f"the daemon ended by itself with {code}: {self._said()}")

    def finish(self, tally: Tally) -> None:
        """Let a last process work until nothing is owed, and hold what arrived against it."""
        process = self.start()
        if not _until(lambda: self.newsroom.finished and self._settled(), _LONGEST):
            tally.broken.append(f"not settled: {self._ask(_OPEN)}, {self._ask(_UNREAD)}: {self._said()}")
        process.send_signal(signal.SIGTERM)
        if process.wait(40) != 0:
            tally.broken.append(f"the last process ended badly: {self._said()}")
        self._judge(tally)

    def _settled(self) -> bool:
        if self._ask(_OPEN) != [(0,)] or self._ask(_UNREAD) != [(0,)]:
            return False
        # A group that still waits is pending, so what is settled twice in a row is settled.
        time.sleep(3)
        return self._ask(_OPEN) == [(0,)] == self._ask(_UNREAD)

    def _judge(self, tally: Tally) -> None:
        rows = {row["id"]: row for row in self._rows()}
        mails = Counter(one.message["X-Storywatch-Delivery"].strip() for one in self.mailbox.mails)
        names: dict[str, set[str]] = {}
        for one in self.mailbox.mails:
            names.setdefault(one.message["X-Storywatch-Delivery"].strip(), set()).add(one.message["Message-ID"].strip())
        posts = Counter(_key(one.payload) for one in self.slack.posted)
        for row in rows.values():
            copies = {"desk-email": mails, "desk-slack": posts}.get(row["channel"], Counter())[row["key"]]
            tally.owed += 1
            if row["state"] == "sent" and row["channel"] in ("desk-email", "desk-slack") and not copies:
                tally.broken.append(f"lost: x{row['id']} to {row['channel']} is recorded as sent")
            if row["state"] not in ("sent", "merged", "suppressed", "held"):
                tally.broken.append(f"lost: x{row['id']} to {row['channel']} is {row['state']}: {row['last_error']}")
            if copies > 1:
                tally.repeats[row["channel"]] += copies - 1
                if not row["may_repeat"] or row["channel"] == "desk-slack":
                    tally.broken.append(f"x{row['id']} came {copies} times to {row['channel']}")
        if any(len(own) > 1 for own in names.values()):
            tally.broken.append("copies of one mail have different Message-IDs")
        stories = {row["key"]: row["story_id"] for row in rows.values() if row["story_id"] is not None}
        roots = Counter(stories.get(_key(one.payload)) for one in self.slack.posted if not one.thread)
        del roots[None]
        if any(count > 1 for count in roots.values()):
            tally.broken.append("a story has a second root")

    def _ask(self, question: str) -> list[Any]:
        try:
            with closing(
                sqlite3.connect(f"file:{self.folder / 'storywatch.db'}?mode=ro", uri=True, timeout=10)
            ) as file:
                return file.execute(question).fetchall()
        except sqlite3.OperationalError:
            return []

    def _rows(self) -> list[Any]:
        with closing(sqlite3.connect(f"file:{self.folder / 'storywatch.db'}?mode=ro", uri=True, timeout=10)) as file:
            file.row_factory = sqlite3.Row
            return file.execute(_SAID).fetchall()

    def _said(self) -> str:
        return (self.folder / "said").read_text(encoding="utf-8", errors="replace")[-1500:]


def _key(payload: Any) -> str:
    return str(payload.get("metadata", {}).get("event_payload", {}).get("delivery_id", ""))


def _until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    asked = parser.parse_args()
    tally, chance, begun = Tally(), random.Random(asked.seed), time.monotonic()
    print(f"the real command; seed {asked.seed}", flush=True)
    while tally.kills.total() < asked.kills and len(tally.broken) < 20:
        with tempfile.TemporaryDirectory(prefix="storywatch-crash-") as folder:
            story = Story(Path(folder), chance)
            for _ in range(min(KILLS_A_STORY, asked.kills - tally.kills.total())):
                story.kill(tally)
            story.finish(tally)
            story.stop()
        print(f"{tally.kills.total()} kills, {len(tally.broken)} violations", flush=True)
    print(", ".join(f"{point} {count}" for point, count in sorted(tally.kills.items())))
    print(
        f"{tally.kills.total()} kills of the real command in {time.monotonic() - begun:.0f} s: {tally.owed} deliveries,"
    )
    print(f"repeats {dict(tally.repeats)}, violations {len(tally.broken)}")
    for one in tally.broken:
        print(f"VIOLATION {one}")
    return 1 if tally.broken else 0


if __name__ == "__main__":
    sys.exit(main())
