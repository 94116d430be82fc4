"""What the owner is told about Storywatch itself: decided from values, each trouble once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from alerts.notices import Ailing, Plan, Shut, State, Stuck, Told, destination, plan
from monitor.model import Destination, Severity, Topic

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MAIL, SLACK = Destination("mail", "desk@example.org"), Destination("slack", "C1")
CHANNELS = frozenset({"mail", "slack"})


def ailing(name: str = "wire", lasting: timedelta = DAY, since: datetime | None = None) -> Ailing:
    return Ailing(name, since or NOW - lasting, lasting, "the last 9 checks failed (timeout)")


def told(topic: Topic, about: str, since: datetime, number: int = 1, created: datetime = NOW - HOUR) -> Told:
    return Told(topic, about, since, created, number, MAIL)


def topics(found: Plan) -> list[Topic]:
    return [one.notice.topic for one in found.words]


def test_a_source_is_dead_after_a_day_and_not_before() -> None:
    assert plan(State(ailing=(ailing(lasting=DAY - HOUR),)), (), "UTC", NOW) == Plan()
    (word,) = plan(State(ailing=(ailing(),)), (), "UTC", NOW).words
    assert word.notice.topic is Topic.SOURCE_DEAD and word.notice.about == "wire"
    assert word.severity is Severity.NORMAL
    said = " ".join(word.notice.lines)
    assert "2026-03-19 09:00 UTC" in said and "timeout" in said and "storywatch sources show wire" in said


def test_a_dead_source_is_told_once_until_it_has_worked_again() -> None:
    before = told(Topic.SOURCE_DEAD, "wire", NOW - 3 * DAY, created=NOW - 2 * DAY)
    still = State(ailing=(ailing(lasting=3 * DAY),))
    assert plan(still, (before,), "UTC", NOW) == Plan()
    otherwise = State(ailing=(ailing(since=NOW - 60 * HOUR, lasting=60 * HOUR),))
    assert plan(otherwise, (before,), "UTC", NOW) == Plan(), "the same trouble, by another sign"
    # It worked for a moment after it was told, which nobody saw.
    anew = State(ailing=(ailing(since=NOW - 30 * HOUR, lasting=30 * HOUR),))
    assert topics(plan(anew, (before,), "UTC", NOW)) == [Topic.SOURCE_DEAD]


def test_sources_that_died_of_one_cause_are_told_together() -> None:
    three = (ailing("a"), ailing("b", DAY - HOUR), ailing("c", DAY - 2 * HOUR))
    (word,) = plan(State(ailing=three), (), "UTC", NOW).words
    assert [about for about, _ in word.subjects] == ["a", "b"]
    assert word.notice.title == "2 sources bring nothing any more: a, b"


def test_recovery_is_told_once_and_where_the_trouble_was_told() -> None:
    dead = told(Topic.SOURCE_DEAD, "wire", NOW - 2 * DAY)
    well = State(working=frozenset({"wire"}))
    (word,) = plan(well, (dead,), "UTC", NOW).words
    assert word.notice.topic is Topic.SOURCE_BACK and word.notice.title == "Source wire brings news again"
    assert destination(word, (SLACK, MAIL), ()) == MAIL
    assert destination(word, (SLACK, MAIL), {"mail"}) == SLACK
    back = told(Topic.SOURCE_BACK, "wire", NOW - 2 * DAY, 2)
    assert plan(well, (dead, back), "UTC", NOW) == Plan()
    assert plan(well, (), "UTC", NOW) == Plan()


def test_what_is_mended_before_anybody_was_told_is_not_told() -> None:
    dead = replace(told(Topic.SOURCE_DEAD, "wire", NOW - 2 * DAY, 7), waiting=True)
    assert plan(State(working=frozenset({"wire"})), (dead,), "UTC", NOW) == Plan((), (7,))
    silenced = replace(dead, waiting=False, withdrawn=True)
    assert plan(State(working=frozenset({"wire"})), (silenced,), "UTC", NOW) == Plan()
    # One that tells of two is still wanted for the other one.
    other = replace(dead, about="daily")
    assert plan(State(working=frozenset({"wire"})), (dead, other), "UTC", NOW) == Plan()


def test_a_channel_that_is_off_is_told_by_another_one_and_once() -> None:
    off = State(shut=(Shut("mail", NOW - HOUR, "the password is wrong"),), channels=CHANNELS)
    (word,) = plan(off, (), "UTC", NOW).words
    assert word.notice.topic is Topic.CHANNEL_OFF and word.severity is Severity.CRITICAL
    assert "the password is wrong" in " ".join(word.notice.lines)
    assert "storywatch alerts test mail" in " ".join(word.notice.lines)
    assert destination(word, (MAIL, SLACK), ()) == SLACK and destination(word, (MAIL,), ()) is None
    said = told(Topic.CHANNEL_OFF, "mail", NOW - HOUR)
    assert plan(off, (said,), "UTC", NOW) == Plan()
    on = State(channels=CHANNELS)
    (word,) = plan(on, (said,), "UTC", NOW).words
    assert word.notice.topic is Topic.CHANNEL_BACK and word.notice.title == "Channel mail is on again"
    back = told(Topic.CHANNEL_BACK, "mail", NOW - HOUR, 2)
    assert plan(on, (said, back), "UTC", NOW) == Plan()
    # Off for another reason, later: that is news.
    again = State(shut=(Shut("mail", NOW, "revoked"),), channels=CHANNELS)
    assert topics(plan(again, (said, back), "UTC", NOW)) == [Topic.CHANNEL_OFF]


def test_a_channel_that_left_the_config_is_no_trouble_and_no_recovery() -> None:
    gone = State(shut=(Shut("old", NOW - HOUR, "x"),), channels=CHANNELS)
    assert plan(gone, (told(Topic.CHANNEL_OFF, "older", NOW - DAY),), "UTC", NOW) == Plan()


def test_alerts_that_are_stuck_are_told_after_an_hour_and_once_a_day() -> None:
    stuck = State(stuck=(Stuck("slack", 3, NOW - HOUR, "no answer"),), channels=CHANNELS)
    young = State(stuck=(Stuck("slack", 3, NOW - HOUR / 2, "no answer"),), channels=CHANNELS)
    assert plan(young, (), "UTC", NOW) == Plan()
    (word,) = plan(stuck, (), "UTC", NOW).words
    assert word.notice.title == "3 alerts not delivered since 2026-03-20 08:00 UTC: slack"
    assert "no answer" in " ".join(word.notice.lines) and word.severity is Severity.CRITICAL
    assert destination(word, (SLACK, MAIL), ()) == MAIL
    said = told(Topic.UNDELIVERED, "slack", NOW, created=NOW)
    assert plan(stuck, (said,), "UTC", NOW + DAY - timedelta(seconds=1)) == Plan()
    assert topics(plan(stuck, (said,), "UTC", NOW + DAY)) == [Topic.UNDELIVERED]


def test_that_a_channel_is_off_says_for_a_day_that_it_delivers_nothing() -> None:
    both = State(
        shut=(Shut("slack", NOW - 2 * HOUR, "revoked"),),
        stuck=(Stuck("slack", 3, NOW - 2 * HOUR, "revoked"),),
        channels=CHANNELS,
    )
    assert topics(plan(both, (), "UTC", NOW)) == [Topic.CHANNEL_OFF]
    said = told(Topic.CHANNEL_OFF, "slack", NOW - 2 * HOUR)
    assert plan(both, (said,), "UTC", NOW) == Plan()
    assert topics(plan(both, (said,), "UTC", NOW + DAY)) == [Topic.UNDELIVERED]
