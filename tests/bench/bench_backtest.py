"""Backtest of the default rule pack: `python tests/bench/bench_backtest.py [N=20000] [--keep FOLDER | --url URL]`.

Holds every default rule against N synthetic articles. Goal at 200,000: under 6 s from frozen words. The parts are timed
by themselves, so that one sees what a million would need.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from time import perf_counter, process_time
from typing import Any

from filling import archive, default_watch

from monitor.inquiry.backtest import Backtest, Span, backtest
from monitor.inquiry.candidates import opened
from monitor.query import holds
from monitor.query.superset import superset
from monitor.store import Store, proposals, versions
from monitor.store.proposals import Proposal
from monitor.store.review import ArticleFilter

EVERY = ArticleFilter(on_topic=None)


def timed(name: str, work: Callable[[], Any]) -> Any:
    """What the work returns; says what it cost."""
    begun, busy = perf_counter(), process_time()
    result = work()
    print(f"{name:52} {perf_counter() - begun:8.2f} s   (CPU {process_time() - busy:.2f})", flush=True)
    return result


def measure(store: Store) -> None:
    """The whole, and a single rule."""
    watch = default_watch()
    asked = [(rule, watch.compiled[rule.id]) for rule in watch.config.rules]
    whole: Backtest = timed(
        f"backtest of {len(asked)} rules", lambda: backtest(store, watch, asked, Span(), words=False)
    )
    hits, alerts = (
        sum(len(part) for part in kind)
        for kind in zip(*((one.matches, one.alerts) for one in whole.tried), strict=True)
    )
    print(f"  {whole.proposed:,} candidates of {whole.versions:,} versions, {hits:,} matches, {alerts:,} alerts")
    timed("the same with words that never matched", lambda: backtest(store, watch, asked, Span()))
    timed("the same of one rule", lambda: backtest(store, watch, asked[:1], Span()))
    parts(store, asked)


def parts(store: Store, asked: Any) -> None:
    """What the time goes into."""

    def proposed() -> Any:
        with store.read() as tx:
            return [proposals.proposed(tx, superset(one.expr), EVERY, newest_only=False) for _, one in asked]

    found = timed("  part: what the index proposes", proposed)
    ids = sorted({one for each in found for one in each.version_ids}, reverse=True)

    def came() -> Any:
        with store.read() as tx:
            return list(versions.came(tx, ids))

    timed("  part: how the candidates came", came)
    union = Proposal(array("q", ids), array("q", ids), certain=False)
    texts = timed("  part: frozen words read and thawed", lambda: [one.text for one in opened(store, union, 0, 500)])
    timed(
        "  part: every rule evaluated on every candidate", lambda: [holds(c, text) for text in texts for _, c in asked]
    )


if __name__ == "__main__":
    with archive("Backtest of the whole default rule pack.") as (store, _):
        measure(store)
