"""What Slack refuses, and which texts it would turn into mentions and links. Written from its documentation, not from
our own composer: the double is a second opinion."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
MOST_TEXT = 40_000
MOST_BLOCKS = 50
# Documented nowhere; observed at about this size over all blocks.
MOST_BLOCK_TEXT = 13_200
MOST_ATTACHMENTS = 100
MOST_NAME = 255
# Mentions, links, dates, whatever Slack may invent: it writes all of them between these two, and only there.
_TOKEN = re.compile(r"<[^<>]*>")
_LOUD = re.compile(r"@(?:channel|here|everyone)\b")
_MENTION_ELEMENTS = {"broadcast", "user", "usergroup", "channel", "team"}
_TEXT_LIMITS = {"section": 3000, "header": 150}


def refusal(message: Json) -> str:
    """Slack's error code for this message, "" when it would be taken."""
    text, blocks = message.get("text"), message.get("blocks")
    if text is not None and not isinstance(text, str):
        return "invalid_arguments"
    if not text and not blocks:
        return "no_text"
    if text and len(text) > MOST_TEXT:
        return "msg_too_long"
    attachments = message.get("attachments") or []
    if not isinstance(attachments, list) or len(attachments) > MOST_ATTACHMENTS:
        return "too_many_attachments"
    if blocks is not None:
        return _blocks_refusal(blocks) or _metadata_refusal(message.get("metadata"))
    return _metadata_refusal(message.get("metadata"))


def _blocks_refusal(blocks: object) -> str:
    if not isinstance(blocks, list) or len(blocks) > MOST_BLOCKS or not all(isinstance(one, dict) for one in blocks):
        return "invalid_blocks_format"
    if not all(_sound(block) and _named(block) for block in blocks):
        return "invalid_blocks"
    return "msg_blocks_too_long" if sum(len(_escaped(text)) for text in texts(blocks)) > MOST_BLOCK_TEXT else ""


def _metadata_refusal(metadata: object) -> str:
    if metadata is None:
        return ""
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_type"), str):
        return "invalid_metadata_format"
    if not isinstance(metadata.get("event_payload"), dict):
        return "invalid_metadata_schema"
    return "metadata_too_large" if len(json.dumps(metadata)) > 16_000 else ""


def _named(block: Json) -> bool:
    name = block.get("block_id", "")
    return isinstance(name, str) and len(name) <= MOST_NAME


def _sound(block: Json) -> bool:
    kind = block.get("type")
    if kind in _TEXT_LIMITS:
        text = block.get("text")
        plain_only = kind != "header" or (isinstance(text, dict) and text.get("type") == "plain_text")
        return plain_only and _sound_text(text, _TEXT_LIMITS[kind])
    if kind == "context":
        elements = block.get("elements")
        return isinstance(elements, list) and 1 <= len(elements) <= 10 and all(_sound_text(e, 3000) for e in elements)
    if kind == "rich_text":
        elements = block.get("elements")
        return isinstance(elements, list) and bool(elements) and all(_sound_rich(one) for one in elements)
    return kind == "divider"


def _sound_text(text: object, limit: int) -> bool:
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        return False
    value = text.get("text")
    return isinstance(value, str) and 1 <= len(_escaped(value) if text["type"] == "plain_text" else value) <= limit


def _sound_rich(element: object) -> bool:
    if not isinstance(element, dict):
        return False
    kind, inner = element.get("type"), element.get("elements")
    if kind in ("rich_text_section", "rich_text_quote", "rich_text_list", "rich_text_preformatted"):
        return isinstance(inner, list) and bool(inner) and all(_sound_rich(one) for one in inner)
    if kind == "text":
        return isinstance(element.get("text"), str) and bool(element["text"])
    if kind == "link":
        url, text = element.get("url"), element.get("text", "x")
        right = isinstance(url, str) and re.fullmatch(r"https?://[^\s<>|]{1,2990}", url) is not None
        return right and isinstance(text, str) and bool(text)
    return kind in _MENTION_ELEMENTS


def specials(message: Json) -> tuple[str, ...]:
    """Everything in the message that would ping somebody or hide where a link leads."""
    found: list[str] = []
    named = message.get("parse") == "full" or message.get("link_names") in (True, 1, "1", "true")
    for text in (message.get("text") or "", *_mrkdwn(message.get("blocks") or [])):
        found += _TOKEN.findall(text)
        found += _LOUD.findall(text) if named else []
    found += [str(one) for one in _walk(message.get("blocks") or []) if one.get("type") in _MENTION_ELEMENTS]
    return tuple(found)


def texts(blocks: object) -> Iterator[str]:
    """Every text in the blocks."""
    for one in _walk(blocks):
        if isinstance(one.get("text"), str):
            yield one["text"]


def _mrkdwn(blocks: object) -> Iterator[str]:
    for one in _walk(blocks):
        if one.get("type") == "mrkdwn" and isinstance(one.get("text"), str):
            yield one["text"]


def _walk(value: object) -> Iterator[Json]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
