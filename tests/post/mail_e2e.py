"""`make mail-e2e`: mails through Postfix and Dovecot while senders and Postfix are killed; each is filed once."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import gc
import mmap
import os
import random
import signal
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).parent))

import structlog
from office import DOMAIN, PostOffice, missing
from sqlalchemy import func, select

from alerts.channels import open_channels
from monitor import pipeline
from monitor.config import load
from monitor.crashpoint import arm
from monitor.model import Document, Entry, EntryState, Fetch, Outcome
from monitor.runtime.crawl import Crawler
from monitor.runtime.pool import Pool
from monitor.runtime.sending import Senders
from monitor.runtime.services import Services, take_over
from monitor.store import Store, archive_lock, entries, open_store, sources
from monitor.store.entries import Listed
from monitor.store.tables import delivery
from monitor.urls import host_of, url_key
from monitor.watch import Watch, compile_watch

NAME = "ann"
SKIPPED = 77
_LEASE = timedelta(minutes=5)
_STUCK_SECONDS = 240.0
CONFIG = """
[watch]
id = "quays"
title = "Quays"

[archive]
url = "sqlite:///archive.db"

[alerts]
group_wait = "1s"
first_retry = "1s"

[[sources]]
id = "wire"
kind = "feed"
url = "http://wire.example/feed"

[[rules]]
id = "harbour"
query = 'harbour'

[[channels]]
id = "mail"
kind = "email"
host = "127.0.0.1"
port = {port}
tls = "none"
from = "Storywatch <storywatch@example.org>"
to = ["{name}@{domain}"]
pace = "100000/m"
"""
WORDS = (
    "amber birch cedar delta ember frost grove haven inlet jade knoll lotus mango nadir ochre plum quartz raven",
    "anchor beacon candle dynamo engine funnel girder hammer ingot jigsaw kettle ladder mirror needle oven",
    "arsenal brewery chapel dairy embassy foundry granary hospital institute jail kiosk library museum",
)
ONE, TWO, THREE = (part.split() for part in WORDS)


@dataclass
class Asked:
    """How much of everything."""

    alerts: int
    kills: int
    postfix_kills: int
    seed: int


@dataclass
class Tally:
    """What came of it."""

    lives: int = 0
    kills: int = 0
    postfix_kills: int = 0
    owed: int = 0
    marked: int = 0
    handed_over: int = 0
    filed: int = 0
    seconds: float = 0.0
    broken: list[str] = field(default_factory=list)


class Sent:
    """How many mails were recorded as sent: memory that outlives the lives that write it."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, 8)

    def __call__(self, point: str) -> None:
        if point == "D9":
            struct.pack_into("q", self._memory, 0, self.count + 1)

    @property
    def count(self) -> int:
        found: int = struct.unpack_from("q", self._memory, 0)[0]
        return found


def now() -> datetime:
    return datetime.now(UTC)


def file_alerts(folder: Path, watch: Watch, count: int) -> None:
    """As many articles as it takes until that many mails are owed; in a process of its own."""
    url = watch.config.archive.url
    store = open_store(url, synchronous="OFF")
    with store.write() as tx:
        sources.sync(tx, watch.config.sources, now())
        (state,) = sources.claim_due(tx, "desk", _LEASE, 1, set(), now(), only={"wire"}, force=True)
    fetch = Fetch(watch.sources["wire"].url, Outcome.UNCHANGED, now(), status=304)
    pipeline.check(store, watch, watch.sources["wire"], state, fetch, None, "desk", now(), jitter=0.0)
    owed = number = 0
    while owed < count:
        number += 1
        if number > 2 * count + 50:
            raise AssertionError(f"{number} articles make {owed} alerts only")
        owed += _file(store, watch, number)
    store.close()


