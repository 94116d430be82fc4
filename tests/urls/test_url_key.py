"""url_key(): one key for the addresses of one article, and never one key for two articles."""

from __future__ import annotations

from itertools import combinations

import pytest

from monitor.urls import url_key

NEWS = "https://example.org/news/talks-on-the-northern-dam"
ONE_ARTICLE = [
    [
        NEWS,
        "http://example.org/news/talks-on-the-northern-dam",
        "https://www.example.org/news/talks-on-the-northern-dam/",
        "https://m.example.org/news/talks-on-the-northern-dam",
        "https://mobile.example.org/news/talks-on-the-northern-dam",
        "https://amp.example.org/news/talks-on-the-northern-dam",
        "https://EXAMPLE.org:443/news/talks-on-the-northern-dam#comments",
        "https://example.org/news/talks-on-the-northern-dam/amp",
        "https://example.org/news/talks-on-the-northern-dam/amp/",
        "https://example.org/amp/news/talks-on-the-northern-dam",
        "https://example.org/news/amp/talks-on-the-northern-dam",
        "https://example.org/news/talks-on-the-northern-dam.amp",
        "https://example.org/news/talks-on-the-northern-dam?amp",
        "https://example.org/news/talks-on-the-northern-dam?amp=1",
        "https://example.org/news/talks-on-the-northern-dam?outputType=amp",
        "https://example-org.cdn.ampproject.org/c/s/example.org/news/talks-on-the-northern-dam",
        "https://www-example-org.cdn.ampproject.org/v/s/www.example.org/amp/news/talks-on-the-northern-dam?usqp=mq3",
        "https://www.google.com/amp/s/www.example.org/news/talks-on-the-northern-dam",
        "https://www.google.com/url?sa=t&url=https%3A%2F%2Fwww.example.org%2Fnews%2Ftalks-on-the-northern-dam",
        "https://example.org/news//talks-on-the-northern-dam",
        "https://example.org/news/talks-on-the-northern-dam?utm_source=rss&utm_medium=feed",
        "https://example.org/news/talks-on-the-northern-dam?ref=front&source=mail",
        "https://example.org/news/talks-on-the-northern-dam?at_medium=RSS&at_campaign=rss",
        "https://example.org/news/talks-on-the-northern-dam/print",
        "https://example.org/news/./talks-on-the-northern-dam",
        "https://example.org/news/talks%2Don-the-northern-dam",
        "https://reader:x@example.org/news/talks-on-the-northern-dam",
    ],
    [
        "https://example.org",
        "http://www.example.org/",
        "https://example.org/index.html",
        "https://example.org/?utm_source=x",
    ],
    ["https://example.org/world/", "https://example.org/world", "https://example.org/world/index.php"],
    [
        "https://example.org/read?b=2&a=1",
        "https://example.org/read?a=1&b=2",
        "https://example.org/read?a=1&amp;b=2&yclid=9",
    ],
    [
        "https://edition.cnn.com/2031/01/02/dam",
        "https://www.cnn.com/2031/01/02/dam",
        "https://lite.cnn.com/2031/01/02/dam",
    ],
    ["https://www.bbc.com/news/articles/c0ld9", "https://www.bbc.co.uk/news/articles/c0ld9"],
    ["https://t.me/s/channel/4711", "https://t.me/channel/4711", "https://telegram.me/channel/4711"],
    [
        "https://www.rferl.org/a/dam-talks/33001.html",
        "https://www.rferl.org/amp/other-words/33001.html",
        "https://rferl.org/a/33001.html",
    ],
    ["https://en.m.wikipedia.org/wiki/Dam", "https://en.wikipedia.org/wiki/Dam"],
    ["https://example.org/2031/дамба", "https://example.org/2031/%d0%b4%d0%b0%d0%bc%d0%b1%d0%b0"],
    ["https://новини.укр/1", "https://xn--b1amarcd.xn--j1amh/1"],
]
TWO_ARTICLES = [
    ("https://example.org/read?id=1", "https://example.org/read?id=2"),
    ("https://example.org/?p=101", "https://example.org/?p=102"),
    ("https://example.org/index.php?id=7", "https://example.org/index.php?id=8"),
    ("https://example.org/read.php?source=ap&n=1", "https://example.org/read.php?source=dpa&n=1"),
    ("https://example.org/watch?v=abcdef", "https://example.org/watch?v=ABCDEF"),
    ("https://example.org/news/Story", "https://example.org/news/story"),
    ("https://example.org/eng/news/2031/01/02/7", "https://example.org/rus/news/2031/01/02/7"),
    ("https://example.org/a-b-c-d?lang=uk", "https://example.org/a-b-c-d?lang=ru"),
    ("https://example.org/a-b-c-d?page=1", "https://example.org/a-b-c-d?page=2"),
    ("https://en.example.org/1", "https://uk.example.org/1"),
    ("https://example.org/guitar/amp", "https://example.org/guitar"),
    ("https://example.org/amp", "https://example.org/"),
    ("https://example.org/campaign", "https://example.org/cign"),
    ("https://example.org/1.html", "https://example.org/1.htm"),
    ("http://127.0.0.1:8101/dam", "http://127.0.0.1:8102/dam"),
    ("https://m.com/1", "https://com/1"),
    ("https://www.org/1", "https://m.org/1"),
    ("https://example.org/#!/story/1", "https://example.org/#!/story/2"),
    ("https://www.google.com/url?url=https://example.org/1", "https://www.google.com/url?url=https://example.org/2"),
    ("https://example.org/a%2Fb", "https://example.org/a/b"),
    ("https://example.org/a?x=1%262", "https://example.org/a?x=1&2"),
    ("https://x.com/desk/status/1", "https://x.com/desk/status/2"),
    ("https://www.rferl.org/a/dam-talks/33001.html", "https://www.rferl.org/a/dam-talks/33002.html"),
    ("https://example.org/a/dam-talks/33001.html", "https://example.org/a/other/33001.html"),
    ("https://www.bbc.com/news", "https://www.bbc.co.uk/sport"),
]


@pytest.mark.parametrize("addresses", ONE_ARTICLE, ids=lambda addresses: addresses[0])
def test_addresses_of_one_article_share_a_key(addresses: list[str]) -> None:
    assert {url_key(address) for address in addresses} == {url_key(addresses[0])} != {""}


@pytest.mark.parametrize(("one", "other"), TWO_ARTICLES)
def test_two_articles_keep_two_keys(one: str, other: str) -> None:
    assert url_key(one) and url_key(other) and url_key(one) != url_key(other)


def test_no_two_groups_are_merged() -> None:
    keys = [url_key(group[0]) for group in ONE_ARTICLE]
    assert all(one != other for one, other in combinations(keys, 2))


def test_the_key_reads_well() -> None:
    assert url_key("http://www.example.org/news/?utm_source=x") == "https://example.org/news"
