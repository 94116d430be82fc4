"""Where sentences begin and end."""

from __future__ import annotations

import re

_PARAGRAPH = re.compile(r"(?:[^\n]|\n(?![^\S\n]*\n))+")
_STOP = re.compile(r"[.!?…]++[\"'”’»)\]]*+(?=\s)|[。！？]++[」』”]*+")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"“«])(?:[^\W\d_]|(?:[^\W\d_]\.)+[^\W\d_]|mr|mrs|ms|dr|st|gen|lt|col|sgt|capt|sen|rep|gov|prof|vs|no|jr|sr|inc|ltd"
    r"|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|им|ім|ст|рр|гг|вул|ул|тис|тыс|грн|руб|див|см|обл|проф|ген|напр)$",
    re.IGNORECASE,
)
_OPENING = "\"'“‘«„([—–-"


def sentences(text: str) -> list[tuple[int, int]]:
    """The spans of all sentences, in order, without surrounding space; a blank line always ends one."""
    spans: list[tuple[int, int]] = []
    for paragraph in _PARAGRAPH.finditer(text):
        start = paragraph.start()
        for stop in _STOP.finditer(text, start, paragraph.end()):
            if _ends(text, stop, paragraph.end()):
                spans.append((start, stop.end()))
                start = stop.end()
        spans.append((start, paragraph.end()))
    return [span for span in (_trimmed(text, *span) for span in spans) if span[0] < span[1]]


def _ends(text: str, stop: re.Match[str], limit: int) -> bool:
    """Is this full stop the end of a sentence, rather than of an abbreviation or an initial?"""
    following = text[stop.end() : min(stop.end() + 8, limit)].lstrip().lstrip(_OPENING).lstrip()
    if following and following[0].islower():
        return False
    return stop[0] != "." or not _ABBREVIATION.search(text[max(0, stop.start() - 12) : stop.start()])


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the white space at its ends; every character is passed once."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
