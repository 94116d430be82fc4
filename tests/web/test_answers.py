"""The links of a mail: GET changes nothing, POST does what the address says, nobody else can make one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from alerts.channels import open_channels
from alerts.links import Links, Wish
from monitor import pipeline
from monitor.model import DeliveryKind, DeliveryState, Destination, MuteKind
from monitor.store import deliveries, lanes, linkkey, mutes, votes
from monitor.web.answers import Limiter

MAIL = """
[web]
password = "env:PASS"

[[channels]]
id = "desk-email"
kind = "email"
host = "127.0.0.1"
tls = "none"
from = "watch@example.org"
to = ["ann@example.org", "bea@example.org"]
"""
ANN, BEA = Destination("desk-email", "ann@example.org"), Destination("desk-email", "bea@example.org")
OURS = {"Host": "watch.example.org"}
URL = "https://watch.example.org"


@pytest.fixture
def mailed(desk: Any, make_watch: Callable[[str], Any]) -> Any:
    """A desk that owes an alert to the terminal, Ann and Bea; the screens have a password."""
    desk.watch = make_watch(MAIL)
    text = "The lighthouse of Cape Morren went dark after its last keeper left the island by boat on Tuesday."
    desk.file("http://gull.example/1", "Lighthouse without a keeper", text)
    return desk


@pytest.fixture
def links(mailed: Any) -> Links:
    with mailed.store.write() as tx:
        return Links(linkkey.link_key(tx), URL)


@pytest.fixture
def reader(mailed: Any, links: Links, open_screens: Callable[..., Any]) -> Any:
    """A stranger's browser: no login, from outside."""
    return open_screens(mailed, client="203.0.113.9")


def owed(desk: Any) -> dict[Destination, Any]:
    with desk.store.read() as tx:
        rows, _ = deliveries.page(tx)
    return {one.destination: one for one in rows if one.kind is DeliveryKind.DEVELOPMENT}


def path(url: str) -> str:
    assert url.startswith(URL + "/")
    return url.removeprefix(URL)


def off(desk: Any) -> dict[Destination, str]:
    with desk.store.read() as tx:
        return lanes.unsubscribed(tx)


def test_m33_a39_asking_changes_nothing(reader: Any, mailed: Any, links: Links) -> None:
    key = owed(mailed)[ANN].key
    for url in (links.unsubscribe(ANN), links.answer(Wish.NOT_RELEVANT, key), links.answer(Wish.MUTE_STORY, key)):
        for method in ("GET", "HEAD"):
            answer = reader.request(method, path(url), headers=OURS)
            assert answer.status_code == 200 and answer.headers["x-robots-tag"] == "noindex"
        page = reader.get(path(url), headers=OURS).text
        assert '<form action="' in page and 'method="post"' in page
    with mailed.store.read() as tx:
        assert (lanes.unsubscribed(tx), mutes.active(tx, mailed.now), votes.tallied(tx)) == ({}, (), {})


def test_m33_one_click_ends_mail_to_this_recipient_only(reader: Any, mailed: Any, links: Links) -> None:
    one_click = {"content": b"List-Unsubscribe=One-Click", "headers": OURS}
    assert reader.request("POST", path(links.unsubscribe(ANN)), **one_click).status_code == 200
    assert list(off(mailed)) == [ANN]
    found = owed(mailed)
    assert found[ANN].state is DeliveryState.SUPPRESSED
    assert found[ANN].reason.startswith("unsubscribed by mail link on 20")
    assert found[BEA].state is DeliveryState.PENDING
    assert "Receive alerts again" in reader.get(path(links.unsubscribe(ANN)), headers=OURS).text


def test_what_comes_later_is_silenced_too(reader: Any, mailed: Any, links: Links) -> None:
    reader.request("POST", path(links.unsubscribe(ANN)), headers=OURS)
    text = "A second lighthouse lost its keeper at Brask on Friday, and 9 boats waited for the pilot until the morning."
    mailed.file("http://reef.example/2", "Second lighthouse loses its keeper", text, "reef")
    pipeline.flush(mailed.store, mailed.watch, open_channels(mailed.watch.config), mailed.now + timedelta(hours=1))
    with mailed.store.read() as tx:
        rows, _ = deliveries.page(tx)
    assert {one.state for one in rows if one.destination == ANN} == {DeliveryState.SUPPRESSED}
    assert len([one for one in rows if one.destination == ANN]) == 2


def test_a_wish_survives_what_mends_channels_and_ends_by_a_wish(reader: Any, mailed: Any, links: Links) -> None:
    reader.request("POST", path(links.unsubscribe(ANN)), headers=OURS)
    assert pipeline.open_lanes(mailed.store) == () and list(off(mailed)) == [ANN]
    assert reader.request("POST", path(links.unsubscribe(ANN)) + "?again=1", headers=OURS).status_code == 200
    assert off(mailed) == {}
    reader.request("POST", path(links.unsubscribe(ANN)), headers=OURS)
    assert pipeline.open_lanes(mailed.store, ["desk-email"], unsubscribed=True) == ("desk-email",)
    assert off(mailed) == {}


def test_a_channel_that_is_off_for_another_reason_does_not_lose_the_wish(
    reader: Any, mailed: Any, links: Links
) -> None:
    with mailed.store.write() as tx:
        lanes.off(tx, ANN, "535 wrong password", mailed.now)
    reader.request("POST", path(links.unsubscribe(ANN)), headers=OURS)
    assert list(off(mailed)) == [ANN] and pipeline.open_lanes(mailed.store) == ()


