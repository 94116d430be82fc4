"""Entries: listing, sightings, re-reads, claiming by host, fencing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from monitor.model import EntryState, WaitingEntry
from monitor.store import Store, entries
from monitor.store.detail import article_detail
from monitor.store.entries import MOST_REREADS

LEASE = timedelta(minutes=10)


@pytest.fixture
def ready(store: Store, make: Any) -> Store:
    with store.write() as tx:
        make.sync(tx, "courier", "herald")
    return store


def _add(store: Store, make: Any, *listed: Any, source: str = "courier") -> tuple[int, int]:
    with store.write() as tx:
        return entries.add(tx, source, listed, make.now)


def _claim(store: Store, make: Any, owner: str = "me", limit: int = 10, busy: Any = (), now: Any = None) -> Any:
    with store.write() as tx:
        return entries.claim_waiting(tx, owner, LEASE, limit, busy, now or make.now)


def _finish(store: Store, make: Any, waiting: WaitingEntry, **options: Any) -> bool:
    with store.write() as tx:
        return entries.finish(tx, waiting.id, "me", EntryState.DONE, make.now, **options)


def _read(store: Store, make: Any) -> WaitingEntry:
    (waiting,) = _claim(store, make)
    assert _finish(store, make, waiting)
    read: WaitingEntry = waiting
    return read


def test_an_entry_is_new_once(ready: Store, make: Any) -> None:
    assert _add(ready, make, make.listed("a"), make.listed("b"), make.listed("a")) == (2, 0)
    assert _add(ready, make, make.listed("a")) == (0, 0)
    with ready.read() as tx:
        assert entries.waiting(tx) == 2
        assert entries.waiting(tx, source_id="herald") == 0
        assert entries.waiting(tx, first_import=True) == 0
        assert entries.waiting(tx, source_id="courier", first_import=False) == 2


def test_nothing_listed_is_nothing(ready: Store, make: Any) -> None:
    assert _add(ready, make) == (0, 0)


def test_many_entries_at_once(ready: Store, make: Any) -> None:
    many = [make.listed(str(number)) for number in range(1200)]
    assert _add(ready, make, *many) == (1200, 0)
    assert _add(ready, make, *many) == (0, 0)


def test_what_a_source_listed_comes_back_whole(ready: Store, make: Any) -> None:
    listed = make.listed("a", title="Ґанок", updated="tue", published=make.now, first=True)
    _add(ready, make, listed)
    (waiting,) = _claim(ready, make)
    assert waiting.entry == listed.entry
    assert (waiting.source_id, waiting.url_key, waiting.host) == ("courier", listed.url_key, listed.host)
    assert (waiting.first_import, waiting.attempts) == (True, 1)


def test_a_second_source_is_a_sighting(ready: Store, make: Any) -> None:
    _add(ready, make, make.listed("a"))
    again = make.listed("a", title="Another headline", updated="later")
    assert _add(ready, make, again, source="herald") == (0, 0)
    assert _add(ready, make, again, source="herald") == (0, 0)
    (waiting,) = _claim(ready, make)
    with ready.write() as tx:
        article_id, _ = make.article(tx)
        entries.finish(tx, waiting.id, "me", EntryState.DONE, make.now, article_id=article_id)
        detail = article_detail(tx, article_id)
    assert detail is not None
    assert [(one.source_id, one.title) for one in detail.sightings] == [("herald", "Another headline")]
    assert _add(ready, make, make.listed("a", title="A third", updated="x"), source="herald") == (0, 0)


def test_an_entry_that_was_only_filtered_starts_when_somebody_wants_it(ready: Store, make: Any) -> None:
    assert _add(ready, make, make.listed("a", state=EntryState.FILTERED)) == (1, 0)
    assert _claim(ready, make) == ()
    assert _add(ready, make, make.listed("a"), source="herald") == (1, 0)
    (waiting,) = _claim(ready, make)
    assert waiting.source_id == "herald"


def test_a_changed_entry_is_read_again_at_most_eight_times(ready: Store, make: Any) -> None:
    _add(ready, make, make.listed("a", updated="0", first=True))
    assert _add(ready, make, make.listed("a", updated="1")) == (0, 0), "not while it waits"
    assert _read(ready, make).first_import
    assert _add(ready, make, make.listed("a", updated="")) == (0, 0), "a missing mark is no change"
    assert _add(ready, make, make.listed("a", updated="0", title="Corrected")) == (0, 1)
    for number in range(1, MOST_REREADS):
        again = _read(ready, make)
        assert not again.first_import
        assert _add(ready, make, make.listed("a", updated=str(number), title="Corrected")) == (0, 1)
    _read(ready, make)
    assert _add(ready, make, make.listed("a", updated="last", title="Corrected")) == (0, 0)


def test_one_host_at_a_time_oldest_first(ready: Store, make: Any) -> None:
    late = make.now - timedelta(hours=1)
    _add(ready, make, make.listed("a"), make.listed("b", due=late, host="other.example"), make.listed("c"))
    _add(ready, make, make.listed("d", host="other.example"), make.listed("e", due=make.now + LEASE))
    assert [one.url_key for one in _claim(ready, make)] == ["other.example/b", "other.example/d"]
    assert [one.url_key for one in _claim(ready, make, limit=1)] == ["courier.example/a"]
    assert _claim(ready, make, busy={"courier.example"}) == ()
    assert [one.url_key for one in _claim(ready, make)] == ["courier.example/c"]
    assert _claim(ready, make) == ()


def test_an_entry_that_needs_no_visit_has_no_host(ready: Store, make: Any) -> None:
    _add(ready, make, make.listed("a", host=""))
    assert _claim(ready, make, busy={""}) == ()
    assert len(_claim(ready, make, busy={"courier.example"})) == 1


def test_a_retry_waits_and_counts(ready: Store, make: Any) -> None:
    _add(ready, make, make.listed("a"))
    (waiting,) = _claim(ready, make)
    later = make.now + timedelta(minutes=5)
    with ready.write() as tx:
        assert entries.retry(tx, waiting.id, "me", later, "timeout")
    assert _claim(ready, make) == ()
    (again,) = _claim(ready, make, now=later)
    assert again.attempts == 2


def test_only_the_owner_of_the_lease_may_finish(ready: Store, make: Any) -> None:
    _add(ready, make, make.listed("a"))
    (waiting,) = _claim(ready, make, "first")
    (taken,) = _claim(ready, make, now=make.now + LEASE)
    assert taken.id == waiting.id
    with ready.write() as tx:
        assert not entries.finish(tx, waiting.id, "first", EntryState.FAILED, make.now, error="late")
        assert not entries.retry(tx, waiting.id, "first", make.now, "late")
    assert _finish(ready, make, taken)
    assert not _finish(ready, make, taken), "twice"


def test_leases_come_back(ready: Store, make: Any) -> None:
    _add(ready, make, make.listed("a"), make.listed("b", host="other.example"))
    _claim(ready, make, "dead")
    _claim(ready, make, "alive")
    with ready.write() as tx:
        assert entries.waiting(tx) == 2, "what is being read still waits"
        assert entries.free_leases(tx, "dead") == 1
        assert entries.rescue(tx, make.now) == 0
        assert entries.rescue(tx, make.now + LEASE) == 1
    (freed,) = _claim(ready, make)
    (rescued,) = _claim(ready, make)
    assert {freed.attempts, rescued.attempts} == {1, 2}, "only a lease that ran out counts as a try"
    with ready.write() as tx:
        assert entries.free_leases(tx) == 2


def test_weekly_counts_by_the_entries_own_dates(ready: Store, make: Any) -> None:
    old = make.now - timedelta(days=8)
    _add(ready, make, make.listed("a"), make.listed("b", published=old), make.listed("c", published=make.now))
    with ready.read() as tx:
        assert entries.weekly(tx, "courier", make.now) == 2.0
        assert entries.weekly(tx, "herald", make.now) == 0.0
