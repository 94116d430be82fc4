"""Twelve kinds of known edits and three hard negatives, made of any base texts; the same seed makes the same pairs."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

WORDS_AT_LEAST = 120


class Base(NamedTuple):
    """A text to edit; paragraphs are separated by a blank line."""

    name: str
    language: str
    title: str
    text: str


class Pair(NamedTuple):
    """A known text and a later one. `copy`: whether the later one is the known one in some shape.

    `hidden` says whether silence is right: a copy with a corrected number must be found as a copy, yet be reported.
    """

    base: str
    edit: str
    known: str
    later: str
    copy: bool
    hidden: bool


BYLINES = {
    "en": (
        "By Nadia Ferro and Otto Lang, 3 May 2031 10:15",
        "HALLEN, June 30 (Northern Agency) -",
        "Reporting by Otto Lang; editing by Ann Moor",
    ),
    "uk": ("Автор: Надія Ферро, 03.05.2031, 10:15", "ГАЛЕН, 30 червня —", "Джерело: Північна агенція"),
    "ru": ("Автор: Надежда Ферро, 03.05.2031, 10:15", "ГАЛЛЕН, 30 июня —", "Источник: Северное агентство"),
}
CHROME = (
    ("Home", "World News", "Subscribe to our newsletter", "Five photographs that moved us this week", "About us"),
    ("Skip to content", "Sign in", "Most read today: a cat on a crane", "Cookie settings and privacy choices"),
    ("Menu", "Listen to this article", "Our journalism needs you: support the newsroom", "Terms of use"),
)
SITE_FRAME = """Skip to the main content of this page or search the archive of The Hallen Observer since 1904

Our weekend edition: the ten gardens that you have to see before the end of June, chosen by readers

Sign up for the morning letter of the editor and receive the most important stories before breakfast every day

You have read all your free articles of this month; for the price of a coffee you can read on without a limit

The Hallen Observer is a member of the press council; complaints are answered within three working days by our ombudsman

