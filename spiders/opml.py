"""Subscription lists: OPML 2.0 (http://opml.org/spec2.opml), read from strangers and written for them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from lxml import etree

from monitor.errors import ParseError
from monitor.model import Source
from monitor.netguard import NOTHING, SCHEMES, Allow, url_refusal
from monitor.text import clean, plain
from monitor.text.xmltext import legal
from monitor.urls import canonical
from spiders.languages import language_code
from spiders.sniff import looks_like

SIZE_LIMIT = 5_000_000
MOST_OUTLINES = 10_000
_NAME_LIMIT = 200
# Other readers would take every address of type rss for a feed, so other kinds stand as links with a mark of ours.
_OURS = "urn:storywatch:opml"
_LOCAL = frozenset({"localhost", "local", "internal", "lan", "home", "localdomain"})
_KIND = f"{{{_OURS}}}kind"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed of a list."""

    name: str
    url: str
    kind: str = "feed"
    language: str = ""


def read_opml(
    body: bytes, kinds: Iterable[str], allow: Allow = NOTHING
) -> tuple[tuple[Subscription, ...], tuple[str, ...]]:
    """The subscriptions of a list, folders flattened, and a word on each outline that is skipped. Raises ParseError.

    `kinds` are those that may stand in it, `allow` is what the user lets through the network guard.
    """
    if len(body) > SIZE_LIMIT:
        raise ParseError(f"larger than {SIZE_LIMIT // 1_000_000} MB, too large for a list of subscriptions")
    found: dict[str, Subscription] = {}
    skipped: list[str] = []
    for number, outline in enumerate(_root(body).iter("{*}outline")):
        if number == MOST_OUTLINES:
            skipped.append(f"everything after outline {MOST_OUTLINES}: too many")
            break
        one, why = _subscription(outline, frozenset(kinds), allow)
        if one and one.url in found:
            why = "listed twice"
        elif one:
            found[one.url] = one
        if why:
            skipped.append(f"{_name(outline) or 'an outline without a name'}: {why}")
    return tuple(found.values()), tuple(skipped)


def write_opml(title: str, sources: Sequence[Source]) -> bytes:
    """A list of sources, as UTF-8 XML."""
    root = etree.Element("opml", {"version": "2.0"}, nsmap={"storywatch": _OURS})
    etree.SubElement(etree.SubElement(root, "head"), "title").text = _said(title)
    body = etree.SubElement(root, "body")
    for source in sources:
        address = (
            {"type": "rss", "xmlUrl": legal(source.url)}
            if source.kind == "feed"
            else {"type": "link", "url": legal(source.url)}
        )
        outline = etree.SubElement(body, "outline", {"text": _said(source.name or source.id), **address})
        if source.language:
            outline.set("language", source.language[0])
        if source.kind != "feed":
            outline.set(_KIND, source.kind)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _said(text: str) -> str:
    return legal(clean(text, _NAME_LIMIT))


def _root(body: bytes) -> etree._Element:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.LxmlError, ValueError) as error:
        raise ParseError(f"{looks_like(body)}, not an OPML list: {str(error)[:200]}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise ParseError("an XML document with a DTD of its own, which is refused")
    if etree.QName(root).localname.lower() != "opml":
        raise ParseError(f"{looks_like(body)}, not an OPML list")
    return root


def _subscription(outline: etree._Element, kinds: frozenset[str], allow: Allow) -> tuple[Subscription | None, str]:
    """What an outline subscribes to, or why it cannot be taken; neither for a folder."""
    kind = outline.get(_KIND) or "feed"
    address = _attribute(outline, "xmlUrl") or (_attribute(outline, "url") if _KIND in outline.attrib else "")
    if not address:
        return None, "" if len(outline) else "no address of a feed"
    if kind not in kinds:
        return None, f"unknown kind {clean(kind, 30)!r}"
    url = canonical(address)
    why = _refused(url, allow) if url else "no http(s) address"
    if url and "@" in address.partition("//")[2].partition("/")[0]:
        # Cleaned of its password it would be another address than the one that was subscribed to.
        why = "a user name in the address"
    if why:
        return None, why
    return Subscription(_name(outline), url, kind, language_code([_attribute(outline, "language")])), ""


def _refused(url: str, allow: Allow) -> str:
    """Why the network guard would not ask for this address, as far as the address alone tells."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or SCHEMES[parts.scheme]
    why = url_refusal(url, allow)
    if why or (host, port) in allow.doors or host in allow.names:
        return why
    last = host.rpartition(".")[2]
    # A name without a dot or one that ends in a number is an address in disguise, or leads inside.
    if last in _LOCAL or (":" not in host and ("." not in host or (not _is_dotted(host) and last[:1].isdecimal()))):
        return "an address inside a network, not on the web"
    return ""


def _is_dotted(host: str) -> bool:
    parts = host.split(".")
    return len(parts) == 4 and all(part.isdecimal() for part in parts)


def _name(outline: etree._Element) -> str:
    return plain(_attribute(outline, "title") or _attribute(outline, "text"), _NAME_LIMIT)


def _attribute(outline: etree._Element, name: str) -> str:
    """An attribute whatever its capitals: lists write xmlurl, xmlUrl and XMLURL."""
    found = next((value for key, value in outline.attrib.items() if str(key).lower() == name.lower()), "")
    return str(found).strip()
