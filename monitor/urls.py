"""Addresses: the one that is fetched, the key that says "same article", the host that is treated politely."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import parse_qsl, quote, urljoin, urlsplit

MAX_LENGTH = 2_000
_MAX_WRAPPINGS = 4
_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_HOST = re.compile(r"(?!-)[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PATH_SAFE = "/%:@!$&'()*+,;=~"
_QUERY_SAFE = "/%:@!$'()*+,;=~?&"


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Parameters that only count visitors: gone from the fetched address too.
_TRACKERS = _set(
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid igshid igsh li_fat_id mc_cid mc_eid"
    " mkt_tok _ga _gl _openstat vero_id _hsenc _hsmi hsctatracking wt_mc wtmc xtor ns_mchannel ns_source ns_campaign"
    " ns_linkname ns_fee ref_src ref_url __twitter_impression guccounter guce_referrer guce_referrer_sig soc_src"
    " soc_trk tg_rhash maca taid phpsessid jsessionid replytocom amp_js_v amp_gsa usqp cmpid ocid smid tpcc"
    " traffic_source at_custom1 at_custom2 at_custom3 at_custom4 at_medium at_campaign at_campaign_type at_link_id"
    " at_link_type at_link_origin at_format at_ptr_name at_bbc_team"
)
# Parameters that usually only count visitors: folded away in the key, and only where the path itself names an article.
_WEAK = _set("ref referrer referer source src from via share partner rss mod cmp icid intcid ncid feature si")
_VARIANTS = {
    "amp": ("", "1", "true", "amp"),
    "outputtype": ("amp",),
    "output": ("amp",),
    "print": ("", "1", "true"),
}
_ALIASES = {
    "edition.cnn.com": "cnn.com",
    "lite.cnn.com": "cnn.com",
    "bbc.com": "bbc.co.uk",
    "uk.reuters.com": "reuters.com",
    "telegram.me": "t.me",
    "telegram.dog": "t.me",
    "twitter.com": "x.com",
}
# Sites of one publishing system, which names a page by number alone: /a/words/12345.html, /a/12345.html, /amp/...
_NUMBERED = _set(
    "rferl.org radiosvoboda.org svoboda.org currenttime.tv krymr.com voanews.com golosameriki.com holosameryky.com"
)
_NUMBERED_PATH = re.compile(r"/(?:a|amp)/(?:[^/]+/)?(\d{5,})\.html")
_COUNTER_HOST = re.compile(r"(www\.)?google\.[a-z.]{2,6}|lm?\.facebook\.com")
_CACHE_HOST = re.compile(r".+\.cdn\.ampproject\.org|(www\.)?(google|bing)\.[a-z.]{2,6}")
_CACHED = re.compile(r"/(?:amp|[cv])/(?:s/)?(?P<rest>[^/]+\.[^/]+/.*)")
_INDEX = re.compile(r"/(?:index|default)\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
_ARTICLE_PART = re.compile(r"\d{4,}|[^-]+-[^-]+-[^-]")
_AMP_ENDING = re.compile(r"\.amp(?=$|\.html?$)")


class _Parts(NamedTuple):
    scheme: str
    host: str  # with ":port" where it is not the default
    path: str
    query: str
    fragment: str

    def url(self) -> str:
        query = f"?{self.query}" if self.query else ""
        return f"{self.scheme}://{self.host}{self.path}{query}{self.fragment}"


def canonical(url: str, base: str = "") -> str:
    """Return the absolute, cleaned, fetchable http(s) address, "" when there is none.

    `base` resolves a relative `url`. Control characters and backslashes are refused, because parsers disagree about
    where such an address leads. Fragments go, except `#!`, which names a page.
    """
    parts = _read(url, base)
    for _ in range(_MAX_WRAPPINGS):
        target = _target(parts) if parts else ""
        if not target:
            break
        parts = _read(target, "")
    else:
        return ""
    text = parts.url() if parts else ""
    return text if len(text) <= MAX_LENGTH else ""


def url_key(url: str) -> str:
    """Return the same-article key, itself an address; "" when `url` is no http(s) address.

    Folded away: trackers, AMP, mobile hosts, www, scheme, fragment, index pages, final slash, order of the query.
    """
    key = canonical(url)
    while key and (folded := _folded(key)) != key:
        key = folded
    return key


def host_of(url: str) -> str:
    """Return "host", or "host:port" where the port is not the scheme's default; "" when `url` is no http(s) address."""
    parts = _read(url, "")
    return parts.host if parts else ""


def _read(url: str, base: str) -> _Parts | None:
    text = url.strip()
    if not text or len(text) > 4 * MAX_LENGTH or _CONTROL.search(text):
        return None
    try:
        return _parts(urljoin(base.strip(), text) if base else text)
    except ValueError:  # urllib and the IDNA codec refuse hopeless addresses so
        return None


