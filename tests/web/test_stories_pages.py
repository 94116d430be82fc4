"""The list of stories: tabs, rows, their twins; on real archives."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest

from monitor.store import storylist
from monitor.store.storylist import Tab


def rows(screens: Any, address: str) -> list[str]:
    return [one["id"] for one in screens.get(address).json()["rows"]]


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
    def order(address: str) -> list[str]:
        return re.findall(r'<li class="row" data-id="(a\d+)"', screens.get(address).text)

    assert order("/stories/s1") == order("/stories/s1?group=outlet") == ["a1", "a2"]
    assert '<h3 class="day">The Gull' in screens.get("/stories/s1?group=outlet").text
    assert '<h3 class="day">English' in screens.get("/stories/s1?group=language").text
    assert order("/stories/s1?after=a1") == ["a2"]
    for wrong in ("group=colour", "after=a99", "after=x", "page=2"):
        assert screens.get(f"/stories/s1?{wrong}").status_code == 400


def test_like_stories_are_offered_to_merge(screens: Any) -> None:
    page = screens.get("/stories/s1/merge").text
    assert "Merge “" in page and 'action="/stories/s1/merge"' not in page and "Log in to merge" in page
    assert screens.get("/stories/s99/merge").status_code == 404
