"""The newsroom over real HTTP: backlog, pace, validators, the two outlets that fail, the demo's config."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit

import httpx
import pytest

from monitor.config import load
from monitor.newsroom.newsroom import Newsroom
from monitor.newsroom.outlets import OUTLETS
from monitor.newsroom.script import visible
from monitor.query import analyse, compile_query, match
from monitor.watch import compile_watch

WEB = httpx.Client(trust_env=False)  # one for all: each new one reads the certificates of the machine


@pytest.fixture(autouse=True, scope="module")
def _web_closed() -> Iterator[None]:
    yield
    WEB.close()


@pytest.fixture
def opened() -> Iterator[Callable[..., Newsroom]]:
    rooms: list[Newsroom] = []

    def start(pace: float) -> Newsroom:
        rooms.append(Newsroom(pace))
        rooms[-1].start()
        return rooms[-1]

    yield start
    for room in rooms:
        room.stop()


def until(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end, "waited in vain"
        sleep(0.02)


def test_the_backlog_stands_until_it_was_read(opened: Callable[..., Newsroom]) -> None:
    room = opened(600.0)
    for outlet in OUTLETS:
        listed = WEB.get(room.feed_url(outlet)).text
        own = [one for one in room.script.publications if one.outlet == outlet.id]
        base = room.url(outlet.id).rstrip("/")
        shown = {one.id for one in own if room.article_url(one).removeprefix(base) in listed}
        assert shown == {one.id for one in own if one.backlog}
    *most, last = (one for one in room.script.backlog if one.outlet != "lantern")
    for one in most:
        assert WEB.get(room.article_url(one)).status_code == 200
    assert not room.begun
    WEB.get(room.article_url(last))
    assert room.begun
    assert not room.finished


def test_everything_comes_out_in_the_time_given(opened: Callable[..., Newsroom]) -> None:
    room = opened(0.5)
    first = room.script.scheduled[0]
    assert WEB.get(room.article_url(first)).status_code == 404
    begun = monotonic()
    room.begin()
    until(lambda: room.finished)
    assert monotonic() - begun >= 0.5
    pages = [WEB.get(room.article_url(one)).status_code for one in visible(room.script.publications, first.at)]
    assert set(pages) == {200}
    assert WEB.get(room.article_url(first)).status_code == 200


def test_ports_open_fast_and_close(opened: Callable[..., Newsroom]) -> None:
    room = opened(10.0)
    urls = [room.url(one.id) for one in OUTLETS] + [room.guide_url]
    assert len({urlsplit(url).port for url in urls}) == len(OUTLETS) + 1
    assert {WEB.get(url).status_code for url in urls} == {200}
    room.stop()
    for url in urls:
        with pytest.raises(httpx.ConnectError):
            WEB.get(url)


@pytest.mark.parametrize("what", ["feed", "page"])
def test_what_did_not_change_is_not_sent_again(opened: Callable[..., Newsroom], what: str) -> None:
    room = opened(600.0)
    outlet = OUTLETS[0]
    backlog = next(one for one in room.script.backlog if one.outlet == outlet.id)
    url = room.feed_url(outlet) if what == "feed" else room.article_url(backlog)
    first = WEB.get(url)
    tag, date = first.headers["ETag"], first.headers["Last-Modified"]
    assert date.startswith("Mon, 17 Mar 2025")
    for headers, status in [
        ({"If-None-Match": tag}, 304),
        ({"If-None-Match": f'"other", W/{tag}'}, 304),
        ({"If-Modified-Since": date}, 304),
        ({"If-None-Match": '"other"', "If-Modified-Since": date}, 200),
        ({"If-Modified-Since": "Sat, 01 Mar 2025 00:00:00 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
    ]:
        again = WEB.get(url, headers=headers)
        assert (again.status_code, bool(again.content)) == (status, status == 200), headers
        assert again.headers["ETag"] == tag


def test_the_feed_changes_its_validators_with_the_news(opened: Callable[..., Newsroom]) -> None:
    room = opened(0.2)
    url = room.feed_url(OUTLETS[0])
    first = WEB.get(url)
    room.begin()
    until(lambda: room.finished)
    again = WEB.get(
        url, headers={"If-None-Match": first.headers["ETag"], "If-Modified-Since": first.headers["Last-Modified"]}
    )
    assert again.status_code == 200
    assert again.headers["Last-Modified"] > ""
    assert len(again.content) > len(first.content)


def test_one_outlet_dies_and_one_breaks(opened: Callable[..., Newsroom]) -> None:
    room = opened(2.0)
    dying, breaking = (next(one for one in OUTLETS if one.id == name) for name in ("ember", "quill"))
    seen: dict[str, list[str]] = {"ember": [], "quill": []}
    room.begin()
    ended = False
    while not ended:
        ended = room.finished  # one more look after the end
        for outlet in (dying, breaking):
            note = _note(room.feed_url(outlet))
            seen[outlet.id] += [note] if note not in seen[outlet.id] else []
        sleep(0.02)
    assert seen == {"ember": ["feed", "500", "hung up"], "quill": ["feed", "broken xml", "html"]}
    assert WEB.get(room.url("ember")).status_code == 200


def _note(url: str) -> str:
    try:
        answer = WEB.get(url)
    except httpx.RemoteProtocolError:
        return "hung up"
    if answer.status_code != 200:
        return str(answer.status_code)
    if answer.text.lstrip().startswith("<!doctype html"):
        return "html"
    return "feed" if answer.text.rstrip().endswith("</rss>") else "broken xml"


def test_robots_allow_the_news_and_unknown_pages_are_missing(opened: Callable[..., Newsroom]) -> None:
    room = opened(600.0)
    for outlet in OUTLETS:
        assert "Disallow: /search" in WEB.get(room.url(outlet.id) + "robots.txt").text
        assert WEB.get(room.url(outlet.id) + "no/such/page").status_code == 404
    assert WEB.get(room.guide_url + "other").status_code == 404


def test_the_guide_shows_what_is_out_and_the_links_given_to_it(opened: Callable[..., Newsroom]) -> None:
    room = opened(0.2)
    room.link("Review screens", "http://127.0.0.1:8787/")
    before = WEB.get(room.guide_url).text
    room.begin()
    until(lambda: room.finished)
    after = WEB.get(room.guide_url).text
    assert "standing still" in before
    assert 'http-equiv="refresh"' in before
    assert 'href="http://127.0.0.1:8787/"' in before
    assert f"{len(room.script.scheduled)} of {len(room.script.scheduled)} publications" in after
    assert 'http-equiv="refresh"' not in after
    assert "hangs up" in after
    for one in room.script.scheduled:
        assert room.article_url(one) in after


def test_the_demos_config_is_a_config(opened: Callable[..., Newsroom], tmp_path: Path) -> None:
    room = opened(600.0)
    file = tmp_path / "demo.toml"
    text = room.config_toml(tmp_path, mail_port=2525, slack_url="http://127.0.0.1:2526/api/", listen="127.0.0.1:2527")
    file.write_text(text, encoding="utf-8")
    config = load(file, {"STORYWATCH_DEMO_SLACK_TOKEN": "xoxb-demo"}, tmp_path)
    watch = compile_watch(config)
    assert [source.id for source in config.sources] == [one.id for one in OUTLETS]
    assert len(config.fetch.allow_private) == len(OUTLETS)
    assert config.archive.url.endswith("/storywatch.db")
    assert str(tmp_path) in config.archive.url
    assert {"energy-truce", "black-sea", "prisoner-swap", "talks-venue", "znpp", "full-truce-refused"} <= set(
        watch.rules
    )
    assert config.web.port == 2527


def test_the_demos_topic_and_rules_know_the_script(opened: Callable[..., Newsroom], tmp_path: Path) -> None:
    room = opened(600.0)
    raw = tomllib.loads(room.config_toml(tmp_path, mail_port=1, slack_url="http://127.0.0.1:1/api/"))
    about = compile_query(raw["watch"]["about"], raw["lists"])
    rules = {rule["id"]: compile_query(rule["query"], raw["lists"]) for rule in raw["rules"]}
    hits: dict[str, set[str]] = {}
    for one in room.script.publications:
        text = analyse(one.title, one.text, language=one.language)
        assert (match(about, text) is not None) == one.on_topic, one.id
        hits[one.id] = {rule for rule, query in rules.items() if match(query, text) is not None}
    assert all(not hits[one.id] for one in room.script.publications if not one.on_topic)
    for wanted in [
        ("call-meridian", "energy-truce"), ("call-promin", "energy-truce"), ("call-liniya", "energy-truce"),
        ("sea-potomac", "black-sea"), ("sea-promin", "black-sea"), ("conditions-liniya", "black-sea"),
        ("swap-promin", "prisoner-swap"), ("swap-meridian", "prisoner-swap"), ("swap-tetrad", "prisoner-swap"),
        ("venue-fjord", "talks-venue"), ("venue-liniya", "talks-venue"), ("day2-tetrad", "talks-venue"),
        ("plants-potomac", "znpp"), ("plants-obriy", "znpp"), ("znpp-liniya", "znpp"),
        ("refused-tetrad", "full-truce-refused"), ("list-tetrad", "energy-truce"), ("drones-0321", "night-drones"),
    ]:  # fmt: skip
        assert wanted[1] in hits[wanted[0]], wanted
