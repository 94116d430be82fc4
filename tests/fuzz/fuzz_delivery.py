"""The state machine of delivery: random news, answers, deaths, mutes, reloads and nights; the promises always hold.

Run: python tests/fuzz/fuzz_delivery.py [STEPS] [SEED] [--postgres URL]. 200,000 steps take a long coffee. Some of the
steps run on PostgreSQL where its URL is given. Exits with 1 when a promise is broken.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import traceback
from functools import partial
from pathlib import Path

import structlog
from delivery_machine import DeliveryMachine
from delivery_world import postgres_archive, sqlite_archive
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

LONG, BATCH = 60, 20
_POSTGRES_EVERY = 25


def play(number: int, examples: int, *, shrink: bool) -> None:
    """One batch of runs. Raises what broke."""
    phases = (Phase.generate, Phase.shrink) if shrink else (Phase.generate,)
    run_state_machine_as_test(
        seed(number)(DeliveryMachine),
        settings=settings(
            max_examples=examples,
            stateful_step_count=LONG,
            deadline=None,
            database=None,
            phases=phases,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("steps", type=int, nargs="?", default=200_000)
    asked.add_argument("seed", type=int, nargs="?", default=1)
    asked.add_argument("--postgres", default="", help="the URL of an archive that is emptied")
    asked.add_argument("--no-shrink", action="store_true")
    words = asked.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    began, steps = time.process_time(), DeliveryMachine.steps
    broken = 0
    with tempfile.TemporaryDirectory() as name:
        number = 0
        while steps.total() < words.steps and not broken:
            on_postgres = words.postgres and number % _POSTGRES_EVERY == 0
            archive = partial(postgres_archive, words.postgres) if on_postgres else partial(sqlite_archive, Path(name))
            DeliveryMachine.archive = staticmethod(archive)
            left = -(-(words.steps - steps.total()) // LONG)
            examples = min(2 if on_postgres else BATCH, max(1, left))
            try:
                play(words.seed * 1_000_000 + number, examples, shrink=not words.no_shrink)
            except Exception:
                traceback.print_exc()
                broken = 1
            number += 1
            if number % 10 == 0 or broken:
                print(f"{steps.total():,} steps, {time.process_time() - began:,.0f} s CPU", flush=True)
    print(", ".join(f"{what} {count:,}" for what, count in steps.most_common()))
    seconds = time.process_time() - began
    print(f"{steps.total():,} steps, {broken} broken promises, {seconds:,.0f} s CPU (seed {words.seed})")
    if DeliveryMachine.found:
        print(f"first: {DeliveryMachine.found}")
    return broken


if __name__ == "__main__":
    sys.exit(main())
