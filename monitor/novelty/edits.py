"""What an edit did: every changed sentence with what changed in it, and whether a reader of the old text must know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest

from monitor.model import Alteration, Document, Edit
from monitor.novelty.aligning import Line, pairs
from monitor.novelty.digest import Digest, digest
from monitor.novelty.figures import figures
from monitor.novelty.marks import gazetted
from monitor.novelty.skeleton import skeleton
from monitor.novelty.spelling import spelled
from monitor.novelty.stems import stem
from monitor.text import tokens

MATERIAL = frozenset(("number", "name", "negation", "quote", "headline", "removed"))
ADDED, WORDING = "added", "wording"
_FEWEST_QUOTED = 2
_SHORTEST_TYPO = 5
_QUOTE = re.compile(r"[\"“„«]([^\"“”„«»\n]+)[\"”“»]?")
_NEGATION_TEXT = """
not no never none nobody nothing nowhere neither nor cannot without unable
isnt arent wasnt werent dont doesnt didnt wont wouldnt cant couldnt shouldnt hasnt havent hadnt mustnt
не ні нема немає ніхто нікого нікому ніщо нічого ніколи ніде жоден жодна жодного жодної жодних неможливо без
ни нет никто никого никому ничто ничего никогда нигде нельзя невозможно никаких никакой
"""
_NEGATIONS = frozenset(_NEGATION_TEXT.split())
# Numbers in words that `figures` leaves alone, because they seldom are facts of their own.
_SPOKEN = re.compile(
    r"(?P<n1>one|first|од(?:ин|на|не|но)|перш(?:ий|а|ого|у)|перв(?:ый|ая|ого|ую))"
    r"|(?P<n2>two|second|дв(?:а|і|е|оє|ое|ох|ух))|(?P<n3>third|трет(?:ій|я|ій|ього|ю|ий|ья|ьего|ью|ье)|тр(?:ьох|ое|оих))"
    r"|(?P<n4>fourth|четверт(?:ий|а|ого|у|ый|ая|ую)|чотирьо\w+|четверых)|(?P<n5>fifth|пят(?:ий|а|ого|у|ый|ая|ую|ьох|ьом|ерых))"
    r"|(?P<n6>sixth|ш[оі]ст(?:ий|а|ого|у|ьох|ьом)|шест(?:ой|ая|ого|ую|ерых))"
    r"|(?P<n7>seventh|сьом(?:ий|а|ого|у)|сімох|седьм(?:ой|ая|ого|ую)|семерых)"
    r"|(?P<n8>eighth|восьм(?:ий|а|ого|у|ой|ая|ую|ьох|ерых))|(?P<n9>ninth|девят(?:ий|а|ого|у|ый|ая|ую|ьох|ьом|ерых))"
    r"|(?P<n10>tenth|десят(?:ий|а|ого|у|ый|ая|ую|ьох|ьом|ерых))"
)
_DAYS = {
    word: words
    for words in (
        "monday понеділок понеділка понеділку понедельник понедельника",
        "tuesday вівторок вівторка вторник вторника",
        "wednesday середа середу середи среда среду среды",
        "thursday четвер четверга четверг",
        "friday пятниця пятницю пятниці пятница пятницу пятницы",
        "saturday субота суботу суботи суббота субботу субботы",
        "sunday неділя неділю неділі воскресенье воскресенья",
    )
    for word in words.split()
}
_LABEL = re.compile(r"^\W*(?:updated?|live|breaking|exclusive|video|оновлено|обновлено|відео|видео)\s*[:|–—-]\s*", re.I)


def edited(old: Document, new: Document) -> Edit:
    """Compare two versions of an article, both without their chrome.

    Material is a changed number, name, negation, quote or headline, or a lost sentence. Stamps, links, typos,
    punctuation and spelling variants are no alterations at all; added sentences and other wording are not material.
    """
    before, after = digest(old.title, old.prose), digest(new.title, new.prose)
    found = [*_headline(old.title, new.title)]
    for gone, came in pairs(old.prose, new.prose):
        found += _altered(before, after, gone, came)
    return Edit(tuple(found), any(MATERIAL.intersection(one.kinds) for one in found))


def _headline(old: str, new: str) -> Iterator[Alteration]:
    if not _same_words(_words(_LABEL.sub("", old)), _words(_LABEL.sub("", new))):
        yield Alteration(("headline",), old, new)


def _words(text: str) -> list[str]:
    return [spelled(token.folded) for token in tokens(text)]


def _altered(before: Digest, after: Digest, gone: Line | None, came: Line | None) -> Iterator[Alteration]:
    old, new = _said(before.text, gone), _said(after.text, came)
    places = _place(gone), _place(came)
    if gone is not None and came is not None:
        if not (gone.loose or came.loose or _same_words(gone.words, came.words)):
            yield Alteration(tuple(_kinds(before, after, gone, came)) or (WORDING,), old, new, *places)
    elif gone is not None and not gone.loose:
        yield Alteration(("removed",), old, new, *places)
    elif came is not None and not came.loose:
        yield Alteration((ADDED,), old, new, *places)


def _said(text: str, line: Line | None) -> str:
    return "" if line is None else text[line.start : line.end]


def _place(line: Line | None) -> tuple[int, int]:
    return (0, 0) if line is None else (line.start, line.end)


def _kinds(before: Digest, after: Digest, gone: Line, came: Line) -> Iterator[str]:
    """What changed in a sentence, the gravest first."""
    if _numbers_differ(_said(before.text, gone), _said(after.text, came), gone.words, came.words):
        yield "number"
    if _names_differ(before, after, gone, came):
        yield "name"
    if _negations(gone) != _negations(came):
        yield "negation"
    if _quotes_differ(_quoted(before.text, gone), _quoted(after.text, came), gone, came):
        yield "quote"


def _numbers_differ(old: str, new: str, old_words: Sequence[str], new_words: Sequence[str]) -> bool:
    """Do figures or dates differ? Small numbers in words and weekdays count only where others stand instead."""
    first, second = _numbers(old), _numbers(new)
    all_first, all_second = first | _spoken(old_words), second | _spoken(new_words)
    if first - all_second or second - all_first or (all_first - all_second and all_second - all_first):
        return True
    days, other_days = _values(old_words, _DAYS), _values(new_words, _DAYS)
    return bool(days - other_days and other_days - days)


def _numbers(text: str) -> frozenset[str]:
    return frozenset(found.value for found in figures(text))


def _values(words: Iterable[str], values: Mapping[str, str]) -> frozenset[str]:
    return frozenset(values[word] for word in words if word in values)


def _spoken(words: Iterable[str]) -> frozenset[str]:
    found = (_SPOKEN.fullmatch(word) for word in words)
    return frozenset((one.lastgroup or "").lstrip("n") for one in found if one)


def _negations(line: Line) -> int:
    return sum(word in _NEGATIONS for word in line.words)


def _names_differ(before: Digest, after: Digest, gone: Line, came: Line) -> bool:
    """Is somebody or some place named here instead of another, or one that is nowhere else in the other version?"""
    lost = _missing(_named(before, gone), came)
    gained = _missing(_named(after, came), gone)
    if lost and gained:
        return True
    places, others = _places(gone), _places(came)
    if places - others and others - places:
        return True
    return bool(_absent(lost, after) or _absent(gained, before))


def _places(line: Line) -> frozenset[str]:
    return frozenset(mark for mark in gazetted([stem(word) for word in line.words]) if mark.startswith("p"))


def _named(whole: Digest, line: Line) -> frozenset[str]:
    """The words of the names in a sentence."""
    facts = (one for one in whole.facts if one.kind in ("name", "place") and line.start <= one.start < line.end)
    return frozenset(word for one in facts for word in _words(whole.text[one.start : one.end]) if len(word) > 1)


def _missing(names: Iterable[str], line: Line) -> frozenset[str]:
    """The names that no word of a sentence is a form or another spelling of."""
    return frozenset(name for name in names if not any(_one_name(name, word) for word in line.words))


def _absent(names: Iterable[str], whole: Digest) -> frozenset[str]:
    return frozenset(name for name in names if not any(_one_name(name, word) for word in set(whole.cut.words)))


def _one_name(one: str, other: str) -> bool:
    if stem(one) == stem(other) or _is_typo(one, other):
        return True
    bones = skeleton(one)
    return len(bones) > 2 and bones == skeleton(other)


def _quoted(text: str, line: Line) -> list[str]:
    """The quoted words of a sentence, also of a quotation that began before it or ends after it."""
    start = text.rfind("\n", 0, line.start) + 1
    end = text.find("\n", line.end)
    found = _QUOTE.finditer(text, start, len(text) if end == -1 else end)
    spans = [(max(one.start(1), line.start), min(one.end(1), line.end)) for one in found]
    return [word for first, last in spans if first < last for word in _words(text[first:last])]


def _quotes_differ(old: Sequence[str], new: Sequence[str], gone: Line, came: Line) -> bool:
    """Was something else said? A quotation that is told in plain words now, or the other way round, is wording."""
    if _same_words(old, new):
        return False
    if old and new:
        return True
    words, others = (old, came) if old else (new, gone)
    return len(words) >= _FEWEST_QUOTED and not {stem(word) for word in words} <= {stem(word) for word in others.words}


def _same_words(old: Sequence[str], new: Sequence[str]) -> bool:
    """Are these the same words but for spelling, a slip of the pen, or where one is written as two?"""
    if old == new or "".join(old) == "".join(new):
        return True
    return len(old) == len(new) and all(
        one == other or _is_typo(one, other) for one, other in zip(old, new, strict=True)
    )


def _is_typo(one: str, other: str) -> bool:
    """Do two long words differ by one letter more, less, other or swapped with its neighbour? A figure is no typo."""
    if min(len(one), len(other)) < _SHORTEST_TYPO or one[0] != other[0] or not (one + other).isalpha():
        return False
    first = next((place for place, (a, b) in enumerate(zip_longest(one, other)) if a != b), len(one))
    rest, others = one[first:], other[first:]
    swapped = rest[:2] == others[1::-1] and len(others) > 1
    return rest[1:] == others[1:] or rest[1:] == others or rest == others[1:] or (swapped and rest[2:] == others[2:])
