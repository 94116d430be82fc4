"""What judging loses when a fingerprint stands in for the text: size, sentences, copies. Reads ../shared for seeds.

Run: python tests/bench/bench_fingerprint.py [BASES]
"""

from __future__ import annotations

import runpy
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.model import Document, Known, Origin, Profile
from monitor.novelty import Memory, Thresholds, judge, profile, read_fingerprint, sketch, write_fingerprint
from monitor.novelty.coverage import coverage
from monitor.novelty.weights import Weights
from spiders.files import document_from_file

ROOT = Path(__file__).resolve().parents[2]
LABELS = ROOT / "tests" / "novelty" / "labels"
DAY = datetime(2025, 3, 19, tzinfo=UTC)
BITS = (16, 14, 13, 12, 10)


def seeds() -> list[Document]:
    files = sorted((ROOT.parent / "shared" / "seeds").glob("*.txt"))
    found = [document_from_file(file.name, file.read_bytes(), datetime(2026, 1, 1, tzinfo=UTC)) for file in files]
    return [replace(one, published=one.published or DAY) for one in found]


def of_text(number: int, one: Document) -> Known:
    own = (sketch(one), profile(one))
    return Known(
        number, number, one.title, one.text, "", "", Origin.CORPUS, None, None, *own, one.language, one.published
    )


def each_against_the_others(documents: Sequence[Document]) -> None:
    """The seeds: sentence decisions and levels by text and by fingerprint."""
    texts = [of_text(number, one) for number, one in enumerate(documents, start=1)]
    traces = read_fingerprint(write_fingerprint(documents), "seeds")
    agreed = decided = 0
    for place, one in enumerate(documents):
        by_text, by_trace = (_judged(one, [*known[:place], *known[place + 1 :]]) for known in (texts, traces))
        pairs = list(zip(by_text.sentences, by_trace.sentences, strict=True))
        agreed += sum(old.new == new.new for old, new in pairs)
        decided += len(pairs)
        shares = " ".join(
            f"{found.level.value} {found.newword:.2f} {len(found.facts)}" for found in (by_text, by_trace)
        )
        print(f"  seed {place}: level, new words, new facts by text and by fingerprint: {shares}")
    print(f"  sentence decisions that agree: {agreed} of {decided} ({agreed / decided:.3f})")


def _judged(one: Document, known: Sequence[Known]) -> Any:
    counts = Counter(number for other in known for number in _numbers(other))
    memory = Memory(other for other in known if not other.text)
    weights = memory.weighed(Weights(), profile(one), known) if memory.documents else Weights(len(known), counts)
    return judge(one, sketch(one), known, Thresholds(), weights=weights)


def _numbers(known: Known) -> set[int]:
    own = known.profile
    return set().union(*own.stems, *own.marks) if own else set()


def sentence_areas() -> None:
    """The labelled sentences: area under the curve of "new" by the bits that were kept.

    Which words fall together is chance, so other bits of the same hashes are tried as well.
    """
    rows = runpy.run_path(str(LABELS / "labels.py"))["sentences"]()
    whole = _areas(rows, 32, 0)
    print("  32 bits: " + ", ".join(f"{name} {found:.3f}" for name, found in whole.items()))
    for bits in BITS:
        found = [_areas(rows, bits, shift)["all"] for shift in range(0, 20, 2)]
        print(f"  {bits:2} bits: shipped {found[0]:.3f}, mean of ten {sum(found) / 10:.3f}, least {min(found):.3f}")


def _areas(rows: Sequence[Any], bits: int, shift: int) -> dict[str, float]:
    texts = {text: _cut(profile(Document("", "", text)), bits, shift) for row in rows for text in row.known}
    counts = Counter(number for own in texts.values() for number in set().union(*own.stems))
    scores: defaultdict[str, list[tuple[float, bool]]] = defaultdict(list)
    for row in rows:
        new = _cut(profile(Document("", "", row.text)), 32, shift)
        own = {number: counts[number & (1 << bits) - 1] for passage in new.stems for number in passage}
        seen = coverage(new, [texts[text] for text in row.known], [], Weights(len(texts), own))
        share = min(seen.passages[1:], default=1.0)
        scores[row.language].append((share, row.new))
        scores["all"].append((share, row.new))
    return {name: area(found) for name, found in sorted(scores.items())}


def _cut(own: Profile, bits: int, shift: int) -> Profile:
    kept = (1 << bits) - 1
    return Profile(bits, tuple(frozenset(number >> shift & kept for number in one) for one in own.stems), own.marks)


def area(rows: Sequence[tuple[float, bool]]) -> float:
    new, old = ([share for share, is_new in rows if is_new is wanted] for wanted in (True, False))
    return sum((one < other) + (one == other) / 2 for one in new for other in old) / (len(new) * len(old))


def copies(most: int) -> None:
    """The known edits: is the common wording found at .40, by text and by sampled shingles alone?"""
    edits = runpy.run_path(str(LABELS / "known_edits.py"))
    folder = ROOT.parent / "shared"
    bases = edits["shared_bases"](folder)[:most]
    pairs = [*edits["positives"](bases, 1), *edits["negatives"](bases, 1)]
    for name, traced in (("text", False), ("fingerprint", True)):
        print(f"  by {name}: {_rates(_found(pairs, traced))}")


def _found(pairs: Sequence[Any], traced: bool) -> Iterator[tuple[Any, bool]]:
    for pair in pairs:
        if pair.edit == "headline only":
            continue
        known = Document("", "", pair.known)
        olds = read_fingerprint(write_fingerprint([known]), "x") if traced else (of_text(1, known),)
        later = Document("", "", pair.later)
        yield pair, judge(later, sketch(later), olds, Thresholds()).containment >= Thresholds().related


def _rates(found: Iterator[tuple[Any, bool]]) -> str:
    rows = list(found)
    right = sum(hit for pair, hit in rows if pair.copy)
    wrong = Counter(pair.edit for pair, hit in rows if hit and not pair.copy)
    missed = Counter(pair.edit for pair, hit in rows if pair.copy and not hit)
    precision = right / max(1, right + wrong.total())
    recall = right / sum(pair.copy for pair, _ in rows)
    return f"{len(rows)} pairs, P {precision:.3f} R {recall:.3f}, missed {dict(missed)}, wrong {dict(wrong)}"


if __name__ == "__main__":
    documents = seeds()
    size = len(write_fingerprint(documents))
    print(f"size: {size} bytes for {len(documents)} seeds of {sum(len(one.text) for one in documents)} characters")
    each_against_the_others(documents)
    print("labelled sentences, area under the curve:")
    sentence_areas()
    print("known edits found as copies:")
    copies(int(sys.argv[1]) if len(sys.argv) > 1 else 168)
