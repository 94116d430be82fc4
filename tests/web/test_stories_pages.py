"""The list of stories: tabs, rows, their twins; on real archives."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from monitor.model.reviews import Status, Subject
from monitor.store import open_store, reviews, stories, storylist
from monitor.store.storylist import Tab
from monitor.store.tables import article, version


def rows(screens: Any, address: str) -> list[str]:
    return [one["id"] for one in screens.get(address).json()["rows"]]


def order(screens: Any, address: str) -> list[str]:
    """The articles of a story's page."""
    return re.findall(r'<li class="row" data-id="(a\d+)"', screens.get(address).text)


def test_a_row_tells_who_carries_it_and_since_when(screens: Any) -> None:
    (found, *_others) = [one for one in screens.get("/stories.json").json()["rows"] if one["id"] == "s1"]
    assert (found["status"], found["changed"], found["outlets"]) == ("new", False, 2)
    assert found["sides"] == {"Western": 1, "Other": 1} and found["sources"] == {"gull": 1, "reef": 1}
    assert sum(found["hours"]) == found["articles"] == 2 and len(found["hours"]) == 48
    assert found["headline"] == "Keeper left: divers look for cable" and found["rules"] == ["keeper-gone"]
    page = screens.get("/stories").text
    assert "2 articles · 2 outlets" in page and 'aria-labelledby="sides1-t' in page
    assert re.search(r'<a href="/stories"[^>]*aria-current="true">For review', page)
    # Nobody is logged in: there is nothing to press.
    assert 'action="/review"' not in page


def test_its_other_forms(screens: Any) -> None:
    found = screens.get("/stories.json").json()["rows"]
    sheet = list(csv.DictReader(io.StringIO(screens.get("/stories.csv").text)))
    assert [one["id"] for one in sheet] == [one["id"] for one in found]
    assert next(one for one in sheet if one["id"] == "s1")["sides"] == "Western 1; Other 1;"
    feed = screens.get("/stories.rss?tab=all").text
    assert f"/stories/{found[0]['id']}</link>" in feed
    for wrong in ("tab=lost", "q=x", "after=a1", "as_of=2999-01-01"):
        assert screens.get(f"/stories?{wrong}").status_code == 400
        assert "error" in screens.get(f"/stories.json?{wrong}").json()


def test_pages_and_the_past(screens: Any) -> None:
    everything = rows(screens, "/stories.json?tab=all")
    first = screens.get("/stories.json?tab=all&limit=1").json()
    assert [one["id"] for one in first["rows"]] == everything[:1]
    assert rows(screens, first["next_url"].replace("limit=1&", "")) == everything[1:]
    assert 'rel="next"' in screens.get("/stories?tab=all&limit=1").text
    assert rows(screens, "/stories.json?as_of=2020-01-01") == []
    assert "Nothing waits for review" in screens.get("/stories?as_of=2020-01-01").text


@pytest.fixture(params=["filled", "filled_postgres"])
def archive(request: pytest.FixtureRequest) -> Any:
    """The filled archive, on both databases; only to be read."""
    return request.getfixturevalue(request.param)


def test_the_same_on_both_databases(archive: Any, open_screens: Callable[..., Any]) -> None:
    screens = open_screens(archive)
    everything = rows(screens, "/stories.json?tab=all")
    assert everything[-1] == "s1" and rows(screens, "/stories.json") == everything
    with archive.store.read() as tx:
        counts = storylist.counts(tx, archive.now)
    assert counts[Tab.ALL] == counts[Tab.REVIEW] == len(everything) and counts[Tab.KEPT] == counts[Tab.CHANGED] == 0
    for tab in Tab:
        assert screens.get(f"/stories?tab={tab.value}").status_code == 200
    assert "2 articles, 2 outlets" in screens.get("/stories/s1").text
    assert screens.get("/stories/s1.json").json()["sides"] == {"Western": 1, "Other": 1}
    assert screens.get("/stories/s1/merge").status_code == 200


SHARED = {"language": "en", "published": None, "partial": False}


def bare(number: int, story: int, moment: datetime, **more: Any) -> dict[str, Any]:
    """An article's row."""
    address = f"http://gull.example/{number}"
    row = {"id": number, "url": address, "url_key": address, "title": f"Report {number} of a crowd", "level": "new"}
    own = {"source_id": "gull", "origin": "fetched", "on_topic": True, "story_id": story, "versions": 1}
    return {**row, **own, **SHARED, "first_seen": moment, **more}


def crowd(store: Any, now: datetime, count: int) -> None:
    """A story s1 of so many articles, a minute apart, each third one a copy of the first."""
    moments = [now - timedelta(minutes=count - number) for number in range(count)]
    articles: list[Any] = []
    versions: list[Any] = []
    with store.write() as tx:
        stories.add(tx, "A crowd", moments[0])
        turn = stories.add_development(tx, 1, "k", "A crowd", moments[0], version_id=1, known=False)
        for number, moment in enumerate(moments, 1):
            level, credit = "copy" if number % 3 == 0 else "new", "KYIV (Reuters) - " if number % 2 else ""
            articles.append(bare(number, 1, moment, source_id=f"outlet{number % 60}", level=level))
            own = {"text": f"{credit}A crowd of {number} came.", "author": "", "published_raw": "", "site": ""}
            told = {"canonical": "", "paywalled": False, "method": "x", "scheme": 1, "text_hash": number, "marks": {}}
            judged = {"containment": 0.0, "agreement": 0.0, "newword": 1.0, "evidence": {"sentences": [], "facts": []}}
            row = {"id": number, "article_id": number, "number": 1, "url": "", "title": f"Report {number}"}
            near = {"level": level, "nearest_id": 1 if level == "copy" else None, "development_id": turn}
            versions.append({**row, **own, **told, **judged, **near, **SHARED, "first_seen": moment, "modified": None})
        tx.execute(insert(article), articles)
        tx.execute(insert(version), versions)


