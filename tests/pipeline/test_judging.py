"""A judgement under the lock that takes over what was looked up before is the one that would be made from nothing."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from monitor.model import Level
from monitor.pipeline import judging
from monitor.store import articles

NOVELTY = Path(__file__).resolve().parents[1] / "novelty"
STREAM = runpy.run_path(str(NOVELTY / "stream.py"))
INVENTED = runpy.run_path(str(NOVELTY / "invented.py"))
REPORT, COPY, AGAIN = INVENTED["report"], INVENTED["near_copy"], INVENTED["rewritten"]


def edited(number: int, text: str) -> Any:
    """A later version of a report that is there: one address."""
    return REPORT(number)._replace(text=text)


BETWEEN: dict[str, Callable[[], list[Any]]] = {
    "others": lambda: [REPORT(number) for number in range(40, 52)],
    "a copy of it": lambda: [COPY(REPORT(30), "northline")],
    "another telling of it": lambda: [AGAIN(REPORT(30), 1)],
    "the very same text": lambda: [REPORT(30)._replace(article="elsewhere")],
    "the copied report is rewritten": lambda: [edited(3, REPORT(60).text)],
    "an article becomes a copy of it": lambda: [edited(5, REPORT(30).text)],
    "everything": lambda: [COPY(REPORT(3), "westline"), AGAIN(REPORT(3), 2), edited(3, REPORT(61).text), REPORT(62)],
}
NEW: dict[str, Callable[[], Any]] = {
    "a new report": lambda: REPORT(30),
    "a copy": lambda: COPY(REPORT(3), "eastwire"),
    "another telling": lambda: AGAIN(REPORT(3), 7),
    "no words": lambda: REPORT(30)._replace(article="empty", title="", text=""),
}


@pytest.mark.parametrize("new", NEW)
@pytest.mark.parametrize("between", BETWEEN)
def test_what_came_between_is_weighed_as_if_nothing_had_been_foreseen(
    database_url: str, new: str, between: str
) -> None:
    with STREAM["archive"](database_url) as (store, watch):
        for number in range(20):
            STREAM["fed"](store, watch, REPORT(number))
        with store.read() as tx:
            reading = STREAM["prepared"](tx, watch, NEW[new]()).masked.seen
            before = judging.foreseen(tx, watch, reading)
            assert before.judgement == judging.judged(tx, watch, reading)
        for one in BETWEEN[between]():
            STREAM["fed"](store, watch, one)
        with store.read() as tx:
            assert articles.stand(tx) != before.stand
            assert judging.judged_now(tx, watch, reading, before) == judging.judged(tx, watch, reading)


def test_an_empty_text_finds_the_empty_one_that_came_between(database_url: str) -> None:
    empty = REPORT(1)._replace(title="", text="")
    with STREAM["archive"](database_url) as (store, watch):
        with store.read() as tx:
            reading = STREAM["prepared"](tx, watch, empty).masked.seen
            before = judging.foreseen(tx, watch, reading)
        STREAM["fed"](store, watch, empty)
        with store.read() as tx:
            found = judging.judged_now(tx, watch, reading, before)
            assert found == judging.judged(tx, watch, reading)
        assert found.nearest is not None and found.level is Level.NEW


def test_nothing_is_looked_up_twice_while_only_others_come(database_url: str) -> None:
    with STREAM["archive"](database_url) as (store, watch):
        for number in range(20):
            STREAM["fed"](store, watch, REPORT(number))
        with store.read() as tx:
            reading = STREAM["prepared"](tx, watch, COPY(REPORT(3), "eastwire")).masked.seen
            before = judging.foreseen(tx, watch, reading)
        assert before.wording and before.found.posted and before.found.reports
        # What was foreseen is taken as it is: another one here shows in the judgement.
        false = replace(before, wording=())
        STREAM["fed"](store, watch, REPORT(40))
        with store.read() as tx:
            assert judging.judged_now(tx, watch, reading, before).level is Level.COPY
            assert judging.judged_now(tx, watch, reading, false).level is not Level.COPY
