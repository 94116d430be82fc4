"""Sources and fetches: syncing, claiming, fencing, the record."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from monitor.model import Fetch, Outcome
from monitor.store import Store, fetches, sources

LEASE = timedelta(minutes=10)


def _claimed(store: Store, make: Any, owner: str = "me", limit: int = 10, **options: Any) -> list[str]:
    now = options.pop("now", make.now)
    busy = options.pop("busy", ())
    with store.write() as tx:
        return [state.source_id for state in sources.claim_due(tx, owner, LEASE, limit, busy, now, **options)]


def test_a_new_source_is_due_at_once(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.sync(tx, "courier", "herald")
        states = sources.states(tx)
    assert [state.source_id for state in states] == ["courier", "herald"]
    assert states[0].due_at == make.now
    assert states[0].interval == timedelta(minutes=15)


def test_sync_keeps_what_was_learnt_until_the_url_changes(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.sync(tx)
        (state,) = sources.claim_due(tx, "me", LEASE, 1, (), make.now)
        learnt = replace(state, etag="x", due_at=make.now + LEASE, last_ok=make.now, url="https://moved.example/feed")
        assert sources.finish_check(tx, learnt, "me")
        make.sync(tx)
        assert sources.states(tx)[0].etag == "x"
        assert sources.states(tx)[0].url == "https://moved.example/feed"
        sources.sync(tx, [make.source("courier", "https://courier.example/other")], make.now + LEASE * 2)
        (again,) = sources.states(tx)
    assert (again.etag, again.url, again.due_at) == ("", "https://courier.example/other", make.now + LEASE * 2)
    assert again.last_ok == make.now


def test_a_check_of_the_old_url_does_not_bring_it_back(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.sync(tx)
        (state,) = sources.claim_due(tx, "me", LEASE, 1, (), make.now)
        sources.sync(tx, [make.source("courier", "https://courier.example/other")], make.now)
        assert not sources.finish_check(tx, replace(state, last_ok=make.now), "me")
        (after,) = sources.states(tx)
    assert after.url == "https://courier.example/other"
    assert _claimed(store, make, "me") == ["courier"]


def test_sources_that_left_the_config_are_kept_and_not_claimed(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.sync(tx, "courier", "herald")
        make.sync(tx, "herald")
        assert len(sources.states(tx)) == 2
        sources.sync(tx, [replace(make.source("herald"), enabled=False)], make.now)
    assert _claimed(store, make) == []


def test_who_is_named_is_claimed_though_it_is_switched_off(store: Store, make: Any) -> None:
    with store.write() as tx:
        sources.sync(tx, [replace(make.source(name), enabled=False) for name in ("courier", "herald")], make.now)
    assert _claimed(store, make, only={"herald"}) == []
    assert _claimed(store, make, only={"herald"}, force=True) == ["herald"]


def test_the_longest_due_comes_first_and_the_limit_holds(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.sync(tx, "courier")
        sources.sync(tx, [make.source(name) for name in ("courier", "herald", "post")], make.now - LEASE)
    assert _claimed(store, make, limit=2) == ["herald", "post"]
    assert _claimed(store, make) == ["courier"]
    assert _claimed(store, make) == []


def test_one_source_per_host_and_none_of_a_busy_host(store: Store, make: Any) -> None:
    two = [make.source(name, f"https://same.example/{name}") for name in ("a", "b")]
    with store.write() as tx:
        sources.sync(tx, [*two, make.source("herald")], make.now)
    assert _claimed(store, make, busy={"herald.example"}) == ["a"]
    assert _claimed(store, make, busy={"same.example", "herald.example"}) == []
    assert _claimed(store, make) == ["b", "herald"]


def test_a_source_that_is_not_due_waits_unless_forced(store: Store, make: Any) -> None:
    early = make.now - timedelta(seconds=1)
    with store.write() as tx:
        make.sync(tx, "courier", "herald")
    assert _claimed(store, make, now=early) == []
    assert _claimed(store, make, now=early, only=["herald"], force=True) == ["herald"]
    assert _claimed(store, make, only=[]) == []


def test_a_lease_that_ran_out_is_taken_over_and_fences_the_first_owner(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.sync(tx)
        (mine,) = sources.claim_due(tx, "first", LEASE, 1, (), make.now)
    assert mine.lease_until == make.now + LEASE
    assert _claimed(store, make, "second", now=make.now + LEASE) == ["courier"]
    with store.write() as tx:
        assert not sources.finish_check(tx, replace(mine, etag="late"), "first")
        assert sources.states(tx)[0].etag == ""
        assert sources.finish_check(tx, replace(mine, etag="right"), "second")
        (state,) = sources.states(tx)
    assert (state.etag, state.lease_owner, state.lease_until) == ("right", None, None)


def test_a_source_that_moved_is_claimed_by_its_new_host(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.sync(tx)
        (state,) = sources.claim_due(tx, "me", LEASE, 1, (), make.now)
        sources.finish_check(tx, replace(state, url="https://moved.example/feed"), "me")
    assert _claimed(store, make, busy={"moved.example"}) == []
    assert _claimed(store, make, busy={"courier.example"}) == ["courier"]


def test_leases_are_freed_at_boot_and_rescued_when_late(store: Store, make: Any) -> None:
    with store.write() as tx:
        make.sync(tx, "courier", "herald")
        sources.claim_due(tx, "dead", LEASE, 1, (), make.now)
        sources.claim_due(tx, "alive", LEASE, 1, (), make.now)
        assert sources.free_leases(tx, "dead") == 1
        assert sources.rescue(tx, make.now) == 0
        assert sources.rescue(tx, make.now + LEASE) == 1
        sources.claim_due(tx, "alive", LEASE, 2, (), make.now)
        assert sources.free_leases(tx) == 2


def test_fetches_are_recorded_newest_first(store: Store, make: Any) -> None:
    good = Fetch("https://courier.example/feed", Outcome.OK, make.now, 0.5, 200, body=b"12345")
    bad = Fetch("https://courier.example/x", Outcome.TIMEOUT, make.now, error="no answer\0 in 30 s")
    with store.write() as tx:
        make.sync(tx)
        first = fetches.add(tx, good, "courier", make.now, kind="check", entries=3, new=2)
        fetches.add(tx, bad, "courier", make.now, kind="page")
        rows = fetches.recent(tx, "courier")
        assert [row.outcome for row in rows] == [Outcome.TIMEOUT, Outcome.OK]
        assert rows[0].error == "no answer in 30 s"
        assert (rows[1].id, rows[1].size, rows[1].entries, rows[1].new, rows[1].status) == (first, 5, 3, 2, 200)
        assert fetches.recent(tx, "courier", kind="check") == rows[1:]
        assert fetches.recent(tx, "herald") == ()
