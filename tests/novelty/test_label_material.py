"""The labelled material is well-formed: enough of everything, ids resolve, no sentence of the seeds."""

from __future__ import annotations

import re
import runpy
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from monitor.newsroom.copydesk import load_script

FOLDER = Path(__file__).parent / "labels"
READ = runpy.run_path(str(FOLDER / "labels.py"))
EDITS = runpy.run_path(str(FOLDER / "known_edits.py"))
LANGUAGES = {"en", "uk", "ru"}


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[at : at + 10]) for at in range(len(words) - 9)}


def _own_bases() -> list[Any]:
    return [EDITS["Base"](*row) for row in READ["own_texts"]()]


def _unique(names: Iterable[str]) -> bool:
    return max(Counter(names).values()) == 1


def test_every_publication_of_the_newsroom_has_one_label_that_fits_the_script() -> None:
    labels = {one.id: one for one in READ["newsroom"]()}
    script = load_script().publications
    assert labels.keys() == {one.id for one in script}
    told: set[str] = set()
    for one in script:
        label = labels[one.id]
        assert label.development == one.development, one.id
        first = one.development is not None and one.development not in told
        assert (label.role == "first") == first, one.id
        assert label.alert == (not one.backlog and label.role in ("first", "edit")), one.id
        assert (label.level == "off-topic") == (label.role == "none") == (not one.on_topic), one.id
        told |= {one.development} if one.development else set()


def test_pairs_across_languages() -> None:
    pairs = READ["crossings"]()
    same = sum(one.same for one in pairs)
    assert len(pairs) >= 80
    assert len(pairs) - same >= 0.4 * len(pairs)
    assert _unique(f"{one.one.id} {one.other.id}" for one in pairs)
    for one in pairs:
        assert one.one.language != one.other.language
        assert one.one.topic == one.other.topic
        assert one.same == (one.one.event == one.other.event)
    assert {frozenset((one.one.language, one.other.language)) for one in pairs} == {
        frozenset(("en", "uk")), frozenset(("en", "ru")), frozenset(("uk", "ru")),
    }  # fmt: skip


def test_reports_of_pairs_have_the_promised_length() -> None:
    told = READ["told"]()
    assert _unique(one.id for one in told)
    assert not [one.id for one in told if not 60 <= len(one.text.split()) <= 150]
    assert {(one.event, one.language) for one in told} == {(one.event, code) for one in told for code in LANGUAGES}


def test_the_timeline_tells_every_development_once_before_it_is_repeated() -> None:
    reports = READ["timeline"]()
    assert len(reports) >= 60
    assert len({one.outlet for one in reports}) == 12
    assert len({one.at.date() for one in reports}) == 5
    assert 3 * sum(one.language != "en" for one in reports) >= len(reports)
    assert _unique(one.at.isoformat() for one in reports)
    assert all(one.at.tzinfo is not None for one in reports)
    firsts = [one.development for one in reports if one.first]
    assert _unique(firsts)
    assert set(firsts) == {one.development for one in reports if one.development}
    assert all(one.first for one in reports if one.kind in ("new", "template"))
    assert not [one.id for one in reports if one.first and one.kind not in ("new", "template", "extended")]
    assert not [one.id for one in reports if one.kind in ("commentary", "off-topic") and one.development]


def test_copies_of_the_timeline_repeat_what_they_copy() -> None:
    reports = {one.id: one for one in READ["timeline"]()}
    wire = reports["breach-northline"]
    assert reports["breach-grid"].text == wire.text
    assert wire.text.startswith(reports["breach-chronicle"].text)
    assert reports["dead-richka-edit"].article == "dead-richka"
    assert reports["dead-richka-edit"].text != reports["dead-richka"].text


def test_nightly_reports() -> None:
    pairs = READ["nights"]()
    copies = [one for one in pairs if one.label == "copy"]
    originals = {one.known for one in copies}
    assert len(originals) >= 40
    assert len({one.known for one in copies if one.language != "en"}) >= 10
    assert all(one.known[1] in one.later[1] for one in copies)
    changed = [one for one in pairs if one.label == "template"]
    assert len(changed) >= 40
    assert all(re.findall(r"\d+", one.known[1]) != re.findall(r"\d+", one.later[1]) for one in changed)


def test_thirty_changes_of_each_kind() -> None:
    changes = READ["changes"]()
    counted = Counter(one.kind for one in changes)
    assert set(counted) == {*READ["MATERIAL"], *READ["COSMETIC"]}
    assert min(counted.values()) >= 30
    assert all(one.before != one.after for one in changes)
    assert all((one.before[0] != one.after[0]) == (one.kind == "headline") for one in changes)
    assert {one.language for one in changes} == LANGUAGES


def test_number_changes_change_a_number_word_or_figure_only() -> None:
    for one in (change for change in READ["changes"]() if change.kind in ("number", "name")):
        before, after = one.before[1].split(), one.after[1].split()
        assert len(Counter(before) - Counter(after)) <= 4, one.id


def test_sentences_new_and_known_in_each_language() -> None:
    sentences = READ["sentences"]()
    assert len(sentences) >= 100
    counted = Counter((one.language, one.new) for one in sentences)
    assert set(counted) == {(code, new) for code in LANGUAGES for new in (False, True)}
    assert min(counted.values()) >= 16
    assert all(3 <= len(one.known) <= 6 and one.text not in one.known for one in sentences)


def test_known_edits_are_the_same_each_time_and_complete() -> None:
    bases = _own_bases()
    assert {base.language for base in bases} == LANGUAGES
    assert all(len(base.text.split()) >= EDITS["WORDS_AT_LEAST"] for base in bases)
    made = list(EDITS["positives"](bases, 3))
    assert made == list(EDITS["positives"](bases, 3))
    assert made != list(EDITS["positives"](bases, 4))
    assert len(EDITS["KINDS"]) == 12
    assert {one.edit for one in made} == set(EDITS["KINDS"])
    assert len(list(EDITS["negatives"](bases))) == 3 * len(bases)


@pytest.mark.parametrize("share", [0.5, 0.25])
def test_truncation_keeps_about_the_share(share: float) -> None:
    for base in _own_bases():
        cut = EDITS["truncated"](base, share)
        assert share <= len(cut.split()) / len(base.text.split()) < share + 0.3
        assert " ".join(base.text.split()).startswith(" ".join(cut.split())), base.name


def test_a_corrected_number_is_all_that_changes() -> None:
    made = [one for one in EDITS["positives"](_own_bases()) if one.edit == "one number corrected"]
    assert len(made) >= 20
    for one in made:
        assert len(set(one.later.split()) - set(one.known.split())) <= 1, one.base


def test_the_shared_articles_are_enough_bases(shared: Path) -> None:
    bases = EDITS["shared_bases"](shared)
    assert len(bases) >= 150
    assert all(base.title for base in bases)


def test_no_run_of_ten_words_comes_from_the_seeds(shared: Path) -> None:
    seeds = {run for file in (shared / "seeds").glob("*.txt") for run in _runs(file.read_text(encoding="utf-8"))}
    assert len(seeds) > 1000
    own = {file: _runs(file.read_text(encoding="utf-8")) & seeds for file in FOLDER.rglob("*") if file.is_file()}
    assert not {file.name: runs for file, runs in own.items() if runs}
