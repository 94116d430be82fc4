"""What is due is sent, held or silenced, and what was held comes as one digest, once: through the real rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from monitor import pipeline
from monitor.errors import DeliveryError
from monitor.model import Delivery, DeliveryKind, DeliveryState, MuteKind, Receipt, Severity
from monitor.store import deliveries, mutes

HELD, SENT, MERGED, SUPPRESSED = (
    DeliveryState.HELD,
    DeliveryState.SENT,
    DeliveryState.MERGED,
    DeliveryState.SUPPRESSED,
)
PLACES = ("Varn", "Osterby", "Skerry", "Lund", "Torp", "Maren", "Holm", "Vik", "Aske", "Brenna", "Dal", "Egge")
QUIET = 'quiet = "22:00-07:00"\ntimezone = "UTC"\n'


def text(number: int, word: str = "harbour") -> str:
    """Every number tells another event."""
    place, other = PLACES[number % 12], PLACES[(number * 5 + 3) % 12]
    return (
        f"The {word} of {place}{number} was closed on Monday after {100 + number} barrels of resin had burst near gate"
        f" {number + 7}.\n\nMayor Berit {other}sen{number} told {200 + 3 * number} residents of {other}{number} to keep"
        f" their windows shut while {number + 11} engines pumped foam."
    )


class Reader:
    """A desk whose only channel takes whatever it is given."""

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self.filed = 0

    def file(self, word: str = "harbour", source: str = "wire", **more: Any) -> Any:
        self.filed += 1
        url = f"http://{source}.example/{self.filed}"
        return self.desk.file(url, f"{word.title()} news {self.filed}", text(self.filed, word), source, **more)

    def at(self, moment: str) -> None:
        self.desk.now = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    def deliver(self, **passed: float) -> list[Delivery]:
        """Let time pass, compose what may go and send it all."""
        desk, told = self.desk, []
        desk.tick(**passed)
        desk.flush()
        while (one := pipeline.claim_delivery(desk.store, "sender", desk.now)) is not None:
            pipeline.record_sent(desk.store, one, Receipt(), desk.now)
            told.append(one)
        return told

    def rows(self) -> list[Delivery]:
        with self.desk.store.read() as tx:
            return sorted(deliveries.page(tx, limit=1000)[0], key=lambda one: one.id)

    def states(self) -> list[DeliveryState]:
        return [one.state for one in self.rows()]

    def mute(self, kind: MuteKind, target: str, until: datetime) -> int:
        with self.desk.store.write() as tx:
            return mutes.add(tx, kind, target, until, "anna", self.desk.now)


@pytest.fixture
def make_reader(make_desk: Callable[..., Any]) -> Callable[[str], Reader]:
    return lambda extra="": Reader(make_desk(extra))


def test_quiet_hours_hold_and_release_one_digest_and_no_second_one(make_reader: Callable[[str], Reader]) -> None:
    reader = make_reader(QUIET)
    reader.at("2025-03-20T22:30")
    for _ in range(3):
        reader.file()
    assert reader.deliver(minutes=1) == []
    assert reader.states() == [HELD] * 3
    assert {one.held_until for one in reader.rows()} == {datetime(2025, 3, 21, 7, 0, tzinfo=UTC)}
    assert {one.reason for one in reader.rows()} == {"quiet hours 22:00-07:00"}
    reader.at("2025-03-21T06:59:59")
    assert reader.deliver() == []
    (digest,) = reader.deliver(seconds=1)
    assert digest.kind is DeliveryKind.DIGEST and digest.message is not None
    assert digest.message.subject == "Digest: 3 developments"
    assert "Held back: quiet hours 22:00-07:00." in digest.message.body
    assert all(f"Harbour news {number}" in digest.message.body for number in (1, 2, 3))
    assert reader.states() == [MERGED] * 3 + [SENT]
    assert reader.rows()[0].reason == f"told in digest x{digest.id}; held before: quiet hours 22:00-07:00"
    assert reader.deliver(hours=24) == [], "and an empty one is not sent"


def test_a_critical_alert_breaks_the_night(make_reader: Callable[[str], Reader]) -> None:
    reader = make_reader(QUIET)
    reader.at("2025-03-20T23:00")
    reader.file("truce")
    (told,) = reader.deliver(minutes=1)
    assert (told.kind, told.severity) == (DeliveryKind.DEVELOPMENT, Severity.CRITICAL)


def test_a_digest_of_one_tells_it_in_full(make_reader: Callable[[str], Reader]) -> None:
    reader = make_reader('digest = ["12:00", "18:00"]\ntimezone = "UTC"\n')
    filed = reader.file()
    assert reader.deliver(minutes=1) == []
    reader.at("2025-03-20T12:00")
    (told,) = reader.deliver()
    assert told.kind is DeliveryKind.DIGEST and told.message is not None
    assert told.message.subject == "Harbour news 1" and "Carried by 1 source" in told.message.body
    (first, _) = reader.rows()
    assert (first.development_id, first.story_id) == (filed.development_id, told.story_id)


def test_a_storm_is_summed_up_in_one_message_and_nothing_is_lost(make_reader: Callable[[str], Reader]) -> None:
    reader = make_reader('limit = "3/h"\n')
    for _ in range(10):
        reader.file()
    begun = reader.desk.now
    assert len(reader.deliver(minutes=1)) == 3
    until = begun + timedelta(minutes=61)
    assert [one.held_until for one in reader.rows()] == [None] * 3 + [until] * 7
    assert reader.deliver(minutes=59, seconds=59) == []
    (storm,) = reader.deliver(seconds=1)
    assert storm.message is not None and storm.message.subject == "Storm: 7 held"
    assert "terminal got 3 in an hour already" in storm.message.body
    reader.file()
    reader.file()
    reader.file()
    assert len(reader.deliver(minutes=1)) == 2, "the summary is one of the three of this hour"


def test_a_long_storm_lists_fifty_and_counts_the_rest(make_reader: Callable[[str], Reader]) -> None:
    reader = make_reader('limit = "1/h"\n')
    for _ in range(53):
        reader.file()
    reader.deliver(minutes=1)
    (storm,) = reader.deliver(hours=1)
    assert storm.message is not None and storm.message.subject == "Storm: 52 held"
    assert storm.message.body.count("Harbour news") == 50 and "and 2 more" in storm.message.body


def test_a_late_retry_waits_for_the_morning_too(make_reader: Callable[[str], Reader]) -> None:
    reader = make_reader(QUIET)
    reader.at("2025-03-20T21:58")
    reader.file()
    desk = reader.desk
    desk.tick(minutes=1)
    desk.flush()
    one = pipeline.claim_delivery(desk.store, "sender", desk.now)
    assert one is not None
    pipeline.record_failure(desk.store, one, DeliveryError("busy"), timedelta(minutes=2), desk.now, jitter=0.0)
    for _ in range(60 * 8 + 59):
        assert reader.deliver(minutes=1) == []
    assert desk.now == datetime(2025, 3, 21, 6, 58, tzinfo=UTC)
    assert len(reader.deliver(minutes=2)) == 1


def test_a_mute_silences_until_its_second_and_is_on_record(make_reader: Callable[[str], Reader]) -> None:
    reader = make_reader("")
    until = reader.desk.now + timedelta(hours=1)
    reader.mute(MuteKind.RULE, "harbour", until)
    reader.file()
    assert reader.deliver(minutes=1) == []
    (row,) = reader.rows()
    assert row.state is SUPPRESSED and row.reason.startswith("muted: rule harbour until 2025-03-20 ")
    reader.desk.now = until - timedelta(seconds=31)
    reader.file()
    reader.deliver(seconds=30)
    assert reader.states() == [SUPPRESSED] * 2
    reader.file()
    reader.desk.now = until
    assert reader.deliver() == []
    assert len(reader.deliver(seconds=29)) == 1


def test_what_is_muted_while_it_is_held_is_not_told(make_reader: Callable[[str], Reader]) -> None:
    reader = make_reader(QUIET)
    reader.at("2025-03-20T22:30")
    reader.file()
    reader.file(source="daily")
    reader.deliver(minutes=1)
    reader.mute(MuteKind.SOURCE, "wire", reader.desk.now + timedelta(days=1))
    reader.at("2025-03-21T07:00")
    (told,) = reader.deliver()
    assert told.message is not None and told.message.subject == "Harbour news 2"
    assert reader.states() == [SUPPRESSED, MERGED, SENT]


def test_news_of_a_muted_source_is_told_when_another_tells_it(make_reader: Callable[[str], Reader]) -> None:
    reader = make_reader("")
    reader.mute(MuteKind.SOURCE, "wire", reader.desk.now + timedelta(days=1))
    words = text(1)
    reader.desk.file("http://wire.example/1", "Harbour news", words, "wire")
    assert reader.deliver(minutes=1) == []
    assert reader.states() == [SUPPRESSED]
    reader.desk.file("http://daily.example/1", "Harbour news", words, "daily")
    (told,) = reader.deliver(minutes=1)
    assert told.message is not None and "Carried by 2 sources" in told.message.body


def test_the_same_minutes_outlets_are_one_alert(make_reader: Callable[[str], Reader]) -> None:
    reader = make_reader("")
    words = text(1)
    for seconds, source in ((0, "wire"), (12, "daily")):
        reader.desk.tick(seconds=seconds)
        reader.desk.file(f"http://{source}.example/1", "Harbour news", words, source)
    (told,) = reader.deliver(seconds=18)
    assert told.message is not None and "Carried by 2 sources" in told.message.body
    assert reader.deliver(minutes=5) == []


LATER = """
[[rules]]
id = "foam"
query = 'foam'
severity = "%s"
channels = ["terminal"]
"""


@pytest.mark.parametrize("severity", ["normal", "critical"])
def test_a_rule_that_joins_later_pings_only_when_it_is_critical(
    make_reader: Callable[[str], Reader], severity: str
) -> None:
    reader = make_reader(LATER % severity)
    reader.desk.file("http://wire.example/1", "Harbour news", text(1).replace("foam", "water"), "wire")
    (first,) = reader.deliver(minutes=1)
    joined = reader.desk.file("http://daily.example/1", "Harbour news", text(1), "daily")
    assert joined.development_id == first.development_id
    told = reader.deliver(minutes=1)
    if severity == "normal":
        assert told == []
        assert reader.rows()[0].reason == "foam matched later: no message of its own"
    else:
        assert [one.severity for one in told] == [Severity.CRITICAL]
        assert reader.deliver(minutes=5) == []


def test_low_severity_and_the_built_in_digest(make_reader: Callable[[str], Reader]) -> None:
    reader = make_reader('timezone = "UTC"\n[[rules]]\nid = "resin"\nquery = "pipeline"\nseverity = "low"\n')
    reader.file("pipeline")
    reader.file("pipeline")
    assert reader.deliver(minutes=1) == []
    reader.at("2025-03-21T08:00")
    (digest,) = reader.deliver()
    assert digest.message is not None and digest.message.subject == "Digest: 2 developments"


def test_the_budget_counts_an_alert_once_and_the_rest_waits_for_the_digest(
    make_reader: Callable[[str], Reader],
) -> None:
    two = '\n[[channels]]\nid = "second"\nkind = "console"\n'
    reader = make_reader(f'timezone = "UTC"\n{two}timezone = "UTC"\n')
    watch = reader.desk.watch
    alerts = watch.config.alerts.model_copy(update={"budget": (2, timedelta(days=1))})
    reader.desk.watch = replace(watch, config=replace(watch.config, alerts=alerts))
    for _ in range(3):
        reader.file()
    told = reader.deliver(minutes=1)
    assert sorted((one.destination.channel, one.development_id) for one in told) == [
        ("second", 1),
        ("second", 2),
        ("terminal", 1),
        ("terminal", 2),
    ]
    reader.at("2025-03-21T08:00")
    assert {one.kind for one in reader.deliver()} == {DeliveryKind.DIGEST}


def test_a_first_imports_summary_is_not_sent_at_night(make_desk: Callable[..., Any]) -> None:
    reader = Reader(make_desk(QUIET))
    reader.at("2025-03-20T23:00")
    reader.file(first_import=True)
    reader.file(first_import=True)
    assert reader.deliver(minutes=1) == []
    reader.at("2025-03-21T07:00")
    (summary,) = reader.deliver()
    assert summary.kind is DeliveryKind.SUMMARY


def test_what_the_night_held_takes_no_more_than_the_limit_in_the_morning(make_desk: Callable[..., Any]) -> None:
    reader = Reader(make_desk(QUIET + 'limit = "1/h"\n'))
    reader.at("2025-03-20T23:00")
    reader.file(first_import=True)
    reader.deliver(minutes=1)
    reader.file()
    assert reader.deliver(minutes=1) == []
    reader.at("2025-03-21T07:00")
    assert [one.kind for one in reader.deliver()] == [DeliveryKind.SUMMARY]
    assert reader.deliver(minutes=59) == []
    assert [one.kind for one in reader.deliver(minutes=1)] == [DeliveryKind.DIGEST]


def test_what_was_held_for_a_channel_that_is_gone_is_dead_with_a_word(make_reader: Callable[[str], Reader]) -> None:
    reader = make_reader(QUIET)
    reader.at("2025-03-20T22:30")
    reader.file()
    reader.deliver(minutes=1)
    desk = reader.desk
    reader.at("2025-03-21T07:00")
    bare = replace(desk.watch, config=replace(desk.watch.config, channels=()))
    pipeline.flush(desk.store, bare, {}, desk.now)
    (row,) = reader.rows()
    assert row.state is DeliveryState.DEAD and "alerts retry" in row.last_error
