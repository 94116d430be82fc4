"""The verifiers and test vectors of docs/webhooks.md: they work, in both languages, with what the channel sends."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from alerts.channels.webhook import Webhook, signed
from alerts.compose import Telling
from monitor.config import Secret, signing_key
from monitor.model import Delivery

PAGE = Path(__file__).parents[3] / "docs" / "webhooks.md"
ID, MOMENT = "msg-1", "1742317500"
# Secret, body, signature, seconds since, whether it is genuine.
Case = tuple[str, str, str, int, bool]


def snippet(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def vectors() -> list[tuple[str, str, str]]:
    return re.findall(r"^\| `(whsec_[^`]+)` \| `([^`]+)` \| `(v1,[^`]+)` \|$", PAGE.read_text(encoding="utf-8"), re.M)


def cases() -> list[Case]:
    found: list[Case] = [(secret, body, mark, 299, True) for secret, body, mark in vectors()]
    secret, body, mark = vectors()[0]
    other = vectors()[1][2]
    found.append((secret, body, f"{other} {mark}", 0, True))
    found.append((secret, body, f"v2,x {other}", 0, False))
    found.append((secret, body + " ", mark, 0, False))
    found.append((vectors()[1][0], body, mark, 0, False))
    found.append((secret, body, mark, 301, False))
    found.append((secret, body, mark, -301, False))
    found.append((secret, body, mark[:-2], 0, False))
    found.append((secret, body, "", 0, False))
    return found


def headers(mark: str) -> dict[str, str]:
    return {"webhook-id": ID, "webhook-timestamp": MOMENT, "webhook-signature": mark}


def genuine_in_python() -> Callable[..., bool]:
    space: dict[str, Any] = {}
    exec(snippet("python"), space)
    found: Callable[..., bool] = space["genuine"]
    return found


def test_the_vectors_are_what_the_channel_signs() -> None:
    assert len(vectors()) == 4
    for secret, body, mark in vectors():
        assert signed(signing_key(Secret(secret, "env:KEY")), ID, MOMENT, body.encode()) == mark


@pytest.mark.parametrize("case", cases(), ids=str)
def test_the_verifier_in_python(case: Case) -> None:
    secret, body, mark, age, wanted = case
    assert genuine_in_python()(secret, headers(mark), body.encode(), now=int(MOMENT) + age) is wanted


def test_the_verifier_in_javascript() -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("SKIPPED LOUDLY: no node, so the JavaScript of docs/webhooks.md was not run")
    asked = [[secret, headers(mark), body, int(MOMENT) + age] for secret, body, mark, age, _ in cases()]
    program = snippet("javascript") + (
        f"\nconst asked = {json.dumps(asked)};\n"
        "console.log(JSON.stringify(asked.map(([s, h, b, now]) => genuine(s, h, Buffer.from(b), now))));\n"
    )
    done = subprocess.run([node, "-e", program], capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == [wanted for *_rest, wanted in cases()]


def test_the_verifier_takes_what_is_posted(
    hook: Callable[..., Any], told: Delivery, telling: Telling, channel: Callable[..., Webhook]
) -> None:
    server = hook()
    one = channel(server.url, telling)
    one.send(told)
    (posted,) = server.posted
    moment = int(posted.headers["webhook-timestamp"])
    assert genuine_in_python()(one.config.secret.reveal(), posted.headers, posted.body, now=moment)
