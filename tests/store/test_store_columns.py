"""What the column types do to values, on either database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from monitor.store import Store, articles, rules
from monitor.store.columns import storable


@given(st.text(st.characters(codec=None), max_size=40))
def test_storable_text_is_what_both_databases_take(text: str) -> None:
    kept = storable(text)
    assert "\0" not in kept
    assert kept.encode("utf-8").decode("utf-8") == kept
    assert storable(kept) == kept


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40))
def test_ordinary_text_stays(text: str) -> None:
    assert storable(text) == text


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 3, 29, 3, 30, 0, 123456, tzinfo=timezone(timedelta(hours=3))),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(1903, 5, 1, tzinfo=timezone(timedelta(hours=-11, minutes=-30))),
        datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    ],
)
def test_moments_come_back_as_aware_utc(store: Store, make: Any, moment: datetime) -> None:
    with store.write() as tx:
        article_id, _ = make.article(tx, now=moment)
        found = articles.by_id(tx, article_id)
    assert found is not None
    assert found.first_seen == moment
    assert found.first_seen.tzinfo is UTC


def test_a_moment_without_a_zone_is_a_mistake(store: Store, make: Any) -> None:
    with pytest.raises(StatementError, match="has no time zone"), store.write() as tx:
        make.article(tx, now=datetime(2026, 3, 18, 12, 0))  # noqa: DTZ001  # the mistake itself


def test_evidence_keeps_every_kind_of_value(store: Store, make: Any) -> None:
    lists = {"odd": 'quotes " and \\u0000 and ї', "nul": "a\0b", "half": "\ud83d"}
    with store.write() as tx:
        rules.save_revision(tx, make.rule(), "r", lists, make.now)
        kept = tx.exec_driver_sql("SELECT lists FROM rule_revision").scalar_one()
    assert "ї" in str(kept) or "\\u0457" in str(kept)
    assert "ab" in str(kept)
