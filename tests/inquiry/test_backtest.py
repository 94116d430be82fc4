"""The backtest says of the rules in force what live recorded, and of changed rules what live would have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from alerts.owing import FIRST_IMPORT, KNOWN_BEFORE
from monitor.inquiry.backtest import ANNOUNCED, CORPUS, OFF_TOPIC, Asked, Span, backtest
from monitor.model import AlertMode, Rule
from monitor.query import compile_query
from monitor.store import Store, tables

RULES = """
[[rules]]
id = "all-captains"
query = 'captain'
alert = "everything"

[[rules]]
id = "new-mines"
query = 'mines AND pier'
alert = "articles"

[[rules]]
id = "band"
query = '"brass band"'

[[rules]]
id = "headline"
query = 'title:crossing'
"""
BAND = "A brass band from Tamm won the regional cup with 94 points and will play in the square on 3 June. " * 3
TUGS = (
    "Harbour master Edda Rune said 17 tugs would escort the ferry from 9 June, at a cost of 3.4 million crowns.",
    "The town of Hallen asked for a second pier, and 66 councillors signed the motion within the hour.",
)


@pytest.fixture
def told(desk: Any, ferry: str) -> Iterator[Any]:
    """A desk that lived through corpus, first import, copies, extended copies, edits, off-topic and a second import."""
    import tomllib

    from monitor.config import load
    from monitor.watch import compile_watch

    file = desk.watch.config.file
    file.write_text(file.read_text(encoding="utf-8") + RULES, encoding="utf-8")
    assert tomllib.loads(file.read_text(encoding="utf-8"))
    desk.watch = compile_watch(load(file, {}, file.parent))
    known = ferry.replace("Tamm", "Orrin").replace("84", "51").replace("night ferry", "day ferry")
    desk.learn("Known before", known)
    desk.heard = []

    def file_one(*words: Any, **named: Any) -> None:
        desk.now += timedelta(hours=1)
        desk.heard.append(desk.file(*words, **named))

    old = "The old ferry of Hallen, built in 1931, was towed to the strait museum by captain Ula Grenn. " * 4
    file_one("http://wire.example/old", "Old ferry", old, first=True)
    file_one("http://daily.example/old", "Old ferry of Hallen", "By our desk\n\n" + old, "daily")
    file_one("http://wire.example/1", "Ferry sails again", ferry)
    file_one("http://daily.example/2", "First crossing in May", "By our desk\n\n" + ferry, "daily")
    file_one("http://daily.example/3", "Ferry: tugs called", "\n\n".join((ferry, *TUGS)), "daily")
    file_one("http://wire.example/1", "Ferry sails again", ferry.replace("84 mines", "86 mines"))
    file_one("http://wire.example/4", "Known ferry", "By our desk\n\n" + known)
    file_one("http://wire.example/5", "Band wins", BAND)
    file_one("http://wire.example/5", "Band wins, ferry late", BAND + "\n\nThe ferry was late for captain Beck.")
    file_one("http://wire.example/1", "A crossing", ferry.replace("ferry", "boat").replace("Ossel", "Tamm"))
    file_one("http://new.example/6", "Ferry again", "Read more\n\n" + ferry, "daily", first=True)
    yield desk


def asked(desk: Any) -> list[Asked]:
    return [(rule, desk.watch.compiled[rule.id]) for rule in desk.watch.config.rules]


def recorded(store: Store) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """(rule, version) of all matches, and of those that live meant to send at once."""
    match, firing, delivery = tables.match, tables.firing, tables.delivery
    with store.read() as tx:
        matches = {(row.rule_id, row.version_id) for row in tx.execute(select(match))}
        owed = select(delivery.c.development_id, delivery.c.state).distinct()
        states = {row.development_id: row.state for row in tx.execute(owed)}
        firings = tx.execute(select(firing)).all()
    alerts = {(row.rule_id, row.version_id) for row in firings if states[row.development_id] == "pending"}
    return matches, alerts


def test_the_rules_in_force_give_what_live_recorded(told: Any) -> None:
    found = backtest(told.store, told.watch, asked(told), Span())
    matches, alerts = recorded(told.store)
    assert {(one.rule.id, hit.version_id) for one in found.tried for hit in one.matches} == matches
    assert {(one.rule.id, hit.version_id) for one in found.tried for hit in one.alerts} == alerts
    assert found.looked == found.proposed and found.versions == 12
    assert {rule for rule, _ in alerts} == set(told.watch.rules)
    reasons = {hit.reason for one in found.tried for hit in one.matches}
    assert reasons == {"", FIRST_IMPORT, KNOWN_BEFORE, ANNOUNCED, OFF_TOPIC, CORPUS}


def test_live_and_backtest_agree_on_whom_they_tell(told: Any) -> None:
    found = backtest(told.store, told.watch, asked(told), Span())
    heard = {one.article_id for one in told.heard if one.announced}
    assert {hit.article_id for one in found.tried for hit in one.alerts} == heard


def test_a_window_counts_what_was_announced_before_it(told: Any) -> None:
    whole = backtest(told.store, told.watch, asked(told), Span())
    for hours in range(12):
        since = told.now - timedelta(hours=hours)
        part = backtest(told.store, told.watch, asked(told), Span(since))
        for one, other in zip(part.tried, whole.tried, strict=True):
            assert one.matches == tuple(hit for hit in other.matches if hit.first_seen >= since)


def test_nothing_after_the_end_is_looked_at(told: Any) -> None:
    until = told.now - timedelta(hours=4)
    whole = backtest(told.store, told.watch, asked(told), Span())
    part = backtest(told.store, told.watch, asked(told), Span(until=until))
    assert part.tried[0].matches == tuple(one for one in whole.tried[0].matches if one.first_seen < until)
    assert part.proposed < whole.proposed


def test_two_revisions_side_by_side_do_not_touch_each_other(told: Any) -> None:
    rule = Rule("strait-ferry", "ferry")
    narrow, wide = compile_query("ferry AND tugs", {}), compile_query("ferry", {})
    alone = [backtest(told.store, told.watch, [(rule, one)], Span()).tried[0] for one in (narrow, wide)]
    both = backtest(told.store, told.watch, [(rule, narrow), (rule, wide)], Span()).tried
    assert [one.matches for one in both] == [one.matches for one in alone]
    assert set(both[0].matches) != set(both[1].matches)


@pytest.mark.parametrize(("mode", "alerts"), [("developments", 3), ("articles", 3), ("everything", 5)])
def test_the_mode_decides_what_would_have_alerted(told: Any, mode: str, alerts: int) -> None:
    rule = replace(Rule("x", "mines OR captain"), alert=AlertMode(mode))
    (tried,) = backtest(told.store, told.watch, [(rule, compile_query(rule.query, {}))], Span()).tried
    assert len(tried.alerts) == alerts


def test_words_that_no_text_has(told: Any) -> None:
    query = 'ferry AND (tugs OR walrus OR "brass band" OR "band brass" OR zeppel*) NOT unicorn'
    (tried,) = backtest(told.store, told.watch, [(Rule("x", query), compile_query(query, {}))], Span()).tried
    assert [term.written for term in tried.never] == ["walrus", '"band brass"', "zeppel*"]


def test_it_stops_where_it_is_told_to_and_says_where(told: Any) -> None:
    seen: list[tuple[int, int]] = []

    def once(looked: int, total: int) -> bool:
        seen.append((looked, total))
        return False

    found = backtest(told.store, told.watch, asked(told), Span(), once)
    assert seen == [(found.looked, found.proposed)]


def test_an_interrupt_ends_it_at_once_and_the_archive_is_as_it_was(told: Any) -> None:
    def interrupted(looked: int, proposed: int) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        backtest(told.store, told.watch, asked(told), Span(), interrupted)
    assert backtest(told.store, told.watch, asked(told), Span()).versions == 12
