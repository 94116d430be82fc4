"""Which words beside a hit are marked as able to turn its meaning round, in three languages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.query import analyse, compile_query, match
from monitor.query.cues import cue_near

# The hit, the text, and the cue that is to be marked ("": none).
ROWS = [
    ("halt", "There will be no halt to the raids.", "no"),
    ("raid", "There will be no halt to the raids.", "no"),
    ("blockade", "The navy denied any blockade of the strait.", "denied"),
    ("blockade", "Claims of a blockade were denied by the navy.", "denied"),
    ("ferry", "The ferry did not sail on Monday.", "not"),
    ("ferry", "The ferry won't sail on Monday.", "won't"),
    ("ferry", "The ferry won’t sail on Monday.", "won’t"),
    ("leave", "The garrison refuses to leave the port.", "refuses to"),
    ("leave", "The garrison refused, for a third week, to leave the port.", "refused"),
    ("blockade", "The minister ruled out a blockade.", "ruled out"),
    ("deal", "They failed to reach a deal.", "failed to"),
    ("deal", "Talks ended without a deal.", "without"),
    ("deal", "Neither side wants a deal.", "Neither"),
    ("deal", "A deal is far from certain, far from a deal they are.", "far from"),
    ("deal", "The deal was rejected by the council.", "rejected"),
    ("deal", "It is unlikely a deal follows.", "unlikely"),
    ("deal", "The report of a deal is false.", "false"),
    ("deal", "They never signed the deal.", "never"),
    ("deal", "They cannot accept the deal.", "cannot"),
    ("deal", "Fishermen no longer expect a deal.", "no"),
    ("deal", "NO DEAL, SAYS HARBOUR MASTER", "NO"),
    ("sail", "The crew decided not to sail.", "not"),
    # friends in a negation's coat
    ("deal", "They want not only a deal but a treaty.", ""),
    ("deal", "The deal lasts no longer than a week.", ""),
    ("deal", "No fewer than ten states back the deal.", ""),
    ("deal", "No doubt the deal holds.", ""),
    ("deal", "Not just a deal, a treaty.", ""),
    ("deal", "A treaty, not to mention the deal, holds.", ""),
    ("deal", "Not least, the deal pays.", ""),
    ("deal", "They ask whether or not a deal exists.", ""),
    ("quay", "Ship No. 7 left the quay.", ""),
    ("deal", "Nobody doubts it. The deal holds.", ""),
    ("deal", "That is not so. The deal holds.", ""),
    ("deal", "It was not.\n\nDeal holds.", ""),
    ("deal", "No, the deal holds.", ""),
    ("deal", "He could not swim, but the deal holds.", ""),
    ("deal", "It had not rained for many long weeks when the deal came.", ""),
    ("ferry", "The ferry rejects nothing and notes knots.", "rejects"),
    ("deal", "The fishermen decline in number as the deal ends.", ""),
    # Ukrainian
    ("обстріл", "Командування відмовилося припинити обстріл міста.", "відмовилося"),
    ("обстріл", "Вони не припинили обстріл міста.", "не"),
    ("обстріл", "Речник заперечив обстріл порту.", "заперечив"),
    ("угода", "Жодної угоди сторони ще не мають.", "Жодної"),
    ("угода", "Міністр відкинув цю угоду.", "відкинув"),
    ("угода", "Угода не підписана.", "не"),
    ("угода", "Роз’їхалися без угоди.", "без"),
    ("угода", "Це не лише угода, а й союз.", ""),
    ("угода", "Щонайменше не менше десяти країн за угоду.", ""),
    ("угода", "Не тільки угода, а й договір.", ""),
    ("угода", "Митники спростили правила, бо є угода.", ""),
    ("угода", "Без сумніву, угода діє.", ""),
    ("угода", "Дощу не було. Угода діє.", ""),
    ("угода", "Його спростовано: угода є фейком.", "спростовано"),
    # Russian
    ("блокада", "Моряки отрицают блокаду пролива.", "отрицают"),
    ("блокада", "Блокады пролива нет.", "нет"),
    ("блокада", "Адмирал опроверг сообщения о блокаде.", "опроверг"),
    ("сделка", "Совет отверг сделку.", "отверг"),
    ("сделка", "Они отказались от сделки.", "отказались"),
    ("сделка", "Никакой сделки пока не видно.", "Никакой"),
    ("сделка", "Сделку не заключили.", "не"),
    ("сделка", "Разошлись без сделки.", "без"),
    ("сделка", "Это не только сделка, но и союз.", ""),
    ("сделка", "Не более десяти стран за сделку.", ""),
    ("сделка", "Отрицательный баланс изменит сделка.", ""),
    ("сделка", "Дождя не было, а сделка есть.", ""),
    ("сделка", "Не исключено, что сделка состоится.", ""),
]


@pytest.mark.parametrize(("query", "body", "expected"), ROWS, ids=[body[:40] for _, body, _ in ROWS])
def test_cues(query: str, body: str, expected: str) -> None:
    hits = match(compile_query(f"{query[:-1]}*" if len(query) > 4 else query, {}), analyse("", body))
    assert hits
    cue = hits[0].cue
    assert (cue.text if cue else "") == expected
    assert cue is None or body[cue.start : cue.end] == cue.text


def test_a_cue_in_the_title_stays_there() -> None:
    hits = match(compile_query("deal", {}), analyse("No deal", "Deal holds"))
    assert hits
    assert [(hit.zone, hit.cue.text if hit.cue else "") for hit in hits] == [("title", "No"), ("lead", "")]


def test_zones_and_list_paths() -> None:
    lists = {"sea": "strait OR @bay", "bay": "bay OR gulf"}
    body = "The gulf. " + "calm " * 60 + "The strait."
    hits = match(compile_query("@sea", lists), analyse("Straits", body))
    assert hits
    told = [(hit.zone, hit.lists, hit.term, hit.form, hit.text) for hit in hits]
    assert told == [
        ("title", ("sea",), "strait", "straits", "Straits"),
        ("lead", ("sea", "bay"), "gulf", "gulf", "gulf"),
        ("body", ("sea",), "strait", "strait", "strait"),
    ]


_HAND = [
    "halt",
    "strike",
    "not",
    "failed to",
    "rule out",
    "far from",
    "denied",
    "спростував",
    "never",
    "no one",
    ".",
    ",",
]
_HAND += ["port", "calm", "talks", "U.S.", "7"]


@settings(derandomize=True, max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(_HAND), max_size=40))
def test_no_cue_is_lost_by_looking_only_where_a_cue_word_is_near(words: list[str]) -> None:
    text = analyse("", " ".join(words))
    starts = [token.start for token in text.tokens]
    for hit in match(compile_query("halt OR strike", {}), text) or ():
        place = starts.index(hit.start)
        span = cue_near(text.tokens, place, place, (0, text.count), text.body)
        assert (hit.cue and (hit.cue.start, hit.cue.end)) == span
