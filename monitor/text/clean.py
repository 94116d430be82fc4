"""The door: text from the web without what could harm a screen, a mail header or a database."""

from __future__ import annotations

import html
import re
import unicodedata

from monitor.text.letters import ASTRAL, ASTRAL_MARKS, MARKS

_LINE_ENDS = re.compile("\r\n|[\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_HARMFUL = re.compile(
    "[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f"  # controls
    "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"  # invisible, bidi
    "\ufdd0-\ufdef\ufff0-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"  # noncharacters and tags that hide text
)
_STRAY_JOINER = re.compile("(?<![\u0590-\U0010ffff])[\u200c\u200d]+|(?<=[\u200c\u200d])[\u200c\u200d]+")
_PILED_MARKS = re.compile(rf"[{MARKS}]{{9,}}+")
_ASTRAL = re.compile(f"[{ASTRAL}]")
_PILED_ASTRAL_MARKS = re.compile(rf"[{MARKS}{ASTRAL_MARKS}]{{9,}}+")
_BLANK_LINES = re.compile(r"\n{3,}")
_HIDDEN = re.compile(r"<(!--|script\b|style\b)", re.IGNORECASE)
_HIDDEN_END = {
    "!--": re.compile("-->"),
    "script": re.compile(r"</script\s*>", re.IGNORECASE),
    "style": re.compile(r"</style\s*>", re.IGNORECASE),
}
_TAG = re.compile(r"</?+([a-zA-Z][a-zA-Z0-9]*+)?+[^<>]*+(?:>|\Z)")
_TAG_START = re.compile(r"<(?=[a-zA-Z/!?])")
_ENDLESS_NUMBER = re.compile(r"&#(?:[0-9]{8,}+|[xX][0-9a-fA-F]{8,}+);?")
_INLINE = frozenset(
    (
        "a",
        "abbr",
        "b",
        "bdi",
        "bdo",
        "cite",
        "code",
        "em",
        "font",
        "i",
        "kbd",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
    )
)
_HTML_LIMIT = 1_000_000


def clean(text: str, limit: int = 100_000, *, lines: bool = False) -> str:
    """At most `limit` characters of safe NFC text on one line, or with `lines` in lines and blank-line paragraphs.

    Controls, bidi overrides, zero-width and other invisible characters, NUL and lone surrogates are dropped;
    every kind of line end becomes a line feed; runs of spaces become one space.
    """
    text = _whole_characters(text[: 4 * limit])
    text = _HARMFUL.sub("", _LINE_ENDS.sub("\n", text))
    if "\u200c" in text or "\u200d" in text:
        text = _STRAY_JOINER.sub("", text)
    # NFC sorts a run of combining marks in quadratic time, and nobody writes eight of them on a letter.
    piled = _PILED_ASTRAL_MARKS if _ASTRAL.search(text) else _PILED_MARKS
    text = unicodedata.normalize("NFC", piled.sub(lambda run: run[0][:8], text))
    if lines:
        text = _BLANK_LINES.sub("\n\n", "\n".join(" ".join(line.split()) for line in text.split("\n"))).strip("\n")
    else:
        text = " ".join(text.split())
    return text[:limit].rstrip()


def plain(markup: str, limit: int = 100_000, *, lines: bool = False) -> str:
    """The cleaned text of a piece of HTML: tags, comments, scripts and styles dropped, entities unescaped once."""
    text = _without_hidden(markup[:_HTML_LIMIT])
    gap, paragraph = ("\n", "\n\n") if lines else (" ", " ")
    parts: list[str] = []
    done = 0
    for start in _TAG_START.finditer(text):
        if start.start() < done:
            continue
        tag = _TAG.match(text, start.start())
        if tag is None:
            continue
        name = (tag[1] or "").lower()
        parts.append(text[done : tag.start()])
        parts.append("" if name in _INLINE else gap if name == "br" else paragraph)
        done = tag.end()
    parts.append(text[done:])
    # int() raises on more than 4,300 digits, and html.unescape() hands it whatever stands after &#.
    return clean(html.unescape(_ENDLESS_NUMBER.sub("\ufffd", "".join(parts))), limit, lines=lines)


def _whole_characters(text: str) -> str:
    """Surrogate pairs joined, lone surrogates dropped."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
    return text


def _without_hidden(text: str) -> str:
    """Without comments, scripts and styles; one that never ends hides the rest."""
    parts: list[str] = []
    done = 0
    while start := _HIDDEN.search(text, done):
        parts.append(text[done : start.start()])
        end = _HIDDEN_END[start[1].lower()].search(text, start.end())
        if end is None:
            return "".join(parts)
        done = end.end()
    return "".join([*parts, text[done:]])
