"""Search: the rules' language over the archive, newest first, in pages."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from monitor.errors import QueryError
from monitor.inquiry.search import Found, search
from monitor.model import Level
from monitor.store.proposals import Facets


@pytest.fixture
def filled(desk: Any, ferry: str) -> Any:
    """a1 English; a2 its copy by the daily; a3 Ukrainian, a day later; a4 off topic; a5 corpus."""
    desk.file("http://wire.example/1", "Night ferry returns", ferry)
    desk.file("http://daily.example/2", "Ferry back on Sunday", "From our desk\n\n" + ferry, "daily")
    desk.now += timedelta(days=1)
    desk.file(
        "http://daily.example/3", "Тихий пором", "Тихий пором вийшов у море о шостій ранку.", "daily", language="uk"
    )
    desk.file("http://wire.example/4", "Cup final", "The home side won in front of 9,000 people.")
    desk.learn("An old ferry", "A ferry of 1911 lies off the cape, and divers say that its bell is still there.")
    return desk


def asked(desk: Any, query: str = "", **options: Any) -> Found:
    return search(desk.store, desk.watch.config.lists, query, **options)


def ids(found: Found) -> list[int]:
    return [row.id for row in found.rows]


def test_filters_and_queries(filled: Any) -> None:
    day = filled.now - timedelta(hours=1)
    cases: list[tuple[str, dict[str, Any], list[int]]] = [
        ("", {}, [3, 2, 1]),
        ("  ", {"everything": True}, [5, 4, 3, 2, 1]),
        ("ferry", {}, [2, 1]),
        ("ferry", {"everything": True}, [5, 2, 1]),
        ("FERRY NEAR/3 night", {}, [2, 1]),
        ("title:night", {}, [1]),
        ("@strait pilot", {}, [2, 1]),
        ("ferry", {"source": "daily"}, [2]),
        ("source:wire.example ferry", {}, [1]),
        ("", {"language": "uk"}, [3]),
        ("пором", {}, [3]),
        ("", {"level": Level.COPY}, [2]),
        ("ferry", {"story": 1}, [2, 1]),
        ("", {"since": day}, [3]),
        ("ferry", {"until": day}, [2, 1]),
        ("nothing", {}, []),
    ]
    for query, options, wanted in cases:
        found = asked(filled, query, **options)
        assert ids(found) == wanted, (query, options)
        assert (found.total, found.total_exact, found.next) == (len(wanted), True, None), (query, options)


@pytest.mark.parametrize("query", ["", "ferry"])
def test_pages_follow_each_other_and_keep_the_total(filled: Any, query: str) -> None:
    first = asked(filled, query, limit=1, everything=True)
    second = asked(filled, query, limit=1, everything=True, after=first.next)
    assert ids(first) == [5]
    assert ids(second) == [4] if not query else [2]
    assert first.total == second.total == (5 if not query else 3)
    assert ids(asked(filled, query, limit=None, everything=True, after=first.next))[-1] == 1


def test_a_bounded_search_says_so_and_goes_on_where_it_stopped(filled: Any) -> None:
    both = "night NEAR/3 ferry NOT title:Sunday"
    first = asked(filled, both, most=1)
    assert (ids(first), first.total, first.total_exact, first.next) == ([], 2, False, 2)
    second = asked(filled, both, most=1, after=first.next)
    assert (ids(second), second.total, second.total_exact, second.next) == ([1], 2, False, None)
    assert (asked(filled, both, most=2).total, asked(filled, both, most=2).total_exact) == (1, True)
    whole = asked(filled, "night", most=1)
    assert (ids(whole), whole.total, whole.total_exact, whole.next) == ([2], 2, True, 2)


def test_facets_count_what_was_found(filled: Any) -> None:
    zone = ZoneInfo("Europe/Kyiv")
    everything = asked(filled, "", facets=zone, limit=1).facets
    assert everything == Facets(
        Counter(daily=2, wire=1),
        Counter(en=2, uk=1),
        Counter(copy=1, new=2),
        Counter({"2025-05-06": 2, "2025-05-07": 1}),
    )
    few = asked(filled, "ferry NOT title:Sunday", facets=zone, everything=True)
    assert few.facets is not None and few.total == 2
    assert few.facets.source == Counter({"wire": 1, "corpus": 1})
    cut = asked(filled, "ferry NOT title:Sunday", facets=zone, most=1)
    assert cut.facets is not None and not cut.total_exact
    assert cut.facets.source == Counter(wire=1, daily=1)


def test_a_day_is_that_of_the_zone(filled: Any) -> None:
    nepal = asked(filled, "ferry", facets=ZoneInfo("Pacific/Kiritimati")).facets
    assert nepal is not None and nepal.day == Counter({"2025-05-06": 2})
    filled.now = filled.now.replace(hour=18, minute=20)
    filled.file("http://wire.example/late", "Late ferry", "The ferry came back late, and nobody was there to see it.")
    for zone, day in (("UTC", "07"), ("Asia/Kathmandu", "08"), ("Asia/Kolkata", "07")):
        counted = asked(filled, "late", facets=ZoneInfo(zone)).facets
        assert counted is not None and counted.day == Counter({f"2025-05-{day}": 1}), zone


def test_hits_come_with_their_words_in_context(filled: Any) -> None:
    found = asked(filled, "title:night OR pilot", limit=1, source="wire")
    assert {(hit.field, hit.text) for hit in found.hits[1]} == {("title", "Night"), ("body", "pilot")}
    (line,) = found.lines[1]
    assert [part.text for part in line if part.hit] == ["pilot"]
    assert "".join(part.text for part in line).startswith("Insurers want a pilot boat")


def test_a_bad_query_says_where(desk: Any) -> None:
    with pytest.raises(QueryError, match="at character"):
        asked(desk, "ferry OR barge AND storm")
