"""What an alert tells, and that its own text can never keep it from being told."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_string
from email.policy import default

import pytest

from alerts.channels.letter import Envelope, letter
from alerts.channels.slack_blocks import blocks
from alerts.compose import MOST_DEVELOPMENTS, MOST_OTHERS, MOST_SENTENCES, Telling, digest, outline, tell
from alerts.plain import plain
from monitor.model import Alert, Cue, Digest, Hit, Severity

Make = Callable[..., Alert]


def test_the_outline_names_everything_that_was_promised(an_alert: Make, telling: Telling) -> None:
    told = outline(an_alert(), telling)
    assert told.headline == "Grain ports join the truce, ministry says"
    assert told.byline == "First News, published 2025-03-18 19:05 EET, first seen 2025-03-18 19:05 EET"
    assert told.url == "https://first.example/a?x=1&y=2"
    assert told.carried == "Carried by 2 sources: First News, second"
    assert told.sentences == ("The truce would last 30 days.",) and told.lead == ""
    assert told.facts == (("New figures", "30 days"), ("New places", "Odesa"))
    assert told.against == "Delegations to meet next week"
    assert [item.url for item in told.items] == ["https://second.example/b"]
    assert told.page == "http://127.0.0.1:8787/articles/a12"


@pytest.mark.parametrize(
    ("copy_of", "credits", "said"),
    [
        (None, (), "Carried by 2 sources: First News, second"),
        (12, (), "Carried by 2 sources, 1 independent: First News, second"),
        (None, ("AFP",), "Carried by 2 sources, 1 independent: First News, second; credited to AFP, Reuters"),
    ],
)
def test_copies_and_agencies_are_counted_out(
    an_alert: Make, telling: Telling, copy_of: int | None, credits: tuple[str, ...], said: str
) -> None:
    first, second = an_alert().reports
    own = ("AFP", "Reuters") if credits else ()
    reports = (replace(first, credits=own), replace(second, copy_of=copy_of, credits=credits))
    assert outline(replace(an_alert(), reports=reports), telling).carried == said


def test_words_stand_in_their_context(an_alert: Make, telling: Telling) -> None:
    (fired,) = outline(an_alert(), telling).fired
    line = fired.contexts[0]
    assert (fired.rule, line.words) == ("black-sea", "ceasefire")
    assert line.before.endswith("said the ") and line.after.startswith(" in the Black Sea")


def test_zone_list_member_and_cue_stand_behind_the_line_in_every_channel(an_alert: Make, telling: Telling) -> None:
    firing = an_alert().firings[0]
    cue = Cue(0, 6, "denied")
    hit = Hit("body", 18, 23, "truce", "truce", ("pause",), "truce", "lead", cue)
    told = outline(an_alert(firings=(replace(firing, text="denied there is a truce", hits=(hit,)),)), telling)
    note = "(lead, @pause: truce, cue: denied)"
    assert f"denied there is a [truce]  {note}\n" in plain(told)
    assert note in json.dumps(blocks(told))
    mail = message_from_string(
        letter(told, Envelope("a@desk.example", "b@desk.example", "k", "w")).body, policy=default
    )
    page = mail.get_body(("html",))
    assert page is not None and note in page.get_content()


def test_hits_in_title_and_body_share_three_lines(an_alert: Make, telling: Telling) -> None:
    firing = an_alert().firings[0]
    body = " ".join(f"word{number} " + "x" * 200 for number in range(9))
    hits = tuple(Hit("body", body.index(f"word{n}"), body.index(f"word{n}") + 5, f"word{n}", "w") for n in range(9))
    firing = replace(firing, text=body, hits=(Hit("title", 0, 5, "Grain", "grain"), *hits))
    (fired,) = outline(an_alert(firings=(firing,)), telling).fired
    assert [one.field for one in fired.contexts] == ["title", "body", "body"]


def test_lists_are_bounded_and_say_what_they_leave_out(an_alert: Make, telling: Telling) -> None:
    alert = an_alert()
    many = alert.reports * 20
    told = outline(replace(alert, reports=many, sentences=tuple(f"Sentence {n}." for n in range(9))), telling)
    assert len(told.sentences) == MOST_SENTENCES and told.unsaid == 4
    assert len(told.items) == MOST_OTHERS and told.unlisted == 29
    assert len(outline(replace(alert, sentences=("long " * 200,)), telling).sentences[0]) <= 300


def test_without_new_sentences_the_lead_is_told(an_alert: Make, telling: Telling) -> None:
    assert outline(an_alert(sentences=()), telling).lead == "A lead."


def test_a_later_development_says_so(an_alert: Make, telling: Telling) -> None:
    assert "(development 3 of this story)" in outline(an_alert(follows=2), telling).story


def test_no_public_address_no_links_to_our_screens(an_alert: Make, telling: Telling) -> None:
    assert outline(an_alert(), replace(telling, public_url="")).page == ""


def test_the_summary_lists_every_development_with_its_rules(an_alert: Make, telling: Telling) -> None:
    text = plain(digest(Digest((an_alert(), an_alert(title="Second turn", reports=())), first_import=True), telling))
    assert text.startswith("First import: 2 developments already out")
    assert "Second turn" in text and "matched black-sea" in text and "First News" in text
    assert digest(Digest((an_alert(),) * 60), telling).unlisted == 60 - MOST_DEVELOPMENTS


def test_critical_stands_first(an_alert: Make, telling: Telling) -> None:
    assert plain(outline(an_alert(severity=Severity.CRITICAL), telling)).startswith("CRITICAL: Grain ports")


@pytest.mark.parametrize(
    "broken",
    [
        {"reports": ()},
        {"title": "\ud800 half a character"},
        {"first_seen": datetime.max.replace(tzinfo=UTC)},
    ],
)
def test_what_cannot_be_told_in_full_is_told_plainly(
    broken: dict[str, object], an_alert: Make, telling: Telling
) -> None:
    alert = an_alert(**broken)
    assert plain(tell(alert, telling, lambda told: told))
    assert plain(tell(Digest((alert,), first_import=True), telling, lambda told: told))


def test_the_plain_way_out_names_the_headline_and_the_reason(an_alert: Make, telling: Telling) -> None:
    report = replace(an_alert().reports[0], published=datetime.max.replace(tzinfo=UTC))
    told = tell(an_alert(reports=(report,)), telling, lambda outline: outline)
    assert told.headline == "Grain ports join the truce, ministry says"
    assert "OverflowError" in told.lead and told.page.endswith("/alerts")
