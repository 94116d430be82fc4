"""Today: the brief of a day as a page and its twins, the reader's last visit, licences, hostile text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from monitor.model import Outcome
from monitor.web.visits import COOKIE

NOON = datetime(2026, 3, 20, 10, 0, tzinfo=UTC)  # 12:00 in Kyiv
SOURCES = """
[[sources]]
id = "harbour-office"
kind = "feed"
name = "Harbour Office"
url = "http://office.example/feed"
side = "official-skell"

[[sources]]
id = "brine"
kind = "feed"
url = "http://brine.example/feed"
side = "western"
legal = "eu-annex-xv"
"""
DARK = (
    "The lighthouse of Cape Morren went dark on Tuesday after its last keeper, Odile Farr, left the island by boat.\n\n"
    "Skippers reported 14 near misses in the first night, and the coast radio told ships to keep 6 miles away.\n\n"
    "A lamp on batteries will be put up by 3 April, the county of Skell said in a letter to the harbours."
)
DIVERS = DARK + "\n\nOn Friday 3 divers from Brask will look for the cable, which broke 900 metres off the pier."
COUNTED = DARK.replace("14 near misses", "21 near misses").replace("6 miles", "9 miles")
HOSTILE = "<img src=x onerror=alert(1)> [a](javascript:alert(1)) lighthouse `b` | c"


@dataclass
class Readers:
    """Screens over a desk whose clock stands still, and readers of them."""

    desk: Any
    screens: Any

    def get(self, address: str, **options: Any) -> Any:
        return self.screens.get(address, **options)


def opened(desk: Any, open_screens: Callable[..., Any]) -> Readers:
    screens = open_screens(desk)
    screens.app.state.screens = replace(screens.app.state.screens, clock=lambda: desk.now)
    return Readers(desk, screens)


def _filled(desk: Any) -> Any:
    """A day at the lighthouse: told by two sides, an official text, a withheld source, a failing source."""
    desk.now = NOON - timedelta(days=1)
    desk.file("http://gull.example/0", "Tower painted", "A lighthouse on Tarn was painted white for 2,000 crowns.")
    for hours, source in ((-11, "gull"), (-10, "reef")):
        desk.now = NOON + timedelta(hours=hours)
        desk.check(source)
    desk.now = NOON - timedelta(hours=4)
    desk.check("reef", Outcome.TIMEOUT, "no answer")
    desk.now = NOON - timedelta(hours=3)
    desk.check("gull")
    desk.file("http://gull.example/1", "Lighthouse dark", DARK, published=desk.now)
    desk.file("http://reef.example/2", "Divers to look for cable of lighthouse", DIVERS, "reef")
    desk.now = NOON - timedelta(hours=1)
    desk.file("http://office.example/3", "Letter on the lighthouse", COUNTED, "harbour-office")
    desk.file(
        "http://brine.example/4", "Brine: secret of the lighthouse", "The lighthouse keeper owed 77 crowns.", "brine"
    )
    desk.file("http://gull.example/5", HOSTILE, f"A lighthouse said {HOSTILE} to 5 ships on Monday.")
    desk.deliver()
    for hours, title in ((30, "gull"), (31, "brine")):
        desk.now = NOON + timedelta(hours=hours)
        desk.file(
            f"http://{title}.example/eel", "Eels at the lighthouse", "Some 40 lighthouse eels came on Skorn.", title
        )
    desk.now = NOON
    return desk


@pytest.fixture(scope="module")
def shared_day(new_desk: Callable[..., Any], open_screens: Callable[..., Any]) -> Readers:
    return opened(_filled(new_desk(SOURCES, NOON - timedelta(days=1))), open_screens)


@pytest.fixture
def day(shared_day: Readers) -> Readers:
    """The day at noon; tests may turn its clock, and do not write."""
    shared_day.desk.now = NOON
    return shared_day


def test_a_day_adds_up(day: Readers) -> None:
    brief = day.get("/today.json").json()
    assert (brief["date"], brief["timezone"], brief["over"]) == ("2026-03-20", "Europe/Kyiv", False)
    assert (brief["articles"], brief["outlets"]) == (5, 4)
    assert brief["sides"] == {"Official": 1, "Western": 3, "Other": 1}
    hours = {one["start"][11:13]: one for one in brief["hours"]}
    # From midnight in Kyiv to the hour that runs.
    assert next(iter(hours)) == "22" and list(hours)[-1] == "10" and len(hours) == 13
    assert (hours["07"]["articles"], hours["09"]["articles"]) == (2, 3)
    top = brief["rows"][0]
    assert top["title"] == "Lighthouse dark" and top["new"] is True
    assert top["outlets"][0] == "gull" and top["first_source"] == "gull"
    assert sum(count or 0 for count in top["hourly"]) == top["articles"]
    told = [fact["text"] for news in top["news"] for fact in news["facts"]]
    assert {"14", "6"} <= set(told) and {"900", "900 metres"} & set(told)
    assert [one["source"] for one in brief["official"]] == ["harbour-office"]


def test_an_hour_without_an_answer_is_a_gap_and_told_in_words(day: Readers) -> None:
    brief = day.get("/today.json").json()
    gaps = [one["start"][11:13] for one in brief["hours"] if one["gap"]]
    # Checks worked from 23 (UTC) on, from 0 and from 7 on; the one at 6 failed, and the last hour is not over.
    assert gaps == ["01", "02", "03", "04", "05", "06", "08", "09"]
    said = {(tuple(one["sources"]), one["said"]) for one in brief["problems"]}
    assert ((), "no source answered between 03:00 and 09:00") in said
    page = day.get("/").text
    assert 'class="gap"' in page and "no data" in page and "no source answered between 03:00 and 09:00" in page


def test_figures_that_differ_name_both_sides(day: Readers) -> None:
    figures = {(one["old"], one["new"]) for one in day.get("/today.json").json()["rows"][0]["figures"]}
    assert ("14", "21") in figures, figures
    page = " ".join(re.sub(r"<[^>]+>", " ", day.get("/").text).split())
    assert "Figures differ: 21 Harbour Office , 14 The Gull" in page


def test_days_to_come_are_named_with_their_sentence(day: Readers) -> None:
    (found,) = day.get("/today.json").json()["expected"]
    assert found["date"] == "2026-04-03" and found["sentence"].startswith("A lamp on batteries")
    assert "Next fixed dates" in day.get("/").text


def test_days_are_walked_and_a_past_one_is_whole(day: Readers) -> None:
    page = day.get("/").text
    assert 'href="/?date=2026-03-19" rel="prev"' in page and 'rel="next"' not in page
    before = day.get("/?date=2026-03-19").text
    assert "Thursday 19 March 2026" in before and "Tower painted" in before and "Lighthouse dark" not in before
    assert 'href="/" rel="next"' in before and "last visit" not in before
    assert day.get("/today.json?date=yesterday").json()["over"] is True
    for mistake in ("?date=2026-03-21", "?date=7d", "?date=2026-13-01", "?day=1", "?as_of=2027-01-01"):
        for form in ("/", "/today.json", "/today.md", "/today.csv", "/today.rss"):
            assert day.get(form + mistake).status_code == 400, form + mistake


def test_a_frozen_brief_stays_as_it_was(day: Readers) -> None:
    frozen = "?date=2026-03-20&as_of=2026-03-20T08:30Z"
    page = day.get(f"/{frozen}").text
    assert "Frozen" in page and "Letter on the lighthouse" not in page
    first = day.get(f"/today.json{frozen}")
    day.desk.now += timedelta(days=1)
    later = day.get(f"/today.json{frozen}", headers={"If-None-Match": first.headers["etag"]})
    assert first.json()["articles"] == 2 and later.status_code == 304


def test_the_zone_is_the_readers(day: Readers) -> None:
    cookie = {"Cookie": "storywatch-zone=America/New_York"}
    brief = day.get("/today.json", headers=cookie).json()
    assert (brief["timezone"], brief["since"]) == ("America/New_York", "2026-03-20T04:00:00Z")


def visit(answer: Any) -> dict[str, str]:
    return {"Cookie": f"{COOKIE}={answer.cookies[COOKIE]}"}


def test_the_last_visit_is_the_one_before_this(day: Readers) -> None:
    first = day.get("/")
    assert "has not looked here before" in first.text
    day.desk.now += timedelta(minutes=5)
    again = day.get("/", headers=visit(first))
    assert "has not looked here before" in again.text
    # Eels came at 18 and 19 hours (UTC) of the next day.
    day.desk.now += timedelta(hours=32)
    third = day.get("/", headers=visit(again))
    assert re.search(r"Since your last visit.*12:05.*>2 articles<.*>1 new story<.*>0 alerts<", third.text, re.DOTALL)
    assert day.get("/today.json", headers=visit(again)).json()["last_visit"]["articles"] == 2
    # While somebody stays, it is still counted from then.
    day.desk.now += timedelta(minutes=10)
    assert ">2 articles<" in day.get("/", headers=visit(third)).text


@pytest.mark.parametrize("odd", ["x", "0.0", "1.", "99999999999.1", "-5.-5", "٣.٣", "9999999999.9999999999", "<b>"])
def test_an_odd_cookie_counts_for_nothing(day: Readers, odd: str) -> None:
    answer = day.get("/", headers={"Cookie": f"{COOKIE}={odd}".encode()})
    assert answer.status_code == 200 and "has not looked here before" in answer.text


def test_what_is_never_republished_leaves_no_screen(day: Readers) -> None:
    assert "Brine: secret" in day.get("/").text and "Brine: secret" in day.get("/articles").text
    story = next(one["story"] for one in day.get("/articles.json").json()["rows"] if one["source"] == "brine")
    for given in (
        "/today.md",
        f"/stories/{story}.md",
        "/today.rss",
        "/articles.rss",
        "/stories.rss",
        "/alerts.rss",
        "/sources/brine.rss",
    ):
        text = day.get(given).text
        assert "secret of the" not in text and "brine.example" not in text and "77 crowns" not in text, given
    assert "brine (not republished)" in day.get("/articles.rss").text
    atom = day.get("/feed.atom").text
    assert "secret of the" not in atom and "brine (not republished)" in atom
    assert "headline not republished" in day.get("/today.md").text
    assert "that are not republished: brine" in day.get(f"/stories/{story}.md").text


def test_hostile_text_is_text_in_markdown(day: Readers) -> None:
    for address in ("/today.md", "/stories/s1.md"):
        answer = day.get(address)
        assert answer.headers["content-type"] == "text/markdown; charset=utf-8"
    text = day.get("/today.md").text
    assert r"\<img src=x onerror=alert(1)\> \[a\](javascript:alert(1))" in text
    assert set(re.findall(r"(?<!\\)<([a-z]*)", text)) <= {"http", "https"}
    assert "<img src=x" not in day.get("/").text


def test_a_story_in_markdown_tells_what_was_new(day: Readers) -> None:
    number = day.get("/today.json").json()["rows"][0]["id"]
    text = day.get(f"/stories/{number}.md").text
    assert text.startswith("# Lighthouse dark\n\nStory ")
    assert "## Who reported it, in order\n\n1. 2026-03-20 09:00 EET The Gull" in text
    assert "- New: Skippers reported 14 near misses" in text and "<http://gull.example/1>" in text
    assert "- 21 (Harbour Office, " in text
    assert all(len(one) <= 330 for one in re.findall(r"New: .*", text))
    assert (day.get("/stories/s99.md").status_code, day.get("/stories/x.md").status_code) == (404, 404)
    assert day.get(f"/stories/{number}.md?x=1").status_code == 400


def test_the_twins_agree(day: Readers) -> None:
    page = day.get("/").text
    for kind in ("json", "csv", "rss", "md"):
        assert f'href="/today.{kind}"' in page
    rows = list(csv.DictReader(io.StringIO(day.get("/today.csv").text)))
    items = ElementTree.fromstring(day.get("/today.rss").content).findall("./channel/item")
    brief = day.get("/today.json").json()
    assert [row["id"] for row in rows] == [row["id"] for row in brief["rows"]]
    assert len(items) == len(rows) and (items[0].findtext("guid") or "").endswith(f"/stories/{rows[0]['id']}")
    assert f"from {brief['outlets']} outlets" in day.get("/today.md").text


def test_a_story_that_one_side_tells_is_named(day: Readers) -> None:
    day.desk.now = NOON + timedelta(days=2)
    (found,) = day.get("/today.json?date=2026-03-21").json()["one_side"]
    assert (found["title"], found["side"], found["outlets"]) == ("Eels at the lighthouse", "Western", ["brine", "gull"])
    assert "Only one side reports" in day.get("/?date=2026-03-21").text
    assert day.get("/today.json?date=2026-03-20").json()["one_side"] == []


def test_postgresql_tells_the_same(filled_postgres: Any, filled: Any, open_screens: Callable[..., Any]) -> None:
    def told(desk: Any) -> Any:
        brief = opened(desk, open_screens).get("/today.json").json()
        figures = [(one["title"], one["outlets"], len(one["news"]), one["figures"]) for one in brief["rows"]]
        return brief["articles"], brief["sides"], figures, [one["title"] for one in brief["alerts"]], brief["one_side"]

    assert told(filled_postgres) == told(filled)
    for address in ("/", "/today.md", "/stories/s1.md"):
        assert opened(filled_postgres, open_screens).get(address).status_code == 200


def test_the_page_prints_its_moment_and_its_question(day: Readers) -> None:
    page = day.get("/?date=2026-03-19").text
    assert '<p class="printed">As of 20 Mar 2026 12:00, times in Europe/Kyiv. /?date=2026-03-19</p>' in page
