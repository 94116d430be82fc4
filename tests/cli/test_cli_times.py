"""Published, first seen and delivered are told of every article."""

from __future__ import annotations

from typing import Any


def test_why_and_show_tell_the_three_moments(run: Any, filled: Any) -> None:
    times = run("why", "a1", "--json").json["times"]
    assert times == {
        "published": "2026-03-20T09:00:00Z",
        "first_seen": "2026-03-20T09:00:00Z",
        "delivered": "2026-03-20T12:00:00Z",
        "published_to_seen": 0.0,
        "seen_to_delivered": 10800.0,
    }
    assert run("show", "a1", "--json").json["times"] == times
    assert "delivered   2026-03-20T12:00:00Z, 10800 s later" in run("why", "a1").out
    assert "delivered  2026-03-20T12:00:00Z" in run("show", "a1").out


def test_what_was_not_delivered_has_no_such_moment(run: Any, filled: Any) -> None:
    for name in ("a2", "a3"):
        assert run("why", name, "--json").json["times"]["delivered"] is None
    assert "delivered" not in run("show", "a3").out


def test_sources_show_how_complete_they_are(run: Any, filled: Any) -> None:
    shown = run("sources", "show", "wire", "--json").json
    assert (shown["gaps"], shown["gap_list"], shown["lag"]) == (0, [], None)
    assert shown["rhythm"]["usual_wait"] is None
    assert run("sources", "list", "--json").json["rows"][0]["gaps"] == 0
