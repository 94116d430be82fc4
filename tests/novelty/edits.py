"""Known edits of invented articles, each with the level that it must get. The tests and the benchmark run this file."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import NamedTuple

Story = tuple[str, str]


class Case(NamedTuple):
    """A new article held against known ones."""

    name: str
    edit: str
    known: list[Story]
    new: Story
    expected: str


def stories(folder: str = "texts") -> dict[str, Story]:
    """Name -> title and text; the folder `others` holds what is held against the stories."""
    files = sorted((Path(__file__).parent / folder).glob("*.txt"))
    read = {file.stem: file.read_text("utf-8").strip().partition("\n\n") for file in files}
    return {name: (title, text) for name, (title, _, text) in read.items()}


SYNONYMS = {
    "en": "quietly formally large fresh senior earlier broad firmly notably abroad",
    "uk": "тихо офіційно великий свіжий раніше широко твердо помітно",
    "ru": "тихо официально большой свежий раньше широко твердо заметно",
}


def _language(name: str) -> str:
    return name.rpartition("_")[2] if "_" in name else "en"


def byline(name: str, text: str) -> str:
    swapped = f"By Nadia Ferro and Otto Lang, 3 May 2031 10:15\n\n{text}\n\nReporting by Otto Lang; editing by Ann Moor"
    return swapped if _language(name) == "en" else f"Автор: Надія Ферро, 03.05.2031, 10:15\n\n{text}"


def chrome(name: str, text: str) -> str:
    parts = text.split("\n\n")
    before = "Home\n\nWorld News"
    after = "Subscribe to our newsletter\n\n5 min read\n\nCopyright 2031 Example Media. All rights reserved."
    return "\n\n".join([before, *parts[:2], "Read more: ten photographs of the week", *parts[2:], after])


def dateline(name: str, text: str) -> str:
    return f"HALLEN, June 30 (Northern Agency) - {text}"


def truncated(text: str, share: float) -> str:
    sentences = re.split(r"(?<=[.”\"])\s+", text)
    kept, words = [], 0
    for sentence in sentences:
        kept.append(sentence)
        words += len(sentence.split())
        if words >= share * len(text.split()):
            break
    return " ".join(kept)


def reordered(text: str) -> str:
    parts = text.split("\n\n")
    return "\n\n".join([parts[0], *reversed(parts[1:])])


def reworded(name: str, text: str, share: float = 0.08) -> str:
    chance = random.Random(name)
    others = SYNONYMS[_language(name)].split()
    words = re.split(r"(\s+)", text)
    plain = [place for place, word in enumerate(words) if word.islower() and word.isalpha() and word != "percent"]
    for place in chance.sample(plain, round(share * len(text.split()))):
        words[place] = chance.choice(others)
    return "".join(words)


def one_number(text: str, place: int) -> str:
    found = list(re.finditer(r"\d+(?![\d,.]*\d)", text))
    match = found[place % len(found)]
    return f"{text[: match.start()]}{int(match[0]) + 3}{text[match.end() :]}"


def all_numbers(text: str) -> str:
    return re.sub(r"\d+", lambda match: str(int(match[0]) + 5), text)


def cases() -> list[Case]:
    """All cases. The known articles of each are every story, so that the right one has to be found among others."""
    told, others_of = stories(), stories("others")
    known = list(told.values())
    found = []
    for name, (title, text) in told.items():
        others = [story for other, story in told.items() if other != name]
        more = others_of[f"more_{_language(name)}"][1]
        edited = [
            ("identical", text, "same"),
            ("byline swapped", byline(name, text), "copy"),
            ("chrome added", chrome(name, text), "copy"),
            ("dateline added", dateline(name, text), "copy"),
            ("paragraphs reordered", reordered(text), "copy"),
            ("8 % reworded", reworded(name, text), "copy"),
            ("half cut off", truncated(text, 0.5), "truncated"),
            ("three quarters cut off", truncated(text, 0.25), "truncated"),
            ("two paragraphs added", f"{text}\n\n{more}", "extended"),
            ("half, then two paragraphs", f"{truncated(text, 0.5)}\n\n{more}", "extended"),
            ("inside a story twice as long", f"{others[0][1]}\n\n{text}", "copy"),
            *((f"number {place} changed", one_number(text, place), "template") for place in range(4)),
            ("all numbers changed", all_numbers(text), "template"),
        ]
        for edit, new, expected in edited:
            against = [(title, text)] if edit.startswith("inside") else known
            level = "extended" if edit.startswith("inside") else expected
            found.append(Case(f"{name}: {edit}", edit, against, (f"{title} - today", new), level))
        found.append(Case(f"{name}: another story", "another story", others, (title, text), "new"))
    for edit, story in others_of.items():
        if not edit.startswith("more"):
            found.append(Case(edit, edit, known, story, "template" if edit == "next_night" else "new"))
    return found


def combinations() -> list[Case]:
    """Edits upon edits and every position of a changed number: too many for a test, right for measuring."""
    told, others_of = stories(), stories("others")
    known = list(told.values())
    found = []
    for name, (title, text) in told.items():
        more = others_of[f"more_{_language(name)}"][1]
        edited = [
            ("dateline, byline, chrome", chrome(name, byline(name, dateline(name, text))), "copy"),
            ("reordered, chrome", chrome(name, reordered(text)), "copy"),
            ("half cut off, chrome", chrome(name, truncated(text, 0.5)), "truncated"),
            ("half cut off, reordered", reordered(truncated(text, 0.5)), "truncated"),
            ("two paragraphs added, chrome", chrome(name, f"{text}\n\n{more}"), "extended"),
            ("two paragraphs added, 4 % reworded", f"{reworded(name, text, 0.04)}\n\n{more}", "extended"),
            *((f"{share} % cut off", truncated(text, 1 - share / 100), "truncated") for share in (30, 40, 60, 70)),
            *((f"{share} % reworded", reworded(name, text, share / 100), "copy") for share in (1, 2, 4, 6)),
            *(
                ("some number changed", one_number(text, place), "template")
                for place in range(len(re.findall(r"\d+", text)))
            ),
            *(
                ("some number changed, chrome, byline", chrome(name, byline(name, one_number(text, place))), "template")
                for place in range(len(re.findall(r"\d+", text)))
            ),
            ("4 % reworded, number changed", one_number(reworded(name, text, 0.04), 1), "template"),
        ]
        found += [Case(f"{name}: {edit}", edit, known, (title, new), level) for edit, new, level in edited]
    return found
