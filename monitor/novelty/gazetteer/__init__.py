"""Words that the three languages of the talks have for the same thing: concepts and places. Data in the text files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files

from monitor.novelty.spelling import spelled
from monitor.novelty.stems import stem
from monitor.text import tokens

Phrases = dict[tuple[str, ...], str]


@cache
def phrases(name: str) -> Phrases:
    """The stems of each entry of `concepts` or `places`, and the English word that stands for all of its line."""
    found: Phrases = {}
    for line in files(__package__).joinpath(f"{name}.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            words = line.replace("|", " ").split()
            for word in words:
                found.setdefault(tuple(stems(word.replace("-", " "))), words[0])
    return found


@cache
def place_words() -> frozenset[str]:
    """The stems of all words that stand in the name of a place."""
    return frozenset(word for phrase in phrases("places") for word in phrase)


def stems(text: str) -> Sequence[str]:
    """The stems of a text's words in order."""
    return [stem(spelled(token.folded)) for token in tokens(text)]


def named(words: Sequence[str], name: str) -> Iterator[tuple[int, int, str]]:
    """Yield (first word, end, entry) of every entry of a list in a text given as stems; the longest of two wins."""
    known, openings = phrases(name), _openings(name)
    end = 0
    for place, word in enumerate(words):
        if word not in openings or place < end:
            continue
        for length in openings[word]:
            if entry := known.get(tuple(words[place : place + length])):
                end = place + length
                yield place, end, entry
                break


@cache
def _openings(name: str) -> dict[str, list[int]]:
    """How many words the entries have that begin with a stem, the longest first."""
    lengths: dict[str, set[int]] = {}
    for phrase in phrases(name):
        lengths.setdefault(phrase[0], set()).add(len(phrase))
    return {word: sorted(found, reverse=True) for word, found in lengths.items()}
