"""What stands in a text without telling anything: bylines, datelines, captions, headings, invitations to subscribe."""

from __future__ import annotations

import re

from monitor.novelty.dates import dates
from monitor.novelty.figures import figures

_LONGEST = 15  # words of a line without a full stop that is still a heading or a byline
_END = re.compile(r"[.!?…:;][\"”’»)\]]*$")
# What begins like this tells nothing even with a full stop; "By Tuesday 30 tanks ..." and "Share prices ..." do.
_INVITES = re.compile(
    r"(?:read (?:more|also)|also read|see also|photo|image|source|фото|джерело|источник|читайте (?:також|также))(?::|$)"
    r"|(?:subscribe|sign up) (?:to|for|now|here)\b|follow us\b|copyright (?:©|\(c\)|\d)|©|\(c\) \d|all rights reserved"
    r"|(?:reporting|editing|additional reporting) by\b|читайте (?:також|также)\b"
    r"|підпи(?:суйтесь|суйтеся|шіться)\b|подпи(?:сывайтесь|шитесь)\b|\d+ (?:mins? read|comments?|shares?|views?)$",
    re.IGNORECASE,
)
_POST = re.compile(r"\(@\w+\)")  # the author of a quoted post: its date is part of what is told
_DATELINE = re.compile(r"\s*[A-ZЀ-Я][\w /.,'’-]{1,50}(?:\([^()\n]{2,30}\)\s*(?:[-–—]{1,2}|\.)|\s[-–—]{1,2})\s")


def is_furniture(sentence: str) -> bool:
    """Is this line a heading, byline or invitation? A line that holds a number besides its date may be news."""
    if _INVITES.match(sentence):
        return len(sentence.split()) <= 2 * _LONGEST
    if _END.search(sentence) or len(sentence.split()) > _LONGEST or _POST.search(sentence):
        return False
    return all(found.kind == "date" for found in figures(sentence))


def dateline_end(text: str, start: int) -> int:
    """Return where an opening like "KYIV, March 3 (Agency) -" at `start` ends, 0 when there is none."""
    match = _DATELINE.match(text, start, start + 120)
    if match is None:
        return 0
    head = match[0]
    place = head.split(",")[0].split("(")[0].strip(" -–—")
    return match.end() if "(" in head or place.isupper() or any(dates(head)) else 0
