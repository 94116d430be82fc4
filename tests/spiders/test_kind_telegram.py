"""Telegram previews, in the markup that channels show and in some that they do not."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.errors import ParseError
from monitor.model import Listing, Source
from spiders.kinds import Polled, read

NOW = datetime(2026, 3, 20, 9, 0, tzinfo=UTC)
ADDRESS = "https://t.me/s/varn_harbour"
DATE = '<a class="tgme_widget_message_date" href="https://t.me/varn_harbour/{n}"><time datetime="{at}">x</time></a>'


def channel(*posts: str) -> Listing:
    header = '<div class="tgme_channel_info_header_title"><span dir="auto">Harbour of Varn</span></div>'
    body = f"<!doctype html><html><body>{header}<section>{''.join(posts)}</section></body></html>"
    return read(Polled(body.encode(), Source("varn", "telegram", ADDRESS, language=("uk", "en")), ADDRESS, NOW))


def post(number: int, inner: str, at: str = "2026-03-20T10:00:00+02:00", meta: str = "") -> str:
    date = DATE.format(n=number, at=at)
    return (
        f'<div class="tgme_widget_message_wrap"><div class="tgme_widget_message text_not_supported_wrap" '
        f'data-post="varn_harbour/{number}">{inner}'
        f'<span class="tgme_widget_message_meta">{meta}{date}</span></div></div>'
    )


def text(markup: str) -> str:
    return f'<div class="tgme_widget_message_text js-message_text" dir="auto">{markup}</div>'


def test_a_post_is_its_words_its_time_and_its_own_address() -> None:
    found = channel(post(41, text("<b>Truce signed.</b><br/><br/>Ships may <a href='x'>leave</a> &amp; return.")))
    assert (found.title, found.dialect) == ("Harbour of Varn", "telegram")
    (entry,) = found.entries
    assert entry.url == "https://t.me/varn_harbour/41"
    assert entry.guid == "varn_harbour/41"
    assert entry.title == "Truce signed."
    assert entry.text == "Truce signed.\n\nShips may leave & return."
    assert entry.published == datetime(2026, 3, 20, 8, 0, tzinfo=UTC)


def test_a_long_first_line_is_cut_between_words() -> None:
    (entry,) = channel(post(1, text("Harbour " * 60))).entries
    assert entry.title.endswith("Harbour…") and len(entry.title) <= 151


def test_posts_without_words_are_counted_not_invented() -> None:
    found = channel(
        post(1, '<a class="tgme_widget_message_photo_wrap"></a>'), post(2, text("Mines cleared off Skerry"))
    )
    assert [entry.guid for entry in found.entries] == ["varn_harbour/2"]
    assert found.rejected == ("1 posts without words",)


def test_an_answer_does_not_take_the_words_it_answers() -> None:
    reply = f'<a class="tgme_widget_message_reply">{text("An older question")}</a>'
    (entry,) = channel(post(3, reply + text("The new answer"))).entries
    assert entry.text == "The new answer"


def test_a_forward_names_where_it_comes_from() -> None:
    origin = '<div><span class="tgme_widget_message_forwarded_from_name">Coast Guard</span></div>'
    assert channel(post(4, origin + text("Two boats towed in"))).entries[0].author == "Coast Guard"


def test_an_edit_shows_as_a_new_state_of_the_post() -> None:
    states = [
        channel(post(5, text("12 ships"))),
        channel(post(5, text("14 ships"), meta="edited ")),
        channel(post(5, text("15 ships"), meta="edited ")),
    ]
    marks = [state.entries[0].updated_raw for state in states]
    assert marks[0] == "" and len(set(marks)) == 3


@pytest.mark.parametrize(
    "body",
    [b"<!doctype html><html><body><div class='tgme_page'>View in Telegram</div></body></html>", b"<html></html>"],
)
def test_a_page_without_posts_is_a_failure_with_a_word(body: bytes) -> None:
    with pytest.raises(ParseError, match="without posts"):
        read(Polled(body, Source("varn", "telegram", ADDRESS), ADDRESS, NOW))


def test_a_channel_of_pictures_only_lists_nothing_and_says_so() -> None:
    found = channel(post(1, "<i class='photo'></i>"))
    assert found.entries == () and found.rejected == ("1 posts without words",)
