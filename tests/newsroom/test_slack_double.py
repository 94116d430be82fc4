"""The Slack double: the official client accepts it as Slack, it keeps Slack's limits, and its page shows only text."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.webhook import WebhookClient

from monitor.newsroom.loopback import Reply
from monitor.newsroom.slack import Fault, SlackDouble
from monitor.newsroom.slack_rules import refusal


@pytest.fixture
def slack() -> Iterator[SlackDouble]:
    double = SlackDouble()
    yield double
    double.stop()


@pytest.fixture
def client(slack: SlackDouble) -> WebClient:
    return WebClient(token=slack.token, base_url=slack.api_url, retry_handlers=[], timeout=5)


def header(text: str) -> dict[str, Any]:
    return {"type": "header", "text": {"type": "plain_text", "text": text}}


def section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "plain_text", "text": text}}


def test_the_official_client_posts_replies_updates_and_reads(client: WebClient, slack: SlackDouble) -> None:
    assert client.auth_test()["team"] == "Newsroom"
    metadata = {"event_type": "e", "event_payload": {"delivery_id": "k"}}
    root = client.chat_postMessage(channel="C0NEWSDESK", text="root", metadata=metadata)
    reply = client.chat_postMessage(channel="C0NEWSDESK", text="reply", thread_ts=root["ts"])
    client.chat_update(channel="C0NEWSDESK", ts=root["ts"], text="root, 2 sources")
    history = client.conversations_history(channel="C0NEWSDESK", include_all_metadata=True)
    assert [one["text"] for one in history["messages"]] == ["root, 2 sources"]
    assert history["messages"][0]["metadata"]["event_payload"] == {"delivery_id": "k"}
    replies = client.conversations_replies(channel="C0NEWSDESK", ts=root["ts"])
    assert [one["ts"] for one in replies["messages"]] == [root["ts"], reply["ts"]]
    assert [one.edits for one in slack.posted] == [1, 0]


def test_history_comes_in_pages_newest_first(client: WebClient) -> None:
    for number in range(5):
        client.chat_postMessage(channel="C0NEWSDESK", text=str(number))
    first = client.conversations_history(channel="C0NEWSDESK", limit=3)
    second = client.conversations_history(
        channel="C0NEWSDESK", limit=3, cursor=first["response_metadata"]["next_cursor"]
    )
    assert [one["text"] for one in (*first["messages"], *second["messages"])] == ["4", "3", "2", "1", "0"]
    assert first["has_more"] and not second["has_more"]


def test_the_official_webhook_client(slack: SlackDouble) -> None:
    assert WebhookClient(slack.webhook_url, retry_handlers=[]).send(text="hello").body == "ok"
    assert slack.posted[0].by == "webhook"
    wrong = WebhookClient(f"{slack.webhook_url}Y", retry_handlers=[]).send(text="hello")
    assert (wrong.status_code, wrong.body) == (404, "no_service")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({"channel": "C0ELSEWHERE", "text": "x"}, "channel_not_found"),
        ({"channel": "C0NEWSDESK", "text": "x", "thread_ts": "1.0"}, "thread_not_found"),
        ({"channel": "C0NEWSDESK", "text": "x" * 40_001}, "msg_too_long"),
        ({"channel": "C0NEWSDESK", "text": "x", "blocks": [header("x" * 151)]}, "invalid_blocks"),
    ],
)
def test_refusals(arguments: dict[str, Any], error: str, client: WebClient, slack: SlackDouble) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(**arguments)
    assert caught.value.response["error"] == error and slack.posted == ()


def test_a_reply_is_no_root(client: WebClient) -> None:
    root = client.chat_postMessage(channel="C0NEWSDESK", text="root")
    reply = client.chat_postMessage(channel="C0NEWSDESK", text="reply", thread_ts=root["ts"])
    with pytest.raises(SlackApiError, match="cannot_reply_to_message"):
        client.chat_postMessage(channel="C0NEWSDESK", text="x", thread_ts=reply["ts"])


def test_a_wrong_token(slack: SlackDouble) -> None:
    with pytest.raises(SlackApiError, match="invalid_auth"):
        WebClient(token="xoxb-other", base_url=slack.api_url, retry_handlers=[]).auth_test()


@pytest.mark.parametrize(
    ("blocks", "error"),
    [
        ([header("x" * 150)], ""),
        ([section("x" * 3000)], ""),
        ([section("x" * 3001)], "invalid_blocks"),
        ([section("&" * 601)], "invalid_blocks"),
        ([section("x")] * 50, ""),
        ([section("x")] * 51, "invalid_blocks_format"),
        ([section("x" * 3000)] * 4, ""),
        ([section("x" * 3000)] * 5, "msg_blocks_too_long"),
        ([{"type": "rich_text", "elements": []}], "invalid_blocks"),
        ([{"type": "unheard-of"}], "invalid_blocks"),
        ("no list", "invalid_blocks_format"),
    ],
)
def test_limits_at_their_edges(blocks: Any, error: str) -> None:
    assert refusal({"blocks": blocks}) == error


@pytest.mark.parametrize("message", [{}, {"text": ""}, {"text": "", "blocks": []}, {"blocks": []}])
def test_an_empty_message(message: dict[str, Any]) -> None:
    assert refusal(message) == "no_text"


@pytest.mark.parametrize(
    ("metadata", "error"),
    [
        ("no object", "invalid_metadata_format"),
        ({"event_type": "e"}, "invalid_metadata_schema"),
        ({"event_type": "e", "event_payload": {"k": "x" * 16_000}}, "metadata_too_large"),
    ],
)
def test_metadata_is_checked(metadata: Any, error: str) -> None:
    assert refusal({"text": "x", "metadata": metadata}) == error


def test_a_scripted_fault_can_still_take_the_message(client: WebClient, slack: SlackDouble) -> None:
    slack.script(Fault(Reply(503, b"later")), Fault(Reply(500, b"oops"), accept=True))
    for _ in range(2):
        with pytest.raises(SlackApiError):
            client.chat_postMessage(channel="C0NEWSDESK", text="x")
    client.chat_postMessage(channel="C0NEWSDESK", text="y")
    assert [one.payload["text"] for one in slack.posted] == ["x", "y"]


def get(url: str) -> tuple[str, Any]:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode(), answer.headers


def test_the_page_shows_threads_and_nothing_but_text(client: WebClient, slack: SlackDouble) -> None:
    assert "Nothing arrived yet" in get(slack.url)[0]
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(2)>'
    rich = [
        {"type": "text", "text": evil},
        {"type": "link", "url": "https://news.example/?a=1&b=\"'", "text": evil},
    ]
    blocks = [header("Headline"), {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": rich}]}]
    root = client.chat_postMessage(channel="C0NEWSDESK", text="x", blocks=blocks)
    client.chat_postMessage(channel="C0NEWSDESK", text="a reply &lt;b&gt;", thread_ts=root["ts"])
    page, headers = get(slack.url)
    assert "<script" not in page and "<img" not in page and "1 reply" in page and "&lt;b&gt;" in page
    assert page.index("Headline") < page.index('class="replies"') < page.index("a reply")
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert get(f"{slack.url}style.css")[1]["Content-Type"].startswith("text/css")
    with pytest.raises(urllib.error.HTTPError) as caught:
        get(f"{slack.url}other")
    caught.value.close()


def test_bodies_that_are_no_message(slack: SlackDouble) -> None:
    for body in (b"{", b"[1]", b"\xff", b"[" * 100_000):
        request = urllib.request.Request(slack.webhook_url, body, {"Content-Type": "application/json"})
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(request, timeout=5)
        assert caught.value.read() == b"invalid_payload"
        caught.value.close()
    assert json.dumps(slack.posted) == "[]"
