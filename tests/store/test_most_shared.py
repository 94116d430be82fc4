"""The articles that share most: long lists are not added up to the end, and the answer is that of adding everything."""

from __future__ import annotations

import random

import pytest

from monitor.store.nearness import most_shared


def added_up(
    chosen: list[tuple[int, int]], posted: dict[int, list[int]], limit: int, apart_from: int | None
) -> list[int]:
    sums: dict[int, int] = {}
    for number, weight in chosen:
        for article_id in posted.get(number, ()):
            sums[article_id] = sums.get(article_id, 0) + weight
    sums.pop(apart_from or 0, None)
    return [article_id for _, article_id in sorted((-share, one) for one, share in sums.items())[:limit]]


@pytest.mark.parametrize("limit", [1, 3, 10])
@pytest.mark.parametrize("apart_from", [None, 4])
def test_the_answer_is_that_of_adding_everything_up(limit: int, apart_from: int | None) -> None:
    chance = random.Random(f"{limit} {apart_from}")
    for _ in range(150):
        weights = sorted((chance.choice((900, 1500, 4000, 9000)) for _ in range(chance.randint(1, 24))), reverse=True)
        posted = {
            number: chance.sample(range(1, 700), chance.choice((1, 2, 5, 30, 190, 201, 230, 600)))
            for number in range(len(weights))
        }
        chosen = list(enumerate(weights))
        assert most_shared(chosen, posted, limit, apart_from) == added_up(chosen, posted, limit, apart_from)


def test_equal_shares_go_to_the_older() -> None:
    posted = {1: [9, 3], 2: list(range(1, 400))}
    assert most_shared([(1, 5000), (2, 1000)], posted, 4, None) == [3, 9, 1, 2]
    assert most_shared([(1, 5000), (2, 1000)], posted, 2, 3) == [9, 1]


def test_what_is_not_posted_shares_nothing() -> None:
    assert most_shared([(1, 5000)], {}, 10, None) == []
