"""What is measured on the labelled material: the tests hold floors against it, the bench prints it."""

from __future__ import annotations

import random
import runpy
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from itertools import count
from pathlib import Path
from typing import Any

from monitor.model import Document, Judgement, Known, Level, Origin, Profile
from monitor.novelty import Encoder, Thresholds, judge, profile, sketch, tells_news
from monitor.novelty.chrome import STORIES, blanked, mask, told
from monitor.novelty.commentary import commentary
from monitor.novelty.coverage import coverage
from monitor.novelty.profile import all_of
from monitor.novelty.weights import Weights

FOLDER = Path(__file__).parent
LABELS = runpy.run_path(str(FOLDER / "labels" / "labels.py"))
EDITS = runpy.run_path(str(FOLDER / "labels" / "known_edits.py"))
STREAM = runpy.run_path(str(FOLDER / "stream.py"))
WORDING = frozenset((Level.SAME, Level.COPY, Level.TRUNCATED, Level.EXTENDED, Level.TEMPLATE))
FOUND = WORDING | {
    Level.REWRITE
}  # so many words replaced leave too little wording in common, but it is another telling
SILENT = frozenset((Level.SAME, Level.COPY, Level.TRUNCATED, Level.REWRITE))
TUNED_PAIRS = 120  # of pairs.toml; those after them are of events that nothing was tuned on
SITE = "site.example"


@dataclass
class Rates:
    """True and false decisions of one kind, with the names of what went wrong."""

    right: int = 0
    false: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + len(self.false))

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + len(self.missed))

    def add(self, name: str, wanted: bool, got: bool) -> None:
        self.right += wanted and got
        if wanted is not got:
            (self.missed if wanted else self.false).append(name)


def weights_of(profiles: Iterable[Profile]) -> Weights:
    """The weights of an archive that holds just these."""
    counts: Counter[int] = Counter()
    documents = 0
    for one in profiles:
        documents += 1
        counts.update(all_of(one.stems) | all_of(one.marks))
    return Weights(documents, counts)


def document(text: str, title: str = "", language: str = "", at: datetime | None = None) -> Document:
    return Document("https://example.org/new", title, text, language=language, published=at)


def known(one: Document, number: int = 1) -> Known:
    """A document as the archive would hold it."""
    return Known(
        number, number, one.title, one.text, one.url, "desk", Origin.FETCHED,
        sketch=sketch(one), profile=profile(one), language=one.language, published=one.published,
    )  # fmt: skip


def held(new: Document, olds: Sequence[Document], weights: Weights, encoder: Encoder | None = None) -> Judgement:
    versions = [known(old, number) for number, old in enumerate(olds, 1)]
    return judge(new, sketch(new), versions, Thresholds(), weights=weights, encoder=encoder)


@dataclass
class Edits:
    """Known edits: levels by kind of edit, what was found as a copy, and what was kept from people."""

    copies: Rates = field(default_factory=Rates)
    levels: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    silenced: list[str] = field(default_factory=list)
    loud: list[str] = field(default_factory=list)

    def found(self, kind: str) -> float:
        """The share of an edit that was recognised as a copy or another telling."""
        levels = self.levels[kind]
        return sum(number for level, number in levels.items() if Level(level) in FOUND) / max(1, levels.total())


def known_edits(bases: Sequence[Any], *, headlines: bool = False) -> Edits:
    """Judge every edit and hard negative of these bases; "headline only" counts among the copies only when asked for.

    The frame of a site is blanked as its chrome, as it is from the third story on.
    """
    result = Edits()
    weights = weights_of(profile(document(base.text)) for base in bases)
    pairs = [*EDITS["positives"](bases), *EDITS["negatives"](bases)]
    chrome = _chrome(pair.later for pair in pairs if pair.edit == "same site chrome")
    for pair in pairs:
        framed = pair.edit == "same site chrome"
        old, new = (_unframed(text, chrome) if framed else text for text in (pair.known, pair.later))
        level = held(document(new), [document(old)], weights).level
        result.levels[pair.edit][level] += 1
        name = f"{pair.base}: {pair.edit}"
        if headlines or pair.edit != "headline only":
            result.copies.add(name, pair.copy, level in FOUND)
        if level in SILENT and not pair.hidden:
            result.silenced.append(f"{name}: {level}")
        if level not in SILENT and pair.hidden:
            result.loud.append(f"{name}: {level}")
    return result


def _chrome(texts: Iterable[str]) -> frozenset[int]:
    seen = Counter(mark for text in texts for mark in {one.mark for one in told(SITE, text)})
    return frozenset(mark for mark, stories in seen.items() if stories >= STORIES)


def _unframed(text: str, chrome: frozenset[int]) -> str:
    return blanked(text, mask(told(SITE, text), chrome).spans)


def nightly() -> tuple[Rates, list[str]]:
    """True copies among nightly reports, and the reports of another night that would be kept from people."""
    rates, silenced = Rates(), []
    nights = LABELS["nights"]()
    weights = weights_of(profile(document(one.known[1], one.known[0])) for one in nights if one.label == "copy")
    for one in nights:
        judgement = held(document(one.later[1], one.later[0]), [document(one.known[1], one.known[0])], weights)
        quiet = not tells_news(judgement)
        rates.add(f"{one.family}: {one.later[0]} ({judgement.level})", one.label == "copy", quiet)
        if quiet and one.label == "template":
            silenced.append(f"{one.family}: {one.known[0]} -> {one.later[0]}")
    return rates, silenced


def seeds(texts: Sequence[str]) -> list[Judgement]:
    """Each of the real articles on one event, held against the others."""
    weights = weights_of(profile(document(text)) for text in texts)
    return [held(document(text), [document(other) for other in texts if other is not text], weights) for text in texts]


