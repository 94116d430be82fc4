"""A fingerprint in the config: what it tells alerts nobody, what is new beside it does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from monitor.config import load
from monitor.errors import ConfigError
from monitor.inquiry.why import why
from monitor.model import DeliveryState, Document, Level
from monitor.novelty import write_fingerprint
from monitor.store import Store, deliveries
from monitor.watch import Watch, compile_watch

EXTRA = (
    "Port captain Ivo Kestrel said 18 tugs and 3 icebreakers would work through the night from 4 April.",
    "In Dunmarrow the opposition called for a vote, and 75 deputies signed the motion within the hour.",
)
IN_OTHER_WORDS = (
    "The harbour of Varn is to admit grain ships for 40 days, negotiators of both coastal states agreed on Tuesday.",
    "Envoy Marta Lindqvist read the accord out in the town hall of Osterby, after nine hours of talks.",
    "Once the first 12 vessels had left the quay unharmed, premiums would fall by a third, shipping insurers said.",
    "The fate of 260 detained sailors is to be settled in the spring at a second meeting.",
)


def owed(store: Store) -> list[DeliveryState]:
    with store.read() as tx:
        rows, _next = deliveries.page(tx, state=None, limit=1000)
    return [one.state for one in rows]


@pytest.fixture
def informed(make_desk: Callable[..., Any], make_watch: Callable[[str], Watch], article: str, tmp_path: Path) -> Any:
    """A desk with the built-in fingerprint, and one of the article."""
    document = Document("", "Harbour opens", article, language="en")
    (tmp_path / "harbour.fp").write_bytes(write_fingerprint([document]))
    return make_desk('\n[corpus]\nfingerprints = ["builtin:ceasefire-talks", "harbour.fp"]\n')


def test_a_copy_of_what_a_fingerprint_tells_alerts_nobody(informed: Any, article: str) -> None:
    filed = informed.file("http://wire.example/a", "Varn harbour", "From our desk at the coast\n\n" + article)
    assert filed.level is Level.COPY
    assert owed(informed.store) == [DeliveryState.SUPPRESSED]
    told = why(informed.store, f"a{filed.article_id}", informed.watch.config, informed.now)
    assert told["nearest"]["id"] is None
    assert told["nearest"]["title"] == "known before (fingerprint harbour, document 1)"
    assert all(not sentence["against"] for sentence in told["sentences"])


def test_other_words_for_what_a_fingerprint_tells_alert_nobody(informed: Any) -> None:
    filed = informed.file("http://wire.example/a", "Ships may use harbour", "\n\n".join(IN_OTHER_WORDS))
    assert filed.level is Level.REWRITE
    assert owed(informed.store) == [DeliveryState.SUPPRESSED]


def test_two_reports_of_what_a_fingerprint_tells_are_one_development(informed: Any, article: str) -> None:
    first = informed.file("http://wire.example/a", "Harbour opens", article)
    second = informed.file("http://daily.example/b", "Ships may use harbour", "\n\n".join(IN_OTHER_WORDS), "daily")
    assert first.level is Level.SAME
    assert second.development_id == first.development_id
    assert owed(informed.store) == [DeliveryState.SUPPRESSED]


def test_new_figures_beside_a_fingerprint_alert(informed: Any, article: str) -> None:
    filed = informed.file("http://wire.example/a", "Harbour: tugs called", "\n\n".join((article, *EXTRA)))
    assert filed.level is Level.EXTENDED
    assert filed.announced
    assert owed(informed.store) == [DeliveryState.PENDING]


def test_a_changed_figure_alerts(informed: Any, article: str) -> None:
    filed = informed.file("http://wire.example/a", "Harbour opens", article.replace("260", "310").replace("40", "60"))
    assert filed.announced


def test_other_news_alerts(informed: Any) -> None:
    text = (
        "A truce in the pipeline dispute was signed in Kessel by 7 firms on 2 May.\n\nPumps had stood still since June."
    )
    assert informed.file("http://wire.example/a", "Pipeline truce", text).announced


def test_what_cannot_be_read_is_told_all_at_once(tmp_path: Path, make_watch: Callable[[str], Watch]) -> None:
    good = write_fingerprint([Document("", "Harbour opens", "Ships sail.")])
    (tmp_path / "noise.fp").write_bytes(b"noise")
    (tmp_path / "cut.fp").write_bytes(good[:-2])
    with pytest.raises(ConfigError) as caught:
        make_watch('\n[corpus]\nfingerprints = ["noise.fp", "cut.fp"]\n')
    first, second = caught.value.problems
    assert "noise.fp: this is no fingerprint" in first.message
    assert "cut.fp: the fingerprint is damaged" in second.message
    assert first.line == second.line > 0


def test_the_default_watch_remembers_the_built_in_fingerprint(tmp_path: Path) -> None:
    watch = compile_watch(load(None, {"HOME": str(tmp_path)}, tmp_path))
    assert [one.title for one in watch.memory.documents] == [
        f"known before (fingerprint ceasefire-talks, document {number})" for number in range(1, 6)
    ]
    assert all(not one.text for one in watch.memory.documents)
    assert all(one.published is not None for one in watch.memory.documents)
