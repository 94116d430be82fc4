"""Text as XML documents may hold it. Pure."""

from __future__ import annotations

import re

# What XML 1.0 does not allow, and what it allows and discourages (C1 controls, non-characters); a carriage return
# would not come back from a reader as it was.
_ILLEGAL = re.compile(
    "[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd"
    + "".join(f"{chr(plane)}-{chr(plane + 0xFFFD)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)


def legal(text: str) -> str:
    """The text without what an XML document may not hold."""
    return _ILLEGAL.sub("", text)
