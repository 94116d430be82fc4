"""Two at once, and one that dies: nothing is taken twice, judged twice or half written."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from typing import Any

from monitor.model import Level
from monitor.store import Store, articles, deliveries, entries, open_store, review, sending
from monitor.store.detail import article_detail

START = """
import sys
from datetime import UTC, datetime, timedelta
from monitor.store import entries, open_store, sending, sources
NOW = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)
store = open_store(sys.argv[1], synchronous="OFF")
me = sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()
"""
CLAIM = (
    START
    + """
lease = timedelta(minutes=10)
quiet = 0
while quiet < 2:
    with store.write() as tx:
        found = ["s" + one.source_id for one in sources.claim_due(tx, me, lease, 3, (), NOW)]
    with store.write() as tx:
        found += [f"e{one.id}" for one in entries.claim_waiting(tx, me, lease, 3, (), NOW)]
    with store.write() as tx:
        taken = sending.claim(tx, me, NOW)
        found += [f"x{taken.id}"] if taken else []
    for one in found:
        print(one)
    quiet = 0 if found else quiet + 1
store.close()
"""
)
DIE = (
    START
    + """
import time
from sqlalchemy import text
with store.write() as tx:
    tx.execute(text("UPDATE story SET title = 'half'"))
    tx.execute(text("DELETE FROM attempt"))
    assert sending.claim(tx, me, NOW)
    print("inside", flush=True)
    time.sleep(60)
"""
)


def _start(script: str, url: str, name: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", script, url, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_processes_never_claim_the_same(store: Store, make: Any) -> None:
    names = [f"source{number}" for number in range(20)]
    with store.write() as tx:
        make.sync(tx, *names)
        from_one_host = [make.listed(str(number)) for number in range(40)]
        from_many = [make.listed("x", host=f"{name}.example") for name in names]
        assert entries.add(tx, names[0], [*from_one_host, *from_many], make.now) == (60, 0)
        for number in range(20):
            make.owed(tx, make.fired(tx, str(number)))
    claimers = [_start(CLAIM, store.url, name) for name in ("first", "second")]
    for one in claimers:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    said = [one.communicate(timeout=60)[0].split() for one in claimers]
    assert [one.returncode for one in claimers] == [0, 0]
    counted = Counter(said[0] + said[1])
    assert max(counted.values()) == 1
    assert len(counted) == 20 + 60 + 20
    with store.read() as tx:
        assert {len(sending.attempts_of(tx, number)) for number in range(1, 21)} == {1}


def test_two_copies_that_arrive_at_once_are_judged_one_after_the_other(store: Store, make: Any) -> None:
    with closing(open_store(store.url, synchronous="OFF")) as other:
        barrier = threading.Barrier(2)
        failures: list[BaseException] = []

        def ingest(mine: Store, name: str) -> None:
            try:
                for number in range(100):
                    barrier.wait(timeout=30)
                    with mine.write() as tx:
                        mine.watch_lock(tx)
                        known = articles.same_text(tx, number)
                        level = Level.NEW if known is None else Level.COPY
                        reading = make.reading(text_hash=number, sampled=range(number, number + 40))
                        make.article(tx, f"{name}{number}", reading, level=level, nearest=known)
            except BaseException as error:
                failures.append(error)
                barrier.abort()

        threads = [threading.Thread(target=ingest, args=pair) for pair in ((store, "a"), (other, "b"))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert failures == []
    with store.read() as tx:
        assert review.article_count(tx, review.ArticleFilter(level=Level.NEW)) == 100
        assert review.article_count(tx, review.ArticleFilter(level=Level.COPY)) == 100


def test_many_threads_share_one_store(store: Store, make: Any) -> None:
    failures: list[BaseException] = []

    def work(name: int) -> Callable[[], None]:
        def run() -> None:
            try:
                for number in range(10):
                    with store.write() as tx:
                        make.article(tx, f"{name} {number}", make.reading(sampled=range(name, name + 20)))
                    with store.read() as tx:
                        review.article_page(tx, review.ArticleFilter())
            except BaseException as error:
                failures.append(error)

        return run

    threads = [threading.Thread(target=work(name)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    with store.read() as tx:
        assert review.counts(tx).articles == 80


def test_a_process_that_dies_inside_a_transaction_leaves_nothing(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.owed(tx, make.fired(tx, "a"))
        make.owed(tx, make.fired(tx, "b"))
        assert sending.claim(tx, "earlier", make.now)
    dying = _start(DIE, store.url, "dying")
    with dying:
        assert dying.stdin is not None
        assert dying.stdout is not None
        dying.stdin.write("go\n")
        dying.stdin.flush()
        assert dying.stdout.readline() == "inside\n"
        dying.send_signal(signal.SIGKILL)
    with store.write() as tx:
        detail = article_detail(tx, 1)
        assert detail is not None
        assert detail.story_title == "The talks"
        assert [one.attempts for one in deliveries.page(tx)[0]] == [0, 1]
        assert len(sending.attempts_of(tx, 1)) == 1
        assert sending.attempts_of(tx, 2) == ()
        taken = sending.claim(tx, "next", make.now)
    assert taken is not None
    assert taken.id == 2