def test_what_moved_after_it_was_reviewed_has_changed(database_url: str) -> None:
    store, now = open_store(database_url), datetime(2026, 3, 18, 12, tzinfo=UTC)
    hour = timedelta(hours=1)
    with store.write() as tx:
        for number in (1, 2, 3, 4):
            stories.add(tx, f"Story {number}", now)
            stories.add_development(tx, number, "k", "First", now, version_id=None, known=False)
            tx.execute(insert(article), [bare(number, number, now)])
        reviews.record(tx, Subject.STORY, [1, 2], Status.KEPT, "Ann", now + hour)
        for number in (2, 3):
            stories.add_development(tx, number, "l", "Second", now + 2 * hour, version_id=None, known=False)
        # Said after its development, as s2 was before; nobody has looked at s4.
        reviews.record(tx, Subject.STORY, [3], Status.SEEN, "Ann", now + 3 * hour)
    with store.read() as tx:
        assert storylist.listed(tx, Tab.CHANGED, 9, None, now) == ((2,), None)
        assert storylist.listed(tx, Tab.REVIEW, 9, None, now) == ((4,), None)
        assert storylist.listed(tx, Tab.KEPT, 1, None, now) == ((2,), 2)
        assert storylist.listed(tx, Tab.KEPT, 1, 2, now) == ((1,), None)
        assert storylist.listed(tx, Tab.ALL, 9, None, now, until=now) == ((), None)
        found = storylist.counts(tx, now)
    assert {tab: found[tab] for tab in (Tab.CHANGED, Tab.REVIEW, Tab.KEPT, Tab.ALL)} == {
        Tab.CHANGED: 1,
        Tab.REVIEW: 1,
        Tab.KEPT: 2,
        Tab.ALL: 4,
    }
    store.close()


def test_a_story_of_a_thousand_articles_is_a_small_page(desk: Any, open_screens: Callable[..., Any]) -> None:
    crowd(desk.store, desk.now, 1000)
    screens = open_screens(desk)
    page = screens.get("/stories/s1")
    assert page.status_code == 200 and len(gzip.compress(page.content)) < 60 * 1024
    assert page.text.count('<li class="row" data-id="a') == 50 and "1000 articles, 60 outlets" in page.text
    older = re.search(r'href="([^"#]*)#articles" rel="next"', page.text)
    assert older and order(screens, older[1]) == [f"a{number}" for number in range(51, 101)]
    last = screens.get("/stories/s1?after=a990").text
    assert 'data-id="a1000"' in last and 'rel="next"' not in last
    graph = page.text[page.text.index('class="carried"') :]
    # The first 24 outlets, an agency, and each of the three in the legend.
    counted = [graph.count(f"dot-{kind}") for kind in ("own", "copy", "agency")]
    assert sum(counted) == 24 + 1 + 3 and counted[2] == 2 and "the first 24 of 60" in page.text


def test_one_story_tells_who_carried_it_and_what_moved(screens: Any) -> None:
    page = screens.get("/stories/s1").text
    assert "2 articles, 2 outlets, " in page and "Reuters" not in page
    assert 'class="dots"' in page and 'class="carried"' in page and 'class="coverage"' in page
    # The report of a1 was edited: what changed is a dot of its own.
    assert "/articles/a1/diff?old=1&amp;new=2" in page
    assert 'href="/stories/s1.md"' in page and 'href="/stories/s1.json"' in page
    # What was new in a development, with the figures and names.
    assert "3 divers from Brask" in page and '<h2 id="turns">2 developments' in page
    found = screens.get("/stories/s1.json").json()
    assert found["sides"] == {"Western": 1, "Other": 1} and found["status"] == "new" and found["muted_until"] is None
    assert [one["source"] for one in found["outlets"]] == ["gull", "reef"]
    assert [(one["article"], one["version"]) for one in found["changes"]] == [("a1", 2)]
    assert screens.get("/stories/s99").status_code == screens.get("/stories/x1.json").status_code == 404


def test_articles_of_a_story_are_put_together(screens: Any) -> None:
    assert order(screens, "/stories/s1") == order(screens, "/stories/s1?group=outlet") == ["a1", "a2"]
    assert '<h3 class="day">The Gull' in screens.get("/stories/s1?group=outlet").text
    assert '<h3 class="day">English' in screens.get("/stories/s1?group=language").text
    assert order(screens, "/stories/s1?after=a1") == ["a2"]
    for wrong in ("group=colour", "after=a99", "after=x", "page=2"):
        assert screens.get(f"/stories/s1?{wrong}").status_code == 400


def test_like_stories_are_offered_to_merge(screens: Any) -> None:
    page = screens.get("/stories/s1/merge").text
    assert "Merge “" in page and 'action="/stories/s1/merge"' not in page and "Log in to merge" in page
    assert screens.get("/stories/s99/merge").status_code == 404
