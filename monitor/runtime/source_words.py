"""What asking a source once amounts to: a line of the doctor, with what mends it. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from alerts.wording import counted
from monitor.config import Config
from monitor.inquiry import shapes
from monitor.inquiry.push import words as push_words
from monitor.model import Fetch, Listing, Outcome, Source
from monitor.runtime.doctor import place
from monitor.runtime.finding import Finding, Grade
from monitor.runtime.sounding import Remembered, Sounded

FULL_TEXT = 500
_STALE = timedelta(days=30)
# What our libraries call it says nothing to whoever reads a list of sources.
_ERROR_CLASS = re.compile(r"^[A-Z][a-z]+[A-Za-z]+: ")
_OFF, _FAR_OFF = timedelta(seconds=30), timedelta(minutes=5)


def finding(found: Sounded, config: Config, known: Remembered, now: datetime) -> Finding:
    """The line of one source."""
    source, fetch = found.source, found.fetch
    check = f"source {source.id}"
    if fetch is None:
        until = f"{found.rest:%Y-%m-%d %H:%M} UTC" if found.rest else "later"
        said = f"not asked: its host wants to be left alone until {until}"
        return Finding(check, Grade.WARN, said, detail={"url": source.url, "outcome": "resting"})
    detail = _detail(found, fetch)
    if fetch.outcome is not Outcome.OK:
        grade = Grade.WARN if fetch.outcome is Outcome.RATE_LIMITED else Grade.FAIL
        words = [*_answer(fetch), f"after {fetch.elapsed:.1f} s"]
        return Finding(check, grade, ", ".join(words), _mend(source, fetch, _edit(source, config)), detail)
    if found.listing is None:
        said = f"{found.trouble} (kind {source.kind}): {', '.join(_answer(fetch))}"
        return Finding(check, Grade.FAIL, said, _other(found, fetch, _edit(source, config)), detail)
    words = [*_answer(fetch), *_contents(found.listing, now), *_beside(found, config, known, now)]
    detail |= {"full_text": _share(known.full.get(source.id)), "hub": found.listing.hub.url or None}
    why, mend = _doubt(found.listing, found, now)
    grade = Grade.WARN if why else Grade.OK
    return Finding(check, grade, ", ".join([*([why] if why else []), *words]), mend, detail)


def clock(apart: tuple[timedelta, int] | None, *, asked: bool) -> Finding:
    """How far our clock is from the servers': without a true one, news is dated and alerts are timed wrongly."""
    if apart is None:
        why = "no server told the time" if asked else "`storywatch doctor --sources` asks servers for theirs"
        return Finding("clock skew", Grade.OK, f"unknown: {why}")
    ahead, servers = apart
    seconds = abs(ahead.total_seconds())
    detail = {"seconds": round(ahead.total_seconds(), 1), "servers": servers}
    whose = f"the median of {counted(servers, 'server')}"
    if seconds < 2:
        return Finding("clock skew", Grade.OK, f"less than 2 s from {whose}", detail=detail)
    said = f"{seconds:.0f} s {'ahead of' if ahead > timedelta(0) else 'behind'} {whose}"
    grade = Grade.FAIL if abs(ahead) > _FAR_OFF else Grade.WARN if abs(ahead) > _OFF else Grade.OK
    return Finding("clock skew", grade, said, "" if grade is Grade.OK else "`timedatectl set-ntp true`", detail)


def disabled(config: Config) -> Finding | None:
    """That some sources were not asked, None when all are enabled."""
    count = len(config.sources) - len(config.enabled_sources)
    said = f"{counted(count, 'source')} of the config not asked: not enabled"
    return Finding("sources", Grade.OK, said) if count else None


def _answer(fetch: Fetch) -> list[str]:
    """Outcome, status, type and size of an answer."""
    words = [fetch.outcome.value, str(fetch.status or "")]
    if fetch.outcome is Outcome.OK:
        kind = fetch.headers.get("content-type", "").split(";")[0].strip()
        return [*words, kind or "no type named", f"{len(fetch.body):,} bytes in {fetch.elapsed:.1f} s"]
    error = "" if fetch.outcome is Outcome.REFUSED else _ERROR_CLASS.sub("", fetch.error)
    told = fetch.outcome.value.replace("-", " ")
    # The error of a status begins with it: once is enough.
    status = "" if error.startswith(words[1]) else words[1]
    return [word for word in (told, status, error) if word]


def _contents(listing: Listing, now: datetime) -> list[str]:
    entries = listing.entries
    words = [counted(len(entries), "item")]
    newest = _newest(listing)
    if newest is not None:
        words.append(f"the newest {newest:%Y-%m-%d %H:%M} UTC ({_ago(now - newest)})")
    elif entries:
        words.append("none with a date")
    texts = sum(len(entry.text) > FULL_TEXT for entry in entries)
    if entries:
        words.append(f"{texts} with their text in the listing" if texts else "no texts in the listing")
    return words


