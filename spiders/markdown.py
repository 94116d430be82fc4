"""Markdown into plain text, with its front matter read into fields. Pure."""

from __future__ import annotations

import re

from monitor.text import plain

_FRONT = re.compile(r"\A(?P<fence>---|\+\+\+)\n(?P<fields>.{0,10000}?)\n(?P=fence)(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"^(?P<key>[A-Za-z_]{1,40})\s*[:=]\s*(?P<value>.*)$", re.MULTILINE)
_HEADING = re.compile(r"^ {0,3}#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
_UNDERLINED = re.compile(r"^(?P<title>\S.*)\n(?:={3,}|-{3,})$", re.MULTILINE)
_RULE_OR_FENCE = re.compile(r"^ {0,3}(?:(?:[-*_] ?){3,}|```.*|~~~.*)$", re.MULTILINE)
_MARK = re.compile(r"^ {0,3}(?:>\s?|[-*+]\s+|\d{1,3}[.)]\s+)", re.MULTILINE)
_IMAGE = re.compile(r"!\[[^\]]{0,500}\]\([^)]{0,2000}\)")
_LINK = re.compile(r"\[([^\[\]]{1,500})\](?:\([^)]{0,2000}\)|\[[^\]]{0,200}\])")
_DEFINITION = re.compile(r"^ {0,3}\[[^\]]{1,200}\]:\s+\S+.*$", re.MULTILINE)
_EMPHASIS = re.compile(r"(?<![\w*_])(\*{1,3}|_{1,3})(?=\S)([^*_\n]{1,1000}?)(?<=\S)\1(?![\w*_])")
_CODE = re.compile(r"`([^`\n]{1,500})`")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def read_markdown(text: str) -> tuple[dict[str, str], str]:
    """Front matter as lower-case fields, and the text without markup, its paragraphs parted by blank lines."""
    fields: dict[str, str] = {}
    front = _FRONT.match(text)
    if front:
        fields = {one["key"].lower(): one["value"].strip(" \"'") for one in _FIELD.finditer(front["fields"])}
        text = text[front.end() :]
    # A heading is a paragraph of its own, also without blank lines around it.
    text = _UNDERLINED.sub(r"\n\g<title>\n", _HEADING.sub(r"\n\1\n", text))
    for pattern in (_RULE_OR_FENCE, _DEFINITION, _IMAGE):
        text = pattern.sub("", text)
    text = _LINK.sub(r"\1", _MARK.sub("", _MARK.sub("", text)))
    text = _CODE.sub(r"\1", _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text)))
    return fields, plain(_ESCAPED.sub(r"\1", text), lines=True)
