"""Which agency a report is credited to; what only names an agency credits nobody."""

from __future__ import annotations

import pytest

from monitor.novelty.credits import credits

BODY = "The harbour of Tamm was closed for an hour. Nobody was hurt, the mayor said, and the mole is whole."
BODY_UK = "Порт закрили на годину. Ніхто не постраждав, сказав мер, і мол цілий."

BYLINES = [
    ("Reuters", "Reuters"),
    ("By Reuters", "Reuters"),
    ("Reuters Staff", "Reuters"),
    ("REUTERS", "Reuters"),
    ("Anna Holm, Reuters", "Reuters"),
    ("Anna Holm | AP", "AP"),
    ("The Associated Press", "AP"),
    ("By ANNA HOLM, Associated Press", "AP"),
    ("AFP", "AFP"),
    ("Agence France-Presse", "AFP"),
    ("Staff with AFP", "AFP"),
    ("Interfax-Ukraine", "Interfax-Ukraine"),
    ("Interfax Ukraine", "Interfax-Ukraine"),
    ("Interfax", "Interfax"),
    ("INTERFAX.RU", "Interfax"),
    ("Інтерфакс-Україна", "Interfax-Ukraine"),
    ("Интерфакс", "Interfax"),
    ("Укрінформ", "Ukrinform"),
    ("Ukrinform", "Ukrinform"),
    ("ТАСС", "TASS"),
    ("TASS", "TASS"),
    ("РИА Новости", "RIA"),
    ("RIA Novosti", "RIA"),
]
HEADS = [
    ("TAMM, March 18 (Reuters) - ", "Reuters"),
    ("TAMM (Reuters) — ", "Reuters"),
    ("TAMM (AP) — ", "AP"),
    ("TAMM, Ostland (AP) — ", "AP"),
    ("Tamm (AFP) – ", "AFP"),
    ("(Reuters) - ", "Reuters"),
    ("TAMM. March 18 (Interfax) - ", "Interfax"),
    ("TAMM, March 18. /TASS/. ", "TASS"),
    ("ТАММ, 18 марта. /ТАСС/. ", "TASS"),
    ("ТАММ, 18 мар - РИА Новости. ", "RIA"),
    ("Тамм. 18 марта. ИНТЕРФАКС - ", "Interfax"),
    ("Тамм. 18 марта. INTERFAX.RU - ", "Interfax"),
    ("Київ. 18 березня. ІНТЕРФАКС-УКРАЇНА - ", "Interfax-Ukraine"),
    ("КИЇВ, 18 березня (Укрінформ) – ", "Ukrinform"),
]
TAILS = [
    ("Source: Reuters", "Reuters"),
    ("Джерело: Укрінформ", "Ukrinform"),
    ("Джерело: Інтерфакс-Україна", "Interfax-Ukraine"),
    ("Источник: ТАСС", "TASS"),
    ("Источник: РИА Новости", "RIA"),
    ("Reporting by Anna Holm; Editing by Per Lund", "Reuters"),
    ("Reporting by Anna Holm and Ole Vik; writing by Mia Berg; editing by Per Lund", "Reuters"),
    ("(Reporting by Anna Holm in Tamm; Editing by Per Lund)", "Reuters"),
    ("With reporting by AFP", "AFP"),
    ("With reporting from Reuters.", "Reuters"),
    ("© AFP", "AFP"),
    ("© 2025 AFP", "AFP"),
    ("— Reuters", "Reuters"),
    ("AFP", "AFP"),
    ("Reuters", "Reuters"),
    ("Про це повідомляє Укрінформ.", "Ukrinform"),
    ("Про це пише Reuters.", "Reuters"),
    ("Про це повідомляє агентство Інтерфакс-Україна.", "Interfax-Ukraine"),
    ("Об этом сообщает ТАСС.", "TASS"),
    ("Об этом передает «Интерфакс».", "Interfax"),
    ("Об этом сообщило агентство РИА Новости.", "RIA"),
]
FRIENDS = [
    ("", "Smoke rose behind the Reuters building in the old town."),
    ("", "The Reuters Institute asked 4,000 readers in Tamm."),
    ("", "The mayor told Reuters that the mole was whole."),
    ("", "A Reuters photographer saw two boats adrift."),
    ("", "Two boats were adrift, Reuters reported last week, but nobody had counted them."),
    ("", "Pupils who take AP classes stayed at home."),
    ("", "The AP Moller terminal stayed open."),
    ("", "An app for skippers, and a map (paper) for the rest."),
    ("", "The gap (a leap) was tapped."),
    ("", "The ship Interfaxia left the quay."),
    ("", "Maria went home. Aria sang."),
    ("", "ТАССИЯ — так называется катер."),
    ("", "Фото: Reuters"),
    ("", "Photo: AFP"),
    ("", "Photo by Anna Holm/AP"),
    ("", "Ole Vik/Reuters handout photo"),
    ("", "Journalists of Ukrinform were honoured in Kyiv."),
    ("", "Ukrinform's new office opened in the spring."),
    ("", "The director of TASS was dismissed."),
    ("", "Директор ТАСС подал в отставку."),
    ("", "Сотрудник РИА Новости выиграл забег."),
    ("", "Reporting by the book is dull."),
    ("", "The committee ended its reporting by noon."),
    ("", "В терминале AP Moller работали ночью."),
    ("Paul Reuter", ""),
    ("Anna Apfel", ""),
    ("Maria Riabova", ""),
    ("Photo: Reuters", ""),
    ("Our desk", ""),
    ("Reuters Institute", ""),
    ("AP's critic", ""),
]


@pytest.mark.parametrize(("author", "agency"), BYLINES)
def test_a_byline(author: str, agency: str) -> None:
    assert credits(author, BODY) == (agency,)


@pytest.mark.parametrize(("head", "agency"), HEADS)
def test_a_dateline(head: str, agency: str) -> None:
    assert credits("", head + BODY) == (agency,)


@pytest.mark.parametrize(("tail", "agency"), TAILS)
def test_a_line_at_the_end_or_the_beginning(tail: str, agency: str) -> None:
    assert credits("", f"{BODY_UK}\n\n{tail}") == (agency,)
    assert credits("", f"{tail}\n\n{BODY}") == (agency,)


@pytest.mark.parametrize(("author", "text"), FRIENDS)
def test_a_false_friend(author: str, text: str) -> None:
    assert credits(author, f"{BODY}\n\n{text}\n\n{BODY}") == ()


def test_several_stand_in_a_fixed_order() -> None:
    assert credits("AFP, Reuters", BODY) == ("Reuters", "AFP") == credits("Reuters", f"{BODY}\n\nSource: AFP")


def test_the_middle_of_a_long_text_credits_nobody() -> None:
    long = " ".join([BODY] * 30)
    assert credits("", f"{long}\n\nSource: Reuters\n\n{long}") == ()
    assert credits("", f"{long}\n\nSource: Reuters") == ("Reuters",)


@pytest.mark.parametrize("text", ["A" * 50_000, "a (" * 20_000, "18 " * 20_000, "Reporting by " * 5_000, "\n" * 50_000])
def test_hostile_text_is_read_quickly(text: str) -> None:
    assert credits(text, text) == ()
