"""The Slack double's channel as a person would read it: roots, replies indented, text only as text."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from monitor.newsroom.loopback import Reply, page

Json = dict[str, Any]
Row = tuple[str, str, Json]

STYLE = """
:root { color-scheme: light dark; --paper: #ffffff; --ink: #1d1c1d; --faint: #616061; --line: #dddddd; --hover: #f8f8f8;
  --link: #1264a3; --bar: #4a154b; --bar-ink: #ffffff; --badge: #0f7b5c; }
@media (prefers-color-scheme: dark) { :root { --paper: #1a1d21; --ink: #d1d2d3; --faint: #a2a3a6; --line: #35373b;
  --hover: #222529; --link: #6cb8ec; --bar: #350d36; --bar-ink: #f3eaf3; --badge: #2eb67d; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.47 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header.bar { position: sticky; top: 0; background: var(--bar); color: var(--bar-ink); padding: 12px 20px; }
header.bar h1 { margin: 0; font-size: 18px; }
header.bar p { margin: 0; font-size: 13px; opacity: .85; }
.messages { max-width: 860px; margin: 0 auto; padding: 12px 0 48px; }
article { display: grid; grid-template-columns: 36px minmax(0, 1fr); gap: 0 10px; padding: 10px 20px; }
article:hover { background: var(--hover); }
.replies { margin: 0 0 8px 38px; border-left: 2px solid var(--line); }
.count { margin: 0 0 2px 66px; font-size: 13px; color: var(--link); font-weight: 600; }
.face { width: 36px; height: 36px; border-radius: 6px; background: var(--badge); color: #fff; font-weight: 700;
  display: grid; place-items: center; }
.by { margin: 0; font-size: 13px; color: var(--faint); }
.by b { color: var(--ink); font-size: 15px; }
.app { font-size: 10px; border: 1px solid var(--line); border-radius: 3px; padding: 0 4px; vertical-align: 1px; }
.body { overflow-wrap: anywhere; }
.body h2 { font-size: 17px; line-height: 1.3; margin: 4px 0 6px; }
.body p { margin: 2px 0; white-space: pre-line; }
.body ul { margin: 2px 0 6px; padding-left: 22px; }
.body li { margin: 2px 0; }
.body blockquote { margin: 4px 0; padding-left: 10px; border-left: 4px solid var(--line); }
.body .context { font-size: 12px; color: var(--faint); margin-top: 6px; }
.mention { background: #f2c744; color: #1d1c1d; padding: 0 2px; border-radius: 3px; }
a { color: var(--link); text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
.empty { padding: 48px 20px; text-align: center; color: var(--faint); }
@media (max-width: 480px) { article { padding: 10px 12px; } .replies { margin-left: 16px; }
  .count { margin-left: 44px; } }
"""


def channel_page(title: str, rows: Sequence[Row]) -> Reply:
    """The whole channel, oldest first, from (ts, thread, payload)."""
    roots = [row for row in rows if not row[1] or not any(row[1] == other[0] for other in rows)]
    body = "".join(_thread(root, [row for row in rows if row[1] == root[0]]) for root in roots)
    empty = '<p class="empty">Nothing arrived yet. This page reloads by itself.</p>'
    count = f"{len(rows)} message{'' if len(rows) == 1 else 's'} in {len(roots)} thread{'' if len(roots) == 1 else 's'}"
    bar = f'<header class="bar"><h1># {escape(title)}</h1><p>{count}; a Slack double on this machine</p></header>'
    return page(f"#{title}", f'{bar}<div class="messages">{body or empty}</div>', refresh=10)


def _thread(root: Row, replies: Sequence[Row]) -> str:
    if not replies:
        return _message(root)
    count = f'<p class="count">{len(replies)} {"reply" if len(replies) == 1 else "replies"}</p>'
    return f'{_message(root)}{count}<div class="replies">{"".join(map(_message, replies))}</div>'


def _message(row: Row) -> str:
    ts, _, payload = row
    moment = datetime.fromtimestamp(float(ts), UTC)
    blocks = payload.get("blocks")
    body = "".join(map(_block, blocks)) if blocks else f"<p>{_mrkdwn(str(payload.get('text', '')))}</p>"
    return (
        '<article><div class="face" aria-hidden="true">S</div><div><p class="by"><b>storywatch</b> '
        f'<span class="app">APP</span> <time datetime="{moment.isoformat()}">{moment:%H:%M:%S} UTC</time></p>'
        f'<div class="body">{body}</div></div></article>'
    )


def _block(block: Json) -> str:
    kind = block.get("type")
    if kind == "header":
        return f"<h2>{_text_object(block['text'])}</h2>"
    if kind == "section":
        return f"<p>{_text_object(block['text'])}</p>"
    if kind == "context":
        return f'<p class="context">{" · ".join(map(_text_object, block["elements"]))}</p>'
    if kind == "divider":
        return "<hr>"
    return "".join(map(_rich, block["elements"]))


def _text_object(text: Json) -> str:
    return _mrkdwn(text["text"]) if text["type"] == "mrkdwn" else escape(text["text"])


def _mrkdwn(text: str) -> str:
    """Entities undone once; a mention or masked link, which has no place here, stands there naked."""
    return escape(html.unescape(text))


def _rich(element: Json) -> str:
    kind = element["type"]
    if kind == "rich_text_list":
        rows = (f"<li>{_inline(one['elements'])}</li>" for one in element["elements"])
        return f"<ul>{''.join(rows)}</ul>"
    tag = "blockquote" if kind == "rich_text_quote" else "p"
    return f"<{tag}>{_inline(element['elements'])}</{tag}>"


def _inline(elements: Iterable[Json]) -> str:
    return "".join(map(_piece, elements))


def _piece(piece: Json) -> str:
    if piece["type"] == "text":
        text = escape(piece["text"])
        return f"<b>{text}</b>" if piece.get("style", {}).get("bold") else text
    if piece["type"] == "link":
        label = escape(str(piece.get("text") or piece["url"]))
        return f'<a href="{escape(piece["url"])}" rel="noopener noreferrer nofollow">{label}</a>'
    return f'<span class="mention">@{escape(piece["type"])}</span>'
