"""Numbers as texts write them in English, Ukrainian and Russian, each with one value for all its spellings."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from monitor.novelty.dates import Found, dates
from monitor.novelty.stems import stem

_WORDS = (
    "3:three|три|троє|трое|трьох|трех|трёх 4:four|чотири|четверо|чотирьох|четыре|четырех|четырёх 5:five|п.ять|п.яти"
    "|п.ятеро|пять|пяти|пятеро 6:six|шість|шести|шестеро|шесть 7:seven|сім|семи|семеро|семь 8:eight|вісім|восьми|восемь"
    " 9:nine|дев.ять|дев.яти|девять|девяти 10:ten|десять|десяти 11:eleven 12:twelve 13:thirteen 14:fourteen"
    " 15:fifteen 16:sixteen 17:seventeen 18:eighteen 19:nineteen 20:twenty|двадцять|двадцать"
    " 30:thirty|тридцять|тридцать 40:forty|сорок 50:fifty 60:sixty 70:seventy 80:eighty 90:ninety"
)
_SPOKEN = {int(value): words for value, words in (entry.split(":") for entry in _WORDS.split(" "))}
_ONES = "one|two|three|four|five|six|seven|eight|nine"
_SCALES = {
    10**9: r"bn|billions?|млрд|мільярд\w*|миллиард\w*",
    10**6: r"m|mln|millions?|млн|мільйон\w*|миллион\w*",
    10**3: r"k|thousands?|тис|тисяч\w*|тыс|тысяч\w*",
    100: r"hundreds?|сотень|сотен",
    12: "dozens?",
}
_SCALE = rf"(?P<scale>[\s-]?(?:{'|'.join(_SCALES.values())})\b)?"
_PERCENT = r"(?P<percent>\s?%|[\s-](?:per\s?cent|percentage|процент|відсот)\w*)?"
_GROUPED = r"\d{1,3}(?P<gap>[, '’\u00a0\u2009\u202f])\d{3}(?:(?P=gap)\d{3})*(?!\d)(?:[.,]\d{1,2}(?!\d))?"
_ORDINAL = r"(?!\d|-?(?:st|nd|rd|th|я|й|го|му|та|те|ої|ту|га|е|х)\b)"
_DIGITS = re.compile(r"[\d¼½¾]+")
_NUMBER = re.compile(
    rf"(?<!\w)(?<![^\W\d_][-–])(?<!\d[.,:/])(?P<digits>{_GROUPED}|\d+(?:[.,]\d+)*[¼½¾]?|[¼½¾]){_ORDINAL}{_SCALE}{_PERCENT}"
)
_WORD = re.compile(rf"(?P<word>{'|'.join(_SPOKEN.values())})\b(?:[- ](?P<ones>{_ONES})\b)?{_SCALE}{_PERCENT}")
_NAME_BEFORE = re.compile(r"(?P<lead>\w+)?\W{0,3}\b[A-ZЀ-Я][\w'’-]*(?: [A-ZЀ-Я][\w'’-]*){0,3} $")
_PLACE_LEADS = frozenset(("in", "at", "near", "outside", "around", "в", "у", "під", "под", "біля", "возле"))
_LONE_DIGIT = re.compile(r"\d(?! ?\w*(?:s|people|men|women|children|ів|ей|ов|людей|осіб|человек)\b)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SMALL = {
    "1": frozenset(map(stem, ("one", "один", "одна", "одне", "одно"))),
    "2": frozenset(map(stem, ("two", "два", "дві", "две", "двоє", "двое"))),
}
_NO_WORDS: frozenset[str] = frozenset()


def figures(text: str) -> list[Found]:
    """Return the numbers and dates of a text in order. "Nord Stream 2", "F-16", "3rd" and "two sides" hold none."""
    found = list(dates(text))
    taken = {place for one in found for place in range(one.start, one.end)}
    lowered = text.replace("İ", "I").lower()  # the only letter whose small form is longer
    for match in (*_numbers(lowered), *_words(lowered)):
        if match.start() not in taken and not _ends_name(text, match):
            found.append(_figure(match))
    return sorted(found, key=lambda one: one.start)


def _numbers(lowered: str) -> Iterator[re.Match[str]]:
    end = 0
    for digits in _DIGITS.finditer(lowered):
        if digits.start() >= end and (match := _NUMBER.match(lowered, digits.start())):
            end = match.end()
            yield match


def _words(lowered: str) -> Iterator[re.Match[str]]:
    for match in _WORD.finditer(lowered):
        if match.start() == 0 or not lowered[match.start() - 1].isalnum():
            yield match


def is_small(value: str, stems: frozenset[str]) -> bool:
    """Is this number one that a text with these stems spells out? "1" and "2" are facts as digits only."""
    return not stems.isdisjoint(spellings(value))


def is_year(value: str) -> bool:
    """Is this the value of a year alone?"""
    return bool(_YEAR.fullmatch(value))


def spellings(value: str) -> frozenset[str]:
    """The stems of the words that a text may have for a number instead of its digits; few have any."""
    return _SMALL.get(value, _NO_WORDS)


def _figure(match: re.Match[str]) -> Found:
    groups = match.groupdict()
    if _YEAR.fullmatch(match[0]):
        return Found("date", match[0], *match.span())
    amount = _digits(match) if "digits" in groups else float(_spoken(match))
    if scale := (match["scale"] or "").strip(" -\u00a0\n"):
        amount *= next(factor for factor, words in _SCALES.items() if re.fullmatch(words, scale))
    return Found("number", f"{amount:.12g}{'%' if match['percent'] else ''}", *match.span())


def _digits(match: re.Match[str]) -> float:
    digits = match["digits"]
    share = unicodedata.numeric(digits[-1]) if digits[-1] in "¼½¾" else 0.0
    digits = digits.rstrip("¼½¾")
    if gap := match["gap"]:
        digits = digits.replace(gap, "")
    whole, *rest = re.split(r"[.,]", digits or "0")
    # More than one dot or comma without groups of three is a version or an address: its parts run together.
    return float(f"{whole}.{rest[0]}" if len(rest) == 1 else whole + "".join(rest)) + share


def _spoken(match: re.Match[str]) -> int:
    word, ones = match["word"], match["ones"] or ""
    value = next(value for value, words in _SPOKEN.items() if re.fullmatch(words, word))
    return value + (_ONES.split("|").index(ones) + 1 if ones else 0)


def _ends_name(text: str, match: re.Match[str]) -> bool:
    """Is this single digit the end of a name, as in "Russia 1"? "In Odesa 7 people" is a figure."""
    if not _LONE_DIGIT.match(text, match.start()) or not match[0].strip().isdecimal() or len(match[0].strip()) > 1:
        return False
    if not text[max(0, match.start() - 40) : match.start() - 1].rpartition(" ")[2][:1].isupper():
        return False
    before = _NAME_BEFORE.search(text, max(0, match.start() - 60), match.start())
    return before is not None and (before["lead"] or "").lower() not in _PLACE_LEADS
