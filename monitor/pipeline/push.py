"""What a hub brings goes the way of a poll; nothing here touches the network."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection

from monitor import websub as rules
from monitor.model import Agreement, Fetch, Listing, Outcome, Source, Subscription
from monitor.pipeline.check import Checked, listed, take_in
from monitor.pipeline.meter import MOST_KEYS, meter
from monitor.store import Store, entries, fetches, sources, websub
from monitor.watch import Watch
from monitor.websub import Answer, Step

MOST_AT_ONCE = 4


def push(store: Store, watch: Watch, source: Source, fetch: Fetch, listing: Listing | None, now: datetime) -> Checked:
    """Record a genuine push. What it lists is taken in as from a poll; without anything to use the source is due now.

    It is no check: the source keeps its validators and its next turn.
    """
    with store.write() as tx:
        state = sources.state(tx, source.id)
        usable = listing is not None and bool(listing.entries) and not listing.children and state is not None
        found = listed(watch, source, state, listing, now) if state is not None and usable else ()
        if not usable:
            fetch = replace(fetch, error="; ".join(part for part in (fetch.error, "asked for it at once") if part))
            websub.hasten(tx, source.id, now)
        new, reread = take_in(tx, source, fetch, found, now, kind="pushed")
        if state is not None and usable:
            meter(tx, state, found, new, entries.weekly(tx, source.id, now), now, whole=False)
            websub.widen_window(tx, source.id, state.url, [one.url_key for one in found], MOST_KEYS)
        websub.note_push(tx, source.id, now)
    return Checked(source.id, fetch.outcome, fetch.status, len(found), new, reread, fetch.error)


def record_forged(store: Store, fetch: Fetch, source_id: str, now: datetime) -> None:
    """Record a push that was not signed by its hub; nothing of it is used."""
    with store.write() as tx:
        fetches.add(tx, replace(fetch, outcome=Outcome.FORGED), source_id, now, kind="pushed")


def subscription_of(store: Store, token: str) -> Subscription | None:
    """The subscription that a callback belongs to."""
    with store.read() as tx:
        return websub.by_token(tx, token)


def turn_to_hubs(
    store: Store, site: str, fresh: Callable[[], tuple[str, str]], now: datetime, *, jitter: float
) -> tuple[Subscription, ...]:
    """Record what is asked of hubs now, a few at a time, and return it; it is recorded first so that a hub may verify
    before it answers. `fresh` makes a new (token, secret); `jitter` is a random number in 0..1.
    """
    chosen = []
    with store.write() as tx:
        for one, enabled in websub.due(tx, site, MOST_AT_ONCE, now):
            step = rules.step(one, enabled, site, now)
            if step is Step.FORGET:
                _forget(tx, one, now)
            elif step is not Step.NOTHING:
                chosen.append(rules.asked(one, step, site, *fresh(), now, jitter=jitter))
                websub.save(tx, chosen[-1])
    return tuple(chosen)


def _forget(tx: Connection, one: Subscription, now: datetime) -> None:
    if one.offered:
        websub.save(tx, rules.ended(one, now))
    else:
        websub.forget(tx, one.source_id)


def record_hub(store: Store, fetch: Fetch, source_id: str, *, refused: bool, now: datetime) -> None:
    """Record how a hub answered our request."""
    with store.write() as tx:
        fetches.add(tx, fetch, source_id, now, kind="hub")
        found = websub.of_source(tx, source_id)
        error = "" if fetch.outcome is Outcome.OK else f"{fetch.outcome.value}: {fetch.error}".rstrip(": ")
        if found is not None and (after := rules.answered(found, error, refused, now)) != found:
            websub.save(tx, after)


def verify(store: Store, token: str, query: Mapping[str, str], now: datetime, *, jitter: float) -> Answer:
    """Answer a hub that asks whether a subscription is meant, or tells that it refuses one."""
    with store.write() as tx:
        found = websub.by_token(tx, token)
        if found is None:
            return rules.UNKNOWN
        after, answer = rules.verified(found, query, now, jitter=jitter)
        if after.state is Agreement.OFFERED and found.state is not Agreement.OFFERED:
            _forget(tx, found, now)
        elif after != found:
            websub.save(tx, after)
    return answer