def test_not_relevant(reader: Any, mailed: Any, links: Links) -> None:
    delivery = owed(mailed)[ANN]
    for _ in range(2):
        answer = reader.request("POST", path(links.answer(Wish.NOT_RELEVANT, delivery.key)), headers=OURS)
        assert answer.status_code == 200 and "noted" in answer.text
    with mailed.store.read() as tx:
        assert votes.tallied(tx) == {"keeper-gone": (0, 1)}


def test_muting_a_story_twice_mutes_it_once(reader: Any, mailed: Any, links: Links) -> None:
    delivery = owed(mailed)[ANN]
    for _ in range(2):
        answer = reader.request("POST", path(links.answer(Wish.MUTE_STORY, delivery.key)), headers=OURS)
        assert answer.status_code == 200 and "muted until" in answer.text
    with mailed.store.read() as tx:
        (mute,) = mutes.active(tx, mailed.now + timedelta(hours=23))
        assert mutes.active(tx, mailed.now + timedelta(hours=25)) == ()
    assert (mute.kind, mute.target, mute.who) == (MuteKind.STORY, str(delivery.story_id), "ann@example.org")


def forged(links: Links, key: str) -> list[str]:
    """Addresses that nobody gave out: changed, mixed, for others, with another archive's key."""
    real, vote = path(links.unsubscribe(ANN)), path(links.answer(Wish.NOT_RELEVANT, key))
    other = Links(b"x" * 32, URL)
    return [
        real[:-1] + ("A" if real[-1] != "A" else "B"),
        real[:-1],
        real + "A",
        "/u/",
        "/u/x",
        "/u/" + "A" * 24,
        "/u/" + vote.rpartition(".")[2],
        "/u/%00",
        "/u/ü",
        path(other.unsubscribe(ANN)),
        path(links.unsubscribe(Destination("desk-email", "eve@example.org"))),
        vote.replace("/answer/n", "/answer/m"),
        vote[:-1] + ("A" if vote[-1] != "A" else "B"),
        f"/answer/n{'0' * 64}.{vote.rpartition('.')[2]}",
        path(links.answer(Wish.MUTE_STORY, "0" * 64)),
        path(other.answer(Wish.MUTE_STORY, key)),
        "/answer/",
        f"{vote}/x",
    ]


def test_m33_nobody_else_can_make_one(reader: Any, mailed: Any, links: Links) -> None:
    for address in forged(links, owed(mailed)[ANN].key):
        for method in ("GET", "POST"):
            answer = reader.request(method, address, headers=OURS)
            assert answer.status_code == 404, address
            # What stands around the screens is for those who log in.
            assert "sources" not in answer.text and "Last check" not in answer.text, address
    with mailed.store.read() as tx:
        assert (lanes.unsubscribed(tx), mutes.active(tx, mailed.now), votes.tallied(tx)) == ({}, (), {})


def test_before_any_mail_there_is_nothing_to_answer(mailed: Any, open_screens: Callable[..., Any]) -> None:
    reader = open_screens(mailed, client="203.0.113.9")
    url = path(Links(b"", URL).unsubscribe(ANN))
    assert reader.request("POST", url, headers=OURS).status_code == 404 and off(mailed) == {}


def test_the_rest_stays_locked(reader: Any, links: Links) -> None:
    for place in ("/", "/alerts", "/static/style.css", "/u", "/answer", "/U/x", "/%75/x/../../alerts"):
        assert reader.get(place, headers=OURS).status_code == 401, place
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        assert reader.request(method, path(links.unsubscribe(ANN)), headers=OURS).status_code == 405
    assert reader.request("POST", path(links.unsubscribe(ANN)), headers={"Host": "evil.example"}).status_code == 421
    assert reader.get("/answer/style.css", headers=OURS).headers["content-type"].startswith("text/css")


def test_too_many_questions(reader: Any, mailed: Any, links: Links) -> None:
    url = path(links.unsubscribe(ANN))
    reader.app.state.limiter = Limiter(a_minute=5, clock=lambda: 0.0)
    found = [reader.request("POST", url, headers=OURS).status_code for _ in range(7)]
    assert found == [200] * 5 + [429] * 2
    assert reader.get(url, headers=OURS).headers["retry-after"] == "60"


def test_the_limit_is_each_clients_own_and_ends() -> None:
    seconds = [0.0]
    limiter = Limiter(a_minute=1, clock=lambda: seconds[0])
    assert [limiter.passes(one) for one in ("a", "a", "b")] == [True, False, True]
    seconds[0] = 60.0
    assert limiter.passes("a")


def test_hostile_headlines_are_text(reader: Any, mailed: Any, links: Links) -> None:
    attack = '<script>alert(1)</script>"><img src=x onerror=alert(2)> lighthouse keeper'
    text = "Nobody lit the lamp of the lighthouse on Monday; the keeper of Morren had gone home to Skell by the ferry."
    mailed.file("http://reef.example/9", attack, text, "reef")
    pipeline.flush(mailed.store, mailed.watch, open_channels(mailed.watch.config), mailed.now + timedelta(minutes=2))
    with mailed.store.read() as tx:
        rows, _ = deliveries.page(tx)
    for one in rows:
        page = reader.get(path(links.answer(Wish.NOT_RELEVANT, one.key)), headers=OURS).text
        assert "<script" not in page and "<img" not in page
    assert any("alert(1)" in (one.message.subject if one.message else "") for one in rows)


def test_the_key_is_the_archives_own_and_stays(mailed: Any) -> None:
    with mailed.store.write() as tx:
        first = linkkey.link_key(tx)
        assert len(first) == 32 and linkkey.link_key(tx) == first
    with mailed.store.read() as tx:
        assert linkkey.known_key(tx) == first
    assert first.hex() not in repr(Links(first, URL))
