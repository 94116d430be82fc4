"""What Slack's answers mean, as a table."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.channels.exchange import Answer
from alerts.channels.slack_answers import CODES, Meaning, verdict

M = Meaning


def api(error: str, status: int = 200) -> Answer:
    return Answer(status, {"content-type": "application/json"}, json.dumps({"ok": False, "error": error}).encode())


def hook(text: str, status: int, **headers: str) -> Answer:
    return Answer(status, {"content-type": "text/html", **headers}, text.encode())


@pytest.mark.parametrize(
    ("answer", "meaning", "ts"),
    [
        (hook("ok", 200), M.SENT, ""),
        (hook("ok\n", 200), M.SENT, ""),
        (Answer(200, {}, b'{"ok":true}'), M.SENT, ""),
        (Answer(200, {}, b'{"ok":true,"ts":"1742317500.000100"}'), M.SENT, "1742317500.000100"),
        (Answer(200, {}, b'{"ok":true,"ts":17}'), M.SENT, ""),
        (hook("<html>log in</html>", 200), M.AMBIGUOUS, ""),
        (Answer(200, {}, b'{"ok":tru'), M.AMBIGUOUS, ""),
        (Answer(200, {}, b"[" * 100_000), M.AMBIGUOUS, ""),
        (Answer(200, {}, b"\xff\xfe\x00"), M.AMBIGUOUS, ""),
        (Answer(200, {}, b""), M.AMBIGUOUS, ""),
        (hook("ok", 500), M.AMBIGUOUS, ""),
        (hook("<h1>Bad gateway</h1>", 502), M.AMBIGUOUS, ""),
        (hook("", 504), M.AMBIGUOUS, ""),
        (api("service_unavailable", 503), M.RETRY, ""),
        (hook("rollup_error", 500), M.AMBIGUOUS, ""),
        (api("new_error_2027"), M.UNKNOWN, ""),
        (hook("new_error_2027", 400), M.UNKNOWN, ""),
        (hook("invalid_payload", 400), M.DEGRADE, ""),
        (hook("user_not_found", 400), M.OFF, ""),
        (hook("action_prohibited", 403), M.OFF, ""),
        (hook("no_service", 404), M.OFF, ""),
        (hook("channel_is_archived", 410), M.OFF, ""),
        (hook("<html>no such page</html>", 404), M.OFF, ""),
        (hook("", 401), M.OFF, ""),
        (hook("", 413), M.DEGRADE, ""),
        (hook("", 408), M.AMBIGUOUS, ""),
        (hook("", 302, location="https://evil.example/x"), M.RETRY, ""),
        (api("restricted_action_whatever"), M.OFF, ""),
        (api("restricted_action_thread_locked"), M.THREAD, ""),
        (api("invalid_metadata_schema"), M.DEGRADE, ""),
    ],
)
def test_answers(answer: Answer, meaning: Meaning, ts: str) -> None:
    assert (verdict(answer).meaning, verdict(answer).ts) == (meaning, ts)


@pytest.mark.parametrize(("code", "meaning"), sorted(CODES.items(), key=lambda item: item[0]))
def test_every_known_code_in_json_and_as_text(code: str, meaning: Meaning) -> None:
    assert verdict(api(code)).meaning is meaning
    assert verdict(hook(code, 400)).meaning is meaning
    assert code in verdict(api(code)).said


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("1", 1.0),
        ("30", 30.0),
        ("0", 1.0),
        ("-5", 1.0),
        ("86400", 900.0),
        ("abc", 30.0),
        ("", 30.0),
        ("nan", 30.0),
        ("inf", 30.0),
    ],
)
def test_pauses(header: str, pause: float) -> None:
    answer = verdict(hook("", 429, **{"retry-after": header}))
    assert (answer.meaning, answer.pause) == (M.RATE, pause)
    assert verdict(Answer(429, {}, b"")).pause == 30.0
    assert verdict(api("ratelimited")).pause == 30.0


@settings(derandomize=True, max_examples=200)
@given(status=st.integers(200, 599), body=st.binary(max_size=80), location=st.text(max_size=30))
def test_any_answer_gets_a_verdict_on_one_line(status: int, body: bytes, location: str) -> None:
    answer = verdict(Answer(status, {"location": location, "content-type": location}, body))
    assert answer.said and not any(ord(char) < 32 or 127 <= ord(char) < 160 for char in answer.said)
    assert (answer.pause is not None) == (answer.meaning is M.RATE)
