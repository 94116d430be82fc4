"""canonical() and host_of(): what is fetched, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.urls import MAX_LENGTH, canonical, host_of, url_key

ADDRESSES = [
    ("https://Example.ORG", "https://example.org/"),
    ("  https://example.org/a\n", "https://example.org/a"),
    ("HTTP://example.org:80/a", "http://example.org/a"),
    ("https://example.org:443/a", "https://example.org/a"),
    ("https://example.org:8443/a", "https://example.org:8443/a"),
    ("http://example.org:443/a", "http://example.org:443/a"),
    ("https://user:secret@example.org/a", "https://example.org/a"),
    ("https://example.org./a", "https://example.org/a"),
    ("https://example.org/a/./b/../c", "https://example.org/a/c"),
    ("https://example.org/../../a", "https://example.org/a"),
    ("https://example.org/a/..", "https://example.org/"),
    ("https://example.org/%7euser/%e2%82%ac", "https://example.org/~user/%E2%82%AC"),
    ("https://example.org/новини", "https://example.org/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B8"),
    ("https://example.org/a b?q=c d", "https://example.org/a%20b?q=c%20d"),
    ("https://example.org/100%", "https://example.org/100%25"),
    ("https://новини.укр/a", "https://xn--b1amarcd.xn--j1amh/a"),
    ("https://xn--b1amarcd.xn--j1amh/a", "https://xn--b1amarcd.xn--j1amh/a"),
    ("https://example.org/a?utm_source=rss&id=5&fbclid=x#top", "https://example.org/a?id=5"),
    ("https://example.org/a?UTM_Medium=mail", "https://example.org/a"),
    ("https://example.org/a?id=1&amp;utm_source=x&amp;p=2", "https://example.org/a?id=1&p=2"),
    ("https://example.org/a?", "https://example.org/a"),
    ("https://example.org/#!/story/7", "https://example.org/#!/story/7"),
    ("https://example.org/a;jsessionid=0A1B?x=1", "https://example.org/a?x=1"),
    ("http://[2001:DB8::0:1]:8080/a", "http://[2001:db8::1]:8080/a"),
    ("http://192.0.2.7/a", "http://192.0.2.7/a"),
    ("https://www.google.com/url?rct=j&sa=t&url=https://example.org/a%3Fid%3D5&ct=ga", "https://example.org/a?id=5"),
    ("https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa&h=AT", "https://example.org/a"),
    ("https://example.org/url?url=https://other.example/a", "https://example.org/url?url=https://other.example/a"),
    ("https://www.google.com/url?q=/relative", "https://www.google.com/url?q=/relative"),
]
HOPELESS = [
    "",
    "   ",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "mailto:desk@example.org",
    "ftp://example.org/a",
    "file:///etc/passwd",
    "//example.org/a",
    "/a",
    "a",
    "http://",
    "https:///a",
    "http://?x",
    "https://example.org\\@evil.example/a",
    "https:\\\\example.org\\a",
    "https://exam\nple.org/",
    "java\tscript:alert(1)",
    "https://example.org/a\x00b",
    "https://example.org/\u202egnp",
    "https://exa\u200bmple.org/",
    "https://example.org:99999/",
    "https://example.org:abc/",
    "https://exa mple.org/",
    "https://exa<mple.org/",
    "https://[::1/",
    "https://[v1.x]/",
    "https://.example.org/",
    "https://example..org/",
    f"https://{'a' * 64}.org/",
    f"https://{'a.' * 130}org/",
    f"https://example.org/{'a' * MAX_LENGTH}",
    f"https://example.org/{'я' * 400}",
    "https://example.org/\ud800",
    "https://%65xample.org/",
]
RELATIVE = [
    ("b", "https://example.org/a/", "https://example.org/a/b"),
    ("/b?x=1", "https://example.org/a/c", "https://example.org/b?x=1"),
    ("//other.example/b", "https://example.org/a", "https://other.example/b"),
    ("?p=2", "https://example.org/a", "https://example.org/a?p=2"),
    ("https://other.example/b", "https://example.org/", "https://other.example/b"),
    ("javascript:void(0)", "https://example.org/", ""),
    ("b", "not an address", ""),
    ("", "https://example.org/", ""),
]
HOSTS = [
    ("https://www.Example.org/a", "www.example.org"),
    ("http://example.org:80/", "example.org"),
    ("http://127.0.0.1:8099/feed", "127.0.0.1:8099"),
    ("https://[::1]:8443/", "[::1]:8443"),
    ("gopher://example.org/", ""),
]


@pytest.mark.parametrize(("url", "expected"), ADDRESSES)
def test_an_address_is_cleaned(url: str, expected: str) -> None:
    assert canonical(url) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize("url", HOPELESS)
def test_a_hopeless_address_is_empty(url: str) -> None:
    assert (canonical(url), url_key(url)) == ("", "")


@pytest.mark.parametrize(("url", "base", "expected"), RELATIVE)
def test_a_relative_address_is_resolved(url: str, base: str, expected: str) -> None:
    assert canonical(url, base) == expected


@pytest.mark.parametrize(("url", "expected"), HOSTS)
def test_the_host_names_a_port_only_when_it_is_unusual(url: str, expected: str) -> None:
    assert host_of(url) == expected


def _holds(url: str, base: str = "") -> None:
    """What is true of every address, however broken."""
    address, key = canonical(url, base), url_key(url)
    assert address == "" or address.startswith(("http://", "https://"))
    assert canonical(address) == address
    assert url_key(key) == key == url_key(canonical(url))
    assert len(address) <= MAX_LENGTH and address.isascii() and "\\" not in address.partition("?")[0]
    assert host_of(address) == "" or address.partition("//")[2].startswith(host_of(address))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
    elif isinstance(value, dict):
        yield from (text for part in value.values() for text in _strings(part))


def test_the_web_platform_tests_never_raise(shared: Path) -> None:
    files = sorted((shared / "data" / "hostile" / "url-wpt").rglob("*.json"))
    cases = [case for file in files for case in json.loads(file.read_text("utf-8", "surrogatepass"))]
    assert len(cases) > 800
    for case in cases:
        for text in _strings(case):
            _holds(text)
            _holds(f"https://{text}/")
        if isinstance(case, dict) and isinstance(case.get("base"), str) and isinstance(case.get("input"), str):
            _holds(case["input"], case["base"])


PIECES = """www. m. amp. example org . / // /amp /amp/ .amp ?amp=1 & = ? # #! %2e %25 index.html /index.php a-b-c-d 2025
..;jsessionid=1 : :443 :80 @ google.com /url?url= https:// http:// cdn.ampproject.org /c/s/ t.me /s/ utm_x=1 ref=2 я \\
[::1] + ~ rferl.org /a/ 12345.html"""


@settings(max_examples=300, derandomize=True, deadline=None)
@given(st.lists(st.sampled_from(PIECES.split()), max_size=9).map("".join))
def test_any_mixture_of_pieces_is_stable(text: str) -> None:
    _holds(text)
    _holds(f"https://example.org/{text}")
    _holds(f"https://{text}")


@settings(max_examples=150, derandomize=True, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_stable(text: str) -> None:
    _holds(text)
    _holds(f"http://example.org/{text}")