def _file(archive: Store, watch: Watch, number: int) -> bool:
    one, two, three = ONE[number % 18], TWO[number // 18 % 15], THREE[number // 270 % 13]
    url = f"http://wire.example/{number}"
    title = f"Harbour {one} {two} at the {three}"
    text = (
        f"The harbour master of {one.title()} put a {two} into the {three} on Monday, {number * 7 + 11} days late.\n\n"
        f"{number * 3 + 5} clerks of the {three} had asked for {number * 13 + 29} {two} parts, {one} ones among them."
    )
    item = Listed(Entry(url=url, guid=url, title=title), url_key(url), host_of(url), EntryState.WAITING, False, now())
    with archive.write() as tx:
        entries.add(tx, "wire", [item], now())
        (waiting,) = entries.claim_waiting(tx, "desk", _LEASE, 1, set(), now())
    reading = pipeline.read_document(Document(url=url, title=title, text=text, language="en", method="post"))
    return pipeline.ingest(archive, watch, waiting, reading, "desk", now()).announced


def live(watch: Watch, sent: Sent) -> None:
    """One life of the sender: it ends when nothing is owed any more, or when it is killed."""
    arm(sent)
    store = open_store(watch.config.archive.url, synchronous="FULL")
    with archive_lock(watch.config.archive.url):
        take_over(store, now())
        asyncio.run(_send(Services(store, watch, open_channels(watch.config), cast(Crawler, None), cast(Pool, None))))
    store.close()


async def _send(services: Services) -> None:
    senders = Senders(services)
    open_ = delivery.c.state.in_(("pending", "sending", "ambiguous"))
    while True:
        await senders.deliver()
        await asyncio.sleep(0.05)
        with services.store.read() as tx:
            if tx.scalar(select(func.count()).where(open_)) == 0:
                return


def forked(work: Callable[[], None], said: Path) -> int:
    """Run something in a child; its pid. What goes wrong in it stands in `said`."""
    pid = os.fork()
    if pid:
        return pid
    code = 3
    try:
        gc.disable()
        work()
        code = 0
    except BaseException as error:
        import traceback

        said.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    finally:
        os._exit(code)


def run(asked: Asked, folder: Path, office: PostOffice) -> Tally:
    """File the alerts, send them through lives that are killed, and count what arrives."""
    chance, tally, begun = random.Random(asked.seed), Tally(), time.monotonic()
    file = folder / "storywatch.toml"
    file.write_text(CONFIG.format(port=office.port, name=NAME, domain=DOMAIN), encoding="utf-8")
    watch = compile_watch(load(file, {}, folder))
    said = folder / "said.txt"
    _, status = os.waitpid(forked(lambda: file_alerts(folder, watch, asked.alerts), said), 0)
    if status:
        raise AssertionError(said.read_text(encoding="utf-8") if said.exists() else f"filing ended with {status}")
    print(f"{asked.alerts} alerts owed after {time.monotonic() - begun:.0f} s; seed {asked.seed}", flush=True)
    _lives(asked, tally, office, watch, said, chance)
    office.settle()
    _count(asked, tally, office, watch)
    tally.seconds = time.monotonic() - begun
    return tally


def _lives(asked: Asked, tally: Tally, office: PostOffice, watch: Watch, said: Path, chance: random.Random) -> None:
    sent, ended = Sent(), False
    # Spread over the mails, so that none of the kills is left over at the end.
    moments = sorted(chance.sample(range(1, max(2, asked.alerts * 9 // 10)), asked.postfix_kills))
    while not ended:
        left = max(0, asked.kills - tally.kills)
        mean = max(1.0, (asked.alerts - sent.count) / (left + 1))
        target = sent.count + int(chance.uniform(0.2, 1.6) * mean) if left else 10**9
        tally.lives += 1
        pid = forked(lambda: live(watch, sent), said)
        until = time.monotonic() + _STUCK_SECONDS
        while True:
            gone, status = os.waitpid(pid, os.WNOHANG)
            if gone:
                ended = True
                if status:
                    tally.broken.append(said.read_text(encoding="utf-8") if said.exists() else f"a life: {status}")
                break
            if moments and sent.count >= moments[0]:
                del moments[0]
                time.sleep(chance.uniform(0, 0.05))
                office.kill_postfix()
            if sent.count >= target or time.monotonic() > until:
                # Anywhere in the way of the next mail.
                time.sleep(chance.uniform(0, 0.06))
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
                tally.kills += 1
                break
            time.sleep(0.002)
        if time.monotonic() > until:
            tally.broken.append(f"nothing more was sent for {_STUCK_SECONDS:.0f} s")
            return


def _count(asked: Asked, tally: Tally, office: PostOffice, watch: Watch) -> None:
    store = open_store(watch.config.archive.url)
    with store.read() as tx:
        rows = tx.execute(select(delivery)).all()
    store.close()
    mails = [message_from_bytes(one) for one in office.filed(NAME)]
    names = Counter(str(one["Message-ID"]).strip() for one in mails)
    keys = Counter(str(one["X-Storywatch-Delivery"]).strip() for one in mails)
    tally.postfix_kills, tally.owed, tally.filed = office.kills, len(rows), len(mails)
    tally.marked = sum(row.may_repeat for row in rows)
    tally.handed_over = office.handed_over()
    wanted = {row.key for row in rows}
    for words, number in (
        ("deliveries are not sent", sum(row.state != "sent" for row in rows)),
        ("mails are lost", len(wanted - set(keys))),
        ("mails came twice", sum(count - 1 for count in keys.values())),
        ("mails are nobody's", len(set(keys) - wanted)),
        ("Message-IDs are used twice", len(keys) - len(names)),
        ("alerts more or less than owed", abs(len(rows) - asked.alerts)),
        ("kills of the sender too few", asked.kills - tally.kills),
        ("kills of Postfix too few", asked.postfix_kills - tally.postfix_kills),
    ):
        if number > 0:
            tally.broken.append(f"{number} {words}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alerts", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=100, help="of the sender")
    parser.add_argument("--postfix-kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    given = parser.parse_args()
    why_not = missing()
    if why_not:
        print(f"SKIPPED, nothing was tested: {why_not}", file=sys.stderr)
        return SKIPPED
    # What dies says nothing of use.
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), processors=[lambda *said: ""])
    asked = Asked(given.alerts, given.kills, given.postfix_kills, given.seed)
    with tempfile.TemporaryDirectory(prefix="storywatch-post-") as place:
        office = PostOffice(Path(place) / "office")
        (Path(place)).chmod(0o755)
        with contextlib.closing(office):
            office.open()
            tally = run(asked, Path(place), office)
    print(
        f"{tally.owed} alerts, {tally.kills} kills of the sender in {tally.lives} lives, "
        f"{tally.postfix_kills} kills of Postfix: {tally.handed_over} handed to Dovecot, "
        f"{tally.marked} marked as perhaps repeated, {tally.filed} mails after Sieve, in {tally.seconds:.0f} s"
    )
    for one in tally.broken:
        print(f"VIOLATION {one}")
    return 1 if tally.broken else 0


if __name__ == "__main__":
    sys.exit(main())
