"""Character classes shared by cleaning and tokenising, as the inside of a regular expression's brackets."""

from __future__ import annotations

import unicodedata
from itertools import chain

# Only these blocks hold combining marks; asking about all of Unicode would cost every start 70 ms.
_MARK_BLOCKS = chain(
    range(0x0300, 0x2100),
    range(0x2CEF, 0x3100),
    range(0xA660, 0xAC00),
    range(0xFB1E, 0xFB1F),
    range(0xFE00, 0xFE30),
    range(0x101FD, 0x10380),
    range(0x10A00, 0x12000),
    range(0x16AF0, 0x17000),
    range(0x1BC9D, 0x1BC9F),
    range(0x1CF00, 0x1D250),
    range(0x1DA00, 0x1E950),
)
MARKS = "".join(map(chr, (code for code in _MARK_BLOCKS if unicodedata.category(chr(code)).startswith("M"))))
INVISIBLE = "\u00ad\u034f\u180e\u200b-\u200d\u2060-\u2064\ufeff"
APOSTROPHES = "'’ʼ‘`´＇"
# Written without spaces between words: every character is a token, a word of several is a phrase.
UNSPACED = (
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
