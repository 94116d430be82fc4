"""Rules of 1,000 characters, as bad as we could think of, on texts of 1 MB: CPU seconds and memory of each.

Among them is the shared list of regular expressions that hang others, bare and in quotation marks; most of it is no
query, and then it is timed how long it takes to say so.

python tests/bench/bench_redos.py [SHOWN]
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from monitor.errors import QueryError
from monitor.query import Text, analyse, compile_query, freeze, match, thaw

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "hostile"
LENGTH, LIMIT = 1_000_000, 0.5
WORDS = ("aa", "ab", "abc", "abcd", "strike", "energy", "halt")


def filled(pattern: str, join: str, most: int = 1_000) -> str:
    """The pattern again and again, in at most so many characters."""
    return join.join([pattern] * max(1, (most + len(join)) // (len(pattern) + len(join))))


def nested(operator: str) -> str:
    query = "(aa OR ab)"
    while len(query) < 960:
        query = f"({query} {operator} (ab OR abc))"
    return query[1:-1]


def queries() -> Iterator[str]:
    for path in sorted(SHARED.glob("**/redos*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield filled(line, " ")
            yield filled(f'"{line}"', " OR ")
            yield filled(line, "")
    for operator in ("NEAR/50", "NEAR/0", "ONEAR/50"):
        yield nested(operator)
        yield filled(f"(aa {operator} ab)", " OR ")
        yield filled(f"(aa* {operator} ab*)", " AND ")
    yield filled("aaa*?*", " OR ")
    yield "aaa" + "*a" * 498
    yield "aaa" + "?*" * 498
    yield "aaa" + "*b" * 498
    yield '"' + "aa " * 332 + '"'
    yield '="' + "Aa " * 330 + '"'
    yield filled("=Aa", " OR ")
    yield "ATLEAST/50(" + filled('"aa ab"', ", ", 980) + ")"
    yield "ATLEAST/9(" + filled("(aa NEAR/9 abc)", ", ", 980) + ")"
    yield filled("-aa", " ") + " zzz"
    yield "title:lead:body:" * 40 + "aa"
    yield filled("lead:(aa NEAR/50 ab)", " OR ")


def texts() -> Iterator[tuple[str, str]]:
    chance = random.Random(5)
    yield "one word", "a" * LENGTH
    yield "the same word", "aa " * (LENGTH // 3)
    yield "few words", " ".join(chance.choices(WORDS, k=LENGTH // 4))
    yield "words that begin alike", " ".join(f"aaa{chance.randrange(10**6)}b" for _ in range(LENGTH // 9))
    yield "paragraphs of one word", "\n\n".join(chance.choices(WORDS, k=LENGTH // 6))
    yield "capitals", " ".join(chance.choices(("Aa", "AA", "aA", "aa"), k=LENGTH // 3))


def seconds(query: str, text: Text) -> tuple[float, str]:
    start = time.process_time()
    try:
        found = match(compile_query(query, {}), text)
        said = "no match" if found is None else f"{len(found)} hits"
    except QueryError:
        said = "no query"
    return time.process_time() - start, said


def main() -> int:
    shown = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    asked = [query[:1_000] for query in queries()]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    times: list[tuple[float, str, str, str]] = []
    for name, body in texts():
        start = time.process_time()
        live = analyse("", body)
        print(f"{name}: cut in {time.process_time() - start:.2f} s")
        data = freeze(live)
        for query in asked:
            # A text of its own for each: nothing is known of it yet.
            fresh = thaw(data, original=lambda body=body: ("", body))
            times.append((*seconds(query, fresh), name, query))
    times.sort(reverse=True)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    over = sum(one[0] > LIMIT for one in times)
    for took, said, name, query in times[:shown]:
        print(f"{took:.3f} s  {said:9} {name:24} {query[:60]}")
    print(f"{len(times)} pairs of {len(asked)} queries; over {LIMIT} s: {over}; memory grew by {grown:.0f} MB in all")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())
