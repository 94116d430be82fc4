"""The alerts as an Atom feed: what stands in it, what never changes, and text that attacks."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import etree
from sqlalchemy import select

from alerts.channels import open_channels
from monitor import pipeline
from monitor.model import Delivery, DeliveryKind, DeliveryState, Destination, Document, Entry, EntryState, MuteKind
from monitor.store import announced, deliveries, entries, mutes
from monitor.store.entries import Listed
from monitor.store.tables import delivery
from monitor.text.xmltext import legal
from monitor.urls import host_of, url_key
from monitor.web import atom as written
from monitor.web.atom import Feed, atom
from monitor.web.feed import MOST_ENTRIES

ATOM = "{http://www.w3.org/2005/Atom}"
TEXT = "A lighthouse keeper of Tarn was found well on Monday, after {n} days on a raft of doors and 7 barrels."
FEED = "\n[[channels]]\nid = 'shelf'\nkind = 'feed'\n"
OWN_TAGS = {"feed", "id", "title", "updated", "link", "author", "name", "generator", "entry", "published"} | {
    "category",
    "summary",
    "content",
}


def parsed(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    # feedparser would otherwise clean what it must find clean.
    found = feedparser.parse(answer.content, sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo, found.bozo_exception
    return found


def titles(answer: Any) -> list[str]:
    return [one.title for one in parsed(answer).entries]


def told(desk: Any, number: int, title: str = "Keeper found", text: str = TEXT, **more: Any) -> Any:
    made = desk.file(f"http://gull.example/{number}", title, text.format(n=number), **more)
    desk.now += timedelta(minutes=2)
    return made


def send_all(desk: Any) -> int:
    """Compose and send all that is owed now; how many were sent."""
    pipeline.flush(desk.store, desk.watch, desk.channels, desk.now)
    count = 0
    while (claimed := pipeline.claim_delivery(desk.store, "desk", desk.now)) is not None:
        receipt = desk.channels[claimed.destination.channel].send(claimed)
        pipeline.record_sent(desk.store, claimed, receipt, desk.now)
        count += 1
    return count


def with_feed(desk: Any, make_watch: Callable[[str], Any], extra: str = "") -> None:
    desk.watch = make_watch(FEED + extra)
    desk.channels = open_channels(desk.watch.config)


@pytest.fixture
def reader(open_screens: Callable[..., Any]) -> Callable[..., Any]:
    """A reader of the desk's screens, at the desk's time."""

    def made(desk: Any, **options: Any) -> Any:
        found = open_screens(desk, **options)
        found.app.state.screens = replace(found.app.state.screens, clock=lambda: desk.now)
        return found

    return made


def rows(desk: Any) -> tuple[Delivery, ...]:
    with desk.store.read() as tx:
        return deliveries.page(tx, limit=1000)[0]


def test_an_entry_says_what_is_new_and_for_which_rules(screens: Any) -> None:
    found = parsed(screens.get("/feed.atom"))
    assert found.feed.title == "Lighthouses: alerts" and found.feed.link == "https://watch.example.org/alerts"
    entry = next(one for one in found.entries if one.title == "Lighthouse without a keeper")
    assert [one["term"] for one in entry.tags] == ["keeper-gone"]
    links = {one["rel"]: one["href"] for one in entry.links}
    assert links == {"alternate": "http://gull.example/1", "related": "https://watch.example.org/articles/a1"}
    assert "14 near misses" in entry.summary and "New figures: " in entry.summary
    assert "Carried by 1 source" in entry.content[0].value and "keeper-gone<br>" in entry.content[0].value
    assert entry.id.startswith("tag:storywatch.invalid,2026:") and entry.id.endswith("/d1")
    assert entry.published <= entry.updated


def test_the_same_on_postgresql(filled_postgres: Any, reader: Any) -> None:
    assert "Lighthouse without a keeper" in titles(reader(filled_postgres).get("/feed.atom"))


def test_what_was_given_up_elsewhere_stands_in_the_feed(screens: Any, filled: Any) -> None:
    assert DeliveryState.DEAD in {one.state for one in rows(filled)}
    assert "Lighthouse keeper found" in titles(screens.get("/feed.atom"))


def test_corpus_and_what_matched_nothing_do_not(screens: Any) -> None:
    found = titles(screens.get("/feed.atom"))
    assert "An old tower" not in found and "Cup final" not in found and "Маяк згас" not in found


def test_an_id_never_changes(desk: Any, reader: Any) -> None:
    screens = reader(desk)
    told(desk, 3)
    before = parsed(screens.get("/feed.atom")).entries[0]
    desk.file("http://reef.example/3", "Keeper found, says another", TEXT.format(n=3), "reef")
    desk.now += timedelta(days=2)
    after = parsed(screens.get("/feed.atom")).entries[0]
    assert (before.id, before.updated, before.published) == (after.id, after.updated, after.published)
    assert "Carried by 2 sources" in after.content[0].value


def test_an_alert_that_waits_for_its_group_waits_here_too(desk: Any, reader: Any) -> None:
    desk.file("http://gull.example/9", "Keeper found", TEXT.format(n=9))
    screens = reader(desk)
    assert titles(screens.get("/feed.atom")) == []
    desk.now += timedelta(seconds=31)
    assert titles(screens.get("/feed.atom")) == ["Keeper found"]


def test_what_is_muted_is_not_told(desk: Any, reader: Any) -> None:
    with desk.store.write() as tx:
        mutes.add(tx, MuteKind.RULE, "keeper-gone", desk.now + timedelta(days=1), "ann", desk.now)
    told(desk, 4)
    send_all(desk)
    assert [one.state for one in rows(desk)] == [DeliveryState.SUPPRESSED]
    assert titles(reader(desk).get("/feed.atom")) == []


def test_one_rule(desk: Any, make_watch: Callable[[str], Any], reader: Any) -> None:
    with_feed(desk, make_watch, "[[rules]]\nid = 'rafts'\nquery = 'raft'\n")
    told(desk, 5)
    told(desk, 6, "A raft at the lighthouse", "A raft of 9 doors came to the lighthouse of Brask on Friday.")
    screens = reader(desk)
    assert len(titles(screens.get("/feed.atom"))) == 2
    assert titles(screens.get("/feed.atom?rule=keeper-gone")) == ["Keeper found"]
    own = parsed(screens.get("/feed.atom?rule=rafts")).feed
    assert own.id.endswith("/rule/rafts") and own.title.endswith("of rafts")


@pytest.mark.parametrize(
    ("query", "word"),
    [("?rules=a", "it takes rule"), ("?rule=nothing", "there is keeper-gone"), ("?rule=a&rule=b", "given twice")],
)
def test_mistakes_are_told_in_words(query: str, word: str, screens: Any) -> None:
    answer = screens.get("/feed.atom" + query)
    assert answer.status_code == 400 and word in answer.text and "<html" not in answer.text


def test_who_has_it_is_told_so(desk: Any, reader: Any) -> None:
    screens = reader(desk)
    empty = screens.get("/feed.atom")
    assert parsed(empty).entries == [] and empty.headers["cache-control"] == "private, no-cache"
    told(desk, 7)
    first = screens.get("/feed.atom")
    mark = first.headers["etag"]
    assert mark != empty.headers["etag"]
    for given in (mark, f"W/{mark}", f'"other", {mark}', "*"):
        again = screens.get("/feed.atom", headers={"If-None-Match": given})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", mark)
    assert screens.get("/feed.atom", headers={"If-None-Match": '"other"'}).content == first.content
    told(desk, 8, "Another keeper found", "Another keeper at the lighthouse of Skell was found by 12 divers on Sunday.")
    assert screens.get("/feed.atom", headers={"If-None-Match": mark}).status_code == 200
    assert screens.request("HEAD", "/feed.atom").status_code == 200


def test_the_login_of_the_screens_holds(desk: Any, make_watch: Callable[[str], Any], reader: Any) -> None:
    desk.watch = make_watch("[web]\npassword = 'env:PASS'\n")
    screens = reader(desk)
    assert screens.get("/feed.atom").status_code == 401
    basic = base64.b64encode("reader:sëcret:two".encode()).decode()
    assert screens.get("/feed.atom", headers={"Authorization": f"Basic {basic}"}).status_code == 200
    assert reader(desk, client="192.0.2.7").get("/feed.atom").status_code == 401


def test_the_newest_come_first_and_the_oldest_fall_off(desk: Any) -> None:
    for number, word in enumerate(("divers", "pilots", "surgeons", "tailors")):
        told(desk, number, f"Keeper met {word}", f"The lighthouse keeper met {number + 3} {word} from {word} hall.")
    with desk.store.read() as tx:
        found = announced.developments(tx, desk.now, 3)
    assert [one.alert.title for one in found] == ["Keeper met tailors", "Keeper met surgeons", "Keeper met pilots"]
    assert MOST_ENTRIES == 100


def test_a_feed_channel_records_what_stands_in_the_feed(
    desk: Any, make_watch: Callable[[str], Any], reader: Any
) -> None:
    with_feed(desk, make_watch)
    told(desk, 11)
    assert send_all(desk) == 2
    own = next(one for one in rows(desk) if one.destination.channel == "shelf")
    assert own.state is DeliveryState.SENT
    assert titles(reader(desk).get("/feed.atom")) == ["Keeper found"]


def test_edits_come_to_a_feed_channel_as_entries(desk: Any, make_watch: Callable[[str], Any], reader: Any) -> None:
    with_feed(desk, make_watch)
    told(desk, 12)
    send_all(desk)
    desk.file("http://gull.example/12", "Keeper found", TEXT.format(n=15))
    desk.now += timedelta(minutes=2)
    assert send_all(desk) == 2
    edit, first = parsed(reader(desk).get("/feed.atom")).entries
    assert edit.title == "Edited after its alert: Keeper found" and "now: " in edit.content[0].value
    assert edit.link == "https://watch.example.org/articles/a1/diff" and edit.id != first.id


def test_a_first_import_and_words_to_the_owner_come_to_a_feed_channel(
    desk: Any, make_watch: Callable[[str], Any], reader: Any
) -> None:
    with_feed(desk, make_watch)
    notice = {"topic": "source-dead", "about": "reef", "title": "The source reef is dead", "lines": ["No answer."]}
    with desk.store.write() as tx:
        shelf = Destination("shelf")
        deliveries.owe_message(tx, shelf, "reef", {"kind": DeliveryKind.NOTICE.value, "notice": notice}, desk.now)
        deliveries.owe_summary(tx, shelf, [1, 2], desk.now)
    assert titles(reader(desk).get("/feed.atom")) == []
    assert send_all(desk) == 2
    found = parsed(reader(desk).get("/feed.atom")).entries
    told = ["First import: 0 developments already out, matched by rules", "The source reef is dead"]
    assert sorted(one.title for one in found) == told
    assert len({one.id for one in found}) == 2 and "No answer." in "".join(one.content[0].value for one in found)
    assert titles(reader(desk).get("/feed.atom?rule=keeper-gone")) == []


def test_nothing_is_held_back_from_a_feed_and_nothing_counts_as_an_interruption(
    desk: Any, make_watch: Callable[[str], Any]
) -> None:
    with_feed(desk, make_watch, "[alerts]\nbudget = '1/d'\n")
    for number in (13, 14, 15):
        words = {13: "divers", 14: "pilots", 15: "surgeons"}[number]
        told(desk, number, f"Keeper met {words}", f"The lighthouse keeper met {number} {words} from {words} hall.")
        send_all(desk)
    states = {(one.destination.channel, one.state) for one in rows(desk)}
    assert ("shelf", DeliveryState.HELD) not in states and ("terminal", DeliveryState.HELD) in states
    with desk.store.read() as tx:
        sent = tx.execute(select(delivery.c.channel).where(delivery.c.state == "sent")).scalars().all()
    assert sorted(sent) == ["shelf", "shelf", "shelf", "terminal"]


@pytest.mark.parametrize("together", [True, False])
def test_what_a_feed_takes_counts_for_nobody_elses_budget(
    together: bool, desk: Any, make_watch: Callable[[str], Any]
) -> None:
    own = "[[rules]]\nid = 'rafts'\nquery = 'raft'\nchannels = ['shelf']\n[alerts]\nbudget = '1/d'\n"
    with_feed(desk, make_watch, own)
    told(desk, 5, "A raft at the lighthouse", "A raft of 9 doors came to the lighthouse of Brask on Friday.")
    if not together:
        send_all(desk)
    told(desk, 6, "Keeper met pilots", "The lighthouse keeper met 14 pilots from the hall of pilots.")
    send_all(desk)
    found = {(one.destination.channel, one.state) for one in rows(desk)}
    assert found == {("shelf", DeliveryState.SENT), ("terminal", DeliveryState.SENT)}


def test_a_first_import_is_told_in_its_summary_only(desk: Any, reader: Any) -> None:
    url, text = "http://gull.example/old", TEXT.format(n=21)
    entry = Entry(url=url, guid=url, title="Listed")
    with desk.store.write() as tx:
        entries.add(
            tx, "gull", [Listed(entry, url_key(url), host_of(url), EntryState.WAITING, True, desk.now)], desk.now
        )
        (waiting,) = entries.claim_waiting(tx, "desk", timedelta(minutes=5), 1, set(), desk.now)
    reading = pipeline.read_document(Document(url=url, title="Keeper found", text=text, language="en", method="test"))
    pipeline.ingest(desk.store, desk.watch, waiting, reading, "desk", desk.now)
    desk.now += timedelta(minutes=2)
    assert [one.state for one in rows(desk)] == [DeliveryState.HELD]
    assert titles(reader(desk).get("/feed.atom")) == []


OWN = (
    "</title><script>alert(1)</script>",
    "]]><entry><id>evil</id></entry>",
    '"><img src=x onerror=alert(1)>',
    "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y; &amp;lt;b&gt;",
    "nul \x00 esc \x1b[31m bell \x07 vt \x0b ff \x0c",
    "\ud800 half \udfff \ufffe \uffff \U0001fffe \ufdd0",
    "cr \r lf \n nel \x85 ls \u2028 ps \u2029",
    "<?xml version='1.0'?><!-- --><![CDATA[x]]>",
    "javascript:alert(1)//http://x",
)


class Markup(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.odd: list[Any] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("p", "br") or attrs:
            self.odd.append((tag, attrs))

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    def handle_decl(self, decl: str) -> None:
        self.odd.append(decl)

    def handle_pi(self, data: str) -> None:
        self.odd.append(data)

    def unknown_decl(self, data: str) -> None:
        self.odd.append(data)


def attacks(shared: Path) -> list[str]:
    hostile = shared / "data" / "hostile"
    found = [str(one) for one in json.loads((hostile / "blns" / "blns.json").read_text(encoding="utf-8"))]
    found += [str(one) for one in json.loads((hostile / "generated" / "headlines.json").read_text(encoding="utf-8"))]
    found += [json.dumps(one) for one in json.loads((hostile / "dompurify" / "payloads.json").read_text())]
    for file in sorted((hostile / "payloadsallthethings" / "XSS Injection" / "Intruders").iterdir()):
        found += file.read_text(encoding="utf-8", errors="replace").splitlines()
    return [one for one in found if one.strip()]


def check_feed(content: bytes, entries: int) -> None:
    """Both parsers read it, and nothing stands in it that we did not write."""
    root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True))
    tags = {one.tag.removeprefix(ATOM) if isinstance(one.tag, str) else "odd" for one in root.iter()}
    assert tags <= OWN_TAGS
    found = feedparser.parse(content, sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo and len(found.entries) == entries == len(root.findall(f"{ATOM}entry"))
    for one in found.entries:
        assert Markup(one.content[0].value).odd == [], one.content[0].value
        assert all(link["href"].startswith(("http://", "https://")) for link in one.get("links", ()))


def test_text_that_attacks_stays_text(desk: Any, reader: Any, make_watch: Callable[[str], Any]) -> None:
    with_feed(desk, make_watch)
    for number, text in enumerate(OWN):
        safe = text.encode("utf-8", "ignore").decode().replace("\x00", "")
        body = f"Keeper of lighthouse {number}: {safe}\n\nThe {number + 40} lamps of tower {number} {safe} went out."
        desk.file(f"http://gull.example/h{number}", f"{safe} {number}", body)
    desk.now += timedelta(minutes=2)
    send_all(desk)
    answer = reader(desk).get("/feed.atom")
    check_feed(answer.content, len(titles(answer)))
    assert len(titles(answer)) >= 5


def test_hostile_corpora_parse_in_both_readers(shared: Path) -> None:
    now = datetime(2025, 3, 18, tzinfo=UTC)
    found = [*OWN, *attacks(shared)]
    made = [
        written.Entry(f"tag:x,2026:{n}", one, now, now, "https://a.example/", "", (one,), one, f"{one}\n\n{one}\nend")
        for n, one in enumerate(found)
    ]
    for start in range(0, len(made), 100):
        some = made[start : start + 100]
        content = atom(Feed("tag:x,2026:f", found[start], "https://a.example/feed.atom", ""), some)
        check_feed(content, len(some))
        root = etree.fromstring(content)
        read = [one.text or "" for one in root.iterfind(f"{ATOM}entry/{ATOM}title")]
        # A parser turns nothing else round than what XML turns round itself.
        assert read == [legal(one.title).strip() or "Untitled" for one in some]
    assert len(found) > 3000
