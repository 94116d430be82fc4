"""What may interrupt somebody now, what waits until when and why, what nobody wants to hear: tables and properties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.calm import COLLECTED, Asked, Decision, Habits, Hold, Send, Suppress, habits, plan, release, wanting
from alerts.tally import Tally, room_at, what
from monitor.config import ConsoleChannel
from monitor.config.values import Adaptive, Window
from monitor.model import (
    Delivery,
    DeliveryKind,
    DeliveryState,
    Destination,
    Mute,
    MuteKind,
    Ping,
    Rule,
    Severity,
)

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
NIGHT = datetime(2026, 6, 1, 23, 0, tzinfo=UTC)
HOUR, MINUTE, SECOND = timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=1)
DESK = Destination("desk")
ZONE = ZoneInfo("UTC")
CALM_NIGHT = Window(time(22), time(7))
LOW, NORMAL, CRITICAL = Severity.LOW, Severity.NORMAL, Severity.CRITICAL


def owed(number: int = 1, **changes: Any) -> Delivery:
    made = Delivery(
        id=number,
        key=str(number),
        kind=DeliveryKind.DEVELOPMENT,
        development_id=number,
        story_id=3,
        destination=DESK,
        state=DeliveryState.PENDING,
        due_at=NOON,
        attempts=0,
        created=NOON,
    )
    return replace(made, **changes)


def rule(severity: Severity = NORMAL, limit: tuple[int, timedelta] | None = None, name: str = "port") -> Rule:
    return Rule(name, "port", severity=severity, limit=limit)


def decide(
    delivery: Delivery | None = None,
    *rules: Rule,
    own: Habits | None = None,
    told: Sequence[Ping] = (),
    mutes: Sequence[Mute] = (),
    budget: tuple[int, timedelta] | None = None,
    now: datetime = NOON,
    **more: Any,
) -> Decision:
    asked = Asked(delivery or owed(), rules or (rule(),), more.pop("sources", frozenset({"wire"})), **more)
    return plan(asked, own or Habits(ZONE), Tally.of(told), mutes, budget, now)


def pings(count: int, *, every: timedelta = MINUTE, before: datetime = NOON, name: str = "port") -> list[Ping]:
    """Other alerts told at the desk, the last of them one step ago."""
    return [
        Ping(("development", 100 + back, None), DESK, (name,), before - back * every) for back in range(1, count + 1)
    ]


def mute(kind: MuteKind, target: str, until: datetime = NOON + HOUR) -> Mute:
    return Mute(1, kind, target, until, NOON - HOUR, "anna", "enough")


def test_without_any_wish_everything_goes_at_once_but_low_and_commentary_which_wait_for_the_morning() -> None:
    morning = datetime(2026, 6, 2, 8, 0, tzinfo=UTC)
    assert decide() == Send(NORMAL, ("port",))
    assert decide(None, rule(CRITICAL)) == Send(CRITICAL, ("port",))
    low, opinion = decide(None, rule(LOW)), decide(owed(commentary=True))
    assert isinstance(low, Hold) and isinstance(opinion, Hold)
    assert (low.until, opinion.until) == (morning, morning)
    assert "low severity" in low.reason and "commentary" in opinion.reason
    # At a destination with digests of its own they wait for the next of those.
    evening = Habits(ZONE, digest=(time(7, 30), time(18)))
    assert decide(None, rule(LOW), own=evening) == replace(low, until=NOON + 6 * HOUR)
    assert isinstance(decide(None, rule(LOW), rule(NORMAL, name="b")), Send), "the highest of its rules counts"


@pytest.mark.parametrize("severity", [LOW, NORMAL])
def test_quiet_hours_hold_all_but_critical(severity: Severity) -> None:
    own = Habits(ZONE, quiet=CALM_NIGHT)
    found = decide(None, rule(severity), own=own, now=NIGHT)
    assert isinstance(found, Hold)
    assert found.until == datetime(2026, 6, 2, 8 if severity is LOW else 7, 0, tzinfo=UTC)
    assert isinstance(decide(None, rule(CRITICAL), own=own, now=NIGHT), Send)
    assert isinstance(decide(owed(commentary=True), rule(CRITICAL), own=own, now=NIGHT), Send)


def test_what_waits_is_not_let_go_into_quiet_hours() -> None:
    own = Habits(ZONE, quiet=CALM_NIGHT, digest=(time(22, 30),))
    found = decide(own=own)
    assert isinstance(found, Hold)
    assert found.until == datetime(2026, 6, 2, 7, 0, tzinfo=UTC)


def test_a_rule_over_its_limit_waits_until_its_oldest_leaves_the_window() -> None:
    told = pings(10)
    within, over = rule(limit=(11, HOUR)), rule(limit=(10, HOUR))
    assert isinstance(decide(None, within, told=told), Send)
    found = decide(None, over, told=told)
    assert isinstance(found, Hold)
    assert found.until == NOON - 10 * MINUTE + HOUR
    assert found.reason == "storm: rule port told 10 in an hour already"
    assert isinstance(decide(None, over, told=told, now=found.until), Send)
    assert isinstance(decide(None, over, told=told, now=found.until - SECOND), Hold)


def test_several_rules_hold_a_development_only_when_all_are_over_and_until_the_first_has_room() -> None:
    over, other = rule(limit=(10, HOUR)), rule(limit=(2, HOUR), name="truce")
    told = pings(10)
    assert isinstance(decide(None, over, other, told=told), Send)
    truces = [Ping(("development", 50 + n, None), DESK, ("truce",), NOON - n * 20 * MINUTE) for n in (1, 2)]
    found = decide(None, over, other, told=[*told, *truces])
    assert isinstance(found, Hold)
    assert found.until == NOON + 20 * MINUTE
    assert isinstance(decide(None, over, rule(name="free"), told=[*told, *truces]), Send)


def test_a_critical_alert_passes_every_limit_but_the_one_of_its_own_rule() -> None:
    full = Habits(ZONE, quiet=CALM_NIGHT, digest=(time(9),), limit=(1, HOUR))
    told = pings(3, before=NIGHT)
    assert isinstance(decide(None, rule(CRITICAL), own=full, told=told, budget=(1, HOUR), now=NIGHT), Send)
    found = decide(None, rule(CRITICAL, (3, HOUR)), own=full, told=told, now=NIGHT)
    assert isinstance(found, Hold)
    assert (found.until, found.severity) == (NIGHT - 3 * MINUTE + HOUR, CRITICAL)


def test_one_alert_to_several_destinations_is_one_ping_of_its_rule_and_of_the_budget() -> None:
    there = [Ping(what(owed()), Destination("mail", "a@x.example"), ("port",), NOON)]
    assert isinstance(decide(None, rule(limit=(1, HOUR)), told=there, budget=(1, HOUR)), Send)
    assert isinstance(decide(owed(2), rule(limit=(1, HOUR)), told=there), Hold)
    assert isinstance(decide(owed(2), told=there, own=Habits(ZONE, limit=(1, HOUR))), Send), "another destination"


def test_above_the_budget_alerts_wait_for_the_digest() -> None:
    found = decide(told=pings(2), budget=(2, 24 * HOUR))
    assert isinstance(found, Hold)
    assert found.until == datetime(2026, 6, 2, 8, 0, tzinfo=UTC)
    assert "budget: 2 in a day" in found.reason
    summaries = [replace(one, alone=False) for one in pings(2)]
    assert isinstance(decide(told=summaries, budget=(2, 24 * HOUR)), Send), "digests do not use it up"
    assert isinstance(decide(told=summaries, own=Habits(ZONE, limit=(2, HOUR))), Hold), "but a channel's limit"


def test_edits_obey_everything_and_are_never_critical() -> None:
    edit = owed(kind=DeliveryKind.EDIT, version_id=9)
    own = Habits(ZONE, quiet=CALM_NIGHT)
    assert decide(edit, rule(CRITICAL)) == Send(NORMAL, ("port",))
    assert isinstance(decide(edit, rule(CRITICAL), own=own, now=NIGHT), Hold)
    assert isinstance(decide(edit, told=pings(2), own=Habits(ZONE, limit=(2, HOUR))), Hold)
    assert isinstance(decide(edit, mutes=[mute(MuteKind.STORY, "3")]), Suppress)


@pytest.mark.parametrize("kind", [DeliveryKind.SUMMARY, DeliveryKind.NOTICE, DeliveryKind.DIGEST])
def test_messages_of_other_kinds_wait_for_the_morning_only(kind: DeliveryKind) -> None:
    own = Habits(ZONE, quiet=CALM_NIGHT, digest=(time(9),), limit=(1, HOUR))
    message = owed(kind=kind, development_id=None, story_id=None)
    assert isinstance(decide(message, own=own, told=pings(5)), Send)
    assert isinstance(decide(message, own=own, now=NIGHT), Hold)
    assert isinstance(decide(replace(message, severity=CRITICAL), own=own, now=NIGHT), Send)


@pytest.mark.parametrize(
    ("found", "silent"),
    [
        (mute(MuteKind.STORY, "3"), True),
        (mute(MuteKind.STORY, "4"), False),
        (mute(MuteKind.RULE, "port"), True),
        (mute(MuteKind.RULE, "truce"), False),
        (mute(MuteKind.SOURCE, "wire"), True),
        (mute(MuteKind.SOURCE, "3"), False),
    ],
)
def test_a_mute_silences_what_it_names_critical_too(found: Mute, silent: bool) -> None:
    decided = decide(None, rule(CRITICAL), mutes=[found])
    assert isinstance(decided, Suppress if silent else Send)
    if isinstance(decided, Suppress):
        assert "until 2026-06-01 13:00 UTC by anna (enough)" in decided.reason


def test_what_somebody_else_tells_or_another_rule_wants_is_told_in_spite_of_a_mute() -> None:
    wire, port = mute(MuteKind.SOURCE, "wire"), mute(MuteKind.RULE, "port")
    assert isinstance(decide(mutes=[wire], sources=frozenset({"wire", "daily"})), Send)
    both = decide(None, rule(CRITICAL), rule(NORMAL, name="truce"), mutes=[port])
    assert both == Send(NORMAL, ("truce",)), "a muted rule lends no severity"


def test_an_adaptive_digest_lets_the_first_go_and_grows_with_each_that_follows() -> None:
    own = Habits(ZONE, digest=Adaptive(5 * MINUTE, 30 * MINUTE))
    assert isinstance(decide(own=own), Send)
    assert isinstance(decide(own=own, last=NOON - 5 * MINUTE), Send)
    first = decide(own=own, last=NOON - MINUTE)
    assert first == Hold(NOON + 4 * MINUTE, COLLECTED, NORMAL)
    collecting, waits = (NOON, NOON + 4 * MINUTE), []
    for _ in range(12):
        found = decide(own=own, last=NOON - MINUTE, collecting=collecting)
        assert isinstance(found, Hold)
        waits.append(found.until - NOON)
        collecting = (NOON, found.until)
    assert waits[:3] == [7 * MINUTE, 10 * MINUTE, 13 * MINUTE]
    assert waits[-1] == 30 * MINUTE, "nobody waits longer than the longest"
    assert isinstance(decide(None, rule(CRITICAL), own=own, last=NOON), Send)
    low = decide(None, rule(LOW), own=own)
    assert low == Hold(NOON + 30 * MINUTE, COLLECTED, LOW)


def test_a_release_waits_for_the_morning_and_for_room() -> None:
    own = Habits(ZONE, quiet=CALM_NIGHT, limit=(2, HOUR))
    full = Tally.of(pings(2))
    assert release(NORMAL, owed(), own, Tally(), NOON) is None
    assert release(NORMAL, owed(), own, full, NOON) == NOON - 2 * MINUTE + HOUR
    assert release(NORMAL, owed(), own, Tally(), NIGHT) == datetime(2026, 6, 2, 7, 0, tzinfo=UTC)
    assert release(CRITICAL, owed(), own, full, NIGHT) is None


def test_a_channel_says_its_habits_and_only_its_own_rules_count() -> None:
    config = ConsoleChannel.model_validate(
        {"id": "desk", "kind": "console", "quiet": "22:00-07:00", "digest": ["18:00", "07:30"], "limit": "30/h"}
    )
    assert habits(config, "Europe/Kyiv") == Habits(
        ZoneInfo("Europe/Kyiv"), CALM_NIGHT, (time(7, 30), time(18)), (30, HOUR)
    )
    slack, anywhere = Rule("slack", "x", ("slack",)), Rule("any", "x")
    assert wanting([slack, anywhere], "desk") == (anywhere,)
    assert wanting([slack], "desk") == (slack,)


@given(
    gaps=st.lists(st.integers(0, 2000), min_size=1, max_size=120),
    most=st.integers(1, 6),
)
@settings(max_examples=150, deadline=None, derandomize=True)
def test_no_sliding_window_ever_holds_more_than_the_limit(gaps: list[int], most: int) -> None:
    tally, now, sent = Tally(), NOON, []
    for number, gap in enumerate(gaps):
        now += gap * SECOND
        new = ("development", number, None)
        until = room_at(tally.places.get(DESK, {}), (most, HOUR), new, now)
        if until is None:
            tally.add(Ping(new, DESK, (), now))
            sent.append(now)
            continue
        assert until > now
        assert room_at(tally.places[DESK], (most, HOUR), new, until) is None
    for moment in sent:
        assert sum(moment - HOUR < one <= moment for one in sent) <= most
