"""What people say about alerts: mute this until then, that one was (not) relevant, send the dead ones again.

Each is one short transaction, so a daemon may run beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.config import Config
from monitor.errors import UsageError
from monitor.model import DeliveryState, Mute, MuteKind
from monitor.store import Store, alerts, deliveries, handwork, lanes, mutes, sending, votes

LONGEST_NOTE = 2_000


@dataclass(frozen=True, slots=True)
class Retried:
    """How many deliveries go out again, and the channels that were switched on for it."""

    count: int
    opened: tuple[str, ...]


def mute(
    store: Store,
    config: Config,
    what: tuple[MuteKind, str],
    until: datetime,
    who: str,
    now: datetime,
    note: str = "",
) -> Mute:
    """Mute a story (its number), source or rule until a moment to come. Raises UsageError for what is not there."""
    if len(note) > LONGEST_NOTE:
        raise UsageError(f"a note has at most {LONGEST_NOTE} characters")
    with store.write() as tx:
        _there(tx, config, *what)
        found = mutes.by_id(tx, mutes.add(tx, *what, until, who, now, note=note.strip()))
    if found is None:
        raise UsageError("the mute was not kept")
    return found


def _there(tx: Connection, config: Config, kind: MuteKind, target: str) -> None:
    if kind is MuteKind.STORY:
        if not handwork.exists(tx, int(target)):
            raise UsageError(f"there is no story s{target}; `storywatch stories list` shows them")
        return
    known = config.sources if kind is MuteKind.SOURCE else config.rules
    if target not in {one.id for one in known}:
        plural = f"{kind.value}s"
        raise UsageError(f"no {kind.value} is called {target[:80]!r}; `storywatch {plural} list` shows them")


def end_mute(store: Store, mute_id: int, now: datetime) -> bool:
    """End a mute before its time; False: it was over. Raises UsageError for one that never was."""
    with store.write() as tx:
        if mutes.by_id(tx, mute_id) is None:
            raise UsageError(f"there is no mute m{mute_id}; `storywatch mute list --all` shows them")
        return mutes.end(tx, mute_id, now)


def vote(
    store: Store, development_id: int, relevant: bool, who: str, now: datetime, *, rule: str = ""
) -> tuple[str, ...]:
    """Say of a development whether it was worth its alert, for one rule or (""): all that announced it.

    Returns those rules. Raises UsageError where none did.
    """
    with store.write() as tx:
        fired = alerts.rules_of(tx, [development_id])[development_id]
        chosen = tuple(one for one in fired if one == rule or not rule)
        if not chosen:
            said = f"rule {rule[:80]} did not announce" if rule and fired else "no rule announced"
            raise UsageError(f"{said} d{development_id}; `storywatch alerts list` shows what was")
        for one in chosen:
            votes.cast(tx, development_id, one, who, relevant, now)
    return chosen


def retry(store: Store, delivery_id: int | None, now: datetime, *, channel: str = "") -> Retried:
    """Give one dead delivery (None: all, or those of a channel) another chance, and open the channels' lanes.

    Raises UsageError for one that is not there or not dead.
    """
    with store.write() as tx:
        known = deliveries.by_id(tx, delivery_id) if delivery_id is not None else None
        if delivery_id is not None and known is None:
            raise UsageError(f"there is no delivery x{delivery_id}; `storywatch alerts list` shows them")
        if known is not None and known.state is not DeliveryState.DEAD:
            raise UsageError(f"delivery x{delivery_id} is {known.state.value}: only dead ones are sent again")
        chosen = known.destination.channel if known is not None else channel
        count = sending.resend(tx, None if delivery_id is None else [delivery_id], now, channel=chosen or None)
        return Retried(count, lanes.on(tx, [chosen] if chosen else None))