def _parts(text: str) -> _Parts | None:
    scheme = _SCHEME.match(text)
    if scheme is None or scheme[1].lower() not in _DEFAULT_PORTS or "\\" in text.partition("?")[0]:
        return None
    split = urlsplit(text)
    host = _host(split.hostname or "", "[" in split.netloc)
    if not host:
        return None
    port = split.port
    if port not in (None, _DEFAULT_PORTS[split.scheme]):
        host = f"{host}:{port}"
    fragment = "#" + _quoted(split.fragment, _QUERY_SAFE) if split.fragment.startswith("!") else ""
    return _Parts(split.scheme, host, _path(split.path), _query(split.query), fragment)


def _host(name: str, literal: bool) -> str:
    """ASCII form of a host name or address literal, "" when it is neither."""
    if literal:
        return f"[{ipaddress.IPv6Address(name).compressed}]"
    ascii_name = name.encode("idna").decode("ascii").lower().removesuffix(".")
    return ascii_name if len(ascii_name) <= 253 and _HOST.fullmatch(ascii_name) else ""


def _path(path: str) -> str:
    """The path with its dot segments resolved and its escapes in one spelling."""
    kept: list[str] = []
    parts = _quoted(re.sub(r";jsessionid=[^/]*", "", path, flags=re.IGNORECASE), _PATH_SAFE).split("/")[1:]
    for part in parts:
        if part == "..":
            del kept[-1:]
        elif part != ".":
            kept.append(part)
    if parts and parts[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    """The query without trackers. Feeds that escape twice write `&amp;`, which no site means."""
    pairs = _quoted(query.replace("&amp;", "&"), _QUERY_SAFE).split("&")
    return "&".join(pair for pair in pairs if pair and not _tracks(pair.partition("=")[0].lower()))


def _tracks(name: str) -> bool:
    return name in _TRACKERS or name.startswith("utm_")


def _quoted(text: str, safe: str) -> str:
    """Percent escapes in one spelling: unreserved characters bare, everything else in upper-case hex."""
    lone = re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", text)
    return _ESCAPE.sub(_one_spelling, quote(lone, safe=safe))


def _one_spelling(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if character in _UNRESERVED else escape[0].upper()


def _target(parts: _Parts) -> str:
    """Where the click counter of a search engine or network leads, "" when this is none."""
    names = {"/url": ("url", "q"), "/l.php": ("u",)}.get(parts.path)
    if names is None or not _COUNTER_HOST.fullmatch(parts.host):
        return ""
    values = dict(parse_qsl(parts.query))
    targets = (values[name] for name in names if name in values)
    return next((target for target in targets if _read(target, "")), "")


def _folded(url: str) -> str:
    """One round of folding. Every round shortens the address or leaves it alone, so repeating it ends."""
    parts = _read(url, "")
    if parts is None:
        return ""
    cached = _CACHED.fullmatch(parts.path)
    if cached and _CACHE_HOST.fullmatch(parts.host):
        query = f"?{parts.query}" if parts.query else ""
        return canonical(f"https://{cached['rest']}{query}")
    host = _folded_host(parts.host)
    path = _folded_path(host, parts.path)
    return _Parts("https", host, path, _folded_query(parts.query, path), parts.fragment).url()


def _folded_host(host: str) -> str:
    name, _, port = host.partition(":") if not host.startswith("[") else (host, "", "")
    labels = name.split(".")
    while len(labels) > 2 and labels[0] in ("www", "www2", "m", "mobile", "amp") and not labels[-1].isdigit():
        labels = labels[1:]
    if len(labels) > 3 and labels[1] == "m":
        labels = [labels[0], *labels[2:]]
    name = _ALIASES.get(".".join(labels), ".".join(labels))
    return f"{name}:{port}" if port and port not in ("80", "443") else name


def _folded_path(host: str, path: str) -> str:
    if host in _NUMBERED and (numbered := _NUMBERED_PATH.fullmatch(path)):
        return f"/a/{numbered[1]}.html"
    parts = [part for part in _INDEX.sub("/", path).split("/") if part]
    if host == "t.me" and len(parts) == 3 and parts[0] == "s":
        parts = parts[1:]
    if _names_article(parts):
        parts = [_AMP_ENDING.sub("", part) for part in parts if part.lower() not in ("amp", "print")]
    return "/" + "/".join(parts)


def _folded_query(query: str, path: str) -> str:
    article = _names_article(path.split("/"))
    return "&".join(sorted(pair for pair in query.split("&") if pair and not _variant(pair, article)))


def _variant(pair: str, article: bool) -> bool:
    """Does this parameter only ask for another form of the same page?"""
    name, _, value = pair.lower().partition("=")
    return (article and name in _WEAK) or value in _VARIANTS.get(name, ())


def _names_article(parts: list[str]) -> bool:
    """Is one part of this path a number or a phrase, so that the path alone says which article it is?"""
    return any(_ARTICLE_PART.search(part) for part in parts)
