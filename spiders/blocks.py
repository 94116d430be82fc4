"""Why an answer is not the page or feed it should be: blocked, consent wall, paywall, login, empty, moved, gone. Pure.

Nothing here gets past anything: a wall is named, and what the source listed is all that is kept.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from monitor.model import Fetch, Outcome
from spiders.signatures import (
    BLOCK_HEADERS,
    BLOCK_MARKS,
    BLOCK_WORDS,
    CONSENT_ADDRESS,
    CONSENT_WORDS,
    FORM,
    GONE_WORDS,
    LOCKED_MARKS,
    LOGIN_ADDRESS,
    LOGIN_WORDS,
    MAINTENANCE_WORDS,
    PAYWALL_WORDS,
    ROBOT_ADDRESS,
)

# More text than this is an article, whatever else the page carries.
ARTICLE_LENGTH = 600
TEASER_LENGTH = 900
_READ = 200_000
_SHELL_LENGTH = 200
_HEAD_LENGTH = 400
_PHRASE_LENGTH = 120
_HIDDEN = ("script", "style", "template", "svg")
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{0,500})", re.IGNORECASE)
_FRONT = re.compile(r"(/[a-z]{2}([-_][a-z]{2})?)?/?((index|home|default)(\.[a-z]{2,5})?/?)?", re.IGNORECASE)
_NAMED_BY_STATUS = frozenset({Outcome.NOT_FOUND, Outcome.GONE, Outcome.LEGAL, Outcome.UNCHANGED})


@dataclass(frozen=True, slots=True)
class Cause:
    """What an answer really is, and the words or the mark that show it."""

    outcome: Outcome
    evidence: str


@dataclass(frozen=True, slots=True)
class _Page:
    """An answer taken apart: its markup, its title, the words a reader sees, and how much of an article it holds."""

    fetch: Fetch
    markup: str
    title: str
    words: str
    text: str

    @property
    def address(self) -> str:
        return self.fetch.final_url or self.fetch.url

    @property
    def refused(self) -> bool:
        return (self.fetch.status or 0) >= 300

    @property
    def bare(self) -> bool:
        """No article, so that what stands there speaks for itself."""
        return self.refused or len(self.text) < ARTICLE_LENGTH


def cause(fetch: Fetch, text: str, listed: str = "") -> Cause | None:
    """What kept the article or the feed from us; None when nothing did, or when the outcome says it already.

    `text` is what could be read of the page, `listed` what its source says of it; for a feed both are empty and
    the outcome is that of a failed check.
    """
    if fetch.outcome in _NAMED_BY_STATUS or not (fetch.body or fetch.headers):
        return None
    page = _taken_apart(fetch, text)
    found = _barred(page) or _closed(page)
    if found or page.refused or fetch.outcome is Outcome.NOT_A_FEED:
        return found
    return _left(page) or _locked(page, listed) or _empty(page)


def _taken_apart(fetch: Fetch, text: str) -> _Page:
    markup = fetch.body[:_READ].decode("utf-8", "replace")
    title = _TITLE.search(markup)
    words = " ".join(html.unescape(_visible(markup)).replace("\u2019", "'").split())
    return _Page(fetch, markup, " ".join(html.unescape(title[1]).split()) if title else "", words, text)


def _visible(markup: str) -> str:
    """The words between the tags, those of scripts and styles left out. One pass, whatever the markup."""
    kept: list[str] = []
    hidden = ""
    for part in markup.split("<"):
        tag, _, rest = part.partition(">")
        name = tag[:12].split()[0].lower() if tag[:12].split() else ""
        if hidden:
            hidden = "" if name == f"/{hidden}" else hidden
        elif name in _HIDDEN:
            hidden = name
        if not hidden:
            kept.append(rest)
    return " ".join(kept)


def _barred(page: _Page) -> Cause | None:
    """A wall in front of everything: bot protection, a country, consent, a login."""
    for name, pattern in BLOCK_HEADERS:
        if (value := page.fetch.headers.get(name)) is not None and (found := pattern.search(value)):
            return Cause(Outcome.BLOCKED, f"{name}: {found[0]}")
    if not page.bare:
        return None
    return _blocked(page) or _consent(page) or _login(page)


def _blocked(page: _Page) -> Cause | None:
    if found := ROBOT_ADDRESS.search(page.address):
        return Cause(Outcome.BLOCKED, f"led to {found[0]}")
    for name, pattern in BLOCK_MARKS:
        if found := pattern.search(page.markup):
            return Cause(Outcome.BLOCKED, f"{name}: {_quoted(found[0])}")
    found = BLOCK_WORDS.search(page.words)
    return Cause(Outcome.BLOCKED, _quoted(found[0])) if found else None


def _consent(page: _Page) -> Cause | None:
    if page.refused:
        return None
    if found := CONSENT_ADDRESS.search(page.address):
        return Cause(Outcome.CONSENT, f"led to {found[0]}")
    found = CONSENT_WORDS.search(page.words)
    return Cause(Outcome.CONSENT, _quoted(found[0])) if found else None


def _login(page: _Page) -> Cause | None:
    if page.refused or not FORM.search(page.markup):
        return None
    places = ((LOGIN_ADDRESS, page.address), (LOGIN_WORDS, page.title), (LOGIN_WORDS, page.words[:_HEAD_LENGTH]))
    for pattern, text in places:
        if found := pattern.search(text):
            return Cause(Outcome.UNAUTHORISED, f"a form that asks for a password, {_quoted(found[0])}")
    return None


def _closed(page: _Page) -> Cause | None:
    if page.bare and (found := MAINTENANCE_WORDS.search(page.words[: 2 * _HEAD_LENGTH])):
        return Cause(Outcome.MAINTENANCE, _quoted(found[0]))
    return None


def _left(page: _Page) -> Cause | None:
    """Gone or moved, with a friendly 200."""
    if page.bare and (found := GONE_WORDS.search(page.title) or GONE_WORDS.search(page.words[:_HEAD_LENGTH])):
        return Cause(Outcome.NOT_FOUND, f"with status {page.fetch.status} it says {_quoted(found[0])}")
    asked, led = urlsplit(page.fetch.url), urlsplit(page.fetch.final_url or page.fetch.url)
    if not _FRONT.fullmatch(asked.path) and _FRONT.fullmatch(led.path) and not asked.query == led.query != "":
        return Cause(Outcome.MOVED, f"led to a home page: {led.scheme}://{led.netloc}{led.path}")
    return None


def _locked(page: _Page, listed: str) -> Cause | None:
    """Behind a paywall: it says so, and no more than a teaser is there."""
    if len(page.text) < max(TEASER_LENGTH, len(listed)) and (found := LOCKED_MARKS.search(page.markup)):
        return Cause(Outcome.PAYWALL, _quoted(found[0]))
    if page.bare and (found := PAYWALL_WORDS.search(page.words)):
        return Cause(Outcome.PAYWALL, _quoted(found[0]))
    return None


def _empty(page: _Page) -> Cause | None:
    if page.text or len(page.words) >= _SHELL_LENGTH + len(page.title):
        return None
    return Cause(Outcome.EMPTY, "no text on the page: it is made by scripts" if "<script" in page.markup else "no text")


def _quoted(words: str) -> str:
    return f"\u201c{' '.join(words.split())[:_PHRASE_LENGTH]}\u201d"
