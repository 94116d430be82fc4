"""Character classes shared by cleaning and tokenising, as the inside of a regular expression's brackets."""

from __future__ import annotations

import unicodedata
from itertools import chain


def _marks(*blocks: range) -> str:
    """The combining marks in these blocks, as ranges: a class of single characters compiles ten times slower."""
    codes = [code for code in chain(*blocks) if unicodedata.category(chr(code)).startswith("M")]
    firsts = [code for code, before in zip(codes, [0, *codes], strict=False) if code != before + 1]
    lasts = [code for code, after in zip(codes, [*codes[1:], 0], strict=True) if after != code + 1]
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in zip(firsts, lasts, strict=True))


# Only these blocks hold combining marks; asking about all of Unicode would cost every start 70 ms.
MARKS = _marks(
    *(range(0x0300, 0x2100), range(0x2CEF, 0x3100), range(0xA660, 0xAC00)),
    *(range(0xFB1E, 0xFB1F), range(0xFE00, 0xFE30)),
)
# Apart, because a class that reaches beyond U+FFFF is no bitmap and costs 1 us a character.
ASTRAL = "\U000101fd-\U0001e94a"
ASTRAL_MARKS = _marks(
    *(range(0x101FD, 0x10380), range(0x10A00, 0x12000), range(0x16AF0, 0x17000)),
    *(range(0x1BC9D, 0x1BC9F), range(0x1CF00, 0x1D250), range(0x1DA00, 0x1E950)),
)
INVISIBLE = "\u00ad\u034f\u180e\u200b-\u200d\u2060-\u2064\ufeff"
APOSTROPHES = "'’ʼ‘`´＇"
# Written without spaces between words: every character is a token, a word of several is a phrase.
_IDEOGRAPHS = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
UNSPACED = "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f" + _IDEOGRAPHS