def shuffled_seeds(texts: Sequence[str], times: int, at: datetime) -> list[tuple[frozenset[frozenset[int]], int]]:
    """For each of so many orders of arrival: which articles share a story, and how many developments were made."""
    found = []
    for number in range(times):
        order = list(enumerate(texts))
        random.Random(number).shuffle(order)
        items = [STREAM["Item"](str(n), str(n), "en", at, "", text, "new", "d") for n, text in order]
        with STREAM["archive"]() as (store, watch):
            results = {int(item.id): STREAM["fed"](store, watch, item) for item in items}
            stories = STREAM["stories"](store)
        groups: defaultdict[int, set[int]] = defaultdict(set)
        for place, result in results.items():
            groups[stories[result.article_id]].add(place)
        made = sum(result.made_development for result in results.values())
        found.append((frozenset(map(frozenset, groups.values())), made))
    return found


def crossings(
    join: Callable[[Judgement], bool] = lambda one: not tells_news(one), encoder: Encoder | None = None
) -> tuple[Rates, Rates]:
    """Pairs across languages: of the events that thresholds were tuned on, and of the others."""
    reports = {one.id: _told(one) for one in LABELS["told"]()}
    weights = weights_of(profile(one) for one in reports.values())
    tuned, unseen = Rates(), Rates()
    for place, pair in enumerate(LABELS["crossings"]()):
        judgement = held(reports[pair.other.id], [reports[pair.one.id]], weights, encoder)
        rates = tuned if place < TUNED_PAIRS else unseen
        rates.add(f"{pair.one.id} | {pair.other.id}: {judgement.resemblance:.2f}", pair.same, join(judgement))
    return tuned, unseen


def columns() -> tuple[Rates, Rates]:
    """What is taken for commentary: of the columns tuned on, with all reports, and of the other columns."""
    tuned, unseen = Rates(), Rates()
    for name, language, title, text, wanted, test in LABELS["columns"]():
        (unseen if test else tuned).add(name, wanted, bool(commentary(document(text, title, language))))
    for one in (*LABELS["told"](), *LABELS["briefs"](), *newsroom_items()):
        tuned.add(one.id, False, bool(commentary(document(one.text, one.title, one.language))))
    return tuned, unseen


def briefs(encoder: Encoder | None = None) -> tuple[Rates, Rates]:
    """Pairs of briefs of one subject, the later held against the earlier: in two languages, and in one.

    Tuned on. In one language there are only different events.
    """
    told = LABELS["briefs"]()
    documents = {one.id: _told(one) for one in told}
    weights = weights_of(map(profile, documents.values()))
    across, within = Rates(), Rates()
    for place, one in enumerate(told):
        for other in told[:place]:
            if one.topic == other.topic:
                judgement = held(documents[one.id], [documents[other.id]], weights, encoder)
                rates = within if one.language == other.language else across
                rates.add(f"{other.id} | {one.id}", one.event == other.event, not tells_news(judgement))
    return across, within


def _told(one: Any) -> Document:
    return document(one.text, one.title, one.language, datetime.combine(one.date, time(12), UTC))


def sentence_areas(bits: int = 32) -> dict[str, float]:
    """The area under the curve of "new" by coverage, for each language and for all, by so many bits of each word."""
    scores: defaultdict[str, list[tuple[float, bool]]] = defaultdict(list)
    for row, share in _sentence_shares(bits):
        scores[row.language].append((share, row.new))
        scores["all"].append((share, row.new))
    return {language: area(rows) for language, rows in scores.items()}


def _sentence_shares(bits: int) -> Iterator[tuple[Any, float]]:
    rows = LABELS["sentences"]()
    texts = {text: _cut(profile(document(text)), bits) for row in rows for text in row.known}
    counts = weights_of(texts.values()).counts
    for row in rows:
        new = profile(document(row.text))
        known_words = {number: counts.get(number & (1 << bits) - 1, 0) for number in all_of(new.stems)}
        seen = coverage(new, [texts[text] for text in row.known], [], Weights(len(texts), known_words))
        yield row, min(seen.passages[1:], default=1.0)


def _cut(own: Profile, bits: int) -> Profile:
    return Profile(bits, tuple(frozenset(number & (1 << bits) - 1 for number in one) for one in own.stems), own.marks)


def area(rows: Sequence[tuple[float, bool]]) -> float:
    """How often a new one has less coverage than a known one; equal ones count half."""
    new, old = ([share for share, is_new in rows if is_new is wanted] for wanted in (True, False))
    wins = sum((one < other) + (one == other) / 2 for one in new for other in old)
    return wins / (len(new) * len(old))


def newsroom_items() -> Sequence[Any]:
    """The newsroom's script with its labels."""
    from monitor.newsroom.copydesk import load_script

    items: Sequence[Any] = STREAM["of_newsroom"](load_script().publications, LABELS["newsroom"]())
    return items


def timeline_items() -> Sequence[Any]:
    """The timeline that nothing was tuned on."""
    items: Sequence[Any] = STREAM["of_timeline"](LABELS["timeline"]())
    return items


def within_events_shuffled(items: Sequence[Any], seed: int) -> list[Any]:
    """The same reports; those of one development arrive in another order, in the places that they had."""
    chance = random.Random(seed)
    groups: defaultdict[object, list[Any]] = defaultdict(list)
    lonely = count()
    for item in items:
        groups[(item.development, item.silent) if item.development else next(lonely)].append(item)
    for group in groups.values():
        chance.shuffle(group)
    lonely = count()
    return [groups[(item.development, item.silent) if item.development else next(lonely)].pop() for item in items]
