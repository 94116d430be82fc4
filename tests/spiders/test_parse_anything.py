"""Whatever is written: dates, charsets, prose, guesses about bytes and file reading end in a value or a ParseError."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import ParseError
from spiders.bylines import read_byline
from spiders.charset import decode
from spiders.dates import parse_date
from spiders.files import document_from_file
from spiders.prose import unfurnished
from spiders.sniff import looks_like

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
DATELIKE = st.text("0123456789 -+:.,/TZapmMar20Mon,GMTESThof", max_size=40)
sober = settings(max_examples=200, derandomize=True, deadline=None)


@sober
@given(st.one_of(st.text(max_size=60), DATELIKE, st.datetimes().map(str)))
def test_a_date_is_past_and_aware_or_none(written: str) -> None:
    for offset in (None, timedelta(hours=3)):
        moment = parse_date(written, NOW, offset=offset)
        assert moment is None or datetime(1990, 1, 1, tzinfo=UTC) <= moment <= NOW
    assert read_byline(written, NOW) is None or any(letter.isdigit() for letter in written)


@sober
@given(st.datetimes(datetime(1990, 1, 2), datetime(2026, 3, 9)), st.integers(-12, 14))  # noqa: DTZ001 - wall clocks
def test_iso_dates_round_trip(wall: datetime, hours: int) -> None:
    wall = wall.replace(microsecond=0)
    assert parse_date(wall.isoformat(), NOW, offset=timedelta(hours=hours)) == wall.replace(tzinfo=UTC) - timedelta(
        hours=hours
    )


@sober
@given(
    st.binary(max_size=400), st.sampled_from(["", "text/html; charset=utf-16", "text/html; charset=hex", "x;charset="])
)
def test_any_bytes_are_named_decoded_and_read_or_refused(body: bytes, content_type: str) -> None:
    assert looks_like(body)
    assert "\x00" not in decode(body, content_type)
    for name in ("a.txt", "a.md", "a.html"):
        try:
            assert document_from_file(name, body, NOW).text
        except ParseError as error:
            assert str(error)


@sober
@given(
    st.lists(
        st.sampled_from(["Share", "Leave a Reply", "", "A sentence of the article.", "Facebook X", "Another one."])
    )
)
def test_taking_furniture_out_keeps_the_rest_in_order_and_is_done_once(blocks: list[str]) -> None:
    kept = unfurnished(blocks)
    assert unfurnished(kept) == kept
    sentences = [block for block in blocks if block.endswith(".")]
    assert sentences[: len(kept)] == kept
