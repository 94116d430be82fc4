"""`demo`: the real daemon against the newsroom: outlets, a mailbox and a Slack double on loopback."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli.opening import utc_now
from monitor.cli.output import put, say
from monitor.cli.root import FAILED, Settings, settings_of
from monitor.cli.running import start_logs

if TYPE_CHECKING:
    from monitor.newsroom.mailbox import Mailbox
    from monitor.newsroom.newsroom import Newsroom
    from monitor.newsroom.slack import SlackDouble
    from monitor.runtime.dispatch import Dispatcher
    from monitor.runtime.services import Services
    from monitor.store import Store

_CHANNEL = "C0NEWSROOM"
# After the last publication every outlet is asked once more, and what it brought is read and sent.
_SETTLE_SECONDS = 6.0
_LONGEST_SECONDS = 120.0


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command("demo")(demo)


def demo(
    ctx: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="End by itself when the story is told.")] = False,
    pace: Annotated[float, typer.Option("--pace", min=0.0, metavar="SECONDS", help="How long the story takes.")] = 18.0,
    listen: Annotated[
        str, typer.Option("--listen", metavar="HOST:PORT", help="Where the review screens are; port 0: any free one.")
    ] = "127.0.0.1:8787",
) -> None:
    """Watch a week of ceasefire talks in half a minute: the real daemon, a newsroom on loopback, no outside network.

    \b
    storywatch demo
    storywatch demo --once --listen 127.0.0.1:0
    """
    from monitor.cli.login import with_login
    from monitor.config import load
    from monitor.runtime.daemon import Plan, serve
    from monitor.runtime.reactor import run as run_loop
    from monitor.web.app import create_app

    settings = settings_of(ctx)
    with _stage(pace) as stage:
        config = load(stage.config_file("127.0.0.1:0" if once else listen), os.environ, stage.folder)
        config = config if once else with_login(config)
        start_logs(config, Settings(None, settings.verbose == 0, settings.verbose, settings.debug))
        told = Told(stage, once, pace)
        code = run_loop(serve(Plan(config, create_app, lambda: config, told.over, told.started)))
        code = code or (told.report() if once else 0)
    raise typer.Exit(code)


@dataclass
class Stage:
    """Everything around the daemon."""

    folder: Path
    newsroom: Newsroom
    mailbox: Mailbox
    slack: SlackDouble

    def config_file(self, listen: str) -> Path:
        """The demo's config as a real file, its secret as a file that only we may read."""
        token = self.folder / "slack-token"
        token.touch(mode=0o600)
        token.write_text(self.slack.token, encoding="utf-8")
        file = self.folder / "storywatch.toml"
        text = self.newsroom.config_toml(
            self.folder,
            mail_port=self.mailbox.port,
            slack_url=self.slack.api_url,
            slack_token=f"file:{token}",
            slack_channel=_CHANNEL,
            listen=listen,
        )
        file.write_text(text, encoding="utf-8")
        return file


@contextlib.contextmanager
def _stage(pace: float) -> Iterator[Stage]:
    from monitor.newsroom.mailbox import Mailbox
    from monitor.newsroom.newsroom import Newsroom
    from monitor.newsroom.slack import SlackDouble

    with contextlib.ExitStack() as ends:
        folder = Path(ends.enter_context(tempfile.TemporaryDirectory(prefix="storywatch-demo-")))
        mailbox = Mailbox()
        ends.callback(mailbox.stop)
        slack = SlackDouble(channels=(_CHANNEL,))
        ends.callback(slack.stop)
        newsroom = Newsroom(pace)
        newsroom.start()
        ends.callback(newsroom.stop)
        yield Stage(folder, newsroom, mailbox, slack)


class Told:
    """What the demo says: where to look when it starts, and what became of the articles when it ends."""

    def __init__(self, stage: Stage, once: bool, pace: float) -> None:
        self.stage = stage
        self.once = once
        self.begun = utc_now()
        self.quiet_since: float | None = None
        self.deadline = time.monotonic() + pace + _LONGEST_SECONDS
        self.store: Store | None = None
        self.counts: dict[str, Any] = {}

    def started(self, services: Services, screens: str) -> None:
        """The daemon is up: show the addresses."""
        self.store = services.store
        places = {
            "newsroom": self.stage.newsroom.guide_url,
            "screens": screens,
            "mailbox": self.stage.mailbox.url,
            "slack": self.stage.slack.url,
        }
        for name, url in places.items():
            self.stage.newsroom.link(name, url)
            say(f"{name:10} {url}")
        say(f"{'config':10} {self.stage.folder / 'storywatch.toml'}")
        say("" if self.once else "the story takes half a minute; Ctrl-C ends the demo")

    def over(self, dispatcher: Dispatcher) -> bool:
        """Whether the demo ends: with --once when the story is told, read and delivered, else never."""
        if self.counts or not self.stage.newsroom.finished:
            return False
        now = time.monotonic()
        if self.quiet_since is None:
            self.quiet_since = now
        settled = now - self.quiet_since > _SETTLE_SECONDS and dispatcher.idle and not self._owed()
        if not settled and now < self.deadline:
            return False
        self.counts = self._count()
        if not self.once:
            self.report()
            say("the story is told; the screens stay up until Ctrl-C")
        return self.once

    def _owed(self) -> bool:
        from monitor.store import deliveries, entries

        if self.store is None:
            return True
        with self.store.read() as tx:
            return bool(entries.waiting(tx) or deliveries.owed(tx, utc_now()).due)

    def _count(self) -> dict[str, Any]:
        from monitor.store import review

        if self.store is None:
            return {}
        with self.store.read() as tx:
            rows = review.article_page(tx, review.ArticleFilter(on_topic=None), 10_000).rows
        return {
            "levels": Counter(row.level.value for row in rows if row.on_topic),
            "on_topic": sum(row.on_topic for row in rows),
            "articles": len(rows),
        }

    def report(self) -> int:
        """Say what became of the articles; the exit code is 1 when no alert arrived by mail or by Slack."""
        mails, posted = self.stage.mailbox.mails, self.stage.slack.posted
        if self.counts:
            levels = ", ".join(f"{count} {level}" for level, count in self.counts["levels"].most_common())
            topical = self.counts["on_topic"]
            put(
                f"{self.counts['articles']} articles archived, {topical} of them on the topic ({levels}) "
                f"became {len(mails)} mails and {len(posted)} Slack messages"
            )
        if mails:
            put(f"first alert {self._seconds(mails[0].received):.1f} s after the start")
        return 0 if mails and posted else FAILED

    def _seconds(self, moment: datetime) -> float:
        return (moment - self.begun).total_seconds()
