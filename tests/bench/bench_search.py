"""Search in a large archive: `python tests/bench/bench_search.py [N=20000] [--keep FOLDER | --url URL]`.

Asks seventy rules of seven kinds over N synthetic articles. Goals at 200,000: candidates median < 10 ms; first verified
page of 20 median < 50 ms and p95 < 300 ms. A kept archive of 200,000 takes 2 GB, and several minutes only once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC
from statistics import median, quantiles
from time import perf_counter, process_time

from filling import archive, language

from monitor.inquiry.search import search
from monitor.model import Origin
from monitor.query import compile_query
from monitor.query.superset import superset
from monitor.store import Store, proposals
from monitor.store.review import ArticleFilter

CHOSEN = ArticleFilter(on_topic=True, origin=Origin.FETCHED)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Milliseconds by the clock and of this process's CPU, the best of three: the first reads the pages in."""
    spent = []
    for _ in range(3):
        begun, busy = perf_counter(), process_time()
        work()
        spent.append((1000 * (perf_counter() - begun), 1000 * (process_time() - busy)))
    return min(spent)


def told(name: str, spent: Sequence[tuple[float, float]]) -> None:
    """One line of the table."""
    clock, busy = zip(*spent, strict=True)
    p95 = quantiles(clock, n=20)[-1]
    print(f"{name:34} median {median(clock):7.1f} ms   p95 {p95:7.1f}   worst {max(clock):7.1f}", end="   ")
    print(f"(CPU {median(busy):7.1f}, p95 {quantiles(busy, n=20)[-1]:7.1f})", flush=True)


def measure(store: Store) -> None:
    """Every rule, every part."""
    rules = list(language().rules())
    found, pages, facets, many = [], [], [], []
    for _, query in rules:
        wanted = superset(compile_query(query, {}).expr)

        def propose(wanted=wanted) -> int:  # type: ignore[no-untyped-def]  # the default binds this rule's
            with store.read() as tx:
                return len(proposals.proposed(tx, wanted, CHOSEN).version_ids)

        many.append(propose())
        found.append(timed(propose))
        pages.append(timed(lambda query=query: search(store, {}, query, most=20_000)))
        facets.append(timed(lambda query=query: search(store, {}, query, most=20_000, facets=UTC)))
    told("candidates (all ids)", found)
    told("first verified page of 20", pages)
    told("the same with facets", facets)
    for kind in dict.fromkeys(kind for kind, _ in rules):
        own = [n for n, (one, _) in enumerate(rules) if one == kind]
        told(f"  page, {kind} ({median(many[n] for n in own):,.0f} candidates)", [pages[n] for n in own])


if __name__ == "__main__":
    with archive("Search in a large archive.") as (store, _):
        measure(store)
