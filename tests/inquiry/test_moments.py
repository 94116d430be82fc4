"""Moments as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.errors import UsageError
from monitor.inquiry.moments import moment

NOW = datetime(2025, 3, 30, 22, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("written", "end", "wanted"),
    [
        ("2025-03-18", False, "2025-03-17T22:00"),
        ("2025-03-18", True, "2025-03-18T22:00"),
        # The night of the clock change: that day has 23 hours.
        ("2025-03-30", False, "2025-03-29T22:00"),
        ("2025-03-30", True, "2025-03-30T21:00"),
        ("today", False, "2025-03-30T21:00"),
        ("Yesterday", False, "2025-03-29T22:00"),
        ("yesterday", True, "2025-03-30T21:00"),
        ("2025-03-18T16:00", False, "2025-03-18T14:00"),
        ("2025-03-18 16:00", True, "2025-03-18T14:00"),
        ("2025-03-18T16:00Z", False, "2025-03-18T16:00"),
        ("2025-03-18T16:00+05:30", False, "2025-03-18T10:30"),
        ("90m", False, "2025-03-30T21:00"),
        (" 24h ", True, "2025-03-29T22:30"),
        ("7d", False, "2025-03-23T22:30"),
        ("2w", False, "2025-03-16T22:30"),
    ],
)
def test_times_in_the_zone_of_the_watch(written: str, end: bool, wanted: str) -> None:
    assert moment(written, "Europe/Kyiv", NOW, end=end) == datetime.fromisoformat(wanted).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["", "soon", "2025-13-40", "9999-12-31", "0001-01-01", "99999w", "-3d", "3y", "1٣h", "2025-03-18T99"]
)
def test_what_is_no_time_is_refused_in_words(written: str) -> None:
    with pytest.raises(UsageError, match="is no time"):
        moment(written, "Europe/Kyiv", NOW)
