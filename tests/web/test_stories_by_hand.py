"""Stories worked through by a person: tabs after triage, merged and split from the screen, muted until then."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from monitor.store import storylist
from monitor.store.storylist import Tab

OURS = {"Origin": "http://127.0.0.1:8787"}
HOSTILE = "<script>alert(1)</script>"


STORIES = (
    ("1", "Lighthouse without a keeper", "The lighthouse of Cape Morren went dark after Odile Farr left by boat."),
    ("2", "Storm at the lighthouse", "A storm took 3 boats off Tarn, and divers from Brask look for it, said Ole Vik."),
    ("3", f"Harbour closed {HOSTILE}", "The harbour of Skell closed for 8 days, said warden Ada Holm of Wrack Bay."),
)


def person_at(desk: Any, enter: Callable[..., Any]) -> Any:
    for number, title, text in STORIES:
        desk.file(f"http://gull.example/{number}", title, text)
    return enter(desk)


@pytest.fixture
def person(desk: Any, enter: Callable[..., Any]) -> Any:
    """Ann before screens with a1 (s1), a2 (s2) and a3 (s3)."""
    return person_at(desk, enter)


def test_what_was_said_moves_a_story_to_its_tab(person: Any) -> None:
    page = person.get("/stories").text
    assert page.count('<form class="judge in-place" action="/review"') == 3 and HOSTILE not in page
    person.act("/review", id="s1", status="kept", note=HOSTILE)
    person.act("/review", id="s2", status="dismissed")
    assert person.rows("/stories.json") == ["s3"]
    assert (person.rows("/stories.json?tab=kept"), person.rows("/stories.json?tab=dismissed")) == (["s1"], ["s2"])
    assert person.rows("/stories.json?tab=all") == ["s3", "s2", "s1"]
    assert re.search(r'tab=kept"[^>]*>Kept <span class="soft">1<', person.get("/stories").text)
    assert HOSTILE not in person.get("/stories/s1").text and "alert(1)" in person.get("/stories/s1").text
    person.act("/seen", id=["s3"])
    assert person.rows("/stories.json") == [] and "Nothing waits for review" in person.get("/stories").text


def test_a_kept_story_with_a_newer_development_is_changed_since_review(person: Any) -> None:
    person.act("/review", id="s1", status="kept")
    assert person.rows("/stories.json?tab=changed") == []
    person.desk.now += timedelta(hours=1)
    text = STORIES[0][2] + "\n\nOn Friday 40 skippers from Vell blocked the pier of Wrack Bay for 11 hours."
    person.desk.file("http://reef.example/9", "Lighthouse: skippers block the pier", text, "reef")
    assert person.rows("/stories.json?tab=changed&limit=9") == ["s1"]
    (row,) = person.get("/stories.json?tab=kept").json()["rows"]
    assert row["changed"] and row["status"] == "kept" and row["developments"] == 2


def test_growing_is_many_reports_in_few_hours(person: Any) -> None:
    with person.desk.store.read() as tx:
        assert storylist.counts(tx, person.desk.now + timedelta(seconds=1))[Tab.GROWING] == 0
    for number in range(3):
        person.desk.file(f"http://reef.example/{number}", STORIES[0][1], STORIES[0][2], "reef")
    with person.desk.store.read() as tx:
        assert storylist.growing(tx, person.desk.now + timedelta(seconds=1)) == (1,)
        # The same at a day's end is old news.
        assert storylist.growing(tx, person.desk.now + timedelta(days=1)) == ()


def test_merge_and_split_from_the_screen(person: Any) -> None:
    answer = person.act("/stories/s1/merge", other="s2", next="/stories/s1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/stories/s1")
    assert "s2 is part of s1 now" in person.said()
    page = person.get("/stories/s1").text
    assert "2 articles, 1 outlet" in page and "Ann merged s2 into s1" in page and "Split off again" in page
    assert person.rows("/stories.json") == ["s3", "s1"]
    assert person.get("/stories/s2.json").json()["id"] == "s1"
    # The way back: what was merged is split off again, as a story of its own.
    person.act("/stories/s1/split", id="a2")
    assert "s4 is a story of its own now, split from s1" in person.said()
    assert person.rows("/stories.json") == ["s4", "s3", "s1"]
    assert "Merge again" in person.get("/stories/s1").text
    person.act("/stories/s1/merge", other="s4")
    assert person.rows("/stories.json") == ["s3", "s1"]


@pytest.mark.parametrize(
    ("path", "fields", "words"),
    [
        ("s1/merge", {}, "merge with which story"),
        ("s1/merge", {"other": "s1"}, "one story already"),
        ("s1/merge", {"other": "s99"}, "there is no story s99"),
        ("s1/merge", {"other": HOSTILE}, "is no id"),
        ("s1/split", {}, "choose the articles first"),
        ("s1/split", {"id": "a2"}, "has no article a2"),
        ("s1/split", {"id": "a1"}, "nothing would be left"),
    ],
)
def test_what_cannot_be_joined_or_split_is_refused_in_words(person: Any, path: str, fields: Any, words: str) -> None:
    answer = person.act(f"/stories/{path}", **fields)
    assert answer.status_code == 400 and words in answer.text.replace("&#39;", "'") and HOSTILE not in answer.text
    assert person.rows("/stories.json") == ["s3", "s2", "s1"]


def test_nobody_joins_without_a_login(person: Any) -> None:
    for path in ("merge", "split"):
        answer = person.screens.request("POST", f"/stories/s1/{path}", data={"other": "s2"}, headers=OURS)
        assert answer.status_code in (303, 401, 403) and person.rows("/stories.json") == ["s3", "s2", "s1"]
        assert person.post(f"/stories/s1/{path}", {"other": "s2"}).status_code == 403


def test_a_mute_always_has_an_end(person: Any) -> None:
    form = re.search(r'<form class="judge" action="/mute".*?</form>', person.get("/stories/s1").text, re.DOTALL)
    assert form and 'name="target" value="s1"' in form[0] and 'name="until"' in form[0]
    assert person.act("/mute", kind="story", target="s1", until="").status_code == 400
    person.act("/mute", kind="story", target="s1", until="24h", note=HOSTILE)
    page = person.get("/stories/s1").text
    assert "muted until" in page and "Hear of it again" in page and HOSTILE not in page
    assert person.get("/stories/s1.json").json()["muted_until"] is not None
    person.act("/mute/end", id=re.search(r'name="id" value="(m\d+)"', page).group(1))
    assert "muted until" not in person.get("/stories/s1").text


def test_like_stories_are_found_and_merged_by_a_button(person: Any) -> None:
    text = "Ole Vik and Ada Holm told Brask on 4 May that 14 boats and 900 metres of cable are lost at the lighthouse."
    person.desk.file("http://gull.example/7", "Boats lost off Tarn", text)
    person.desk.file("http://reef.example/7", "Boats lost off Tarn, says Vik", text, "reef")
    person.act("/stories/s4/split", id="a5")
    (found, *_others) = re.findall(r'<button name="other" value="(s\d+)">', person.get("/stories/s4/merge").text)
    assert found == "s5"
    person.act("/stories/s4/merge", other=found)
    assert person.get("/stories/s5.json").json()["id"] == "s4"
    assert "s5" not in re.findall(r'<button name="other" value="(s\d+)">', person.get("/stories/s4/merge").text)
