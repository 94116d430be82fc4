"""Alerts on the screens: filters, one alert as it was sent, and what people say about it by forms."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest

from monitor.errors import DeliveryError
from monitor.model import DeliveryState, MuteKind
from monitor.store import deliveries, lanes, mutes, votes

TEXT = "The lighthouse of Cape Morren went dark after its last keeper, Odile Farr, left the island on Tuesday."
FORMS = ("/mute", "/mute/end", "/vote", "/alerts/retry")


@pytest.fixture
def person(desk: Any, enter: Callable[..., Any]) -> Any:
    """Ann, logged in; d1 was announced as x1, which is dead."""
    desk.file("http://gull.example/1", "Lighthouse without a keeper", TEXT)
    desk.deliver(DeliveryError("the printer burnt down", permanent=True))
    return enter(desk)


def ids(screens: Any, query: str) -> list[str]:
    answer = screens.get(f"/alerts.json{query}")
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["rows"]]


def test_alerts_are_filtered(screens: Any) -> None:
    every = ids(screens, "")
    assert len(every) >= 3
    assert ids(screens, "?rule=keeper-gone") == [
        one for one in every if screens.get(f"/alerts/{one}.json").json()["rules"]
    ]
    assert ids(screens, "?rule=nothing") == []
    assert ids(screens, "?channel=terminal") == every
    assert ids(screens, "?channel=desk") == []
    assert ids(screens, "?since=1h") == every
    assert ids(screens, "?since=2100-01-01") == []
    (dead,) = ids(screens, "?state=dead&rule=keeper-gone&channel=terminal&since=1d")
    page = screens.get("/alerts?state=dead&rule=keeper-gone").text
    assert f'href="/alerts/{dead}"' in page and "<option selected>keeper-gone</option>" in page
    assert 'href="/alerts?rule=keeper-gone"' in page


def test_one_alert_shows_why_it_fired_and_its_tries(screens: Any) -> None:
    (dead,) = ids(screens, "?state=dead")
    told = screens.get(f"/alerts/{dead}.json").json()
    assert told["title"] == "Lighthouse keeper found" and told["rules"][0]["rule"] == "keeper-gone"
    assert [one["outcome"] for one in told["deliveries"][0]["tries"]] == ["failed"]
    page = screens.get(f"/alerts/{told['development']}").text
    assert "the printer burnt down" in page and "<mark>keeper</mark>" in page
    assert 'href="/rules/keeper-gone"' in page
    assert screens.get("/alerts/d99").status_code == screens.get("/alerts/x99").status_code == 404
    assert screens.get("/alerts/zz").status_code == 404


def test_what_was_sent_is_shown_only_to_who_may_act(person: Any) -> None:
    assert person.screens.get("/alerts/x1.json").json()["deliveries"][0]["payload"] is None
    assert "Log in to see what was sent." in person.screens.get("/alerts/x1").text
    payload = person.get("/alerts/x1.json").json()["deliveries"][0]["payload"]
    assert "Lighthouse without a keeper" in payload["body"]
    assert "As it will be sent" in person.get("/alerts/x1").text


def test_a_dead_delivery_goes_out_again(person: Any) -> None:
    with person.desk.store.write() as tx:
        lanes.off(tx, deliveries.by_id(tx, 1).destination, "burnt", person.desk.now)
    assert "Send x1 again" in person.get("/alerts/x1").text
    person.act("/alerts/retry", id="x1")
    assert unquote(person.jar["storywatch-said"]).endswith("1 alert to be sent again. Switched on again: terminal.")
    with person.desk.store.read() as tx:
        assert deliveries.by_id(tx, 1).state is DeliveryState.PENDING
    answer = person.act("/alerts/retry", id="x1")
    assert answer.status_code == 400 and "only dead ones" in answer.text
    person.act("/alerts/retry")
    assert unquote(person.jar["storywatch-said"]).endswith("Nothing is dead.")


def test_a_mute_has_an_end_and_can_be_ended(person: Any) -> None:
    for kind, target in (("story", "s1"), ("source", "gull"), ("rule", "keeper-gone")):
        person.act("/mute", kind=kind, target=target, until="24h", note="<b>enough</b>")
    with person.desk.store.read() as tx:
        found = mutes.active(tx, person.desk.now + timedelta(minutes=1))
    assert {(one.kind, one.target, one.who, one.note) for one in found} == {
        (MuteKind.STORY, "1", "Ann", "<b>enough</b>"),
        (MuteKind.SOURCE, "gull", "Ann", "<b>enough</b>"),
        (MuteKind.RULE, "keeper-gone", "Ann", "<b>enough</b>"),
    }
    page = person.get("/alerts").text
    assert page.count("&lt;b&gt;enough&lt;/b&gt;") == 3 and "End it" in page
    assert person.get("/rules.json").json()["rows"][0]["muted_until"]
    assert "End it" in person.get("/alerts/d1").text and "End it" in person.get("/rules/keeper-gone").text
    for one in found:
        person.act("/mute/end", id=f"m{one.id}")
    assert "End it" not in person.get("/alerts").text
    person.act("/mute/end", id="m1")
    assert "over already" in unquote(person.jar["storywatch-said"])


def test_a_vote_counts_for_the_rules_that_fired(person: Any) -> None:
    person.act("/vote", id="x1", answer="irrelevant")
    person.act("/vote", id="d1", answer="relevant")
    with person.desk.store.read() as tx:
        assert votes.tallied(tx) == {"keeper-gone": (1, 1)}
    assert "100 %" in person.get("/rules").text
    assert person.get("/rules.json").json()["rows"][0]["precision"]["judged"] == 1


@pytest.mark.parametrize(
    ("path", "fields", "words"),
    [
        ("/mute", {"kind": "story", "target": "s9", "until": "24h"}, "there is no story s9"),
        ("/mute", {"kind": "rule", "target": "none", "until": "24h"}, "no rule is called"),
        ("/mute", {"kind": "source", "target": "x'); --", "until": "24h"}, "no source is called"),
        ("/mute", {"kind": "rule", "target": "keeper-gone"}, "until when?"),
        ("/mute", {"kind": "rule", "target": "keeper-gone", "until": "2020-01-01"}, "is past"),
        ("/mute", {"kind": "moon", "target": "a", "until": "24h"}, "kind is one of"),
        ("/mute/end", {"id": "m9"}, "there is no mute m9"),
        ("/vote", {"id": "d1", "answer": "perhaps"}, "answer is one of"),
        ("/vote", {"id": "d9", "answer": "relevant"}, "no rule announced d9"),
        ("/vote", {"id": "x9", "answer": "relevant"}, "no rule announced x9"),
        ("/vote", {"id": "d1", "answer": "relevant", "rule": "none"}, "rule none did not announce d1"),
        ("/alerts/retry", {"id": "x9"}, "there is no delivery x9"),
        ("/alerts/retry", {"channel": "none"}, "no channel is called"),
        ("/alerts/retry", {"id": "x1", "channel": "terminal"}, "take one of them"),
    ],
)
def test_what_is_not_understood_does_nothing(person: Any, path: str, fields: Any, words: str) -> None:
    answer = person.act(path, **fields)
    assert answer.status_code == 400 and words in answer.text.replace("&#39;", "'")
    with person.desk.store.read() as tx:
        assert (mutes.active(tx, person.desk.now), votes.tallied(tx)) == ((), {})
        assert deliveries.by_id(tx, 1).state is DeliveryState.DEAD


@pytest.mark.parametrize("path", FORMS)
def test_forms_need_a_login_its_token_and_our_own_page(person: Any, path: str) -> None:
    fields = {"csrf": person.csrf, "id": "x1", "kind": "rule", "target": "keeper-gone", "until": "24h"}
    assert person.screens.request("POST", path, data=fields).status_code == 403
    person.jar, jar = {}, person.jar
    assert person.post(path, fields).status_code == 401
    person.jar = jar
    assert person.post(path, {**fields, "csrf": "guessed"}).status_code == 403
    assert person.post(path, fields, Origin="http://elsewhere.example").status_code == 403
    with person.desk.store.read() as tx:
        assert deliveries.by_id(tx, 1).state is DeliveryState.DEAD and not mutes.active(tx, person.desk.now)
