"""Levels: of generated edits, of very short texts, of text under foreign headlines, of the five real articles."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from monitor.errors import UsageError
from monitor.model import Document, Judgement, Known, Level
from monitor.novelty import Thresholds, development_key, hard_facts, judge, sketch, tells_news, thresholds, unmatched

Judge = Callable[..., Judgement]
FILLED = "Crews worked through the night near the old mill, and the road stayed open to buses and to nobody else. "
NOTICE = "This article is for subscribers only. Please log in or choose one of our plans to continue reading today."
SHORT = [
    (("Dam talks fail", ""), ("Dam talks fail", ""), Level.SAME),
    (("DAM TALKS FAIL!", ""), ("Dam talks fail", ""), Level.SAME),
    (("Dam talks resume", ""), ("Dam talks fail", ""), Level.NEW),
    (("Dam talks fail", "Live updates from Hallen"), ("Port strike ends", "Live updates from Hallen"), Level.NEW),
    (("Dam talks fail", "Live updates from Hallen"), ("Dam talks fail", "Live updates from Hallen"), Level.SAME),
    (("Dam talks fail", "Live updates from Hallen"), ("Dam talks fail", ""), Level.NEW),
    (("", ""), ("", ""), Level.NEW),
    (("Dam talks fail", NOTICE), ("Port strike ends", NOTICE), Level.NEW),
    (("Dam talks fail in Hallen", NOTICE), ("Hallen: dam talks fail", NOTICE), Level.SAME),
    (("Dam talks fail", NOTICE), ("", NOTICE), Level.SAME),
    (("One headline", FILLED * 4), ("Wholly different words", FILLED * 4), Level.SAME),
]


def test_an_edit_gets_its_level(case: Any, judged: Judge) -> None:
    judgement = judged(*case.new, case.known)
    assert judgement.level == case.expected
    if case.expected != "new":
        assert judgement.nearest and judgement.containment >= 0.40
    if case.expected in ("same", "copy", "truncated"):
        assert judgement.agreement >= 0.60 and not tells_news(judgement)
    if case.expected == "template":
        assert judgement.changes and tells_news(judgement)


@pytest.mark.parametrize(("new", "old", "level"), SHORT)
def test_a_short_text_is_the_same_or_new(
    new: tuple[str, str], old: tuple[str, str], level: Level, judged: Judge
) -> None:
    assert judged(*new, [old]).level == level


def test_without_anything_known_everything_is_new(judged: Judge, edits: dict[str, Any]) -> None:
    title, text = edits["stories"]()["dam"]
    judgement = judged(title, text, [])
    assert (judgement.level, judgement.nearest, judgement.containment, judgement.newword) == (Level.NEW, None, 0.0, 1.0)
    assert judgement.sentences and all(sentence.new and sentence.coverage == 0 for sentence in judgement.sentences)
    assert {"140", "46 percent", "20 May", "Aud Brekke"} <= {fact.text for fact in judgement.facts}


def test_the_unmatched_part_of_an_extended_copy_is_the_evidence(judged: Judge, edits: dict[str, Any]) -> None:
    title, text = edits["stories"]()["strike"]
    more = edits["stories"]("others")["more_en"][1]
    judgement = judged(title, f"{text}\n\n{more}", [(title, text)])
    assert "".join(sentence.text for sentence in unmatched(judgement)) == more.replace("\n\n", "")
    assert {(fact.kind, fact.text) for fact in judgement.facts} >= {("number", "27"), ("date", "6 November")}
    assert hard_facts(judgement) == ("11-06", "27")


def test_a_form_with_new_figures_shows_the_figures(judged: Judge, edits: dict[str, Any]) -> None:
    tonight, last_night = edits["stories"]("others")["next_night"], edits["stories"]()["nightly"]
    judgement = judged(*tonight, [last_night])
    assert judgement.level is Level.TEMPLATE and judgement.containment >= 0.40
    assert {("117", "93"), ("81", "64")} <= {(change.old, change.text) for change in judgement.changes}
    assert {"93", "64", "13 June"} <= {fact.text for fact in judgement.facts}
    assert development_key(judgement) and not development_key(judged(*last_night, [last_night]))


def test_two_figures_that_change_places_are_no_copy(judged: Judge) -> None:
    before = f"{FILLED * 3}Rescuers found 5 divers alive and 7 divers dead below the mill on Friday."
    after = before.replace("5 divers", "x divers").replace("7 divers", "5 divers").replace("x divers", "7 divers")
    judgement = judged("", after, [("", before)])
    assert judgement.level is Level.TEMPLATE and {fact.text for fact in judgement.facts} == {"5", "7"}
    assert [(change.old, change.text) for change in judgement.changes] == [("5", "7"), ("7", "5")]


def test_spelling_is_no_difference(judged: Judge, edits: dict[str, Any]) -> None:
    told = f"{FILLED * 4}President Zelensky said in Kyiv that the labour organisers agreed in 2½ hours on 5 points."
    again = (
        f"{FILLED * 4}President Zelenskiy said in Kiev that the labor organizers agreed in 2.5 hours on five points."
    )
    assert judged("", told.replace("5 points", "five points"), [("", again)]).level is Level.SAME
    assert judged("", told, [("", again)]).level is Level.COPY


def test_a_site_that_surrounds_news_with_its_own_words_hides_none(judged: Judge) -> None:
    frame = FILLED * 5
    judgement = judged(
        "Ferry sinks", f"{frame}A ferry sank off Quenby after its cargo of quicklime exploded.", [("", frame)]
    )
    assert judgement.level is Level.EXTENDED
    assert [sentence.text[:12] for sentence in unmatched(judgement)] == ["A ferry sank"]


def test_the_strongest_relation_wins_over_the_nearest_wording(judged: Judge, edits: dict[str, Any]) -> None:
    title, text = edits["stories"]()["nightly"]
    corrected, whole = edits["one_number"](text, 0), f"{text}\n\n{edits['stories']('others')['more_en'][1]}"
    judgement = judged(title, text, [(title, corrected), (title, whole)])
    assert judgement.level is Level.TRUNCATED and judgement.nearest and judgement.nearest.version_id == 2


def test_a_sketch_of_another_scheme_is_worked_out_again(known: Callable[..., Known], edits: dict[str, Any]) -> None:
    title, text = edits["stories"]()["dam"]
    document = Document("https://example.org/new", title, text)
    old = known(title, text)
    assert old.sketch is not None
    for stored in (None, replace(old.sketch, scheme=0, text_hash=0)):
        assert judge(document, sketch(document), [replace(old, sketch=stored)], Thresholds()).level is Level.SAME


def test_sensitivity_moves_the_thresholds() -> None:
    calm, normal, eager = (thresholds(word) for word in ("calm", "normal", "eager"))
    assert calm.sentence < normal.sentence < eager.sentence and calm.facts > normal.facts > eager.facts
    assert normal == Thresholds()
    with pytest.raises(UsageError, match="calm, normal, eager"):
        thresholds("Normal")
