"""Which addresses may be dialled, and what the user can open."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.netguard import NOTHING, Allow, plain_host, refusal, url_refusal

PUBLIC = ["93.184.216.34", "1.1.1.1", "2606:4700::1111", "2a00:1450:4001::64", "64:ff9b::101:101", "2002:101:101::1"]
INSIDE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "100.100.100.200",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::a00:1",
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2001:0:5db8:d822::80ff:fffe",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "3fff::1",
    "2001:db8::1",
    "ff02::1",
    "ff0e::1",
]


@pytest.mark.parametrize("address", PUBLIC)
@pytest.mark.parametrize("port", [80, 443, 8080, 8443])
def test_public_addresses_may_be_dialled(address: str, port: int) -> None:
    assert refusal("news.example", address, port) == ""


@pytest.mark.parametrize("address", INSIDE)
def test_inner_addresses_may_not(address: str) -> None:
    assert address.partition("%")[0] in refusal("news.example", address, 80)


@pytest.mark.parametrize("port", [0, 22, 25, 3306, 6379, 11211, 65535])
def test_other_ports_may_not(port: int) -> None:
    assert f"port {port}" in refusal("news.example", "93.184.216.34", port)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f000001", "1.2.3.4.5"])
def test_only_addresses_are_judged(text: str) -> None:
    assert "no IP address" in refusal("news.example", text, 80)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.ip_addresses(v=4))
def test_a_disguise_changes_nothing(address: ipaddress.IPv4Address) -> None:
    plain = refusal("news.example", str(address), 80) == ""
    number = int(address)
    disguises = [
        f"::ffff:{address}",
        str(ipaddress.IPv6Address(number | 0x64FF9B << 96)),
        str(ipaddress.IPv6Address(0x2002 << 112 | number << 80)),
        str(ipaddress.IPv6Address(0x20010000 << 96 | 0x01010101 << 64 | (number ^ 0xFFFFFFFF))),
    ]
    assert [refusal("news.example", one, 80) == "" for one in disguises] == [plain] * 4


@pytest.mark.parametrize(
    ("entry", "host", "address", "port", "opened"),
    [
        ("127.0.0.1:8099", "127.0.0.1", "127.0.0.1", 8099, True),
        ("127.0.0.1:8099", "127.0.0.1", "127.0.0.1", 80, False),
        ("127.0.0.1:8099", "rebound.example", "127.0.0.1", 8099, False),
        ("127.0.0.1:80", "localhost", "127.0.0.1", 80, False),
        ("localhost:8099", "LOCALHOST.", "127.0.0.1", 8099, True),
        ("[::1]:8099", "::1", "::1", 8099, True),
        ("news.example:8000", "news.example", "93.184.216.34", 8000, True),
        ("news.example:8000", "other.example", "93.184.216.34", 8000, False),
        ("10.0.0.0/8", "intranet.example", "10.1.2.3", 80, True),
        ("10.0.0.0/8", "intranet.example", "10.1.2.3", 9000, False),
        ("10.0.0.0/8", "intranet.example", "11.1.2.3", 80, True),
        ("10.0.0.0/8", "intranet.example", "192.168.0.1", 80, False),
        ("10.0.0.0/8:9000", "intranet.example", "10.1.2.3", 9000, True),
        ("10.0.0.0/8:9000", "intranet.example", "10.1.2.3", 80, False),
        ("10.0.0.0/8:9000", "news.example", "93.184.216.34", 9000, False),
        ("10.1.2.3", "intranet.example", "10.1.2.3", 443, True),
        ("10.1.2.3", "intranet.example", "10.1.2.4", 443, False),
        ("fd00::/8", "intranet.example", "fd00::1", 80, True),
        ("[fd00::/8]:9000", "intranet.example", "fd00::1", 9000, True),
        ("intranet.example", "intranet.example", "10.0.0.1", 80, True),
        ("intranet.example", "intranet.example", "10.0.0.1", 22, False),
        ("intranet.example", "other.example", "10.0.0.1", 80, False),
    ],
)
def test_what_an_entry_opens(entry: str, host: str, address: str, port: int, opened: bool) -> None:
    assert (refusal(host, address, port, Allow.parse([entry])) == "") == opened


@pytest.mark.parametrize("entry", ["127.0.0.1:0", "127.0.0.1:99999", "host:http", "10.0.0.0/99", "", ":80", "a/b:80"])
def test_unreadable_entries_are_named(entry: str) -> None:
    with pytest.raises(ValueError) as raised:
        Allow.parse(["127.0.0.1:80", entry])
    assert repr(entry) in str(raised.value)


def test_nothing_is_allowed_by_default() -> None:
    assert Allow.parse([]) == NOTHING == Allow()


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://news.example/feed", True),
        ("HTTPS://News.Example:8443/feed?x=1#y", True),
        ("http://93.184.216.34/", True),
        ("http://news.example:22/", False),
        ("http://127.0.0.1/", False),
        ("http://[::1]/", False),
        ("http://[fe80::1%25lo]/", False),
        ("file:///etc/passwd", False),
        ("ftp://news.example/", False),
        ("data:text/html,x", False),
        ("javascript:alert(1)", False),
        ("//news.example/", False),
        ("http:///feed", False),
        ("http:news.example/", False),
        ("http://user:word@news.example/", False),
        ("http://127.0.0.1:80\\@news.example/", False),
        ("http://news.example/a b", False),
        ("http://news.example/\r\nX: y", False),
        ("http://news.example:port/", False),
        ("http://[::1", False),
        ("", False),
    ],
)
def test_urls(url: str, allowed: bool) -> None:
    assert (url_refusal(url) == "") == allowed


def test_an_open_door_in_a_url() -> None:
    allow = Allow.parse(["127.0.0.1:8099"])
    assert url_refusal("http://127.0.0.1:8099/", allow) == ""
    assert url_refusal("http://127.0.0.1/", allow) != ""
    assert url_refusal("http://localhost:8099/", allow) != ""


def test_nothing_opens_the_canary() -> None:
    allow = Allow.parse(["0.0.0.0/0", "localhost:7000", "127.0.0.0/8:7000"])
    assert refusal("localhost", "127.0.0.1", 7000, allow) == ""
    assert refusal("localhost", "127.0.0.1", 7000, allow, canary=7000) != ""
    assert url_refusal("http://127.0.0.1:7000/", allow, canary=7000) != ""
    # A name gets past the URL check, so that the self-check reaches the resolver.
    assert url_refusal("http://localhost:7000/", NOTHING, canary=7000) == ""


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(), st.text(), st.integers())
def test_whatever_comes_there_is_an_answer(url: str, address: str, port: int) -> None:
    assert isinstance(url_refusal(url), str)
    assert isinstance(refusal(url, address, port), str)
    assert plain_host(plain_host(url)) == plain_host(url)
