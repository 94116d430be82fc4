"""What keeps alerts from arriving stands on every page, in /healthz, and on the page of alerts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from monitor import pipeline
from monitor.errors import DeliveryError
from monitor.model import Destination, OwnerNotice, Severity, Topic
from monitor.store import lanes, notices

PAGES = ("/", "/articles", "/alerts", "/sources", "/help")
TEXT = "The lighthouse of Cape Morren went dark on Tuesday after its last keeper, Odile Farr, left 14 skippers waiting."


@pytest.fixture
def failing(desk: Any) -> Any:
    """A desk whose one alert is tried in vain for two hours."""
    desk.now -= timedelta(hours=2)
    desk.file("http://gull.example/1", "Lighthouse without a keeper", TEXT)
    desk.deliver(DeliveryError("<b>nobody</b> answers"))
    desk.now += timedelta(hours=2)
    return desk


def off(desk: Any, channel: str, reason: str = "the token was revoked", address: str = "") -> None:
    with desk.store.write() as tx:
        lanes.off(tx, Destination(channel, address), reason, desk.now)


def test_what_is_undelivered_for_an_hour_is_on_every_page(failing: Any, open_screens: Callable[..., Any]) -> None:
    screens = open_screens(failing)
    for page in PAGES:
        shown = screens.get(page).text
        assert "1 alert not delivered since" in shown and "to terminal: &lt;b&gt;nobody&lt;/b&gt; answers." in shown, (
            page
        )
        assert "<code>storywatch doctor --channels</code>" in shown
    said = screens.get("/healthz")
    assert said.status_code == 503 and said.text.startswith("degraded: 1 alert not delivered since")
    assert "answers" not in said.text, "what a server said is for those who may look"


def test_a_young_failure_is_no_banner(desk: Any, open_screens: Callable[..., Any]) -> None:
    desk.file("http://gull.example/1", "Lighthouse without a keeper", TEXT)
    desk.deliver(DeliveryError("nobody answers"))
    screens = open_screens(desk)
    assert "not delivered" not in screens.get("/").text
    assert (screens.get("/healthz").status_code, screens.get("/healthz").text) == (200, "well\n")


def test_a_channel_that_is_off_is_on_every_page(failing: Any, open_screens: Callable[..., Any]) -> None:
    off(failing, "terminal")
    screens = open_screens(failing, "no tick for 40 s")
    shown = screens.get("/sources").text
    assert "Channel terminal is switched off since" in shown and "the token was revoked. 1 alert waits." in shown
    assert "<code>storywatch alerts test terminal</code>" in shown and "not delivered since" not in shown
    said = screens.get("/healthz")
    assert said.status_code == 503
    assert said.text.splitlines()[0] == "no tick for 40 s" and "1 channel switched off (terminal)" in said.text


def test_neither_a_reader_who_left_nor_a_channel_that_is_gone_is_trouble(
    desk: Any, open_screens: Callable[..., Any]
) -> None:
    off(desk, "long-gone")
    with desk.store.write() as tx:
        lanes.unsubscribe(tx, Destination("terminal", "desk@example.org"), desk.now)
    screens = open_screens(desk)
    assert "switched off" not in screens.get("/").text and screens.get("/healthz").status_code == 200


def test_the_page_of_alerts_shows_lanes_marks_and_the_journal(failing: Any, open_screens: Callable[..., Any]) -> None:
    again = pipeline.claim_delivery(failing.store, "desk", failing.now)
    assert again is not None
    error = DeliveryError("cut off in the middle", ambiguous=True)
    pipeline.record_failure(failing.store, again, error, timedelta(seconds=5), failing.now, jitter=0.0)
    third = pipeline.claim_delivery(failing.store, "desk", failing.now + timedelta(hours=1))
    assert third is not None and third.may_repeat
    with failing.store.write() as tx:
        lanes.pause(tx, Destination("terminal"), failing.now + timedelta(minutes=9), "asked for a pause", failing.now)
    off(failing, "elsewhere")
    shown = open_screens(failing).get("/alerts").text
    assert "rests until" in shown and "asked for a pause" in shown
    assert "<b>elsewhere</b>" in shown and "is off since" in shown
    assert "3 tries in the journal" in shown and "cut off in the middle" in shown and "under way" in shown
    assert "may repeat" in shown


def test_a_notice_to_the_owner_has_its_own_title(desk: Any, open_screens: Callable[..., Any]) -> None:
    said = OwnerNotice(Topic.SOURCE_DEAD, "gull", "Source gull brings nothing any more", ("A line.",))
    with desk.store.write() as tx:
        notices.owe(tx, Destination("terminal"), said, (("gull", desk.now),), Severity.NORMAL, desk.now)
    screens = open_screens(desk)
    assert "Source gull brings nothing any more" in screens.get("/").text
    assert "Source gull brings nothing any more" in screens.get("/alerts").text
    assert screens.get("/alerts.json").json()["rows"][0]["kind"] == "notice"
