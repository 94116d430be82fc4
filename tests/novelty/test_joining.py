"""Joining reports in two languages: by marks, and by an encoder where these leave a doubt."""

from __future__ import annotations

import runpy
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from monitor.model import Level
from monitor.novelty import Thresholds, crosslingual, judge, profile, sketch
from monitor.store import articles
from monitor.store.tables import version

AT = datetime(2031, 5, 12, 9, 0, tzinfo=UTC)
with_encoder = pytest.mark.skipif(not crosslingual.installed(), reason="the extra `crosslingual` is not installed")


class Says:
    """An encoder that gives one answer to every question and keeps the questions."""

    def __init__(self, answer: float) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str]] = []

    def likeness(self, one: str, other: str, /) -> float:
        self.asked.append((one, other))
        return self.answer


@pytest.fixture(scope="module")
def measures() -> Mapping[str, Any]:
    return runpy.run_path(str(Path(__file__).with_name("measures.py")))


@pytest.fixture(scope="module")
def told(measures: Mapping[str, Any]) -> Mapping[str, Any]:
    return {one.id: measures["_told"](one) for one in measures["LABELS"]["briefs"]()}


def test_briefs_are_not_joined_for_the_few_names_of_their_subject(measures: Mapping[str, Any]) -> None:
    across, within = measures["briefs"]()
    assert (across.false, within.false) == ([], [])
    assert across.recall >= 0.20


@with_encoder
def test_the_encoder_joins_twice_as_many_briefs_and_none_wrongly(measures: Mapping[str, Any]) -> None:
    across, within = measures["briefs"](crosslingual.encoder())
    assert (across.false, within.false) == ([], [])
    assert across.recall >= 0.40


@with_encoder
def test_the_encoder_joins_nothing_wrongly_among_longer_reports(measures: Mapping[str, Any]) -> None:
    tuned, unseen = measures["crossings"](encoder=crosslingual.encoder())
    assert tuned.precision == 1.0
    assert unseen.precision >= 0.95
    assert tuned.recall >= 0.98


def test_what_the_encoder_decided_is_said(measures: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    says = Says(0.70)
    found = _judged(measures, told, "reactor-fuel-en", "reactor-fuel-ru", says)
    assert (found.level, len(says.asked)) == (Level.REWRITE, 1)
    assert found.decided == "likeness 0.70 >= 0.66 (one event, by the encoder)"
    assert found.joined_by[0] == "likeness 0.70 by the encoder"
    assert "reactor" in found.joined_by


def test_the_encoder_decides_only_from_its_threshold(measures: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    found = _judged(measures, told, "reactor-fuel-en", "reactor-fuel-ru", Says(0.65))
    assert found.level is Level.NEW
    assert "encoder" not in found.decided + " ".join(found.joined_by)


@pytest.mark.parametrize(
    ("known", "new"),
    [("metro-flood-en", "metro-school-en"), ("grain-ship-held-en", "metro-school-ru"), ("drone-factory-en",) * 2],
)
def test_the_encoder_is_not_asked(measures: Mapping[str, Any], told: Mapping[str, Any], known: str, new: str) -> None:
    """Not within one language, not without common marks, not where wording has decided."""
    says = Says(1.0)
    _judged(measures, told, known, new, says)
    assert says.asked == []


def test_the_encoder_is_asked_about_three_reports_at_most(measures: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    known = [told[name] for name in ("metro-flood-en", "metro-school-en", "metro-flood-uk", "metro-school-uk")]
    says = Says(0.0)
    new = told["metro-flood-ru"]
    olds = [measures["known"](one, number) for number, one in enumerate(known, 1)]
    judge(new, sketch(new), olds, Thresholds(), weights=_weights(measures, told), encoder=says)
    assert len(says.asked) == 3


@with_encoder
def test_the_same_texts_have_the_same_likeness() -> None:
    encoder, again = crosslingual.encoder(), crosslingual.encoder()
    assert encoder is not None and again is not None
    one, other = "Ships leave the port", "Корабли покидают порт"
    assert encoder.likeness(one, other) == again.likeness(one, other)
    assert encoder.likeness(one, other) > 0.6 > encoder.likeness(one, "Цены на хлеб снова растут")


def test_the_archive_joins_by_the_encoder_and_keeps_why(measures: Mapping[str, Any]) -> None:
    stream = measures["STREAM"]
    told = {one.id: one for one in measures["LABELS"]["briefs"]()}
    items = [
        stream["Item"](name, name, name[-2:], AT, told[name].title, told[name].text, "new", "d")
        for name in ("reactor-fuel-ru", "reactor-fuel-en")
    ]
    for answer, stories in ((0.70, 1), (0.10, 2)):
        with stream["archive"]() as (store, watch):
            asking = replace(watch, encoder=Says(answer))
            first, second = (stream["fed"](store, asking, item) for item in items)
            assert len(set(stream["stories"](store).values())) == stories
            assert second.made_development is (stories > 1)
            assert (second.development_id == first.development_id) is (stories == 1)
            with store.read() as tx:
                latest = articles.latest(tx, second.article_id)
                kept = tx.scalar(select(version.c.evidence).where(version.c.id == latest.version_id))
            assert ("likeness 0.70 by the encoder" in kept["joined_by"]) is (stories == 1)


def _weights(measures: Mapping[str, Any], told: Mapping[str, Any]) -> Any:
    return measures["weights_of"](map(profile, told.values()))


def _judged(measures: Mapping[str, Any], told: Mapping[str, Any], known: str, new: str, encoder: Any) -> Any:
    return measures["held"](told[new], [told[known]], _weights(measures, told), encoder)