def _beside(found: Sounded, config: Config, known: Remembered, now: datetime) -> list[str]:
    """Full texts in the archive, the hub, robots.txt."""
    source, listing = found.source, found.listing
    words = []
    full, of = known.full.get(source.id, (0, 0))
    if of:
        words.append(f"{full} of its newest {of} articles in full")
    offered = listing is not None and listing.hub.url
    agreed = push_words(known.hubs.get(source.id), config.watch.public_url, now)
    words.append(f"WebSub: {agreed or 'hub offered'}" if offered else "no WebSub hub")
    words.append("robots.txt allows it" if config.fetch.obey_robots else "robots.txt not asked ([fetch] obey_robots)")
    return words


def _doubt(listing: Listing, found: Sounded, now: datetime) -> tuple[str, str]:
    """What makes a working source suspicious, and what to do."""
    look = f"`storywatch sources test {shlex.quote(found.source.url)}`"
    if found.trouble:
        return f"its newest sitemap cannot be read ({found.trouble})", look
    if not listing.entries:
        first = f": {listing.rejected[0]}" if listing.rejected else ""
        return f"it lists nothing that can be used{first}", look
    newest = _newest(listing)
    if newest is not None and now - newest > _STALE:
        return "nothing new for long", f"{look}; the site may have moved its feed"
    if newest is not None and newest > now + timedelta(hours=1):
        return "its newest item lies in the future", "set utc_offset of this source, if its clock is wrong by hours"
    return "", ""


def _newest(listing: Listing) -> datetime | None:
    return max((one.published for one in listing.entries if one.published is not None), default=None)


def _ago(length: timedelta) -> str:
    seconds = length.total_seconds()
    if seconds < 0:
        return "in the future"
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            return f"{counted(int(seconds // size), unit)} ago"
    return "just now"


def _edit(source: Source, config: Config) -> str:
    number = next(index for index, one in enumerate(config.sources) if one.id == source.id)
    return place(config.problem(("sources", number), ""))


_LATER = frozenset({Outcome.SERVER_ERROR, Outcome.MAINTENANCE, Outcome.BROKEN, Outcome.REFUSED, Outcome.EMPTY})
_SHUT = frozenset({Outcome.UNAUTHORISED, Outcome.FORBIDDEN, Outcome.BLOCKED, Outcome.LEGAL, Outcome.ROBOTS})


def _mend(source: Source, fetch: Fetch, where: str) -> str:
    """What to do about an answer that is none."""
    look = f"`storywatch sources test {shlex.quote(source.url)}`"
    parts = urlsplit(fetch.final_url or source.url)
    if fetch.outcome in _LATER:
        return f"ask again later: {look}"
    if fetch.outcome is Outcome.RATE_LIMITED:
        return f"leave it alone for a while; a longer `every` at {where}"
    if fetch.outcome is Outcome.TIMEOUT:
        return f"ask again: {look}; for a slow site a longer [fetch] timeout"
    if fetch.outcome is Outcome.DNS:
        return f"edit url at {where}; if no name at all is found, mend this machine's network"
    if fetch.outcome is Outcome.TLS:
        door = shlex.quote(f"{parts.hostname}:{parts.port or 443}")
        return f"only the site can: `openssl s_client -connect {door}` shows what is wrong with its certificate"
    if fetch.outcome is Outcome.GUARD:
        return f"edit url at {where}; a server of your own: name host:port in [fetch] allow_private"
    if fetch.outcome in _SHUT:
        return f"`enabled = false` at {where}, or another feed of that site; what forbids is obeyed"
    home = shlex.quote(f"{parts.scheme}://{parts.netloc}/")
    return f"edit url at {where}; `storywatch sources test {home}` looks for the site's feeds"


def _other(found: Sounded, fetch: Fetch, where: str) -> str:
    """What to do about an answer of the wrong kind."""
    if found.feeds:
        return f"edit {where}: url = {json.dumps(found.feeds[0])}, the feed that this page names"
    return f"edit {where}; `storywatch sources test {shlex.quote(fetch.final_url or fetch.url)}` says what it is"


def _share(counts: tuple[int, int] | None) -> float | None:
    return round(counts[0] / counts[1], 3) if counts and counts[1] else None


def _detail(found: Sounded, fetch: Fetch) -> dict[str, Any]:
    entries = found.listing.entries if found.listing else ()
    newest = _newest(found.listing) if found.listing else None
    robots: Mapping[Outcome, bool | None] = {Outcome.OK: True, Outcome.ROBOTS: False}
    return {
        "url": fetch.url,
        "outcome": fetch.outcome.value if found.listing or fetch.outcome is not Outcome.OK else "not-a-listing",
        "status": fetch.status,
        "type": fetch.headers.get("content-type", ""),
        "bytes": len(fetch.body),
        "seconds": round(fetch.elapsed, 2),
        "items": len(entries),
        "newest": shapes.stamp(newest),
        "with_text": sum(len(entry.text) > FULL_TEXT for entry in entries),
        "robots": robots.get(fetch.outcome),
    }
