"""Backtest of the whole default rule pack: `python tests/bench/bench_backtest.py [N=200000] [URL]`.

Fills an archive with N synthetic articles as bench_search does, one in thirteen with words of the default rules woven
in, and holds every default rule against all versions. Goal at 200,000: under 6 s from frozen words. The parts are timed
by themselves, so that one sees what a million would need.
"""

from __future__ import annotations

import importlib.util
import random
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time
from types import ModuleType
from typing import Any

from monitor.config import load
from monitor.inquiry.backtest import Backtest, Span, backtest
from monitor.inquiry.candidates import opened
from monitor.inquiry.terms import terms
from monitor.model import Document
from monitor.query import holds
from monitor.query.superset import superset
from monitor.store import open_store, proposals, versions
from monitor.store.review import ArticleFilter
from monitor.watch import Watch, compile_watch

EVERY = ArticleFilter(on_topic=None)
WOVEN = 13
"""One article in so many is about the talks; the pack finds most of these, and few others."""


def bench_search() -> ModuleType:
    """The generator of the other bench."""
    spec = importlib.util.spec_from_file_location("bench_search", Path(__file__).with_name("bench_search.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def woven(language: Any, watch: Watch) -> Any:
    """The same language with the rules' own words in one article of thirteen."""
    said = [
        sorted(min(one.patterns, key=lambda each: len(each.forms)).forms or {"zaporizhzhia"})[0]
        for compiled in watch.compiled.values()
        for one in terms(compiled.expr)
    ]
    plain = language.article

    def article(number: int) -> Document:
        document: Document = plain(number)
        if number % WOVEN:
            return document
        words = document.text.split(" ")
        for place in language.chance.sample(range(len(words)), len(words) // 25):
            words[place] = language.chance.choice(said)
        return replace(document, text=" ".join(words))

    language.article = article
    return language


def timed(name: str, work: Callable[[], Any]) -> Any:
    begun, busy = perf_counter(), process_time()
    result = work()
    print(f"{name:52} {perf_counter() - begun:8.2f} s   (CPU {process_time() - busy:.2f})", flush=True)
    return result


def main(count: int, url: str) -> None:
    watch = compile_watch(load(None, {"STORYWATCH_DATA": tempfile.gettempdir()}, Path("/")))
    search = bench_search()
    asked = [(rule, watch.compiled[rule.id]) for rule in watch.config.rules]
    with closing(open_store(url, synchronous="OFF")) as store:
        timed(
            f"fill {count:,} articles",
            lambda: search.fill(store, woven(search.Language(random.Random(4)), watch), count),
        )
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


def parts(store: Any, asked: Any) -> None:
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
    union = replace(found[0], article_ids=found[0].article_ids[:0], version_ids=found[0].version_ids[:0])
    union.article_ids.extend(ids)
    union.version_ids.extend(ids)
    texts = timed("  part: frozen words read and thawed", lambda: [one.text for one in opened(store, union, 0, 500)])
    timed(
        "  part: every rule evaluated on every candidate", lambda: [holds(c, text) for text in texts for _, c in asked]
    )


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    if len(sys.argv) > 2:
        main(size, sys.argv[2])
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(size, f"sqlite:///{Path(folder) / 'archive.db'}")
