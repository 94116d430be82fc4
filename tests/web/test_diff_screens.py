"""What changed in an article, on its screen and as JSON."""

from __future__ import annotations

from typing import Any


def test_the_newest_version_against_the_one_before(screens: Any) -> None:
    page = screens.get("/articles/a1/diff")
    assert page.status_code == 200
    assert "<del>14</del>" in page.text and "<ins>17</ins>" in page.text
    assert "The edit is material: number" in page.text
    assert page.text.count("<script") == 1, "only our own"


def test_the_same_as_json(screens: Any) -> None:
    told = screens.get("/articles/a1/diff.json?old=1&new=2").json()
    assert (told["article"], told["material"], told["changes"][0]["kinds"]) == ("a1", True, ["number"])
    assert told == screens.get("/articles/a1/diff.json").json()


def test_the_article_leads_to_it(screens: Any) -> None:
    assert "/articles/a1/diff?old=1&amp;new=2" in screens.get("/articles/a1").text


def test_what_is_not_there_is_said_in_words(screens: Any) -> None:
    for address in ("/articles/a2/diff", "/articles/a99/diff", "/articles/a1/diff?new=7", "/articles/x/diff"):
        assert screens.get(address).status_code == 404, address
    assert "one version" in screens.get("/articles/a2/diff").text
    assert screens.get("/articles/a1/diff?old=x").status_code == 400
    assert "error" in screens.get("/articles/a2/diff.json").json()


def test_hostile_text_stays_text(desk: Any, open_screens: Any) -> None:
    url = "http://gull.example/1"
    text = "The lighthouse keeper <script>alert(1)</script> counted 14 ships before the lamp went out."
    desk.file(url, "A lighthouse <b>", text)
    desk.file(url, "A lighthouse <b>", text.replace("14", "<i>15</i>"))
    page = open_screens(desk).get("/articles/a1/diff").text
    assert "<script>" not in page and "<i>" not in page
