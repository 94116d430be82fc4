"""Sources on the screens: what each brings, when nothing came, one source as data and as a feed; /metrics."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from monitor.inquiry import outages, supply
from monitor.model import EntryState, Outcome, Source, SourceState
from monitor.store import coverage, sources
from monitor.store.daily import Arrivals, Days
from monitor.store.fetches import FetchRow
from monitor.store.figures import figures
from monitor.store.tables import source
from monitor.web.exposition import COUNTER, Family, exposition, one
from spiders.kinds import KINDS
from spiders.opml import read_opml

NOON = datetime(2026, 3, 18, 12, 0, tzinfo=UTC)


def test_the_list_says_what_each_source_brings(screens: Any) -> None:
    gull, reef = screens.get("/sources.json").json()["rows"]
    assert (gull["id"], gull["working"], gull["kind"], gull["full_text"]) == ("gull", "ok", "feed", 1.0)
    assert gull["days"][:-1] == [None] * 27 and gull["median_a_day"] is None and not gull["subscribed"]
    assert (reef["working"], reef["error"]) == ("failing", "no answer in 30 s")
    page = screens.get("/sources").text
    assert "1 of 2 well" in page and "The Gull: 0 new today, the first day" in page
    assert "no answer in 30 s" in page and 'href="/sources.opml"' in page


def test_a_source_says_since_when_there_are_no_data(screens: Any) -> None:
    reef = screens.get("/sources/reef.json").json()
    (gap,) = reef["outages"]
    assert (gap["until"], gap["checks"], gap["words"]) == (None, 1, "1 check failed: it did not answer in time")
    assert reef["sample"]["url"] == "http://reef.example/3" and reef["sample"]["article"] == "a3"
    page = screens.get("/sources/reef").text
    assert "No data now" in page and "The last item, as it was read" in page
    assert screens.get("/sources/none").status_code == screens.get("/sources/none.json").status_code == 404


def test_a_source_is_a_feed_and_all_are_a_list(screens: Any) -> None:
    feed = ElementTree.fromstring(screens.get("/sources/gull.rss").content)
    assert [item.findtext("title") for item in feed.iter("item")] == [
        "Lighthouse keeper found",
        "Lighthouse without a keeper",
    ]
    assert screens.get("/sources/none.rss").status_code == 404
    answer = screens.get("/sources.opml")
    assert answer.headers["content-type"].startswith("text/x-opml")
    found, skipped = read_opml(answer.content, KINDS)
    assert [each.url for each in found] == ["http://gull.example/feed", "http://reef.example/feed"] and not skipped


ANNEX = """
[[sources]]
id = "annex"
kind = "feed"
url = "http://annex.example/"
legal = "eu-annex-xv"
"""


def test_headlines_that_may_not_be_republished_stay_here(desk: Any, make_watch: Any, open_screens: Any) -> None:
    desk.watch = make_watch(ANNEX)
    with desk.store.write() as tx:
        sources.sync(tx, desk.watch.config.sources, desk.now)
    desk.file("http://annex.example/1", "Lighthouse and keeper", "A lighthouse and its keeper, Odile Farr.", "annex")
    screens = open_screens(desk)
    item = ElementTree.fromstring(screens.get("/sources/annex.rss").content).find(".//item")
    assert item is not None and item.findtext("title") == "A report by annex (not republished)"
    assert (
        "Lighthouse and keeper" in screens.get("/sources/annex").text and "eu-annex-xv" in screens.get("/sources").text
    )


def checks(*outcomes: Outcome) -> list[FetchRow]:
    """Checks an hour apart, as the store gives them: newest first."""
    rows = [
        FetchRow(n, "s", "check", "", "", outcome, None, NOON + timedelta(hours=n), 0.1, 0, 0, 0, "")
        for n, outcome in enumerate(outcomes)
    ]
    return rows[::-1]


OK, BAD, NONE = Outcome.OK, Outcome.TIMEOUT, Outcome.EMPTY


@pytest.mark.parametrize(
    ("given", "spans"),
    [
        ((), []),
        ((OK, OK, NONE), []),
        ((OK, BAD, BAD, OK), [(0, 3, 2)]),
        ((BAD, OK), [(0, 1, 1)]),
        ((OK, BAD), [(0, None, 1)]),
        ((OK, BAD, OK, BAD, BAD), [(2, None, 2), (0, 2, 1)]),
    ],
)
def test_outages_are_spans_between_good_checks(given: Any, spans: Any) -> None:
    told = [
        (each.since.hour - 12, None if each.until is None else each.until.hour - 12, each.checks)
        for each in outages.outages(checks(*given))
    ]
    assert told == spans


def test_supply_is_held_against_its_own_median() -> None:
    days = Days(NOON, UTC, 5)
    state = SourceState("s", "http://s.example/", NOON, first_checked=NOON - timedelta(days=3))
    found = supply.supply([0, 4, 8, 6, 2], state, days, 10, 7)
    assert (found.days, found.median, found.today, found.share) == ((None, 4, 8, 6, 2), 6.0, 2, 0.7)
    assert found.words == "6 new a day (median), 2 so far today"
    assert supply.supply(None, state, days, 0, 0).share is None
    entries = {EntryState.DONE: 5, EntryState.FILTERED: 2, EntryState.WAITING: 0}
    assert supply.fate(entries, 1) == (("full text", 4), ("listed text only", 1), ("left out by its filter", 2))


def test_quirks_are_what_the_config_says_of_a_source() -> None:
    source = Source("s", "feed", "http://s.example/", guid_strip="x", utc_offset=timedelta(hours=-3), javascript=True)
    found = dict(supply.quirks(source, SourceState("s", source.url, NOON, moved_to="http://t.example/")))
    assert list(found) == ["javascript", "utc_offset", "guid_strip", "moved to"]
    assert found["utc_offset"] == "its dates are read as -3 hours of UTC"


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest) -> Any:
    """The filled archive on either database."""
    return request.getfixturevalue("filled" if request.param == "sqlite" else "filled_postgres")


def test_both_databases_count_the_same(either: Any, open_screens: Callable[..., Any]) -> None:
    with either.store.read() as tx:
        found = figures(tx, either.now)
    assert found.fetches == {("check", Outcome.UNCHANGED): 2, ("check", Outcome.TIMEOUT): 1}
    assert sum(found.deliveries.values()) == 4 and found.firings == {"keeper-gone": 3}
    told = values(open_screens(either).get("/metrics").text)
    assert told['storywatch_articles{belongs="yes"}'] == 4 and told['storywatch_articles{belongs="no"}'] == 2
    assert told['storywatch_deliveries{channel="terminal",state="dead"}'] == 1
    assert told['storywatch_sources{state="failing"}'] == 1 and told["storywatch_archive_bytes"] > 100_000
    assert "storywatch_well" not in told and "storywatch_tick_age_seconds" not in told
    rows = open_screens(either).get("/sources.json").json()["rows"]
    assert [(row["articles"], row["full_text"], bool(row["newest"])) for row in rows] == [
        (3, 1.0, True),
        (2, 1.0, True),
    ]


def values(text: str) -> dict[str, float]:
    """The samples of an exposition; every line of it is one, or says what comes."""
    found = {}
    for line in text.splitlines():
        if line.startswith("#"):
            assert re.fullmatch(r"# (HELP|TYPE) storywatch_[a-z0-9_]+ .+", line), line
            continue
        sample = re.fullmatch(r'(storywatch_[a-z0-9_]+(?:\{(?:[a-z]+="(?:[^"\\]|\\.)*",?)+\})?) (-?[0-9.e+-]+)', line)
        assert sample is not None, line
        found[sample[1]] = float(sample[2])
    return found


def test_days_that_are_over_are_counted_once(sqlite_store: Any, desk: Any) -> None:
    counted = Arrivals()
    with desk.store.write() as tx:
        for moment, new in ((NOON - timedelta(days=2), 3), (NOON - timedelta(hours=1), 2)):
            coverage.brought(tx, "gull", new, moment)
    days = Days(NOON, UTC, 4)
    with desk.store.read() as tx:
        assert counted.of(tx, days) == {"gull": [0, 3, 0, 2]}
    with desk.store.write() as tx:
        coverage.brought(tx, "gull", 5, NOON)
        coverage.brought(tx, "reef", 1, NOON)
    with desk.store.read() as tx:
        assert counted.of(tx, days) == {"gull": [0, 3, 0, 7], "reef": [0, 0, 0, 1]}
        assert counted.of(tx, Days(NOON + timedelta(days=1), UTC, 4)) == {"gull": [3, 0, 7, 0], "reef": [0, 0, 1, 0]}


def test_metrics_are_behind_the_same_door(filled: Any, open_screens: Callable[..., Any], enter: Any) -> None:
    assert open_screens(filled, client="192.0.2.7").get("/metrics").status_code == 403
    answer = open_screens(filled).get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert open_screens(filled).get("/metrics?a=b").status_code == 400
    screens = open_screens(filled)
    screens.app.state.pulse = lambda: {"tick_age_seconds": 0.5, "tick_late_seconds": 0.0, "unheard_of": 1.0}
    told = values(screens.get("/metrics").text)
    assert (told["storywatch_well"], told["storywatch_tick_age_seconds"]) == (1, 0.5)
    assert not any("unheard" in name for name in told)


def test_an_exposition_escapes_what_it_quotes() -> None:
    odd = Family("a_total", COUNTER, "Line\nand \\.", (({"rule": 'x"\\\n'}, 2.5),))
    assert exposition([odd, one("b", "Bee.", 1), Family("c", COUNTER, "None.", ())]) == (
        '# HELP a_total Line\\nand \\\\.\n# TYPE a_total counter\na_total{rule="x\\"\\\\\\n"} 2.5\n'
        "# HELP b Bee.\n# TYPE b gauge\nb 1\n"
    )


def test_a_source_is_asked_when_a_person_wants_it(desk: Any, enter: Callable[..., Any]) -> None:
    person = enter(desk)
    assert 'action="/sources/gull/check"' in person.get("/sources/gull").text

    def set_back(checked: datetime) -> None:
        with desk.store.write() as tx:
            later = {"due_at": desk.now + timedelta(hours=1), "last_checked": checked}
            tx.execute(update(source).where(source.c.id == "gull").values(later))

    set_back(desk.now - timedelta(minutes=5))
    assert person.act("/sources/gull/check").status_code == 303
    with desk.store.read() as tx:
        assert sources.state(tx, "gull").due_at <= datetime.now(UTC)
    set_back(datetime.now(UTC))
    answer = person.act("/sources/gull/check")
    assert answer.status_code == 400 and "less than a minute ago" in answer.text
    with desk.store.read() as tx:
        assert sources.state(tx, "gull").due_at > datetime.now(UTC)
    assert person.act("/sources/none/check").status_code == 404
