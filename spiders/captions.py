"""The captions of an article's own pictures: what stands under them on the page, and what the page declares."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence

from lxml.etree import XPath
from lxml.html import HtmlElement

from monitor.text import clean
from spiders.prose import is_furniture

_MOST = 30
_MOST_LOOKED_AT = 400
_LONGEST = 1_000
_FEWEST_WORDS = 3  # fewer are a credit or a label
_PIECES, _BEGINNING = 12, 40
_MARKED = XPath(
    "//figcaption | //*[contains(@class, 'caption') or contains(@class, 'Caption')] | //*[@itemprop='caption']"
)
# Names of classes: "caption", "wp-caption-text", "photo__caption", but not what only says that there is one.
_CAPTION = re.compile(
    r"(?!(?:has|no|with|without|hide|show|is)[-_])(?:[\w-]*[-_])?captions?(?:[-_]*text)?", re.IGNORECASE
)
_CAMEL = re.compile(r"(?<!^)(?=[A-Z])")
_ELSEWHERE = re.compile(
    r"(?:^|[\s_-])(?:related|recommend\w*|promo\w*|sidebar|teasers?|cards?|widget|popular|trending|most-read|read-more"
    r"|comments?|newsletter|author|bio|footer|sponsored|outbrain|taboola)(?:[\s_-]|$)",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"\W*(?:photo(?:graph)?s?|image|picture|фото|світлина)(?: by | credit| courtesy|\s*[:/©|–—-]).{0,60}", re.IGNORECASE
)
_LOOSE = re.compile(r" (?=[,.;:!?)\]»”])|(?<=[(\[«“]) ")  # spaces between the elements of a line
_PICTURE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)\b|^#|^javascript:", re.IGNORECASE)


def captions(tree: HtmlElement, blocks: Sequence[str], said: Iterable[str], title: str) -> list[str]:
    """The captions that belong to the article with these paragraphs, each once, in the order of the page.

    `said` are those that the page declares for machines.
    """
    home = _home(tree, blocks)
    shown = [] if home is None else [_written(one) for one in _marked(tree) if _belongs(one, home)]
    found: dict[str, str] = {}
    for one in (*shown, *(clean(text, _LONGEST + 1) for text in said)):
        key = one.casefold()
        if key != title.casefold() and _tells(one) and not any(key in known for known in found):
            found[key] = one
    return list(found.values())[:_MOST]


def apart(blocks: Sequence[str], found: Sequence[str]) -> tuple[list[str], list[str]]:
    """The paragraphs without the captions among them, and the captions that no other paragraph holds."""
    under = frozenset(found)
    kept = [block for block in blocks if block not in under]
    text = "\n".join(kept)
    return kept, [one for one in found if one not in text]


def _home(tree: HtmlElement, blocks: Sequence[str]) -> HtmlElement | None:
    """The element that the article stands in, with its pictures: what holds all its paragraphs, and a little more."""
    begun = {block[:_BEGINNING] for block in blocks}
    own = [one for one in tree.iter("p") if _beginning(one) in begun]
    if not own:
        alone = list(itertools.islice(tree.iter("article"), 2))
        return alone[0] if len(alone) == 1 else None
    last = set(own[-1].iterancestors())
    around = [one for one in own[0].iterancestors() if one in last]
    named = next((one for one in around if one.tag in ("article", "main") or one.get("role") == "main"), None)
    if named is not None:
        return named
    return next((one for one in around[1:2] if one.tag not in ("body", "html")), around[0] if around else None)


def _marked(tree: HtmlElement) -> list[HtmlElement]:
    found = _MARKED(tree)
    marked = found[:_MOST_LOOKED_AT] if isinstance(found, list) else []
    return [one for one in marked if isinstance(one, HtmlElement)]


def _beginning(element: HtmlElement) -> str:
    return " ".join("".join(itertools.islice(element.itertext(), _PIECES)).split())[:_BEGINNING]


def _belongs(element: HtmlElement, home: HtmlElement) -> bool:
    """Is this the innermost element of a caption inside the article, and of none of its neighbours?"""
    if element.tag != "figcaption" and element.get("itemprop") != "caption" and not _called_so(element):
        return False
    if any(one is not element for one in itertools.islice(_within(element), 2)):
        return False
    for one in element.iterancestors():
        if one is home:
            return True
        if one.tag in ("aside", "nav", "footer", "form", "article") or _ELSEWHERE.search(one.get("class") or ""):
            return False
        if one.tag == "a" and not _PICTURE.search(one.get("href") or "#"):
            return False
    return False


def _called_so(element: HtmlElement) -> bool:
    names = (element.get("class") or "").split()
    return any(_CAPTION.fullmatch(_CAMEL.sub("-", name)) for name in names[:20])


def _within(element: HtmlElement) -> Iterator[HtmlElement]:
    return (one for one in element.iter("figcaption", "p", "div", "span") if one.tag == "figcaption" or _called_so(one))


def _written(element: HtmlElement) -> str:
    return _LOOSE.sub("", clean(" ".join(element.itertext()), _LONGEST + 1))


def _tells(caption: str) -> bool:
    if len(caption) > _LONGEST or len(caption.split()) < _FEWEST_WORDS:
        return False
    return not (_CREDIT.fullmatch(caption) or is_furniture(caption))
