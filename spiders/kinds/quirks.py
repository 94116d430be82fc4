"""What particular services need, whatever a config says: slower polling, pages that lead to no article. Pure."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from monitor.model import Source, TextMode

# GDELT's index moves every 15 minutes and it sheds load; Google's terms ask for restraint; t.me bans who digs.
_FLOORS = {
    "api.gdeltproject.org": timedelta(minutes=15),
    "news.google.com": timedelta(minutes=30),
    "t.me": timedelta(minutes=15),
}
# An address here is opaque: it ends at no article without running a script.
_RELAYS = frozenset({"news.google.com"})


def floor(source: Source) -> timedelta:
    """The shortest wait between two polls of this source that its service stands; zero for most."""
    return _FLOORS.get(urlsplit(source.url).hostname or "", timedelta())


def is_relay(url: str) -> bool:
    """Whether an address only points on to an article, in a way that cannot be followed."""
    return urlsplit(url).hostname in _RELAYS


def reads_page(source: Source, url: str) -> bool:
    """Whether the page behind an entry is fetched: not where the source says so, listed all, or only relays."""
    return source.text is TextMode.PAGE and source.kind != "telegram" and not is_relay(url)


def is_html(kind: str) -> bool:
    """Whether sources of this kind list on web pages."""
    return kind in ("listing", "telegram")
