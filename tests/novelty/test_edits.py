"""Edits of articles: labelled changes by language, tables of what counts and what does not, and properties."""

from __future__ import annotations

import runpy
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.model import Document, Edit
from monitor.novelty.edits import edited

LABELS = runpy.run_path(str(Path(__file__).parent / "labels" / "labels.py"))
TITLE = "Ferry to Osterby resumes"
BODY = (
    "The ferry to Osterby sails again from Monday, captain Jonas Brekke said.",
    "It carries 40 cars and will not stop in Varn.",
    '"The ice was thinner than the forecast," Brekke told passengers.',
    "Tickets cost the same as before the storm.",
)


def compare(old: str, new: str, title: str = TITLE) -> Edit:
    return edited(Document("", TITLE, old), Document("", title, new))


def text(**changed: str) -> str:
    """The body with some of its sentences replaced, by number: s0, s1 ..."""
    return "\n\n".join(changed.get(f"s{number}", sentence) for number, sentence in enumerate(BODY))


def kinds(edit: Edit) -> set[str]:
    return {kind for one in edit.alterations for kind in one.kinds}


def test_labelled_changes_are_told_apart() -> None:
    """All but two of 180 material changes are reported, none of 60 stamps and link boxes."""
    told: Counter[tuple[str, str]] = Counter()
    cases: Counter[tuple[str, str]] = Counter()
    named: Counter[str] = Counter()
    for case in LABELS["changes"]():
        edit = edited(Document("", *case.before), Document("", *case.after))
        cases[case.language, case.kind] += 1
        told[case.language, case.kind] += edit.material
        named[case.kind] += case.kind in kinds(edit)
    silent = {place: told[place] for place in cases if place[1] in ("stamp", "links")}
    assert not any(silent.values())
    loud = {place: told[place] / cases[place] for place in cases if place[1] not in ("stamp", "links")}
    assert min(loud.values()) >= 5 / 6
    for language in ("en", "uk", "ru"):
        shares = [share for place, share in loud.items() if place[0] == language]
        assert sum(shares) / len(shares) >= 0.97
    assert all(named[kind] >= 28 for kind in ("number", "name", "negation", "quote", "headline", "removed"))


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"s1": "It carries 45 cars and will not stop in Varn."}, "number"),
        ({"s1": "It carries 40 cars and will stop in Varn."}, "negation"),
        ({"s0": "The ferry to Osterby sails again from Tuesday, captain Jonas Brekke said."}, "number"),
        ({"s0": "The ferry to Osterby sails again from Monday, captain Ulla Brekke said."}, "name"),
        ({"s2": '"The ice was thicker than the forecast," Brekke told passengers.'}, "quote"),
        ({"s3": ""}, "removed"),
    ],
)
def test_material_changes(changed: dict[str, str], kind: str) -> None:
    edit = compare(text(), text(**changed))
    assert edit.material
    assert kinds(edit) == {kind}


@pytest.mark.parametrize(
    "changed",
    [
        {"s1": "It carries 40 cars, and will not stop in Varn!"},
        {"s0": "The ferry to Osterby sails again from Monday, captian Jonas Brekke said."},
        {"s2": "“The ice was thinner than the forecast”, Brekke told passengers."},
        {"s0": "Updated 14:05\n\n" + BODY[0]},
        {"s0": "3 min read\n\n" + BODY[0]},
        {"s0": "By Petra Holm\n\n" + BODY[0]},
        {"s3": BODY[3] + "\n\nMore on this: Ten ferries to love"},
        {"s1": BODY[2], "s2": BODY[1]},
    ],
)
def test_cosmetic_changes(changed: dict[str, str]) -> None:
    assert compare(text(), text(**changed)) == Edit()
    assert compare(text(**changed), text()) == Edit()


def test_one_city_in_two_spellings_is_no_edit() -> None:
    old = "The delegation organised its archive in Kiev. Nobody was hurt."
    assert compare(old, old.replace("Kiev", "Kyiv").replace("organised", "organized")) == Edit()


def test_an_added_sentence_is_not_material() -> None:
    edit = compare(text(), text(s3=BODY[3] + " Two more sailings follow on Friday."))
    assert kinds(edit) == {"added"}
    assert not edit.material


@pytest.mark.parametrize(
    "changed",
    [
        {"s3": "Tickets cost the same as ahead of the storm."},
        {"s1": "It carries forty cars and will not stop in Varn."},
    ],
)
def test_another_wording_is_told_and_not_material(changed: dict[str, str]) -> None:
    edit = compare(text(), text(**changed))
    assert not edit.material
    assert kinds(edit) == {"wording"}


def test_a_headline_with_another_label_is_the_same() -> None:
    assert compare(text(), text(), f"UPDATED: {TITLE}") == Edit()
    assert kinds(compare(text(), text(), "Ferry to Osterby cancelled")) == {"headline"}


def test_the_places_of_an_alteration_point_into_both_texts() -> None:
    old, new = text(), text(s1="It carries 45 cars and will not stop in Varn.")
    (one,) = compare(old, new).alterations
    assert old[slice(*one.old_place)] == one.old == BODY[1]
    assert new[slice(*one.new_place)] == one.new


def test_two_sentences_joined_into_one_are_no_loss() -> None:
    old = "The bridge is open to lorries. The tunnel stays closed until the inspection of the pumps."
    new = "The bridge is open to lorries and the tunnel stays closed until the inspection of the pumps."
    assert not compare(old, new).material


TEXTS = st.lists(st.sampled_from((*BODY, "Updated 14:05", "12", "«Так», — сказав він.", "")), max_size=8).map(
    "\n\n".join
)


@given(TEXTS)
def test_no_text_differs_from_itself(one: str) -> None:
    assert compare(one, one) == Edit()


@given(st.text(max_size=120), st.text(max_size=120))
def test_any_two_texts_can_be_compared(old: str, new: str) -> None:
    for one in compare(old, new).alterations:
        assert one.kinds
        assert one.old != one.new
        assert "headline" in one.kinds or old[slice(*one.old_place)] == one.old
