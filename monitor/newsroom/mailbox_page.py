"""The mailbox as pages: a list, and one page for each mail, everything shown as text."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from html import escape

from monitor.newsroom.loopback import Reply, page

Row = tuple[int, datetime, EmailMessage]
_SHOWN = (
    *("From", "To", "Subject", "Date", "Message-ID", "References", "List-Id", "Auto-Submitted"),
    *("X-Storywatch-Delivery", "X-Storywatch-Development"),
)

STYLE = """
:root { color-scheme: light dark; --paper: #f6f8fc; --card: #ffffff; --ink: #1f1f1f; --faint: #5e5e5e; --line: #dadce0;
  --link: #0b57d0; --bar: #0b3d2e; --bar-ink: #f2fbf7; }
@media (prefers-color-scheme: dark) { :root { --paper: #131314; --card: #1e1f20; --ink: #e3e3e3; --faint: #a8abb0;
  --line: #3c4043; --link: #a8c7fa; --bar: #08281f; --bar-ink: #e6f5ef; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
header.bar { position: sticky; top: 0; background: var(--bar); color: var(--bar-ink); padding: 12px 20px; }
header.bar h1 { margin: 0; font-size: 18px; }
header.bar p { margin: 0; font-size: 13px; opacity: .85; }
header.bar a { color: inherit; }
.mails, .mail { max-width: 860px; margin: 16px auto 48px; background: var(--card); border: 1px solid var(--line);
  border-radius: 10px; overflow: hidden; }
.mails { list-style: none; padding: 0; }
.mails li { border-top: 1px solid var(--line); padding: 10px 16px; overflow-wrap: anywhere; }
.mails li:first-child { border-top: 0; }
.mails a { font-weight: 600; }
.mails p { margin: 0; font-size: 13px; color: var(--faint); }
.mail { padding: 20px; }
.mail h2 { margin: 0 0 12px; font-size: 20px; line-height: 1.3; overflow-wrap: anywhere; }
.mail h3 { margin: 24px 0 6px; font-size: 13px; color: var(--faint); text-transform: uppercase; letter-spacing: .05em; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 14px; margin: 0; font-size: 13px; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; }
details pre { font: 12px/1.5 ui-monospace, "DejaVu Sans Mono", monospace; margin-top: 8px; }
summary { cursor: pointer; color: var(--link); margin-top: 20px; }
a { color: var(--link); text-decoration: none; }
a:hover, a:focus { text-decoration: underline; }
.empty { padding: 48px 20px; text-align: center; color: var(--faint); }
@media (max-width: 480px) { dl { grid-template-columns: 1fr; } dt { margin-top: 6px; } }
"""


def inbox_page(rows: Sequence[Row]) -> Reply:
    """All mails, newest first, from (number, received, mail)."""
    mails = "".join(f"<li>{_line(*row)}</li>" for row in reversed(rows))
    empty = '<p class="empty">Nothing arrived yet. This page reloads by itself.</p>'
    bar = _bar("Mailbox", f"{len(rows)} mail{'' if len(rows) == 1 else 's'}; an SMTP server on this machine")
    return page("Mailbox", bar + (f'<ul class="mails">{mails}</ul>' if rows else empty), refresh=10)


def _line(number: int, received: datetime, mail: EmailMessage) -> str:
    thread = f", thread {_header(mail, 'References')}" if mail["References"] else ""
    note = f"to {_header(mail, 'To')}, {received:%H:%M:%S} UTC{thread}"
    return f'<a href="/mails/{number}">{escape(_header(mail, "Subject")) or "(no subject)"}</a><p>{escape(note)}</p>'


def mail_page(number: int, received: datetime, mail: EmailMessage) -> Reply:
    """One mail: what it says about itself, its text, and its HTML as source."""
    subject = _header(mail, "Subject")
    rows = "".join(f"<dt>{name}</dt><dd>{escape(_header(mail, name))}</dd>" for name in _SHOWN if mail[name])
    html = _part(mail, "html")
    source = f"<details><summary>The HTML part, as text</summary><pre>{escape(html)}</pre></details>" if html else ""
    body = (
        f'<div class="mail"><h2>{escape(subject)}</h2><dl>{rows}</dl><h3>Text</h3>'
        f"<pre>{escape(_part(mail, 'plain'))}</pre>{source}"
        f'<p><a href="/mails/{number}.eml">The mail as it came</a></p></div>'
    )
    bar = _bar("Mailbox", f"mail {number}, arrived {received:%H:%M:%S} UTC", back=True)
    return page(subject or "Mail", bar + body)


def _bar(title: str, note: str, *, back: bool = False) -> str:
    name = f'<a href="/">{escape(title)}</a>' if back else escape(title)
    return f'<header class="bar"><h1>{name}</h1><p>{escape(note)}</p></header>'


def _header(mail: EmailMessage, name: str) -> str:
    return str(mail[name] or "")


def _part(mail: EmailMessage, kind: str) -> str:
    part = mail.get_body((kind,))
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except LookupError:
        # A charset that nobody knows.
        raw = part.get_payload(decode=True)
        return raw.decode("ascii", "replace") if isinstance(raw, bytes) else ""
