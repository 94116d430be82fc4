"""English words in all their forms: rules for the regular ones, a table for the others. Overgenerates non-words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from monitor.query.forms.irregular import ADJECTIVES, COMPARED, FIXED, NOUNS, OWN_WORDS, VERBS, WHOLE

_VOWELS = "aeiou"
_SYLLABLE = re.compile(r"[aeiouy]+")
_HISSING = re.compile(r"(s|x|z|ch|sh)$")
_CLOSED = re.compile(r"(?:[^aeiou]|qu|^)[aeiouy][bdgklmnprtvz]$")
_MEN = re.compile(r"(?:wo|s|r|d|e|y|h|t|k|p|n|l|g)m[ae]n$")
_NO_MEN = frozenset(("german", "roman", "norman", "ottoman", "talisman", "shaman", "human", "acumen", "regimen"))
# What is left without -ed and still needs its e: announc-, judg-, rais-, receiv-, argu-, settl-.
_WANTS_E = re.compile(r"([cvuz]|[^s]s|[drn]g|[^aeiourlwn][lr]|[^ao]at)$")
# May be either: create and repeat, change and belong, focus and use.
_EITHER = re.compile(r"(eat|ng|focus)$")
_NO_VERB = re.compile(r"(ity|gy|acy|omy|phy|ency|ancy|ness|ism|ist|ship)$")


@cache
def paradigm(word: str) -> frozenset[str]:
    """All forms of all words that `word` may be a form of; `word` is folded.

    A word in -ing stands for itself and its plural: in "building" nobody looks for "built".
    """
    if word in FIXED:
        return frozenset({word})
    table = _irregular()
    found = set(table.get(word, ()))
    if not found or word in OWN_WORDS:
        found.update(form for lemma in tuple(_lemmas(word)) or (word,) for form in _of_lemma(lemma))
    return frozenset({word, *found})


@cache
def name(word: str) -> frozenset[str]:
    """A name and its plural; its possessive is cut off by the tokenizer."""
    return frozenset({word, word + "es" if _HISSING.search(word) else word + "s"})


def irregular(word: str) -> bool:
    """Does the table know it?"""
    return word in _irregular()


def _of_lemma(lemma: str) -> set[str]:
    irregular = _irregular().get(lemma)
    if irregular and lemma not in OWN_WORDS:
        return set(irregular)
    if lemma.endswith("ing") and len(lemma) > 4:
        return {lemma, lemma + "s"}
    compared = _compared(lemma) if lemma in COMPARED else ()
    verb = () if _NO_VERB.search(lemma) else _verb(lemma)
    return {lemma, *_plurals(lemma), *verb, *compared}


def _plurals(word: str) -> Iterator[str]:
    if word.endswith("y") and word[-2:-1] not in _VOWELS:
        yield word[:-1] + "ies"
    elif _HISSING.search(word):
        yield word[:-2] + "es" if word.endswith("sis") else word + "es"
        if word.endswith("z") or word in ("gas", "bus"):
            yield word + word[-1] + "es"
    else:
        yield word + "s"
        if word.endswith("o"):
            yield word + "es"
    if word.endswith("man") and _MEN.search(word) and word not in _NO_MEN:
        yield word[:-2] + "en"


def _verb(word: str) -> Iterator[str]:
    """Past and -ing. Longer words may or may not double their last letter: targeted, permitted."""
    for stem in _stems(word):
        yield stem + "ed"
    if word.endswith("ie"):
        yield word[:-2] + "ying"
    elif word.endswith("y"):
        yield word + "ing"
    else:
        for stem in (word,) if word.endswith(("ee", "oe", "ye")) else _stems(word):
            yield stem + "ing"


def _stems(word: str) -> Iterator[str]:
    """What -ed is put to."""
    if word.endswith("e"):
        yield word[:-1]
    elif word.endswith("y") and word[-2:-1] not in _VOWELS:
        yield word[:-1] + "i"
    elif word.endswith("c"):
        yield word + "k"
    elif _CLOSED.search(word):
        if len(_SYLLABLE.findall(word)) > 1:
            yield word
        yield word + word[-1]
    else:
        yield word


def _compared(word: str) -> tuple[str, str]:
    stem = next(_stems(word)) if not _CLOSED.search(word) or len(_SYLLABLE.findall(word)) > 1 else word + word[-1]
    return stem + "er", stem + "est"


def _lemmas(word: str) -> Iterator[str]:
    """The words that a regular form may come from."""
    if word in WHOLE or word in OWN_WORDS:
        return
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "ics")):
        yield from _singulars(word)
    elif len(word) > 3 and word.endswith("ed") and word[-3] not in "eo" and _SYLLABLE.search(word[:-2]):
        yield from _presents(word[:-2])
    elif len(word) > 5 and word.endswith("men") and _MEN.search(word) and word not in _NO_MEN:
        yield word[:-2] + "an"


def _singulars(word: str) -> Iterator[str]:
    if word.endswith("ies") and len(word) > 4:
        yield word[:-3] + "y"
    elif word.endswith("es") and _HISSING.search(word[:-2]):
        if word[-3] != "z" or word[-4] == "z":
            yield word[:-2]
        if not word[:-2].endswith(("ss", "sh", "ch", "x", "zz")):
            yield word[:-1]
    else:
        yield word[:-1]


def _presents(stem: str) -> Iterator[str]:
    """From what stands before -ed. A short one doubles its letter or lost an e: noted is no form of not."""
    syllables = len(_SYLLABLE.findall(stem))
    if stem.endswith("i"):
        yield stem[:-1] + "y"
    elif stem[-1] == stem[-2] and stem[-1] not in _VOWELS:
        if stem[-1] in "lsfz":
            yield stem
        if stem[-1] not in "sfz" and (syllables > 1 or stem[-1] != "l"):
            yield stem[:-1]
    elif stem.endswith("ck"):
        yield stem
    elif _CLOSED.search(stem) and syllables == 1:
        yield stem + "e"
    else:
        wants_e = _WANTS_E.search(stem)
        either = _EITHER.search(stem) or (syllables > 1 and not wants_e and _CLOSED.search(stem))
        if either or wants_e:
            yield stem + "e"
        if either or not wants_e:
            yield stem


@cache
def _irregular() -> dict[str, frozenset[str]]:
    """Every irregular form that stands for its word, and all forms of that word."""
    table: dict[str, frozenset[str]] = {}
    for line in (VERBS + NOUNS + ADJECTIVES).strip().splitlines():
        forms = line.split()
        if not forms:
            continue
        for form in forms:
            if form == forms[0] or (form not in OWN_WORDS and not form.endswith("ing")):
                table[form] = table.get(form, frozenset()) | frozenset(forms)
    return table
