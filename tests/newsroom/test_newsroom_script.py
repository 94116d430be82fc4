"""The script: counts, labels, originality, what is visible when, and that the judge agrees with the labels."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Document, Known, Level, Origin
from monitor.newsroom.copydesk import load_script, slugify
from monitor.newsroom.outlets import OUTLETS
from monitor.newsroom.script import OPENING, Kind, Script, problems, visible
from monitor.novelty import judge, sketch, thresholds

SCRIPT = load_script()


def test_every_kind_is_there_in_number() -> None:
    counts = Counter(one.kind for one in SCRIPT.scheduled)
    assert len({one.article for one in SCRIPT.scheduled}) >= 40
    assert counts[Kind.DRONES] == 5
    assert counts[Kind.COPY] >= 5
    assert counts[Kind.TRUNCATED] >= 3
    assert counts[Kind.EXTENDED] >= 3
    assert counts[Kind.REWRITE] >= 5
    assert counts[Kind.NOISE] >= 5
    assert set(counts) == set(Kind)


def test_a_third_is_ukrainian_or_russian() -> None:
    languages = Counter(one.language for one in SCRIPT.scheduled)
    assert (languages["uk"] + languages["ru"]) / len(SCRIPT.scheduled) >= 1 / 3
    assert min(languages["uk"], languages["ru"]) >= 10


def test_every_outlet_has_a_backlog_of_one_or_two_and_something_to_say() -> None:
    backlog = Counter(one.outlet for one in SCRIPT.backlog)
    assert set(backlog) == {one.id for one in OUTLETS} == {one.outlet for one in SCRIPT.scheduled}
    assert max(backlog.values()) <= 2


@pytest.mark.parametrize(("kind", "low", "high"), [(Kind.TRUNCATED, 0.4, 0.65), (Kind.EXTENDED, 1.2, 1.7)])
def test_cuts_and_extensions_are_cut_and_extended(kind: Kind, low: float, high: float) -> None:
    for one in SCRIPT.scheduled:
        if one.kind is kind:
            original = next(each for each in SCRIPT.publications if each.paragraphs[0] == one.paragraphs[0])
            assert low <= len(one.text.split()) / len(original.text.split()) <= high, one.id


def test_copies_come_well_after_their_original_so_that_polling_every_two_seconds_sees_them_in_order() -> None:
    place = {one.id: number for number, one in enumerate(SCRIPT.scheduled)}
    for one in SCRIPT.scheduled:
        if one.kind in (Kind.COPY, Kind.TRUNCATED, Kind.EXTENDED, Kind.EDIT):
            first = next(each for each in SCRIPT.scheduled if set(each.paragraphs[1:3]) & set(one.paragraphs[1:3]))
            assert place[one.id] - place[first.id] >= 8, (one.id, first.id)


def test_the_nightly_report_changes_little_but_its_figures() -> None:
    nights = [one for one in SCRIPT.scheduled if one.kind is Kind.DRONES]
    shapes = {re.sub(r"\d+", "#", one.paragraphs[1]) for one in nights}
    assert len(shapes) == 1
    assert len({one.paragraphs[1] for one in nights}) == len(nights)


def test_the_edit_changes_a_figure_at_the_same_address() -> None:
    edit = next(one for one in SCRIPT.scheduled if one.kind is Kind.EDIT)
    first = next(one for one in SCRIPT.scheduled if one.id == edit.article)
    assert (edit.number, edit.slug, edit.published) == (first.number, first.slug, first.published)
    assert edit.text != first.text
    before, after = visible(SCRIPT.publications, edit.at - timedelta(seconds=1)), visible(SCRIPT.publications, edit.at)
    assert first in before
    assert edit in after
    assert first not in after


def test_the_judge_reads_the_labels_out_of_the_texts() -> None:
    known: list[Known] = []
    wrong = []
    for number, one in enumerate(SCRIPT.publications):
        document = Document(url=one.id, title=one.title, text=one.text, language=one.language)
        own = sketch(document)
        near = sorted(known, key=lambda each: -_overlap(each, set(own.sampled)))[:10]
        judged = judge(document, own, [each for each in near if _overlap(each, set(own.sampled))], thresholds("normal"))
        if one.level is not Level.EDIT and judged.level is not one.level:
            wrong.append(f"{one.id}: {judged.level} instead of {one.level}")
        known.append(Known(number, number, one.title, one.text, one.id, one.outlet, Origin.FETCHED, sketch=own))
    assert wrong == []


def _overlap(known: Known, sampled: set[int]) -> int:
    return len(sampled & set(known.sketch.sampled)) if known.sketch else 0


def test_no_run_of_ten_words_comes_from_the_seeds(shared: Path) -> None:
    seeds = {run for file in (shared / "seeds").glob("*.txt") for run in _runs(file.read_text(encoding="utf-8"))}
    assert len(seeds) > 1000
    shared_runs = {one.id: _runs(f"{one.title} {one.text}") & seeds for one in SCRIPT.publications}
    assert {name: runs for name, runs in shared_runs.items() if runs} == {}


def _runs(text: str, length: int = 10) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def test_letters_are_of_the_language() -> None:
    for one in SCRIPT.publications:
        text = f"{one.title} {one.text}"
        for word in re.findall(r"\w+", text):
            mixed = re.search("[a-z]", word, re.IGNORECASE) and re.search("[а-яёіїєґ]", word, re.IGNORECASE)
            assert not mixed, (one.id, word)
        assert not (one.language == "uk" and re.search("[ыэъё]", text)), one.id
        assert not (one.language == "ru" and re.search("[іїєґ’]", text)), one.id
        assert not (one.language == "en" and re.search("[а-яіїєґ]", text)), one.id


@settings(derandomize=True, max_examples=60)
@given(st.integers(0, 8 * 24 * 60), st.integers(0, 24 * 60))
def test_what_is_out_stays_out(minutes: int, later: int) -> None:
    now = OPENING + timedelta(minutes=minutes)
    seen = {one.article for one in visible(SCRIPT.publications, now)}
    assert seen <= {one.article for one in visible(SCRIPT.publications, now + timedelta(minutes=later))}
    assert all(one.at <= now for one in visible(SCRIPT.publications, now))


def test_before_the_opening_only_the_backlog_is_visible() -> None:
    assert set(visible(SCRIPT.publications, OPENING)) == set(SCRIPT.backlog)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"development": None}, "without a development"),
        ({"level": Level.NEW, "kind": Kind.COPY}, "does not fit"),
        ({"paragraphs": ("too short",)}, "words"),
        ({"on_topic": False}, "off topic"),
        ({"kind": Kind.REWRITE}, "nobody told before"),
    ],
)
def test_a_wrong_label_is_named(change: dict[str, object], word: str) -> None:
    wrong = replace(SCRIPT.scheduled[0], **change)  # type: ignore[arg-type]  # the table holds values of many fields
    found = problems(Script((wrong,)))
    assert len(found) >= 1
    assert any(word in one and one.startswith(wrong.id) for one in found)


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ('outlet = "nobody"', "no outlet 'nobody'"),
        ('outlet = "pool"\nsurprise = 1', "surprise"),
        ('outlet = "pool"\ncopy_of = "a"\nreplace = [["not there", ""]]', "nothing to replace"),
    ],
)
def test_a_broken_story_file_is_refused_with_the_article(tmp_path: Path, line: str, word: str) -> None:
    words = "One sentence of six plain words. " * 25
    first = '[[articles]]\nid = "a"\noutlet = "meridian"\nat = 2025-03-18T15:00:00Z\nkind = "wire"\nlevel = "new"\n'
    first += f'development = "d"\ntitle = "T"\ntext = "{words}"\n'
    second = f'[[articles]]\nid = "b"\nat = 2025-03-18T16:00:00Z\nkind = "noise"\nlevel = "new"\ntext = "x"\n{line}\n'
    (tmp_path / "story.toml").write_text(first, encoding="utf-8")
    assert len(load_script(tmp_path).publications) == 1
    (tmp_path / "story.toml").write_text(first + second, encoding="utf-8")
    with pytest.raises(ValueError, match=word) as caught:
        load_script(tmp_path)
    assert str(caught.value).startswith("b: ")


@pytest.mark.parametrize(
    ("title", "slug"),
    [
        ("Fed Holds Rates Steady; Gold Stays Above $3,000", "fed-holds-rates-steady-gold-stays-above-3-000"),
        ("Обмін", ""),
    ],
)
def test_slugs(title: str, slug: str) -> None:
    assert slugify(title) == slug
