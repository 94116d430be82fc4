"""From the bytes of a page to its text, whatever its header and its meta element claim. Pure."""

from __future__ import annotations

import re

from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

_HEAD = 64_000
# Only encodings of text: Python would also "decode" punycode, unicode_escape or undefined.
_OF_TEXT = re.compile(
    r"utf-(8|16|16-le|16-be|32|32-le|32-be)|ascii|cp(125\d|866|874|932|949)|iso8859-\d+|koi8-[ru]|mac-\w+|gb\w+|big5\w*"
    r"|euc_\w+|shift_jis\w*|iso2022_jp\w*|tis-620|hz"
)
_CYRILLIC_BYTES = re.compile(rb"[\xc0-\xff]{3,}")
_BAD_SHARE = 0.01


def decode(body: bytes, content_type: str = "") -> str:
    """The text of a page: by its byte order mark, as UTF-8 if it is that, as declared, else by its letters."""
    marked, mark = read_bom(body)
    if marked and mark:
        return _clear(body[len(mark) :].decode(marked, "replace"))
    declared = _declared(body, content_type)
    if declared != "utf-8" and not body.isascii() and b"\x00" not in body[:_HEAD] and (text := _strict(body, "utf-8")):
        return _clear(text)
    if declared and (text := _strict(body, declared)):
        return _clear(text)
    return _clear(_loose(body, declared))


def _declared(body: bytes, content_type: str) -> str:
    for name in (http_content_type_encoding(content_type), html_body_declared_encoding(body[:_HEAD])):
        codec = resolve_encoding(name) if name else None
        if codec and _OF_TEXT.fullmatch(codec):
            return codec
    return ""


def _strict(body: bytes, codec: str) -> str:
    try:
        return body.decode(codec)
    except UnicodeError:
        return ""


def _loose(body: bytes, declared: str) -> str:
    """Text with some broken bytes: UTF-8 or the declared codec if few are, else the code page of its letters."""
    for codec in ("utf-8", declared):
        text = body.decode(codec, "replace") if codec else ""
        if text and text.count("\ufffd") <= max(3, _BAD_SHARE * len(text)):
            return text
    cyrillic = sum(map(len, _CYRILLIC_BYTES.findall(body[:_HEAD])))
    high = sum(byte > 127 for byte in body[:_HEAD])
    return body.decode("cp1251" if 2 * cyrillic > high else "cp1252", "replace")


def _clear(text: str) -> str:
    return text.replace("\x00", "").removeprefix("\ufeff")
