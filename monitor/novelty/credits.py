"""Which news agencies a text says it is from: bylines, datelines, sign-offs and credit lines in three languages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

_NAMES = {
    "Interfax-Ukraine": r"Interfax[\s-]?Ukraine|Інтерфакс[\s-]Україн[аиі]|Интерфакс[\s-]Украин[аы]",
    "Interfax": r"Interfax(?:\.ru)?(?![\s-]?Ukraine)|Интерфакс(?![\s-]Украин)|Інтерфакс(?![\s-]Україн)",
    "Reuters": r"Reuters|Рейтерс?",
    "AFP": r"AFP|Agence France[\s-]Presse|АФП",
    "AP": r"(?-i:AP)|(?:The )?Associated Press",
    "Ukrinform": r"Ukrinform|Укрінформ|Укринформ",
    "TASS": r"(?:ITAR-)?(?-i:TASS)|(?:ИТАР-)?(?-i:ТАСС)",
    "RIA": r"(?-i:RIA) Novosti|РИА Новости|РІА Новини|(?-i:RIA|РИА)",
}
_ANY = "|".join(_NAMES.values())
# What makes an agency's name mean its house, its people or its trade.
_OTHER = (
    r"(?!\s*[’']s\b)(?!\s+(?:building|institute|foundation|office|offices|headquarters|bureau|correspondents?|"
    r"reporters?|photographers?|journalists?|poll|employees?|events?|plus|pictures|photo)\b)"
    r"(?!/[^\s/]*(?:photo|handout))"
)
_NAME = rf"(?<![\w-])[«\"“„]?(?:{_ANY})[»\"”“]?(?![\w-]){_OTHER}"
_PICTURE = re.compile(r"\b(?:photos?|pictures?|images?|graphics?|video|фото|відео|видео)\b", re.IGNORECASE)
_STAMP = rf"(?:\({_NAME}(?: ?/ ?{_NAME})*\)|(?<!\w)/{_NAME}/)"
_DASH = r"(?: ?[-–—]|\. )"
# A dateline's place begins its line and is short; its date, where there is one, is a number and a word.
_PLACE = r"^[^\W\d_][^.()/]{0,60}?"
_DATE = r"[.,]? (?:\d{1,2} [^\W\d_]+|[^\W\d_]+\.? \d{1,2})(?:,? \d{4})?"
_TELLS = (
    r"повідомля[єю]\w*|повідоми\w+|пише|переда[єею]\w*|інформує|"
    r"сообща\w+|сообщи\w+|пишет|передал\w*|информирует"
)
_BYLINE = re.compile(_NAME, re.IGNORECASE)
# What stands in any of the names: in most lines nothing does, which is found out fast, unlike that no pattern matches.
_IN_CAPITALS = ("AP", "TASS", "ТАСС", "RIA")
_IN_ANY = (
    *("interfax", "терфакс", "reuters", "рейтер", "afp", "agence", "афп", "associated"),
    *("inform", "інформ", "информ", "риа", "ріа", "reporting"),
)
_LINES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{_PLACE}(?:{_DATE})?[.,]? ?{_STAMP}",
        rf"^{_STAMP}{_DASH}",
        rf"{_PLACE}{_DATE}[.,]? (?:[-–—] )?{_NAME}(?:{_DASH}|$)",
        rf"^(?:©|\(c\)|[-–—])? ?(?:\d{{4}} )?{_NAME}(?: ?[,/&] ?{_NAME})*\.?$",
        rf"^(?:sources?|джерел[оа]|источники?) ?[:—–-] ?(?:[^,:;]{{0,30}}, )?{_NAME}",
        rf"\bwith (?:additional )?reporting (?:by|from) [^.]{{0,60}}?{_NAME}",
        rf"\b(?:про це|об этом) (?:[^\W\d_]+ )?(?:{_TELLS}) (?:агентств[оа] |інформагентство )?{_NAME}",
    )
)
# Only one agency signs its reports like this, and does not name itself in it.
_SIGNED = re.compile(r"^\(?reporting by .{2,200}?;? ?(?:writing by .{2,120}?;? ?)?editing by ", re.IGNORECASE)
_HEAD, _TAIL = 700, 900  # characters of a text that may hold a credit; what stands between is told by the reporter
_LONGEST_AUTHOR = 200


def credits(author: str, text: str) -> tuple[str, ...]:
    """Return the agencies that a report is credited to, in a fixed order: () where it seems to be the outlet's own."""
    return _credited(author, (text,) if len(text) <= _HEAD + _TAIL else (text[:_HEAD], text[-_TAIL:]))


# The page of a large story asks for the same thousand reports at each visit.
@lru_cache(maxsize=2_000)
def _credited(author: str, parts: tuple[str, ...]) -> tuple[str, ...]:
    lines = tuple(_lines(parts))
    found = {name for part in _credit_lines(author, lines) for name in _named(part)}
    if any(_SIGNED.search(line) for line in lines):
        found.add("Reuters")
    return tuple(name for name in _NAMES if name in found)


def _lines(parts: Sequence[str]) -> Iterator[str]:
    """The lines in which a credit may stand, their blanks made one; none of a part that names no agency."""
    for part in filter(_may_name, parts):
        yield from (line for written in part.splitlines() if (line := " ".join(written.split())))


def _credit_lines(author: str, lines: Sequence[str]) -> Iterator[str]:
    if len(author) <= _LONGEST_AUTHOR and not _PICTURE.search(author):
        yield from (found[0] for found in _BYLINE.finditer(author))
    for line in filter(_may_name, lines):
        for pattern in _LINES:
            yield from (found[0] for found in pattern.finditer(line) if not _PICTURE.search(found[0]))


def _may_name(line: str) -> bool:
    lowered = line.lower()
    return any(word in line for word in _IN_CAPITALS) or any(word in lowered for word in _IN_ANY)


def _named(part: str) -> Iterator[str]:
    for name, pattern in _AGENCIES.items():
        if pattern.search(part):
            yield name


_AGENCIES = {name: re.compile(rf"(?<![\w-])(?:{one})(?![\w-])", re.IGNORECASE) for name, one in _NAMES.items()}
