"""Why an article did or did not alert: the verdict for every way an article can end, and the shapes around it."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import Any

import pytest

from monitor.config import Window
from monitor.errors import DeliveryError, UsageError
from monitor.inquiry.finding import find
from monitor.inquiry.why import show, why
from monitor.model import EntryState

WIRE = "http://wire.example/1"


def verdict(desk: Any, ident: str) -> str:
    said: str = why(desk.store, ident, desk.watch.config, desk.now)["verdict"]
    return said


def test_nothing_matched(desk: Any) -> None:
    desk.file(WIRE, "A ferry", "A ferry was launched in Brenna, 3 years late and 12 metres longer than planned.")
    assert verdict(desk, "a1") == "No alert: no rule matches it."


def test_a_copy_of_what_no_rule_matched(desk: Any, ferry: str) -> None:
    plain = ferry.replace("strait of Ossel", "bay")
    desk.file(WIRE, "Ferry returns", plain)
    desk.file("http://daily.example/2", "Ferry is back", "From our desk\n\n" + plain, "daily")
    assert verdict(desk, "a2") == "No alert: no rule matches it, and it is a copy of a1 (wire)."


def test_off_topic_and_corpus(desk: Any, ferry: str) -> None:
    desk.file(WIRE, "Cup final", "The home side won in front of 9,000 people.")
    desk.learn("Ferry returns", ferry)
    desk.file("http://daily.example/2", "Ferry back", "From our desk\n\n" + ferry, "daily")
    assert "off topic" in verdict(desk, "a1")
    assert "part of the corpus" in verdict(desk, "a2")
    said = verdict(desk, "a3")
    assert said.startswith("No alert of its own: rule strait-ferry matched, but it was known before")


def test_from_waiting_to_sent(desk: Any, ferry: str) -> None:
    desk.file(WIRE, "Ferry returns", ferry)
    assert verdict(desk, "a1") == (
        "Alert under way: rule strait-ferry matched, and the alert waits for other outlets of the same minute "
        "and goes to terminal at 2025-05-06 12:00 EEST."
    )
    desk.flush(seconds=31)
    assert "goes to terminal next" in verdict(desk, "a1")
    desk.deliver()
    assert verdict(desk, "a1") == (
        "Alerted: rule strait-ferry matched, and the alert was sent to terminal on 2025-05-06 12:00 EEST."
    )


def test_held_and_then_told_in_a_digest(desk: Any, ferry: str) -> None:
    (channel,) = desk.watch.config.channels
    quiet = channel.model_copy(update={"quiet": Window(time(11), time(13))})
    desk.watch = replace(desk.watch, config=replace(desk.watch.config, channels=(quiet,)))
    desk.file(WIRE, "Ferry returns", ferry)
    desk.flush(seconds=31)
    assert verdict(desk, "a1") == (
        "Alert held: rule strait-ferry matched, and the alert is held for terminal until 2025-05-06 13:00 EEST"
        " (quiet hours 11:00-13:00)."
    )
    desk.flush(hours=2)
    desk.deliver()
    assert verdict(desk, "a1") == (
        "Alerted in a summary: rule strait-ferry matched, and it was told in digest x2; held before: quiet hours"
        " 11:00-13:00."
    )


def test_a_copy_of_what_was_announced(desk: Any, ferry: str) -> None:
    desk.file(WIRE, "Ferry returns", ferry)
    desk.file("http://daily.example/2", "Ferry back", "From our desk\n\n" + ferry, "daily")
    desk.flush(seconds=31)
    desk.deliver()
    assert verdict(desk, "a2") == (
        "No alert: rule strait-ferry matched, but it is a copy of a1 (wire): development d1 was first told by a1 "
        "(sent to terminal on 2025-05-06 12:00 EEST)."
    )


def test_failed_and_dead(desk: Any, ferry: str) -> None:
    desk.file(WIRE, "Ferry returns", ferry)
    desk.flush(seconds=31)
    desk.deliver(DeliveryError("the printer is out of paper"))
    assert "waits for another attempt to terminal" in verdict(desk, "a1")
    assert "1 attempt failed (the printer is out of paper)" in verdict(desk, "a1")
    desk.flush(minutes=5)
    desk.deliver(DeliveryError("no such printer", permanent=True))
    assert verdict(desk, "a1") == (
        "Alert not delivered: rule strait-ferry matched, but the alert is dead for terminal after 2 attempts "
        "(no such printer): `storywatch alerts retry x1`."
    )


def test_a_first_import(desk: Any, ferry: str) -> None:
    desk.file(WIRE, "Ferry returns", ferry, first=True)
    assert "first import" in verdict(desk, "a1")
    desk.flush(seconds=31)
    assert verdict(desk, "a1").startswith("No alert of its own: rule strait-ferry matched")
    desk.deliver()
    assert verdict(desk, "a1").startswith("Alerted in a summary: rule strait-ferry matched, and it was told in")


def test_an_article_is_found_by_id_and_by_any_form_of_its_address(desk: Any, ferry: str) -> None:
    desk.file(WIRE, "Ferry returns", ferry)
    for ident in ("a1", "1", WIRE, "https://www.wire.example/1?utm_source=x#top"):
        assert find(desk.store, ident).id == 1


@pytest.mark.parametrize(
    ("state", "words"), [(EntryState.WAITING, "waits to be read"), (EntryState.FILTERED, "was not fetched")]
)
def test_an_address_that_is_no_article_says_what_became_of_it(desk: Any, state: EntryState, words: str) -> None:
    desk.list(WIRE, "wire", state)
    with pytest.raises(UsageError, match=rf"wire listed it on 2025-05-06, .*{words}"):
        find(desk.store, WIRE)


@pytest.mark.parametrize("ident", ["a9", "9", "b1", "a", "http://wire.example/none", "x" * 50, "a" + "9" * 40])
def test_what_is_not_there_is_a_word(desk: Any, ident: str) -> None:
    with pytest.raises(UsageError):
        find(desk.store, ident)


def test_the_shapes(desk: Any, ferry: str) -> None:
    desk.file(WIRE, "Ferry returns", ferry)
    desk.file(WIRE, "Ferry returns", ferry.replace("84 mines", "91 mines"))
    told = why(desk.store, "a1", desk.watch.config, desk.now)
    assert (told["id"], told["level"], told["rules"], told["nearest"]) == ("a1", "new", ["strait-ferry"], None)
    assert {sentence["new"] for sentence in told["sentences"]} == {True}
    assert told["development"]["id"] == "d1"
    assert [(row["kind"], row["state"]) for row in told["deliveries"]] == [
        ("development", "pending"),
        ("edit", "pending"),
    ]
    (match,) = told["matches"]
    assert {hit["text"] for hit in match["hits"]} >= {"strait", "Ossel", "ferry"}
    page = show(desk.store, "a1")
    assert "91 mines" in page["text"]
    assert [one["level"] for one in page["history"]] == ["new", "edit"]


SWAP = "Russia and Ukraine exchanged 175 prisoners each near Mariupol on 18 March 2025, the ferry office said."
SWAP_UK = "Росія та Україна обміняли по 175 полонених біля Маріуполя 18 березня 2025 року. Їх привіз Тихий пором."


def test_the_same_event_in_another_language(desk: Any) -> None:
    """The outlet, the language and what joined the two are named; the old sentence stands beside the new one."""
    desk.file("http://daily.example/1", "Prisoners exchanged near Mariupol", SWAP, "daily")
    desk.file(WIRE, "Обмін полоненими біля Маріуполя", SWAP_UK, language="uk")
    said = verdict(desk, "a2")
    assert "it tells the same event as a1 (The Daily) in another language; joined by " in said
    assert "175" in said
    told = why(desk.store, "a2", desk.watch.config, desk.now)
    assert (told["level"], told["nearest"]["outlet"]) == ("rewrite", "The Daily")
    assert told["nearest"]["published"] is not None
    assert told["resemblance"] >= 0.4 and told["decided"].startswith("resemblance")
    assert "175" in told["joined_by"]
    (old,) = told["sentences"][0]["against"]
    assert (old["id"], old["text"]) == ("a1", SWAP)


def test_a_form_filled_in_anew(desk: Any, ferry: str) -> None:
    """Old and new figures stand side by side."""
    desk.file(WIRE, "Night ferry", ferry)
    later = ferry.replace("84 mines", "112 mines").replace("20 minutes", "45 minutes").replace("11 May", "19 May")
    desk.file("http://daily.example/2", "Night ferry", later, "daily")
    told = why(desk.store, "a2", desk.watch.config, desk.now)
    assert told["level"] == "template"
    changed = [(one["old"], one["text"]) for one in told["changes"]]
    assert ("84", "112") in changed
    change = told["changes"][changed.index(("84", "112"))]
    assert later[change["start"] : change["end"]] == "112"