Copyright 2031 Observer Media House. Reproduction in whole or in part only with permission in writing"""
MORE = (
    "Late in the evening a spokeswoman for the interior ministry, Greta Solberg, announced that 27 lorries with tents "
    "and blankets had left the barracks at Torvik. They are expected before noon.",
    "Meanwhile the neighbouring kingdom recalled its ambassador for consultations and closed both railway stations "
    "near the frontier from 6 November, a step that shopkeepers on either side criticised sharply.",
)
SYNONYMS = {
    "en": "quietly formally large fresh senior earlier broad firmly notably abroad swiftly narrow costly remote",
    "uk": "тихо офіційно великий свіжий раніше широко твердо помітно швидко вузький дорогий далекий",
    "ru": "тихо официально большой свежий раньше широко твердо заметно быстро узкий дорогой далекий",
}
SPELLINGS = (
    ("ization", "isation"), ("izing", "ising"), ("ized", "ised"), ("ize ", "ise "), ("color", "colour"),
    ("defense", "defence"), ("center", "centre"), ("kilometers", "kilometres"), ("favor", "favour"), ("Kyiv", "Kiev"),
    ("Zelensky", "Zelenskyy"), ("Odesa", "Odessa"), ("percent", "per cent"), ("U.S.", "US"), ("“", '"'), ("”", '"'),
    ("’", "'"), (" — ", " - "), ("ґ", "г"), ("ё", "е"),
)  # fmt: skip
_SENTENCE = re.compile(r"(?<=[.!?…”\"»])\s+")


def shared_bases(shared: Path) -> list[Base]:
    """The articles of the shared test data that are long enough; their titles are the words of their addresses."""
    found = json.loads((shared / "data" / "articles" / "ground-truth.json").read_text(encoding="utf-8"))
    bases = []
    for name, article in sorted(found.items()):
        path = re.sub(r"\.(html?|php|aspx)$", "", article["url"].partition("//")[2].rstrip("/"))
        words = re.findall(r"[A-Za-z]+", path.rpartition("/")[2]) or re.findall(r"[A-Za-z]+", path)
        text = article["articleBody"]
        if len(text.split()) >= WORDS_AT_LEAST:
            bases.append(Base(name, _language(text), " ".join(words).capitalize(), text))
    return bases


def _language(text: str) -> str:
    if len(re.findall("[А-яІіЇїЄє]", text)) < len(text) / 4:
        return "en"
    return "uk" if re.search("[іїєґ]", text) else "ru"


def _paragraphs(text: str) -> list[str]:
    return [part for part in re.split(r"\n\s*\n|\n", text) if part.strip()]


def _sentences(text: str) -> list[str]:
    return [one for one in _SENTENCE.split(text) if one.strip()]


def byline(base: Base, chance: random.Random) -> str:
    above, place, below = BYLINES[base.language]
    return f"{above}\n\n{place} {base.text}\n\n{below}"


def chrome(base: Base, chance: random.Random) -> str:
    lines, parts = list(chance.choice(CHROME)), _paragraphs(base.text)
    middle = max(1, len(parts) // 2)
    return "\n\n".join([*lines[:2], *parts[:middle], lines[2], *parts[middle:], *lines[3:]])


def reordered(base: Base, chance: random.Random) -> str:
    parts = _paragraphs(base.text)
    if len(parts) < 4:
        sentences = _sentences(base.text)
        size = max(1, len(sentences) // 4)
        parts = [" ".join(sentences[at : at + size]) for at in range(0, len(sentences), size)]
    rest = parts[1:]
    chance.shuffle(rest)
    return "\n\n".join([parts[0], *rest])


def truncated(base: Base, share: float) -> str:
    wanted, kept, words = share * len(base.text.split()), [], 0
    for sentence in _sentences(base.text):
        kept.append(sentence)
        words += len(sentence.split())
        if words >= wanted:
            break
    return " ".join(kept)


def reworded(base: Base, chance: random.Random, share: float) -> str:
    """Replaces this share of the words by other ones, never a number or a word with a capital."""
    others = SYNONYMS[base.language].split()
    words = re.split(r"(\s+)", base.text)
    plain = [place for place, word in enumerate(words) if word.islower() and word.isalpha()]
    for place in chance.sample(plain, min(len(plain), round(share * len(base.text.split())))):
        words[place] = chance.choice(others)
    return "".join(words)


def heavy(base: Base, chance: random.Random) -> str:
    """A fifth of the words replaced, a sixth of the sentences dropped, two neighbours swapped now and then."""
    sentences = _sentences(reworded(base, chance, 0.2))
    kept = [one for one in sentences if chance.random() > 1 / 6] or sentences
    for place in range(0, len(kept) - 1, 3):
        kept[place], kept[place + 1] = kept[place + 1], kept[place]
    return " ".join(kept)


def corrected(base: Base, chance: random.Random) -> str | None:
    """One number changed; None where the text has no number of its own."""
    found = list(re.finditer(r"(?<![\w.,])\d{1,6}(?![\w]|[.,]\d)", base.text))
    if not found:
        return None
    match = chance.choice(found)
    return f"{base.text[: match.start()]}{int(match[0]) + chance.choice((1, 2, 7))}{base.text[match.end() :]}"


def spelled(base: Base, chance: random.Random) -> str:
    """Sub-editing: spellings, quotation marks, dashes; the direction is drawn."""
    text, back = base.text, chance.random() < 0.5
    for one, other in SPELLINGS:
        text = text.replace(other, one) if back else text.replace(one, other)
    return text


def embedded(base: Base, other: Base, chance: random.Random) -> str:
    """The whole text in the middle of another that is about as long."""
    parts, wanted = _sentences(other.text), len(base.text.split())
    around: list[str] = []
    while parts and sum(len(one.split()) for one in around) < wanted:
        around.append(parts.pop(0))
    half = len(around) // 2
    return "\n\n".join([" ".join(around[:half]), base.text, " ".join(around[half:])])


def headline(base: Base, chance: random.Random) -> str:
    """Only the title and the first sentence, as a teaser prints them."""
    return f"{base.title}\n\n{_sentences(base.text)[0]}"


_EDITS: dict[str, Callable[[Base, random.Random], str | None]] = {
    "byline swap": byline,
    "chrome added": chrome,
    "reorder": reordered,
    "truncated 50 %": lambda base, chance: truncated(base, 0.5),
    "truncated 25 %": lambda base, chance: truncated(base, 0.25),
    "2 paragraphs added": lambda base, chance: "\n\n".join([base.text, *MORE]),
    "light 8 % rewrite": lambda base, chance: reworded(base, chance, 0.08),
    "heavy rewrite": heavy,
    "one number corrected": corrected,
    "headline only": headline,
    "sub-edits": spelled,
}
KINDS = (*_EDITS, "embedded in 2x story")
_REPORTED = ("2 paragraphs added", "one number corrected", "embedded in 2x story")


def positives(bases: Sequence[Base], seed: int = 1) -> Iterator[Pair]:
    """Every kind of edit of every base; skips an edit that leaves a text as it was (no number, no such spelling)."""
    for place, base in enumerate(bases):
        for kind, edit in _EDITS.items():
            later = edit(base, random.Random(f"{seed} {kind} {base.name}"))
            if later is not None and later != base.text:
                yield Pair(base.name, kind, base.text, later, True, kind not in _REPORTED)
        other = _next(bases, place)
        later = embedded(base, other, random.Random(f"{seed} embedded {base.name}"))
        yield Pair(base.name, "embedded in 2x story", base.text, later, True, False)


def negatives(bases: Sequence[Base], seed: int = 1) -> Iterator[Pair]:
    """Other stories: with two sentences of the known one quoted, in the frame of the same site, with neither."""
    for place, base in enumerate(bases):
        other = _next(bases, place)
        chance = random.Random(f"{seed} negative {base.name}")
        yield Pair(base.name, "two quotes shared", base.text, _quoting(base, other, chance), False, False)
        framed = (f"{SITE_FRAME}\n\n{one.text}\n\n{SITE_FRAME.splitlines()[-1]}" for one in (base, other))
        yield Pair(base.name, "same site chrome", next(framed), next(framed), False, False)
        yield Pair(base.name, "another story", base.text, other.text, False, False)


def _next(bases: Sequence[Base], place: int) -> Base:
    """The next base but one in the same language, any other where there is none: neighbours may tell one event."""
    others = [*bases[place + 2 :], *bases[:place]]
    return next((one for one in others if one.language == bases[place].language), others[0])


def _quoting(base: Base, other: Base, chance: random.Random) -> str:
    """The other story with two sentences of the base, of ordinary length, quoted in it."""
    fit = [one for one in _sentences(base.text) if 8 <= len(one.split()) <= 30] or _sentences(base.text)[:2]
    quotes = chance.sample(fit, min(2, len(fit)))
    parts = _sentences(other.text)
    middle = max(1, len(parts) // 2)
    return " ".join([*parts[:middle], *quotes, *parts[middle:]])
