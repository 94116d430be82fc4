"""Invented reports in any number: words of syllables, drawn as often as real ones are; each has facts of its own."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

OPENING = datetime(2031, 3, 1, 6, 0, tzinfo=UTC)
_TEXT = "ba ce do fi gu ha je ko li mu na pe ro si tu va we xo zi bra cle dro fri glu ska ple tro sto"
SYLLABLES = _TEXT.split()
PLACES = ("Odesa", "Riga", "Oslo", "Vienna", "Prague", "Warsaw", "Kharkiv", "Geneva", "Ankara", "Jeddah")
VOCABULARY = 20_000


class Report(NamedTuple):
    """One report to be filed; `article` makes its address."""

    article: str
    title: str
    text: str
    language: str
    at: datetime


@cache
def words() -> tuple[list[str], list[float]]:
    """A vocabulary with the running sums of frequencies that fall as 1/rank."""
    chance = random.Random(7)
    made = ["".join(chance.choices(SYLLABLES, k=chance.choice((2, 3, 3, 4)))) for _ in range(VOCABULARY)]
    return made, list(accumulate(1 / rank for rank in range(1, VOCABULARY + 1)))


def report(number: int, sentences: int = 12, seed: str = "report") -> Report:
    """The same number makes the same report; another number another event, with its own names and figures."""
    chance = random.Random(f"{seed} {number}")
    names = [f"{_name(chance)} {_name(chance)}" for _ in range(3)]
    told = [_sentence(chance, names) for _ in range(sentences)]
    paragraphs = [" ".join(told[start : start + 3]) for start in range(0, sentences, 3)]
    title = f"{names[0]} {' '.join(_drawn(chance, 5))}"
    return Report(f"{seed}-{number}", title, "\n\n".join(paragraphs), "en", OPENING + timedelta(minutes=number))


def near_copy(one: Report, outlet: str) -> Report:
    """The same report in another outlet: another address and byline, without its last sentence."""
    shorter = one.text.rpartition(". ")[0]
    return one._replace(article=f"{one.article}-{outlet}", text=f"By {outlet.title()} Desk\n\n{shorter}.")


def rewritten(one: Report, number: int) -> Report:
    """Another telling: the sentences in another order and a quarter of the words others, names and figures kept."""
    chance = random.Random(f"again {number}")
    told = one.text.replace("\n\n", " ").removesuffix(".").split(". ")
    chance.shuffle(told)
    changed = (" ".join(_other(word, chance) for word in sentence.split()) for sentence in told)
    return one._replace(article=f"{one.article}-again-{number}", text=". ".join(changed) + ".")


def _other(word: str, chance: random.Random) -> str:
    return _drawn(chance, 1)[0] if word.islower() and chance.random() < 0.25 else word


def _drawn(chance: random.Random, number: int) -> list[str]:
    vocabulary, sums = words()
    return chance.choices(vocabulary, cum_weights=sums, k=number)


def _name(chance: random.Random) -> str:
    return "".join(chance.choices(SYLLABLES, k=3)).title()


def _sentence(chance: random.Random, names: list[str]) -> str:
    parts: list[Any] = _drawn(chance, 13)
    if chance.random() < 0.4:
        parts.insert(chance.randrange(3, 12), chance.choice(names))
    if chance.random() < 0.4:
        parts.insert(chance.randrange(3, 12), f"{chance.randrange(20, 90_000)}")
    if chance.random() < 0.2:
        parts.insert(chance.randrange(3, 12), f"in {chance.choice(PLACES)}")
    return " ".join((parts[0].title(), *parts[1:])) + "."
