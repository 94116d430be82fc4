"""Known ways to break delivery, written as text patches: the state machine has to find each of them.

Run: python tests/fuzz/mutants_delivery.py [STEPS] [--only WORD]. Each is applied to a copy of the packages in a folder
of its own. Prints after how many steps it was found; exits with 1 when one was not.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("monitor", "alerts", "spiders")
SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Mutant:
    """`old` becomes `new` in a file, once; `more`: further patches."""

    name: str
    file: str
    old: str
    new: str
    more: tuple[tuple[str, str, str], ...] = ()


SENDING, HOLDS, RETRY = "monitor/store/sending.py", "monitor/store/holds.py", "alerts/retry.py"
MUTANTS = (
    Mutant(
        "marked as sent before it is sent",
        "monitor/runtime/sending.py",
        "        receipt = self.channel.send(self.delivery, self.taken)\n",
        "        self.taken(Receipt())\n        receipt = self.channel.send(self.delivery, lambda _receipt: None)\n",
    ),
    Mutant("no intent is written", SENDING, "    _intend(tx, taken, owner, now)\n", ""),
    Mutant(
        "no reconciling: sent again at once",
        SENDING,
        "_LOOKED_FOR if reconciles else true()",
        "true()",
        (("monitor/runtime/sending.py", "    if channel.reconciles:\n", "    if False:\n"),),
    ),
    Mutant(
        "a start takes up nothing that was cut off",
        SENDING,
        '"state": _AMBIGUOUS, "due_at": look_at',
        '"state": _PENDING, "due_at": look_at',
    ),
    Mutant("replies overtake", SENDING, "    ~_OVERTAKEN,\n", ""),
    Mutant(
        "a new key for each try",
        SENDING,
        "    return by_id(tx, taken)\n",
        "    tx.execute(update(table).where(table.c.id == taken).values(key=func.hex(func.randomblob(16))))\n"
        "    return by_id(tx, taken)\n",
    ),
    Mutant(
        "a pause is forgotten at a restart",
        SENDING,
        '    detail = "the process ended before an answer was recorded"\n',
        '    detail = "the process ended before an answer was recorded"\n'
        "    tx.execute(lane_rows.delete().where(lane_rows.c.off_since.is_(None)))\n",
        (
            (
                SENDING,
                "from monitor.store.tables import attempt, merged_story, thread\n",
                "from monitor.store.tables import attempt, lane as lane_rows, merged_story, thread\n",
            ),
        ),
    ),
    Mutant(
        "a pause is not kept",
        "monitor/pipeline/deliver.py",
        "            lanes.pause(tx, lane, again, str(error), now)\n",
        "            pass\n",
    ),
    Mutant(
        "a digest comes again after a restart",
        SENDING,
        '    detail = "the process ended before an answer was recorded"\n',
        '    detail = "the process ended before an answer was recorded"\n'
        '    lost = and_(table.c.state == "merged", table.c.held_until.is_not(None))\n'
        '    tx.execute(update(table).where(lost).values(state="held", held_until=now))\n',
    ),
    Mutant("mutes are ignored", "alerts/calm.py", "    if silence:\n        return Suppress(silence)\n", ""),
    Mutant(
        "what was muted while it was held is told",
        "monitor/pipeline/hold.py",
        "        if reason:\n            holds.suppress",
        "        if False:\n            holds.suppress",
    ),
    Mutant(
        "a mute never ends",
        "monitor/store/mutes.py",
        "and_(table.c.created <= now, table.c.until > now, ",
        "and_(table.c.created <= now, ",
    ),
    Mutant(
        "quiet hours ignore a change of the clocks",
        "alerts/hours.py",
        "    today = now.astimezone(zone).date()\n    over",
        "    zone = timezone((now - _DAY).astimezone(zone).utcoffset())\n"
        "    today = now.astimezone(zone).date()\n    over",
        (("alerts/hours.py", "date, datetime, time, timedelta\n", "date, datetime, time, timedelta, timezone\n"),),
    ),
    Mutant(
        "what was composed before the night is sent in it",
        "monitor/pipeline/flush.py",
        "        hold.rest(tx, watch, now)\n",
        "",
    ),
    Mutant(
        "a retry forgets that it may be a repeat",
        SENDING,
        "or_(table.c.may_repeat, table.c.state == _AMBIGUOUS)\n    return",
        "table.c.state == _AMBIGUOUS\n    return",
    ),
    Mutant(
        "dead after one refusal for now",
        RETRY,
        "    if now - created >= patience and attempts >= FEWEST_ATTEMPTS:\n",
        "    if attempts >= 1:\n",
    ),
    Mutant("dead at the deadline after one try", RETRY, " and attempts >= FEWEST_ATTEMPTS:", ":"),
    Mutant(
        "a channel that is off keeps sending",
        "monitor/pipeline/deliver.py",
        "            lanes.off(tx, lane, str(error), now)\n",
        "            pass\n",
    ),
    Mutant(
        "what a channel that is off refuses is dead",
        "monitor/pipeline/deliver.py",
        "    if error.off:\n        return now\n",
        "    if error.off:\n        return None\n",
    ),
    Mutant(
        "merged stories begin a second thread",
        "monitor/store/handwork.py",
        "            tx.execute(update(thread).where(_thread(from_id, place)).values(story_id=into_id))\n",
        "            pass\n",
    ),
    Mutant(
        "the root is not remembered", SENDING, "    if receipt.ref and row.story_id", "    if False and row.story_id"
    ),
    Mutant(
        "a deleted root is kept",
        "monitor/store/threads.py",
        "    tx.execute(update(thread).where(same, thread.c.ref != ref).values(**fresh))\n",
        "",
    ),
    Mutant(
        "limits count nothing", "alerts/calm.py", "        or _over_place(delivery, own, tally, severity, now)\n", ""
    ),
    Mutant(
        "a limit forgets what is on its way",
        HOLDS,
        "rows = [*tx.execute(_TELLS.where(*told)), *tx.execute(_TELLS.where(_composed()))]",
        "rows = [*tx.execute(_TELLS.where(*told))]",
    ),
    Mutant("what is held is never let go", "monitor/pipeline/flush.py", "        hold.release(tx, watch, now)\n", ""),
)


def copied(folder: Path) -> None:
    for name in PACKAGES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests" / "fuzz", folder / "tests" / "fuzz", ignore=shutil.ignore_patterns("__pycache__"))


def patched(folder: Path, mutant: Mutant) -> None:
    """Apply a mutant. Raises LookupError where its text is not there just once."""
    for file, old, new in ((mutant.file, mutant.old, mutant.new), *mutant.more):
        path = folder / file
        text = path.read_text(encoding="utf-8")
        if text.count(old) != 1:
            raise LookupError(f"{mutant.name}: {file} holds this {text.count(old)} times: {old!r}")
        path.write_text(text.replace(old, new), encoding="utf-8")


def hunt(mutant: Mutant, steps: int) -> tuple[int | None, int, str]:
    """After how many steps the machine found it (None: not at all), how many were done, and what broke."""
    done = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copied(folder)
        patched(folder, mutant)
        for seed in SEEDS:
            script = folder / "tests" / "fuzz" / "fuzz_delivery.py"
            command = [sys.executable, str(script), str(-(-steps // len(SEEDS))), str(seed), "--no-shrink"]
            here = os.environ | {"PYTHONPATH": str(folder)}
            said = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=here, check=False)
            counted = re.findall(r"^([\d,]+) steps, \d+ broken", said.stdout, re.MULTILINE)
            if not counted:
                raise RuntimeError(f"{mutant.name}: the machine did not run:\n{said.stderr[-2000:]}")
            done += int(counted[-1].replace(",", ""))
            if said.returncode:
                first = re.search(r"^first: [\d: -]+: (.*)$", said.stdout, re.MULTILINE)
                return done, done, first[1] if first else said.stderr.strip().splitlines()[-1]
    return None, done, ""


def main() -> int:
    asked = argparse.ArgumentParser()
    asked.add_argument("steps", type=int, nargs="?", default=30_000)
    asked.add_argument("--only", default="", help="those whose names hold this")
    words = asked.parse_args()
    missed = 0
    for mutant in (one for one in MUTANTS if words.only in one.name):
        found, done, why = hunt(mutant, words.steps)
        missed += found is None
        said = f"found after {found:,} steps: {why[:110]}" if found is not None else f"NOT FOUND in {done:,} steps"
        print(f"{mutant.name}: {said}", flush=True)
    print(f"{missed} not found")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
