"""The preview of a public Telegram channel, t.me/s/NAME. Its markup is undocumented: only class names are relied on."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Iterator

from lxml.html import HtmlElement

from monitor.errors import ParseError
from monitor.model import Listing
from spiders.items import NAME_LIMIT, Feed, Item, entries
from spiders.kinds.contract import Polled
from spiders.kinds.markup import markup, page_tree, words
from spiders.languages import language_code
from spiders.prose import paragraphs

HOSTS = ("t.me", "telegram.me", "www.t.me")
_HEADLINE = 150


def read_telegram(polled: Polled) -> Listing:
    """The posts of a preview, oldest first as shown. Raises ParseError when there are none."""
    tree = page_tree(polled.body, polled.content_type)
    posts = [one for one in tree.iter("div") if one.get("data-post") and _has(one, "tgme_widget_message")]
    if not posts:
        raise ParseError(
            "a Telegram page without posts: the address must be t.me/s/NAME, and the channel public and unrestricted"
        )
    name = next((words(one, NAME_LIMIT) for one in _inside(tree, "tgme_channel_info_header_title")), "")
    items = [_item(post) for post in posts]
    read = [item for item in items if item.content]
    found, rejected = entries(
        Feed(html.escape(name), "", "telegram", read), polled.source, polled.url, polled.now, naive=polled.naive
    )
    mute = len(items) - len(read)
    left = (f"{mute} posts without words",) if mute else ()
    return Listing(found, name, "telegram", None, language_code([], polled.source.language), (*rejected, *left))


def _item(post: HtmlElement) -> Item:
    number = post.get("data-post") or ""
    texts = [one for one in _inside(post, "tgme_widget_message_text") if not _quoted(one, post)]
    content = "".join(markup(one) for one in texts[:1])
    when = next((one.get("datetime") or "" for one in post.iter("time") if one.get("datetime")), "")
    # An edited post says so, but not when: its words tell whether this is a state that we have seen.
    edited = any("edited" in words(one, 200) for one in _inside(post, "tgme_widget_message_meta"))
    mark = f"edited {hashlib.sha256(content.encode('utf-8', 'replace')).hexdigest()[:16]}" if edited else ""
    text = paragraphs(content)
    return Item(
        link=f"https://t.me/{number}",
        guid=number,
        title=html.escape(_headline(text), quote=False),
        content=content if text else "",
        author=html.escape(next((words(one, NAME_LIMIT) for one in _forwarded(post)), ""), quote=False),
        published=when,
        updated=mark,
    )


def _headline(text: str) -> str:
    """The first line of a post, cut between words."""
    line = text.partition("\n")[0]
    return line if len(line) <= _HEADLINE else line[:_HEADLINE].rpartition(" ")[0].rstrip(" ,;:-") + "…"


def _quoted(element: HtmlElement, post: HtmlElement) -> bool:
    """Whether this is the text of the post that is answered, shown inside."""
    for above in element.iterancestors():
        if above is post:
            return False
        if _has(above, "tgme_widget_message_reply"):
            return True
    return False


def _forwarded(post: HtmlElement) -> Iterator[HtmlElement]:
    return _inside(post, "tgme_widget_message_forwarded_from_name")


def _inside(element: HtmlElement, name: str) -> Iterator[HtmlElement]:
    return (one for one in element.iter() if isinstance(one.tag, str) and _has(one, name))


def _has(element: HtmlElement, name: str) -> bool:
    return name in (element.get("class") or "").split()
