"""Every figure of novelty on the labelled material. What needs the shared test material is left out where it is absent.

Run: python tests/bench/bench_novelty.py [STEP]     (STEP 6: only every sixth text of the known edits)
"""

from __future__ import annotations

import runpy
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monitor.novelty import crosslingual

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"
MEASURES = runpy.run_path(str(ROOT / "tests" / "novelty" / "measures.py"))
AT = datetime(2025, 3, 20, 9, 0, tzinfo=UTC)


def known_edits(step: int) -> None:
    bases = [MEASURES["EDITS"]["Base"](*row) for row in MEASURES["LABELS"]["own_texts"]()]
    bases += MEASURES["EDITS"]["shared_bases"](SHARED) if SHARED.is_dir() else []
    found = MEASURES["known_edits"](bases[::step])
    print(f"known edits of {len(bases[::step])} texts: {_rates(found.copies)}, silenced {len(found.silenced)}")
    for kind, levels in found.levels.items():
        print(f"  {kind:24} found {found.found(kind):.3f}  {dict(levels)}")


def nightly() -> None:
    rates, silenced = MEASURES["nightly"]()
    print(f"nightly reports: copies {_rates(rates)}; other nights silenced: {len(silenced)}")


def seeds() -> None:
    texts = [file.read_text("utf-8") for file in sorted((SHARED / "seeds").glob("*.txt"))]
    for number, one in enumerate(MEASURES["seeds"](texts)):
        new = sum(sentence.new for sentence in one.sentences) / max(1, len(one.sentences))
        print(f"seed {number}: {one.level}, new words {one.newword:.2f}, new sentences {new:.2f}, {one.decided}")
    orders = MEASURES["shuffled_seeds"](texts, 20, AT)
    print(f"20 orders: clusters {len({groups for groups, _ in orders})}; developments {Counter(m for _, m in orders)}")


def crossings() -> None:
    for said, encoder in (("marks alone", None), ("with `crosslingual`", crosslingual.encoder())):
        if said != "marks alone" and encoder is None:
            print("the extra `crosslingual` is not installed")
            continue
        for name, rates in zip(("tuned", "unseen"), MEASURES["crossings"](encoder=encoder), strict=True):
            print(f"across languages, {name} events, {said}: {_rates(rates)}")
        across, within = MEASURES["briefs"](encoder)
        print(f"briefs (tuned on), {said}: {_rates(across)}; in one language {len(within.false)} false")
    areas = {language: round(value, 3) for language, value in MEASURES["sentence_areas"]().items()}
    print(f"sentences, area under the curve: {areas}")


def columns() -> None:
    for name, rates in zip(("tuned", "unseen"), MEASURES["columns"](), strict=True):
        print(f"taken for commentary, {name}: {_rates(rates)} false {rates.false} missed {rates.missed}")


def streams() -> None:
    for name in ("newsroom", "timeline"):
        items = MEASURES[f"{name}_items"]()
        results = MEASURES["STREAM"]["run"](items)
        for language in ("", "en", "uk", "ru"):
            count = MEASURES["STREAM"]["counted"](items, results, language)
            print(f"{name} {language or 'all'}: {count.line}")
            if not language:
                print(f"  missed {count.missed}\n  extra {count.extra}\n  commentary {count.commentary}")
                print(f"  joined {count.false_joins}")
    items = MEASURES["newsroom_items"]()
    for seed in (1, 2, 3):
        order = MEASURES["within_events_shuffled"](items, seed)
        count = MEASURES["STREAM"]["counted"](order, MEASURES["STREAM"]["run"](order))
        print(f"newsroom, reports of each development in another order ({seed}): {count.line}")


def _rates(rates: Any) -> str:
    return f"P {rates.precision:.3f} R {rates.recall:.3f} ({rates.right} right, {len(rates.false)} false)"


if __name__ == "__main__":
    nightly()
    crossings()
    columns()
    streams()
    if SHARED.is_dir():
        seeds()
    known_edits(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
