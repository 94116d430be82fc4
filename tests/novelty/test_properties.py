"""What holds for any text: offsets, ranges, stability of sketches, symmetry, and time that stays linear."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.model import Document, Judgement, Known, Level, Origin
from monitor.novelty import SCHEME, Thresholds, development_key, judge, sketch, unmatched
from monitor.novelty.shingles import KEEP_ALL, WIDTH, containment, sampled, shingles
from monitor.novelty.spelling import spelled
from monitor.novelty.stems import stem

WORDS = """the dam talks failed in Hallen and Kolm on 18 March 1,300 46% three "Nobody won" Зеленський п'ять 2½ U.S.
 . . , ! — : \n\n \n By (Agency) - water crowns agreed quietly minister Tarvainen said that gates 14:30 2025 Stream 2"""
TEXTS = st.lists(st.sampled_from(WORDS.split(" ")), max_size=60).map(" ".join)
UNITS = ["1", "1,", "1 ", "A ", '"A ', "A\n", "Ab c\n\n", "three ", "March ", "A(", "a - ", "٣٤ ", "¼", "İ", "3 a.m. "]
HOSTILE = [unit * (20_000 // len(unit)) for unit in UNITS]
SPELLINGS = [
    ("zelenskiy", "zelensky"), ("zelenskyy", "zelensky"), ("zelenskyi", "zelensky"), ("zelenski", "zelensky"),
    ("syrskyi", "syrsky"), ("kiev", "kyiv"), ("kharkov", "kharkiv"), ("odessa", "odesa"), ("lugansk", "luhansk"),
    ("organisation", "organization"), ("organised", "organized"), ("labour", "labor"), ("defence", "defense"),
    ("centre", "center"), ("programs", "programmes"), ("ski", "ski"), ("київ", "київ"), ("risk", "risk"),
]  # fmt: skip
STEMS = [
    ("attacks", "attack"), ("attacked", "attack"), ("attacking", "attack"), ("agreed", "agree"), ("agreement", "agree"),
    ("strikes", "strike"), ("countries", "country"), ("stopped", "stop"), ("talks", "talk"), ("sides", "side"),
    ("зеленського", "зеленський"), ("гірники", "гірників"), ("переговоры", "переговоров"), ("мостом", "мост"),
]  # fmt: skip


def _judged(title: str, text: str, told: list[tuple[str, str]]) -> Judgement:
    document = Document("https://example.org/new", title, text)
    known = [Known(n, n, *story, "https://example.org/old", "desk", Origin.FETCHED) for n, story in enumerate(told)]
    return judge(document, sketch(document), known, Thresholds())


@settings(max_examples=80, derandomize=True, deadline=None)
@given(TEXTS, TEXTS, TEXTS)
def test_a_judgement_points_into_its_text(title: str, text: str, other: str) -> None:
    judgement = _judged(title, text, [(title, other), ("", f"{other}\n\n{text}")])
    for part in (*judgement.sentences, *judgement.facts):
        assert text[part.start : part.end] == part.text != ""
    shares = [
        judgement.containment,
        judgement.agreement,
        judgement.newword,
        *(one.coverage for one in judgement.sentences),
    ]
    assert all(0 <= share <= 1 for share in shares)
    assert set(unmatched(judgement)) <= set(judgement.sentences)
    assert bool(development_key(judgement)) == any(fact.kind != "name" for fact in judgement.facts)
    assert judgement == _judged(title, text, [(title, other), ("", f"{other}\n\n{text}")])


@settings(max_examples=80, derandomize=True, deadline=None)
@given(TEXTS, TEXTS)
def test_a_text_is_the_same_as_itself_and_tells_nothing_new(title: str, text: str) -> None:
    judgement = _judged(title, text, [(title, text)])
    empty = not sketch(Document("", title, text)).sampled
    assert judgement.level is (Level.NEW if empty else Level.SAME)
    assert not judgement.facts and not unmatched(judgement)


@settings(max_examples=80, derandomize=True, deadline=None)
@given(st.text(max_size=300), st.text(max_size=80))
def test_any_text_can_be_sketched_and_judged(text: str, title: str) -> None:
    own = sketch(Document("", title, text))
    assert own == sketch(Document("https://example.org/elsewhere", title, text)) and own.scheme == SCHEME
    assert all(-(1 << 63) <= value < 1 << 63 for value in (own.text_hash, *own.sampled))
    assert list(own.sampled) == sorted(set(own.sampled))
    assert _judged(title, text, [(title, text[::-1])]).level in Level


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from("abcdefgh"), max_size=300), st.lists(st.sampled_from("abcdefgh"), max_size=30))
def test_two_texts_choose_the_same_shingles(words: list[str], more: list[str]) -> None:
    one, both = shingles(words), shingles(words + more)
    if len(words) >= WIDTH:
        assert one <= both and containment(one, both) == 1.0
    if len(one) >= KEEP_ALL:
        assert set(sampled(one)) <= set(sampled(both)) and all(value % 8 == 0 for value in sampled(both))
    else:
        assert set(sampled(one)) == one


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: repr(text[:8]))
def test_a_text_made_to_be_slow_is_not(text: str) -> None:
    assert _judged("", text, [("", f"{text} x"), ("", text[::-1])]).level in Level


@pytest.mark.parametrize(("variant", "word"), SPELLINGS)
def test_a_word_has_one_spelling(variant: str, word: str) -> None:
    assert spelled(variant) == spelled(word) == spelled(spelled(word))


@pytest.mark.parametrize(("form", "word"), STEMS)
def test_forms_of_a_word_share_a_stem(form: str, word: str) -> None:
    assert stem(form) == stem(word)


def test_hashes_stay_what_they_are() -> None:
    """A change here makes every archive's hashes worthless: raise SCHEME with it."""
    own = sketch(
        Document(
            "",
            "",
            "Zelenskyy said in Kiev on 18 March that 1,300 organisers of the labour talks had agreed to 46 percent.",
        )
    )
    assert (SCHEME, own.text_hash, min(own.sampled)) == (2, 6_856_851_001_152_735_633, -6_900_025_348_022_500_381)
    assert (own.numbers, own.names) == (("03-18", "1300", "46%"), ("kyiv",))


def test_a_headline_counts_only_where_the_text_is_short(edits: dict[str, Any], known: Callable[..., Known]) -> None:
    title, text = edits["stories"]()["dam"]
    hashes = {sketch(Document("", headline, text)).text_hash for headline in (title, "Another", "")}
    assert len(hashes) == 1
    assert len({sketch(Document("", headline, "Details soon.")).text_hash for headline in (title, "Another", "")}) == 3
